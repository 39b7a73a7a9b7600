"""A signed client of a local stack's admin API."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

if TYPE_CHECKING:
    from infra.local.stack import LocalStack


@dataclass(frozen=True, slots=True)
class Admin:
    """Makes requests as the operator."""

    stack: LocalStack

    def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and parsed body of the answer to a request below /admin/v1."""
        data = json.dumps(body) if body is not None else None
        url = f"{self.stack.base_url}/admin/v1{path}"
        request = AWSRequest(method, url, headers={"Content-Type": "application/json"}, data=data)
        who = self.stack.credentials
        SigV4Auth(Credentials(who.access_key_id, who.secret_access_key), "execute-api", who.region).add_auth(request)
        answer = URLLib3Session(timeout=40).send(request.prepare())
        return answer.status_code, json.loads(answer.content or b"null")

    def get(self, path: str) -> Any:
        """The answer to a request that succeeds."""
        return self._done("GET", path, None)

    def post(self, path: str, body: object = None) -> Any:
        """The answer to a request that succeeds."""
        return self._done("POST", path, {} if body is None else body)

    def _done(self, method: str, path: str, body: object) -> Any:
        status, answer = self.send(method, path, body)
        assert status < 300, answer
        return answer
