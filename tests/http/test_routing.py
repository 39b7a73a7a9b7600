"""The table of routes: which endpoint, which methods."""

import pytest

from gangway.http.routing import Route, RouteTable

TABLE: RouteTable[str] = RouteTable(
    [
        Route("/", {"GET": "root"}),
        Route("/Users", {"GET": "list", "POST": "create"}),
        Route("/Users/.search", {"POST": "search"}),
        Route("/Users/{id}", {"GET": "read"}),
        Route("/orgs/{org}/tokens/{key}", {"DELETE": "revoke"}),
    ]
)


@pytest.mark.parametrize(
    ("segments", "template", "parameters"),
    [
        ((), "/", {}),
        (("Users",), "/Users", {}),
        (("Users", "1"), "/Users/{id}", {"id": "1"}),
        (("Users", ".search"), "/Users/.search", {}),
        (("orgs", "acme", "tokens", "k"), "/orgs/{org}/tokens/{key}", {"org": "acme", "key": "k"}),
    ],
)
def test_given_a_path_then_the_first_route_that_matches_is_found(
    segments: tuple[str, ...], template: str, parameters: dict[str, str]
) -> None:
    match = TABLE.find(segments)
    assert match
    assert (match.route.template, match.parameters) == (template, parameters)


@pytest.mark.parametrize("segments", [("users",), ("Users", "1", "2"), ("Nothing",), ("orgs", "acme", "x", "k")])
def test_given_any_other_path_then_there_is_none(segments: tuple[str, ...]) -> None:
    assert TABLE.find(segments) is None


def test_given_head_then_get_answers_and_both_are_allowed() -> None:
    route = TABLE.routes[1]
    assert route.endpoint("HEAD") == "list"
    assert route.endpoint("DELETE") is None
    assert route.allowed == ("GET", "POST", "HEAD", "OPTIONS")
    assert TABLE.routes[2].endpoint("HEAD") is None
