"""The messages around resources (RFC 7644 sections 3.4.2 to 3.7, RFC 9865): lists, searches, bulk requests.

Each reads or writes one message schema. Member names have no case and what a message does not know it ignores; what has
the wrong JSON kind is `invalidSyntax`, what has the right kind but no possible value is `invalidValue`.
"""

from gangway.scim.messages.listing import list_response
from gangway.scim.messages.search import SearchRequest, parse_query_parameters, parse_search_request

__all__ = [
    "SearchRequest",
    "list_response",
    "parse_query_parameters",
    "parse_search_request",
]
