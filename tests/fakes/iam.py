"""IAM and STS in memory, in front of the other fakes: every call is decided by the policies that the program declares.

Emulators let everything through, so what a policy refuses can only be seen here. A call that is refused raises what AWS
answers; code that goes beyond its rights fails its test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.stack.iam_evaluation import Decision, evaluate
from tests.infra.permissions import Call, needed
from tests.infra.rules.rights import DATA, granted, holders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.infra.program import Program


class Guarded:
    """A client of AWS in the hands of a role: calls that its policy does not allow are refused.

    Args:
        client: makes the calls.
        service: its name, as in ARNs.
        program: declares the role.
        role: its short name.
        organization: tag of the session, if the role was taken with one.
    """

    def __init__(self, client: Any, service: str, program: Program, role: str, organization: str | None = None) -> None:
        self._client = client
        self._service = service
        self._program = program
        self._policy = {"Statement": granted(program, holders(program)[role])}
        self._organization = organization

    def __getattr__(self, operation: str) -> Any:
        method = getattr(self._client, operation)

        def call(**request: Any) -> Any:
            name = "".join(part.capitalize() for part in operation.split("_"))
            for wanted in needed(Call(self._service, name, request, self._organization), self._program):
                if evaluate([self._policy], wanted) is not Decision.ALLOWED:
                    raise _refused(name)
            return method(**request)

        return call


@dataclass
class FakeSts:
    """Gives sessions of the data role to the SCIM function, if both roles' policies let it.

    Attributes:
        program: declares the roles.
        now: the time.
        calls: tags of the sessions asked for.
        before: called ahead of every request; may raise, which is how faults are played.
    """

    program: Program
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    calls: list[str] = field(default_factory=list)
    before: Callable[[str, Mapping[str, Any]], None] = lambda _operation, _request: None

    def assume_role(self, **request: Any) -> dict[str, Any]:
        """AssumeRole."""
        self.before("assume_role", request)
        (tag,) = request["Tags"]
        self.calls.append(tag["Value"])
        roles = holders(self.program)
        own, trust = granted(self.program, roles["scim-api"]), roles[DATA].inputs["assumeRolePolicy"]
        for wanted in needed(Call("sts", "AssumeRole", request), self.program):
            for policy in ({"Statement": own}, trust):
                if evaluate([policy], wanted) is not Decision.ALLOWED:
                    raise _refused("AssumeRole")
        key = f"ASIA{len(self.calls):04d}"
        ends = self.now() + timedelta(seconds=request["DurationSeconds"])
        secret = {"SecretAccessKey": "secret", "SessionToken": tag["Value"]}
        return {"Credentials": {"AccessKeyId": key, "Expiration": ends, **secret}}

    def client(self, dynamodb: Any) -> Callable[[Mapping[str, Any]], Any]:
        """What makes DynamoDB clients of credentials given here."""
        return lambda credentials: Guarded(dynamodb, "dynamodb", self.program, DATA, credentials["SessionToken"])


def _refused(operation: str) -> ClientError:
    return ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}, operation)
