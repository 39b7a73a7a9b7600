"""Started by `tests.bench.cold_start` in a process of its own: starts a function, then lets it answer one request.

    python -I -S -X utf8 starting.py FOLDER… MODULE EVENT

Imports MODULE from the folders and calls its `handler` with the event, unless that is null, while AWS answers every
call at once that there is nothing. Prints as one line of JSON what each took of the processor since the process began,
the most memory it had after the start, and the AWS clients that the start has made.
"""

import sys

folders, module, event = sys.argv[1:-2], sys.argv[-2], sys.argv[-1]
sys.path[:0] = folders
__import__(module)

import time  # noqa: E402 - nothing is to be imported before the function is, so that it pays for all that it needs

started = time.process_time()

import json  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

NOTHING = b'{"Responses": {}, "Items": [], "Count": 0}'


def peak_megabytes() -> float:
    """What the process says of its memory itself: what the system says of a child includes what its parent had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


def clients() -> list[str]:
    """The services that Gangway has made a client of."""
    factories = vars(sys.modules.get("gangway.storage.aws", object)).values()
    made = [each() for each in factories if hasattr(each, "cache_info") and each.cache_info().currsize]
    return [each.meta.service_model.service_name for each in made if hasattr(each, "meta")]


class Context:
    """Of an invocation with time enough."""

    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        """All of the time that a gateway waits."""
        return 29_000


def let_aws_answer_nothing() -> None:
    """Answer in place of the network."""
    from botocore.awsrequest import AWSResponse
    from botocore.httpsession import URLLib3Session

    class Raw:
        def stream(self, **_how: Any) -> Any:
            yield NOTHING

    def send(_session: Any, request: Any) -> Any:
        headers: Any = {}
        return AWSResponse(request.url, 200, headers, Raw())

    setattr(URLLib3Session, "send", send)  # noqa: B010 - in place of a method that has more types than are needed here


told: dict[str, Any] = {"start": started * 1000, "memory": peak_megabytes(), "clients": clients()}
if event != "null":
    let_aws_answer_nothing()
    before = time.process_time()
    sys.modules[module].handler(json.loads(event), Context())
    told["answered"] = told["start"] + (time.process_time() - before) * 1000
print(json.dumps(told))
