"""What the gateway writes down of every request: who called when, what came of it and how long it took.

Query strings hold user names and e-mail addresses, and the path of a request may hold ids of people; headers hold
tokens; a User-Agent is the client's to choose, and could look like the end of the line. None of them is named here.
The request's id leads to the function's own line about it.
"""

from __future__ import annotations

ACCESS_LOG_FORMAT = {
    "requestId": "$context.requestId",
    "extendedRequestId": "$context.extendedRequestId",
    "time": "$context.requestTimeEpoch",
    "sourceIp": "$context.identity.sourceIp",
    "caller": "$context.identity.userArn",
    "method": "$context.httpMethod",
    "door": "$context.resourcePath",
    "protocol": "$context.protocol",
    "tls": "$context.tlsVersion",
    "status": "$context.status",
    "gatewayResponse": "$context.error.responseType",
    "firewall": "$context.waf.status",
    "responseBytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
    "functionMilliseconds": "$context.integration.latency",
    "functionStatus": "$context.integration.status",
}
"""By name in the log: a variable of API Gateway each. One that has no value is logged as a hyphen."""
