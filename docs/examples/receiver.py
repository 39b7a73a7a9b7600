"""A receiver of Gangway's webhooks: verifies, drops what it has heard already, and applies the rest.

On the local stack: `gangway webhook add ORG http://127.0.0.1:8090/ --form full`, then run this with the secret that it
shows: `WEBHOOK_SECRET=whsec_… python receiver.py 8090`. In earnest, keep the directory and `numbers` in your database,
and write both in one transaction.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

from standardwebhooks import Webhook, WebhookVerificationError


def merged(old, before, after):
    """An object after a change: what was told as `before` goes, `after` comes, the rest stays; so within extensions."""
    told = {k: merged(old.get(k, {}), before.get(k, {}), v) if k.startswith("urn:") else v for k, v in after.items()}
    return {k: v for k, v in old.items() if k not in before} | told


class Directory:
    """Users and groups as told, and the number of the last event that was applied to each."""

    def __init__(self):
        self.resources, self.members, self.numbers, self.lock = {}, {}, {}, Lock()

    def apply(self, event):
        """Bring the directory up to an event; one that was heard before changes nothing."""
        with self.lock:
            data, (subject, _, change) = event.get("data", {}), event["type"].partition(".")
            key, number = data.get("resourceId"), event.get("number", 0)
            if subject not in ("user", "group") or (number and number <= self.numbers.get(key, 0)):
                return  # deliveries are at least once, and in order within a resource
            if change == "members_changed":
                kept = self.members.get(key, set()) - set(data["membersRemoved"])
                self.members[key] = kept | set(data["membersAdded"])
            elif change == "deleted":
                self.resources.pop(key, None), self.members.pop(key, None)
            else:
                self.resources[key] = merged(self.resources.get(key, {}), data["before"] or {}, data["after"])
            self.numbers[key] = number or self.numbers.get(key, 0)


def serve(port, secret, directory):
    """Serve in the calling thread; any other answer than 2xx makes Gangway try again later."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                directory.apply(Webhook(secret).verify(body, {k.lower(): v for k, v in self.headers.items()}))
                self.send_response(204)
            except WebhookVerificationError:
                self.send_response(401)
            self.end_headers()

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), os.environ["WEBHOOK_SECRET"], Directory())
