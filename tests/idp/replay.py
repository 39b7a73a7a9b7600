"""Play a recorded identity-provider sequence against a SCIM server.

A sequence is a list of steps (`tests/conformance/idp/*.json`): a request, the statuses and facts expected of the
answer, and values of the answer to keep for later steps as `{{name}}`. Steps marked `optional` are tolerances
that are nice to have: they are played and reported, and never fail a sequence.
"""

import json
import re
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEQUENCES = Path(__file__).parent.parent / "conformance" / "idp"
_STEP = re.compile(r"\.([A-Za-z_$][\w$-]*)|\['([^']+)'\]|\[(\d+)\]|\[\?([\w$]+)=='([^']*)'\]")
_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_TYPES = {"string": str, "boolean": bool, "array": list, "object": dict}
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said: status, headers by lower-case name, body bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """One played step and what was wrong with its answer."""

    name: str
    optional: bool
    problems: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether the sequence fails because of this step."""
        return bool(self.problems) and not self.optional


def play(sequence: str, base_url: str, token: str) -> list[Outcome]:
    """Play the sequence of that file name (without `.json`) against `base_url`, which has no trailing slash."""
    steps = json.loads((SEQUENCES / f"{sequence}.json").read_text())
    run = secrets.token_hex(4)
    variables = {"run": run, "RUN": run.upper(), "run4": run[:4], "base": base_url}
    return [_play_step(step, variables, base_url, token) for step in steps]


def _play_step(step: Mapping[str, Any], variables: dict[str, str], base_url: str, token: str) -> Outcome:
    try:
        request, expected = _fill(step["request"], variables), _fill(step["expect"], variables)
    except KeyError as missing:
        return Outcome(step["name"], optional=False, problems=(f"no earlier step gave a value for {missing}",))
    answer = send(base_url, token, request)
    return Outcome(
        step["name"], bool(step.get("optional")), tuple(_problems(answer, expected, step["save"], variables))
    )


def send(base_url: str, token: str, request: Mapping[str, Any]) -> Answer:
    """Send one recorded request as its identity provider would."""
    query = request.get("raw_query")
    if query is None:
        query = urllib.parse.urlencode(request.get("query") or {}, quote_via=urllib.parse.quote)
    has_query = query or request.get("raw_query") is not None
    url = base_url + urllib.parse.quote(request["path"], safe="/:@%-._~") + (f"?{query}" if has_query else "")
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/scim+json"}
    body = None
    if request.get("body") is not None:
        body = json.dumps(request["body"]).encode()
        headers["Content-Type"] = "application/scim+json"
    headers.update(request.get("headers") or {})
    message = urllib.request.Request(url, data=body, headers=headers, method=request["method"])  # noqa: S310 -- loopback
    try:
        response = urllib.request.urlopen(message, timeout=60)  # noqa: S310 -- loopback
    except urllib.error.HTTPError as error:
        response = error
    with response:
        return Answer(
            response.status, {name.lower(): value for name, value in response.headers.items()}, response.read()
        )


def _problems(
    answer: Answer, expected: Mapping[str, Any], save: Mapping[str, str], variables: dict[str, str]
) -> Iterator[str]:
    if answer.status not in expected["status"]:
        yield f"status {answer.status}, wanted {expected['status']}: {answer.body[:160]!r}"
        return
    facts = [fact for fact in expected["checks"] if isinstance(fact, dict)]
    if not answer.body:
        if save or (answer.status != 204 and facts):
            yield "an empty body where one was needed"
        return
    try:
        document = json.loads(answer.body)
    except ValueError:
        yield f"the body is not JSON: {answer.body[:80]!r}"
        return
    if answer.status >= 400 and min(expected["status"]) < 400:
        return
    yield from (problem for fact in facts if (problem := _problem(fact, document, answer.headers)))
    for name, path in save.items():
        value = _at(document, path)
        if value is _MISSING:
            yield f"nothing to keep at {path}"
        else:
            variables[name] = value


def _problem(fact: Mapping[str, Any], document: Any, headers: Mapping[str, str]) -> str | None:
    if "header" in fact:
        value = headers.get(fact["header"].lower(), "")
        held = fact["contains"].lower() in value.lower()
        return None if held else f"header {fact['header']} is {value!r}, wanted {fact['contains']!r} in it"
    value = _at(document, fact["path"])
    if _holds(fact, value):
        return None
    shown = "missing" if value is _MISSING else json.dumps(value)[:120]
    return f"{fact['path']} is {shown}, wanted {json.dumps({k: v for k, v in fact.items() if k != 'path'})}"


def _holds(fact: Mapping[str, Any], value: Any) -> bool:
    absent = value is _MISSING or value is None
    match fact:
        case {"equals": wanted}:
            return bool(value == wanted) and type(value) is type(wanted)
        case {"exists": wanted}:
            return bool(wanted) is not absent
        case {"length": wanted}:
            return bool((0 if absent else len(value)) == wanted)
        case {"contains": wanted}:
            return not absent and wanted in value
        case {"type": "integer"}:
            return isinstance(value, int) and not isinstance(value, bool)
        case {"type": wanted}:
            return isinstance(value, _TYPES[wanted])
        case {"empty": _}:
            return absent or value in ("", [], {})
        case {"min": wanted}:
            return isinstance(value, int) and value >= wanted
    raise ValueError(f"unknown fact {fact}")


def _fill(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: str(variables[found[1]]), value)
    if isinstance(value, list):
        return [_fill(item, variables) for item in value]
    if isinstance(value, dict):
        return {_fill(name, variables): _fill(item, variables) for name, item in value.items()}
    return value


def _at(document: Any, path: str) -> Any:
    """The value at a path such as `$.emails[?type=='work'].value`, or a marker when there is none."""
    value, position = document, 1
    while position < len(path):
        found = _STEP.match(path, position)
        if not path.startswith("$") or not found:
            raise ValueError(f"bad path {path}")
        position = found.end()
        value = _step(value, *found.groups())
    return value


def _step(
    value: Any, name: str | None, quoted: str | None, index: str | None, key: str | None, wanted: str | None
) -> Any:
    if index is not None:
        return value[int(index)] if isinstance(value, list) and int(index) < len(value) else _MISSING
    if key is not None:
        elements = value if isinstance(value, list) else []
        return next((item for item in elements if isinstance(item, dict) and str(item.get(key)) == wanted), _MISSING)
    return value.get(name or quoted, _MISSING) if isinstance(value, dict) else _MISSING
