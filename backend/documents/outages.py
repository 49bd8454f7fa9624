"""What the document store's driver raises while the store is away: worth waiting for, nobody's fault."""

from pymongo.errors import ConnectionFailure, ExecutionTimeout, WTimeoutError

OUTAGES: tuple[type[Exception], ...] = (ConnectionFailure, ExecutionTimeout, WTimeoutError)
