"""INP-18, SCM-03: one reading of every path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gangway.http.paths import ScimPath, canonical_segments, scim_path


@pytest.mark.parametrize(
    ("path", "segments"),
    [
        ("/", ()),
        ("/scim/v2/acme", ("scim", "v2", "acme")),
        ("/scim/v2/acme/", ("scim", "v2", "acme")),
        ("/scim/v2/acme/Users/", ("scim", "v2", "acme", "Users")),
        (
            "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
            ("Schemas", "urn:ietf:params:scim:schemas:core:2.0:User"),
        ),
        ("/Schemas/urn%3Aietf", ("Schemas", "urn:ietf")),
        ("/Users/a%20b", ("Users", "a b")),
        ("/Users/a+b@x", ("Users", "a+b@x")),
        ("/Users/%C3%A9", ("Users", "é")),
        ("/Users/id;x=1", ("Users", "id;x=1")),
    ],
)
def test_given_a_plain_path_then_its_segments_are_decoded_once(path: str, segments: tuple[str, ...]) -> None:
    assert canonical_segments(path) == segments


@pytest.mark.parametrize(
    "path",
    [
        "",
        "Users",
        "//",
        "//Users",
        "/Users//",
        "/a//b",
        "/./Users",
        "/../Users",
        "/Users/..",
        "/Users/%2e%2e",
        "/Users/%2E",
        "/Users%2F1",
        "/Users%2f1",
        "/Users%252F1",
        "/Users/%5c1",
        "/Users/\\1",
        "/Users/%00",
        "/Users/\n",
        "/Users/%0d%0aX:1",
        "/Users/%zz",
        "/Users/%",
        "/Users/%FF",
    ],
)
def test_INP_18_given_a_path_with_two_readings_then_it_leads_nowhere(path: str) -> None:
    assert canonical_segments(path) is None


@given(st.text(max_size=60))
def test_given_any_text_then_segments_are_free_of_everything_that_has_a_meaning_in_paths(text: str) -> None:
    for segment in canonical_segments("/" + text) or ():
        assert segment not in ("", ".", "..")
        assert not set(segment) & set("/\\%\x00\r\n")


@pytest.mark.parametrize("path", ["/base/scim/v2/acme/Users", "/scim/v2/acme/Users"])
def test_given_a_public_url_with_a_path_then_it_may_stand_in_front(path: str) -> None:
    assert canonical_segments(path, "/base") == ("scim", "v2", "acme", "Users")


def test_given_a_door_then_it_names_the_organization_or_the_provider() -> None:
    assert scim_path(("scim", "v2", "ACME", "Users")) == ScimPath("/scim/v2/acme", "ACME", None, ("Users",))
    assert scim_path(("provisioning", "Okta", "v2")) == ScimPath("/provisioning/okta/v2", None, "Okta", ())


@pytest.mark.parametrize(
    "segments",
    [
        (),
        ("scim",),
        ("scim", "v2"),
        ("scim", "v1", "acme"),
        ("SCIM", "v2", "acme"),
        ("provisioning", "okta"),
        ("admin", "v1", "orgs"),
    ],
)
def test_given_anything_else_then_there_is_no_door(segments: tuple[str, ...]) -> None:
    assert scim_path(segments) is None
