"""The admin API's client: signs with the caller's AWS credentials, follows pages, tells errors as sentences.

Requests are signed with botocore, so credentials are found where every AWS tool finds them: environment, profile,
single sign-on, instance role. What the API refuses arrives as problem details (RFC 9457): the status decides the exit
code, the `type` the next step, and the `detail` is what the operator reads.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from infra.cli.errors import BusyError, CliError, Exit
from infra.cli.target import Choice, Target, find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import typer
    from botocore.credentials import Credentials

type Json = dict[str, Any]

TIMEOUT_SECONDS = 30
"""API Gateway answers within 29."""
TOO_MANY_REQUESTS = 429

_CODES = {400: Exit.REFUSED, 403: Exit.NOT_PERMITTED, 404: Exit.NOT_FOUND, 409: Exit.REFUSED, 410: Exit.NOT_FOUND}
_NEXT_STEPS = {
    "unknown-organization": "See which there are with `gangway org list`.",
    "unknown-endpoint": "See which there are with `gangway webhook list ORG`.",
    "unknown-token": "See which there are with `gangway token list ORG`.",
    "organization-name-taken": "Choose another: a name is never given to a second organization.",
    "token-limit-reached": "Revoke one (`gangway token revoke ORG KEY_ID`), or replace one at once "
    "(`gangway token rotate ORG KEY_ID --overlap 0h`).",
}


def connect(context: typer.Context) -> AdminClient:
    """The client for the stack that this command line means; the first line of every command that needs a stack."""
    choice = context.find_object(Choice) or Choice()
    return AdminClient(find(choice))


def path(*segments: str) -> str:
    """A path from values that may hold any character: `path("orgs", name, "tokens")`."""
    return "".join("/" + quote(segment, safe="") for segment in segments)


class AdminClient:
    """Sends requests to one stack's admin API."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def get(self, path: str, **query: object) -> Json:
        """Read something."""
        return self.send("GET", path, query=query)

    def post(self, path: str, body: Mapping[str, Any] | None = None, **query: object) -> Json:
        """Create something, or have something done."""
        return self.send("POST", path, body or {}, query=query)

    def patch(self, path: str, body: Mapping[str, Any]) -> Json:
        """Change something."""
        return self.send("PATCH", path, body)

    def delete(self, path: str, **query: object) -> Json:
        """Delete something."""
        return self.send("DELETE", path, query=query)

    def items(self, path: str, member: str, **query: object) -> Iterator[Json]:
        """The members of a paged list, all of them: follows `nextCursor` until there is none."""
        cursor: object = None
        while True:
            page = self.get(path, **query, cursor=cursor)
            yield from page[member]
            cursor = page.get("nextCursor")
            if not cursor:
                return

    def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, object] | None = None,
    ) -> Json:
        """Make one signed request; what it answers, `{}` for nothing.

        Args:
            method: HTTP method.
            path: below /admin/v1, encoded; see `path`.
            body: a JSON object.
            query: parameters; those that are None are left out, lists are repeated.

        Raises:
            CliError: it was refused, failed, or there is nobody to ask.
        """
        status, content, wait = self._exchange(method, self.target.admin_url + path + _query(query or {}), body)
        try:
            answer = json.loads(content) if content else {}
        except ValueError:
            answer = None
        if status < 300 and isinstance(answer, dict):
            return answer
        raise _refused(status, answer if isinstance(answer, dict) else {}, self.target, wait)

    def _exchange(self, method: str, url: str, body: Mapping[str, Any] | None) -> tuple[int, bytes, float]:
        """Status, body, and the seconds of `Retry-After`, 0 without it."""
        from botocore.auth import SigV4Auth  # noqa: PLC0415  # botocore takes longer to import than help takes to show
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415
        from botocore.httpsession import URLLib3Session  # noqa: PLC0415

        data = json.dumps(body) if body is not None else None
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        request = AWSRequest(method, url, headers=headers, data=data)
        try:
            SigV4Auth(self._credentials, "execute-api", self._region).add_auth(request)
        except BotoCoreError as error:
            raise CliError(f"The request cannot be signed: {error}", code=Exit.NOT_PERMITTED) from None
        try:
            answer = URLLib3Session(timeout=TIMEOUT_SECONDS).send(request.prepare())
        except BotoCoreError:
            where = f"{self.target.admin_url} cannot be reached."
            raise BusyError(where, _unreachable(self.target), reached=False) from None
        wait = str(answer.headers.get("Retry-After", ""))
        return answer.status_code, answer.content, float(wait) if wait.isdecimal() else 0.0

    @cached_property
    def _session(self) -> Any:
        from botocore.session import Session  # noqa: PLC0415  # see above

        return Session(profile=self.target.profile)

    @cached_property
    def _region(self) -> str:
        region = self.target.region or self._session.get_config_variable("region")
        if not region:
            raise CliError(
                "The AWS region of the stack is not known.",
                "Name it with --region, or set AWS_REGION.",
                code=Exit.NO_STACK,
            )
        return str(region)

    @cached_property
    def _credentials(self) -> Credentials:
        if self.target.is_local:
            return _local_credentials()
        credentials = self._session.get_credentials()
        if credentials is None:
            raise CliError(
                "There are no AWS credentials to sign with.",
                "Sign in (`aws sso login`), name a profile with --profile, or set AWS_PROFILE.",
                code=Exit.NOT_PERMITTED,
            )
        return credentials  # type: ignore[no-any-return]  # botocore has no types


def _local_credentials() -> Credentials:
    from botocore.credentials import Credentials  # noqa: PLC0415  # see above

    from infra.local.emulator import Credentials as LocalCredentials  # noqa: PLC0415

    local = LocalCredentials()
    return Credentials(local.access_key_id, local.secret_access_key)


def _query(parameters: Mapping[str, object]) -> str:
    given = {name: value for name, value in parameters.items() if value is not None}
    return "?" + urlencode(given, doseq=True, quote_via=quote) if given else ""


def _refused(status: int, problem: Json, target: Target, wait: float) -> CliError:
    """The error for an answer that is no success."""
    if status == 403 and "detail" not in problem:  # the gateway's own words, which speak to developers of clients
        return CliError(
            "AWS refused the request: the credentials, or the policies attached to them, do not allow it.",
            "See who you are with `aws sts get-caller-identity`, and which of the stack's policies (operator, support, "
            "application) that principal has.",
            code=Exit.NOT_PERMITTED,
        )
    code = _CODES.get(status, Exit.REFUSED if 400 <= status < 500 else Exit.FAILED)
    detail = problem.get("detail") or f"{target.admin_url} answered with status {status}."
    wrong = "".join(f"\n  {each.get('pointer', '')}: {each.get('detail', '')}" for each in problem.get("errors", ()))
    if status == TOO_MANY_REQUESTS or status >= 500:
        again = "Try again in a moment; if it goes on, look at the logs of the admin function."
        return BusyError(f"{detail}{wrong}", again, code=code, retry_after=wait)
    return CliError(f"{detail}{wrong}", _NEXT_STEPS.get(str(problem.get("type")), ""), code=code)


def _unreachable(target: Target) -> str:
    return (
        "Is `gangway local` running, on that port?"
        if target.is_local
        else "Check the URL, this machine's network, and whether a proxy is in between."
    )
