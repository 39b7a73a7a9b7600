"""What holds for every PATCH, whatever its operations are."""

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from scim2_models import Context, EnterpriseUser, PatchOp, SCIMException, User

from gangway.scim.errors import ScimError
from gangway.scim.resource import prepare
from gangway.scim.schema import ENTERPRISE_USER, USER
from tests.scim import strategies
from tests.scim.examples import LAB, PATCH_OP, USERS, lenient, operation, patch, prepared, strict

TEXTS = st.sampled_from(["a", "b", "c"])
KINDS = st.sampled_from(["work", "home"])
EMAIL: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"value": TEXTS}, optional={"type": KINDS, "display": TEXTS, "primary": st.booleans()}
)


def pair(email: dict[str, Any]) -> tuple[Any, Any]:
    """What a value must not share with another (RFC 7643 section 2.4)."""
    return email["value"], email.get("type")


NAME = strategies.some(givenName=TEXTS, familyName=TEXTS)
NAMED: dict[str, st.SearchStrategy[Any]] = {"schemas": st.just([USER]), "userName": TEXTS}
BODIES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    NAMED,
    optional={
        "title": TEXTS,
        "active": st.booleans(),
        "name": NAME,
        "emails": st.lists(EMAIL, max_size=3, unique_by=pair).filter(
            lambda each: sum(email.get("primary", False) for email in each) < 2
        ),
        ENTERPRISE_USER: strategies.some(department=TEXTS, manager=st.fixed_dictionaries({"value": TEXTS})),
        LAB: strategies.some(badge=TEXTS, tags=st.lists(TEXTS, max_size=3), hireCode=TEXTS),
    },
)
FILTERS = st.builds("{} {} {}".format, st.sampled_from(["value", "display"]), st.just("eq"), TEXTS.map('"{}"'.format))
FILTERS |= st.builds('type eq "{}"'.format, KINDS)
PLACES: list[tuple[st.SearchStrategy[str], st.SearchStrategy[Any]]] = [
    (st.sampled_from(["title", "TITLE", f"{USER}:title", "name.givenName", f"{ENTERPRISE_USER}:department"]), TEXTS),
    (st.just("active"), st.booleans()),
    (st.just("name"), NAME),
    (st.just("emails"), st.lists(EMAIL, max_size=2, unique_by=pair)),
    (st.just(f"{ENTERPRISE_USER}:manager"), st.fixed_dictionaries({"value": TEXTS})),
    (st.sampled_from([f"{LAB}:badge", f"{LAB}:hireCode"]), TEXTS),
    (st.just(f"{LAB}:tags"), st.lists(TEXTS, max_size=2)),
    (FILTERS.map("emails[{}]".format), EMAIL),
    (st.builds("emails[{}].{}".format, FILTERS, st.sampled_from(["value", "display", "type"])), TEXTS),
    (FILTERS.map("emails[{}].primary".format), st.booleans()),
]


def operations_on(
    places: list[tuple[st.SearchStrategy[str], st.SearchStrategy[Any]]],
) -> st.SearchStrategy[dict[str, Any]]:
    written = [
        st.builds(lambda op, path, value: operation(op, path, value=value), st.sampled_from(["add", "replace"]), *place)
        for place in places
    ]
    removed = [st.builds(operation, st.just("remove"), path) for path, _ in places]
    whole = st.builds(lambda op, value: operation(op, value=value), st.sampled_from(["add", "replace"]), BODIES)
    return st.one_of(*written, *removed, whole)


OPERATIONS = operations_on(PLACES)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4) | st.just("emails[type eq") | TEXTS,
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(["op", "path", "value", "type", "emails", "id", "schemas", "name.x", LAB]), children
        )
    ),
    max_leaves=8,
)
ANYTHING = (
    OPERATIONS
    | st.dictionaries(st.sampled_from(["op", "path", "value", "VALUE"]), JUNK | TEXTS)
    | st.builds(
        lambda op, path, value: operation(op, path, value=value),
        st.sampled_from(["add", "replace", "remove", "Add"]),
        st.none() | st.text(max_size=8) | st.sampled_from(["emails", "members", "id", "emails.value", LAB, "name"]),
        JUNK,
    )
)


@given(BODIES, st.lists(ANYTHING, min_size=1, max_size=4), st.booleans())
def test_a_patch_leaves_the_given_document_alone_whether_it_succeeds_or_not(
    body: dict[str, Any], operations: list[dict[str, Any]], by_the_letter: bool
) -> None:
    document = prepared(body)
    before = copy.deepcopy(document)
    try:
        patch(document, *operations, dialect=strict() if by_the_letter else lenient())
    except ScimError as refusal:
        status = refusal.status
    else:
        status = 200
    assert document == before
    assert status < 500


@given(BODIES, st.lists(OPERATIONS, min_size=1, max_size=4))
def test_a_patch_leaves_a_document_that_a_post_would_keep_as_it_is(
    body: dict[str, Any], operations: list[dict[str, Any]]
) -> None:
    try:
        after = patch(prepared(body), *operations).document
    except ScimError:
        return
    assert prepare(after, USERS, strict()) == after


@given(BODIES, OPERATIONS)
def test_an_operation_repeated_changes_nothing_unless_it_changes_what_it_selects_by(
    body: dict[str, Any], given_operation: dict[str, Any]
) -> None:
    path = given_operation.get("path", "")
    selects_by_what_it_changes = "[" in path and given_operation["op"] != "remove" and not path.endswith(".primary")
    try:
        once = patch(prepared(body), given_operation).document
    except ScimError:
        return
    if not selects_by_what_it_changes:
        twice = patch(once, given_operation)
        assert twice.document == once
        assert not twice.changed


@given(BODIES, st.lists(OPERATIONS, min_size=1, max_size=3))
def test_changed_means_that_the_documents_differ(body: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    document = prepared(body)
    try:
        result = patch(document, *operations)
    except ScimError:
        return
    assert result.changed is (result.document != document)


MODEL = User[EnterpriseUser]


def comparable(value: Any) -> Any:
    if isinstance(value, dict):
        parts = {name: comparable(part) for name, part in value.items() if name != "schemas"}
        return {name: part for name, part in parts.items() if part not in (None, [], {}, False) or name == "active"}
    if isinstance(value, list):
        elements = [comparable(element) for element in value]
        # With us an e-mail that loses its value is gone; models keep what described it. Both are in the vectors.
        said = [each for each in elements if not isinstance(each, dict) or "value" in each]
        return sorted(said, key=lambda each: json.dumps(each, sort_keys=True))
    return value


def repeats(document: Any) -> bool:
    """Whether the same value and type stand there twice, which models let pass and we do not (RFC 7643 section 2.4)."""
    pairs = [(each.get("value"), each.get("type")) for each in (document or {}).get("phoneNumbers", [])]
    return len(set(pairs)) < len(pairs)


def judged(value: Any) -> Any:
    """Phone numbers stand for e-mails, because there a model refuses texts that are no addresses."""
    if isinstance(value, dict):
        return {judged(name): judged(part) for name, part in value.items() if name != LAB}
    if isinstance(value, list):
        return [judged(element) for element in value]
    return value.replace("emails", "phoneNumbers") if isinstance(value, str) else value


@given(BODIES, operations_on([place for place in PLACES if LAB not in str(place)]))
def test_scim2_models_agrees(body: dict[str, Any], given_operation: dict[str, Any]) -> None:
    document = prepared(judged(body))
    message = {"schemas": [PATCH_OP], "Operations": [judged(given_operation)]}
    theirs = MODEL.model_validate(document)
    try:
        parsed = PatchOp[MODEL].model_validate(message, context={"scim": Context.RESOURCE_PATCH_REQUEST})
        parsed.patch(theirs)
        verdict = comparable(theirs.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))
    except (SCIMException, ValueError):
        verdict = None
    try:
        ours = comparable(patch(document, judged(given_operation), dialect=strict()).document)
    except ScimError:
        ours = None
    if repeats(verdict):
        assert ours is None or not repeats(ours)
    else:
        assert ours == verdict
