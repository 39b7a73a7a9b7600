"""A whole Gangway on this machine: the deployed program, played.

The order is the one that is quickest on two cores: the emulator imports itself in a child process while this one
imports Pulumi; the program is recorded against the emulator; the SCIM function imports its code while the organizations
are created. Everything lives in memory and ends with this process, however it ends.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Self

from infra.local.emulator import Backend, Credentials, Emulator
from infra.local.errors import PortTakenError, StartError
from infra.local.exchange import Request
from infra.local.functions import stop_all
from infra.local.lambda_api import VARIABLE as LAMBDA_API
from infra.local.lambda_api import LambdaApi
from infra.local.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType

    from infra.local.exchange import Response
    from infra.local.functions import Function
    from infra.local.gateway import Gateway, Principal
    from infra.local.organizations import LocalOrganization
    from infra.local.recorder import Recording

DEFAULT_ORGANIZATION = "acme"

RATE_LIMIT = 10_000
"""Requests a second: more than this machine can answer, because a script has no patience where a provider has."""

LOOPBACK = ["127.0.0.0/8", "::1/128"]
"""Where webhooks may go besides public addresses: to an application on this machine."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `gangway local` can be asked for.

    Attributes:
        port: 0 picks a free one.
        organizations: login names, or `name=provider`; each gets a token.
        strict: create the organizations without leniency towards identity providers.
        extensions: schema files, as `[ResourceType=]FILE`.
        backend: which emulator plays AWS.
        settings: further settings of the Pulumi program.
        log: takes what the functions print; None throws it away.
        program: folder of another Pulumi program than Gangway's.
    """

    port: int = 0
    organizations: tuple[str, ...] = (DEFAULT_ORGANIZATION,)
    strict: bool = False
    extensions: tuple[str, ...] = ()
    backend: Backend = Backend.MOTO
    settings: Mapping[str, Any] = field(default_factory=dict)
    log: int | IO[bytes] | None = None
    program: Path | None = None


class LocalStack:
    """A running stack; a context manager that starts and stops it.

    Attributes:
        base_url: in front of every door.
        emulator: plays AWS; `emulator.client("dynamodb")` looks behind the doors.
        recording: what the program declares.
        functions: by name.
        gateway: answers requests.
        organizations: with their tokens.
        principals: who may sign requests to the admin API, by role.
    """

    base_url: str
    emulator: Emulator
    recording: Recording
    functions: dict[str, Function]
    gateway: Gateway
    organizations: list[LocalOrganization]
    principals: dict[str, Principal]

    def __init__(self, options: Options | None = None, progress: Callable[[str], object] = lambda _: None) -> None:
        """Prepare; nothing runs yet. `progress` is told of each step."""
        self.options = options or Options()
        self.credentials = Credentials()
        self._progress = progress
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start, and return when an authenticated request would succeed.

        Raises:
            StartError: the stack cannot start as asked.
            EmulatorError: the emulator ended.
        """
        try:
            self._start()
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything that was started, in reverse order."""
        self._running.close()

    @property
    def table_name(self) -> str:
        """Name of the directory's table."""
        return str(self.recording.outputs["tableName"])

    def function(self, service: str) -> Function:
        """A function by the end of its name, e.g. `scim-api`."""
        return next(function for name, function in self.functions.items() if name.endswith(f"-{service}"))

    def describe(self) -> dict[str, Any]:
        """What a client needs: the line that `--output json` prints."""
        first = self.organizations[0]
        return {
            "scimBaseUrl": first.scim_base_url,
            "provisioningBaseUrl": f"{self.base_url}/provisioning/{first.provider}/v2",
            "adminUrl": f"{self.base_url}/admin/v1",
            "org": first.name,
            "token": first.token,
            "orgs": [
                {"name": each.name, "scimBaseUrl": each.scim_base_url, "token": each.token}
                for each in self.organizations
            ],
            "backend": self.options.backend.value,
            "awsEndpointUrl": self.emulator.endpoint,
            "region": self.credentials.region,
            "accessKeyId": self.credentials.access_key_id,
            "secretAccessKey": self.credentials.secret_access_key,
            "tableName": self.table_name,
            "principals": {
                role: {
                    "accessKeyId": principal.credentials.access_key_id,
                    "secretAccessKey": principal.credentials.secret_access_key,
                }
                for role, principal in self.principals.items()
            },
        }

    def _start(self) -> None:
        options, running = self.options, self._running
        server = self._listen()
        self._progress(f"Starting {options.backend.value}")
        self.emulator = running.enter_context(Emulator(options.backend, self.credentials))
        # Only now: this imports Pulumi, while the emulator imports itself.
        from infra.local import assembly  # noqa: PLC0415
        from infra.local.organizations import create_organizations  # noqa: PLC0415
        from infra.local.principals import policies, principals  # noqa: PLC0415

        self._progress("Bundling the functions")
        code = assembly.build_code(options.extensions)
        self._progress("Running the Pulumi program")
        settings = {
            "codeArchive": str(code),
            "publicUrl": self.base_url,
            "rateLimit": RATE_LIMIT,
            "webhookNetworks": LOOPBACK,
            **options.settings,
        }
        self.recording, materialiser = assembly.run_program(self.emulator, settings, options.program)
        self._progress("Starting the functions")
        lambda_api = LambdaApi()
        running.callback(lambda_api.stop)
        aws = self.credentials.environment(self.emulator.endpoint) | {LAMBDA_API: lambda_api.endpoint}
        self.functions = assembly.make_functions(self.recording, code, aws, options.log)
        running.callback(stop_all, self.functions)
        lambda_api.start(self.functions)
        self.function("scim-api").warm()
        self._progress("Creating organizations")
        self.organizations = create_organizations(
            options.organizations,
            materialiser.client,
            self.function("admin-api").spec.environment,
            self.base_url,
            strict=options.strict,
        )
        for part in assembly.make_background(self.recording, self.functions, materialiser.client):
            part.start()
            running.callback(part.stop)
        self.principals = principals(policies(self.recording), self.credentials)
        self.gateway = assembly.make_gateway(self.recording, self.functions, self.base_url, self.credentials)
        self._expect_an_answer()
        server.start(self.gateway)

    def _listen(self) -> Server:
        try:
            server = Server(self.options.port)
        except OSError as error:
            message = f"Port {self.options.port} cannot be used ({error.strerror}); choose another with --port, or 0."
            raise PortTakenError(message) from None
        self._running.callback(server.stop)
        self.base_url = server.base_url
        return server

    def _expect_an_answer(self) -> None:
        """Make the first request, so that nobody's first request meets a stack that is not ready."""
        first = self.organizations[0]
        path = f"{first.scim_base_url.removeprefix(self.base_url)}/ServiceProviderConfig"
        response: Response = self.gateway.handle(
            Request("GET", path, headers=(("Authorization", f"Bearer {first.token}"),))
        )
        if response.status != 200:
            text = response.body.decode(errors="replace")[:500]
            raise StartError(f"The first request was answered with {response.status}: {text}")
