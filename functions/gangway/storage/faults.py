"""What a failure of DynamoDB means to us: one table from its error codes to the exceptions of the directory's port.

Codes, never message texts. An answer that did not arrive is its own kind: the write may have happened. A code that
the table does not know is a bug of ours (a request that DynamoDB finds invalid) and is passed on as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from gangway.directory.ports import Collision, OutcomeUnknown, Overloaded, TryAgain

if TYPE_CHECKING:
    from collections.abc import Mapping

MEANING: Final[Mapping[str, type[TryAgain]]] = {
    # another transaction is at the same items
    "TransactionConflict": Collision,
    "TransactionConflictException": Collision,
    "TransactionInProgressException": OutcomeUnknown,
    # too much for now
    "ProvisionedThroughputExceeded": Overloaded,
    "ProvisionedThroughputExceededException": Overloaded,
    "ThrottlingError": Overloaded,
    "ThrottlingException": Overloaded,
    "Throttling": Overloaded,
    "RequestLimitExceeded": Overloaded,
    "LimitExceededException": Overloaded,
    # faults of the service: nobody says whether a write happened
    "InternalServerError": OutcomeUnknown,
    "InternalFailure": OutcomeUnknown,
    "ServiceUnavailable": OutcomeUnknown,
    "500": OutcomeUnknown,
    "502": OutcomeUnknown,
    "503": OutcomeUnknown,
    "504": OutcomeUnknown,
    # credentials that are just being renewed, clocks that are just being set
    "ExpiredTokenException": Overloaded,
    "RequestExpired": Overloaded,
}


def translated(error: ClientError | BotoCoreError | None) -> Exception:
    """The exception of the port for a failure of the client; `error` None stands for keys left unprocessed."""
    if error is None:
        return Overloaded("keys were left unprocessed")
    if isinstance(error, BotoCoreError):
        return OutcomeUnknown(type(error).__name__)
    code = error.response.get("Error", {}).get("Code", "")
    meaning = MEANING.get(code)
    return meaning(code) if meaning else error
