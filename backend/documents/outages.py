"""What the document store's driver raises while the server is away: worth waiting for, nobody's fault."""

from beanie.exceptions import CollectionWasNotInitialized
from pymongo.errors import ConnectionFailure, ExecutionTimeout, InvalidOperation, WTimeoutError

OUTAGES: tuple[type[Exception], ...] = (
    ConnectionFailure,  # lost, refused, no primary, no server within the time
    ExecutionTimeout,
    WTimeoutError,
    CollectionWasNotInitialized,  # this process could not open the store yet
)

CLOSED: tuple[type[Exception], ...] = (InvalidOperation,)
"""Raised once the client is closed, as this process stops; and for misuse, so a worker does not wait it out."""
