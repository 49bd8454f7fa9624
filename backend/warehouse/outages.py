"""What the warehouse's driver raises while the server is away: worth waiting for, nobody's fault."""

from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError  # noqa: A004 - SQLAlchemy's own name

OUTAGES: tuple[type[Exception], ...] = (OperationalError, InterfaceError, TimeoutError)
