"""The stack's table, for the few commands that work on it with the caller's own rights rather than by the admin API."""

from __future__ import annotations

import functools
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.cli.errors import CliError, Exit
from infra.cli.target import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gangway.access.operator import Operator
    from infra.cli.checks import Clients
    from infra.cli.target import Choice


@dataclass(frozen=True, slots=True)
class StackTable:
    """The table of a stack.

    Attributes:
        name: of the table.
        clients: of the region it is in.
        outputs: of the stack.
    """

    name: str
    clients: Clients
    outputs: Mapping[str, Any]

    @property
    def operator(self) -> Operator:
        """Who the caller is, as AWS knows them."""
        from gangway.access.operator import Operator  # noqa: PLC0415  # takes its time, and help needs none

        return Operator(self.clients("sts").get_caller_identity()["Arn"], str(uuid.uuid4()))


def stack_table(choice: Choice) -> StackTable:
    """Find the stack's table. Raises CliError: the stack's outputs are not known."""
    from infra.cli.preflight import clients_of  # noqa: PLC0415  # see above

    target = find(choice)
    table, region = target.outputs.get("tableName"), target.region
    if not isinstance(table, str) or not region:
        message = "The URL of the admin API does not tell the name of the table."
        raise CliError(message, "Name the stack's outputs: --stack NAME or --outputs FILE.", code=Exit.NO_STACK)
    clients = _emulated(target.outputs, region) if target.is_local else clients_of(choice.profile, region)
    return StackTable(table, clients, target.outputs)


@contextmanager
def aws_errors() -> Iterator[None]:
    """Say in a sentence what AWS refused, or that it could not be asked. Raises CliError."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # see above

    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise CliError(f"{error.operation_name} was refused: {code}.", code=Exit.NOT_PERMITTED) from None
    except BotoCoreError as error:
        raise CliError(f"AWS could not be asked: {error}", "Repeat the command; it goes on.") from None


def _emulated(outputs: Mapping[str, Any], region: str) -> Clients:
    """Clients of the emulator of a `gangway local`."""
    import boto3  # noqa: PLC0415  # see above

    session: Any = boto3.Session(outputs["accessKeyId"], outputs["secretAccessKey"], region_name=region)
    return functools.partial(session.client, endpoint_url=outputs["awsEndpointUrl"])
