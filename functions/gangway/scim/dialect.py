"""What real clients send that the RFCs do not allow, each as one named rule.

Identity providers deviate, each in its own way, and a server that refuses them is not used; a server that quietly
accepts everything cannot say what it does. So every leniency is a `Rule` with a name, the reason it exists and who
needs it. Code asks `dialect.allows(RULE)` at the one point where the letter of the RFC would refuse: the answer is
counted, and is yes only if the rule belongs to the profile in force. Most rules harm nobody and belong to every profile
but the strict one; what would surprise other clients belongs only to the profiles of those that need it.
`docs/scim.md` prints this list.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple


class Rule(NamedTuple):
    """One leniency.

    Attributes:
        name: Short, kebab-case; the dimension under which its use is counted.
        summary: What is accepted and what it is taken to mean.
        needed_by: The clients known to send it.
        general: Part of every profile but the strict one; otherwise only of those that name it.
        revealed_by: A rule whose use shows who the client is: this one is then in force for the rest of the request.
    """

    name: str
    summary: str
    needed_by: str
    general: bool = True
    revealed_by: str = ""


OPERATION_CASE: Final = Rule(
    "operation-case",
    "`op` of a PATCH operation in any case.",
    "Entra ID (`Add`, `Replace`, `Remove`)",
)
TEXT_BOOLEANS: Final = Rule(
    "text-booleans",
    'A boolean written as the text "true" or "false" in any case, in values and in filters; `True` in a filter.',
    'Entra ID (`active`, `primary`, `roles[primary eq "True"]`), its validator',
)
EMPTY_TEXT: Final = Rule(
    "empty-text",
    'The text "" leaves an attribute unassigned.',
    "Entra ID (clearing an attribute, clearing the manager)",
)
VALUE_FOR_COMPLEX: Final = Rule(
    "value-for-complex",
    "A text given for a single-valued complex attribute that has a sub-attribute `value` is that `value`.",
    "Entra ID (`manager` as a bare id)",
)
WRAPPED_VALUE: Final = Rule(
    "wrapped-value",
    'One object in an array given for a single-valued attribute stands for its content: `[{"value": "x"}]` is "x".',
    "Entra ID (older and tutorial forms)",
)
UNWRAPPED_LIST: Final = Rule(
    "unwrapped-list",
    "One value without the array in a POST or PUT of a multi-valued attribute.",
    "OneLogin (`emails` as an object)",
)
RELATIVE_REFERENCES: Final = Rule(
    "relative-references",
    "A reference to something external that is not an absolute URI is kept as sent.",
    "Okta, JumpCloud (free-text profile and photo fields)",
)
UNKNOWN_ATTRIBUTES: Final = Rule(
    "unknown-attributes",
    "Attributes, sub-attributes and URNs that no schema defines are left out of what is stored.",
    "Entra ID (unqualified extension attributes), Okta (members with `displayName`), OneLogin templates",
)
UNKNOWN_SCHEMAS: Final = Rule(
    "unknown-schemas",
    "URNs in `schemas` that the resource type does not have, repeated ones, or a missing base URN.",
    "OneLogin (pre-standard URNs), Entra ID (its own group URN)",
)
MISSING_SCHEMAS: Final = Rule(
    "missing-schemas",
    "A body without `schemas` is what its endpoint expects.",
    "hand-written scripts, older OneLogin templates",
)
READ_ONLY_IN_PATCH: Final = Rule(
    "read-only-in-patch",
    "Read-only attributes in the value of a PATCH operation, and read-only sub-attributes named by its path, are "
    "ignored; another `id` is still refused.",
    "Okta (`id` and `meta` without path), Entra ID (`manager.displayName`)",
)
PATH_KEYS: Final = Rule(
    "path-keys",
    "Keys of a PATCH value without path may be whole paths: `name.givenName`, `urn:…:User:department`, "
    '`emails[type eq "work"].value`.',
    "Entra ID (with its SCIM compliance flag), its validator",
)
CREATE_THROUGH_VALUE_PATH: Final = Rule(
    "create-through-value-path",
    "`add` through a value path that matches nothing, and `replace` where the attribute has no value at all, creates "
    "the value that the path's `eq` conditions describe.",
    'Entra ID (`emails[type eq "work"].value`), Microsoft\'s validator',
)
CREATE_BY_REPLACE: Final = Rule(
    "create-by-replace",
    "`replace` through a value path that matches none of the values that are there creates one, as `add` does.",
    "Entra ID (`Replace` of an address that the target has lost)",
    general=False,
    revealed_by=OPERATION_CASE.name,
)
REMOVE_WITH_VALUE: Final = Rule(
    "remove-with-value",
    "`remove` with a `value` removes only the values listed; with a filter in its path the filter decides.",
    "Entra ID, JumpCloud (`remove` of `members` with a list)",
)
LOOSE_BLANKS: Final = Rule(
    "loose-blanks",
    'Several blanks or tabs, blanks next to brackets, and none between an operator and a text (`eq"x"`) in a filter.',
    "hand-written filters; RFC 7644 section 3.5.2.2 prints the last form itself",
)
VALUE_PATH_COMPARISON: Final = Rule(
    "value-path-comparison",
    '`emails[type eq "work"].value eq "x"` as a filter means `emails[type eq "work" and value eq "x"]`.',
    "Entra ID (matching by e-mail)",
)

RULES: Final[Mapping[str, Rule]] = {
    rule.name: rule
    for rule in (
        OPERATION_CASE,
        TEXT_BOOLEANS,
        EMPTY_TEXT,
        VALUE_FOR_COMPLEX,
        WRAPPED_VALUE,
        UNWRAPPED_LIST,
        RELATIVE_REFERENCES,
        UNKNOWN_ATTRIBUTES,
        UNKNOWN_SCHEMAS,
        MISSING_SCHEMAS,
        READ_ONLY_IN_PATCH,
        PATH_KEYS,
        CREATE_THROUGH_VALUE_PATH,
        CREATE_BY_REPLACE,
        REMOVE_WITH_VALUE,
        LOOSE_BLANKS,
        VALUE_PATH_COMPARISON,
    )
}
"""Every rule by its name."""

Profile = frozenset[str]
"""The names of the rules that are in force."""

STRICT: Final[Profile] = frozenset()
LENIENT: Final[Profile] = frozenset(rule.name for rule in RULES.values() if rule.general)


class Dialect:
    """How far one request may stray from the RFCs, and how far it did.

    Args:
        profile: The rules that it may use.

    Attributes:
        profile: The same.
        fired: How often each rule was used, by name; for a metric.
    """

    __slots__ = ("fired", "profile")

    def __init__(self, profile: Profile = LENIENT) -> None:
        self.profile = profile
        self.fired: dict[str, int] = defaultdict(int)

    def allows(self, rule: Rule) -> bool:
        """Whether the deviation that `rule` describes is accepted; counts it when it is."""
        if rule.name not in self.profile and rule.revealed_by not in self.fired:
            return False
        self.fired[rule.name] += 1
        return True

    def count(self, fired: Mapping[str, int]) -> None:
        """Count what was allowed elsewhere for the same request."""
        for name, times in fired.items():
            self.fired[name] += times
