"""The ministack emulator as a child process: `python -m infra.local.ministack_server FD` serves on an inherited socket.

ministack's own command binds a port itself, writes files to the temporary folder and also opens an MQTT listener; here
it gets a socket that is already listening on the loopback interface, and nothing but the services of the stack. Two
differences from AWS that the token vault would notice are put right: a secret created without a value has no version,
and a repeated PutSecretValue (one ClientRequestToken) changes nothing. Two habits that a large directory would notice
are changed as well: queries that read whole partitions (`ministack_queries`), and streams that keep both images of
every change for a day, which for a hundred thousand users is gigabytes that nobody reads.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from typing import Any

from infra.local import ministack_queries
from infra.local.lifeline import end_with_parent

STREAM_SECONDS = 600
"""How long a record stays in a stream; the stack's poller reads five times a second."""
SERVICES = "dynamodb,dynamodbstreams,events,iam,kms,logs,secretsmanager,sqs,sts"


def install() -> None:
    """Put right what ministack's secrets do differently from AWS."""
    from ministack.services import secretsmanager as service  # noqa: PLC0415  # not before its settings are made

    store, put = service._store_new_secret, service._put_secret_value

    def store_new_secret(name: str, *arguments: Any, **options: Any) -> Any:
        answer = store(name, *arguments, **options)
        if options.get("secret_string") is None and options.get("secret_binary") is None:
            service._secrets[name]["Versions"].clear()
        return answer

    def put_secret_value(data: dict[str, Any]) -> Any:
        _, secret = service._resolve(data.get("SecretId"))
        version = (secret or {}).get("Versions", {}).get(data.get("ClientRequestToken"))
        if version is None:
            return put(data)
        if version["SecretString"] != data.get("SecretString"):
            message = "You can't use ClientRequestToken because that value is already in use for a version."
            return service.error_response_json("ResourceExistsException", message, 400)
        answer = {"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": data["ClientRequestToken"]}
        return service.json_response(answer | {"VersionStages": list(version["Stages"])})

    service._store_new_secret, service._put_secret_value = store_new_secret, put_secret_value


def main() -> None:
    """Serve until the parent goes away."""
    end_with_parent()
    descriptor = int(sys.argv[1])
    with socket.socket(fileno=os.dup(descriptor)) as listener:
        port = listener.getsockname()[1]
    os.environ |= {
        "DOCKER_HOST": "unix:///nowhere",  # it stops containers of its own when it starts, and needs none here
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "SERVICES": SERVICES,
        "SFTP_ENABLED": "0",
    }
    # ministack reads its settings while it is imported.
    from hypercorn.asyncio import serve  # noqa: PLC0415
    from hypercorn.config import Config  # noqa: PLC0415
    from ministack.app import app  # noqa: PLC0415
    from ministack.services import dynamodb  # noqa: PLC0415

    install()
    ministack_queries.install(dynamodb)
    dynamodb._STREAM_RETENTION_SECONDS = STREAM_SECONDS
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.loglevel = "WARNING"
    config.keep_alive_timeout = 75
    asyncio.run(serve(app, config))


if __name__ == "__main__":
    main()
