"""A deployer's schema files: what they may say, and how a mistake in one is explained."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gangway.scim.schema import USER, ExtensionFile, SchemaError, load_registry
from tests.scim.examples import LAB, LAB_REGISTRY, registry_with

URN = "urn:example:params:scim:schemas:extension:shoe:2.0:User"


def document(*attributes: Any, **members: Any) -> dict[str, Any]:
    return {"id": URN, "attributes": list(attributes)} | members


def test_an_attribute_with_only_a_name_has_the_defaults_of_the_rfc() -> None:
    size = registry_with(document({"name": "size"})).schemas[URN].attributes["size"]
    assert (size.type, size.multi_valued, size.required, size.case_exact) == ("string", False, False, False)
    assert (size.mutability, size.returned, size.uniqueness) == ("readWrite", "default", "none")


def test_the_urn_says_which_type_is_extended_unless_the_deployer_does() -> None:
    assert [each.schema.id for each in LAB_REGISTRY.resource_types["User"].extensions][1:] == [LAB]
    registry = load_registry([ExtensionFile("Group", "shoe.json", document({"name": "size"}))])
    assert [each.schema.id for each in registry.resource_types["Group"].extensions] == [URN]
    assert len(registry.resource_types["User"].extensions) == 1


def test_several_extensions_keep_their_order() -> None:
    other = document({"name": "x"}, id="urn:example:other:2.0:User")
    extensions = registry_with(document({"name": "size"}), other).resource_types["User"].extensions
    assert [each.schema.id for each in extensions[1:]] == [URN, "urn:example:other:2.0:User"]


SIZE = {"name": "size"}


@pytest.mark.parametrize(
    ("broken", "attribute", "mistake"),
    [
        ([], "", "a JSON object"),
        (document(SIZE, id="shoe"), "", "must be a URN"),
        (document(SIZE, id=None), "", "must be a URN"),
        (document(SIZE, id=USER), "", "exists already"),
        (document(SIZE, id="urn:example:2.0:Printer"), "", "no resource type 'Printer'"),
        (document(SIZE, name=1), "", "must be text"),
        (document(SIZE, required="yes"), "", "must be true or false"),
        (document(), "", "at least one attribute"),
        (document(SIZE, attributes="size"), "", "must be a list"),
        (document("size"), "", "is an object"),
        (document({"name": "1size"}), "", "a letter followed by"),
        (document({"name": "shoe size"}), "", "a letter followed by"),
        (document(SIZE, {"name": "SIZE"}), "SIZE", "defined twice"),
        (document({"name": "size", "type": "text"}), "size", "'type' must be one of string"),
        (document({"name": "size", "multivalued": True}), "size", "unknown characteristic 'multivalued'"),
        (document({"name": "size", "required": "true"}), "size", "'required' must be true or false"),
        (document({"name": "size", "mutability": "writeonly"}), "size", "'mutability' must be one of"),
        (document({"name": "size", "canonicalValues": "a"}), "size", "must be a list of texts"),
        (document({"name": "size", "description": 1}), "size", "must be text"),
        (document({"name": "size", "uniqueness": "server"}), "size", "not enforced on attributes of extensions"),
        (document({"name": "size", "type": "complex"}), "size", 'have "subAttributes"'),
        (document({"name": "size", "subAttributes": [SIZE]}), "size", 'have "subAttributes"'),
        (document({"name": "box", "type": "complex", "subAttributes": []}), "box", "at least one attribute"),
        (
            document({"name": "box", "type": "complex", "subAttributes": [{"name": "x", "type": "complex"}]}),
            "box.x",
            "cannot be complex",
        ),
        (
            document({"name": "box", "type": "complex", "subAttributes": [{"name": "x", "returned": "no"}]}),
            "box.x",
            "'returned' must be one of always",
        ),
    ],
)
def test_a_mistake_is_explained_with_file_and_attribute(broken: object, attribute: str, mistake: str) -> None:
    with pytest.raises(SchemaError, match=mistake) as error:
        load_registry([ExtensionFile(None, "shoe.json", broken)])
    assert (error.value.file, error.value.attribute) == ("shoe.json", attribute)
    assert str(error.value).startswith("shoe.json: ")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=10,
)


@given(JSON, JSON, JSON)
def test_any_other_json_is_a_mistake_too(whole: Any, attributes: Any, characteristic: Any) -> None:
    for broken in (whole, document(attributes=attributes), document({"name": "size", "type": characteristic})):
        with pytest.raises(SchemaError):
            load_registry([ExtensionFile(None, "shoe.json", broken)])
