"""Row scope and column masks, compiled into every query: nobody can ask around them."""

from typing import Any

from sqlalchemy import ColumnElement, Text, case, cast, false, null, or_, select
from sqlalchemy.types import NullType

from backend.analytics.kinds import Cube, Dimension, Mask, RowMask
from backend.domain.access import Caller, Role
from backend.domain.errors import ForbiddenError
from backend.warehouse.tables import channels

_HIDDEN: dict[Role, frozenset[Mask]] = {
    Role.ASSOCIATE: frozenset({Mask.INCOME}),
    Role.MANAGER: frozenset({Mask.INCOME}),
    Role.MARKETING: frozenset({Mask.INCOME}),
    Role.ANALYST: frozenset({Mask.CONTACT}),
    Role.OPERATOR: frozenset({Mask.INCOME, Mask.CONTACT}),
}


def refuse_operators(caller: Caller) -> None:
    """Operators watch the machine, not the business."""
    if caller.role is Role.OPERATOR:
        raise ForbiddenError("Operators see /v1/ops only")


def is_masked(mask: Mask | RowMask | None, caller: Caller) -> bool:
    """Whether this caller gets NULL instead of the value, whatever the row."""
    return isinstance(mask, Mask) and mask in _HIDDEN[caller.role]


def unmasked(expression: ColumnElement[Any], mask: Mask | RowMask | None, caller: Caller) -> ColumnElement[Any]:
    """Answer the expression, or NULL where this caller may not see it."""
    type_ = Text() if isinstance(expression.type, NullType) else expression.type
    if isinstance(mask, RowMask):
        hidden = [rows for reason, rows in mask.rows.items() if reason in _HIDDEN[caller.role]]
        return case((or_(*hidden), cast(null(), type_)), else_=expression) if hidden else expression
    return cast(null(), type_) if is_masked(mask, caller) else expression


def visible(dimension: Dimension, caller: Caller) -> ColumnElement[Any]:
    """Answer the dimension's expression, or NULL where it is masked: in filters too, so that nothing can be guessed."""
    return unmasked(dimension.expression, dimension.mask, caller)


def within_scope(store: ColumnElement[str], caller: Caller) -> ColumnElement[bool] | None:
    """Answer the condition that keeps a row with this store column within the caller's scope; None: all rows are."""
    if caller.store_id is not None:
        return store == caller.store_id
    if caller.region is not None:
        return store.in_(select(channels.c.store_id).where(channels.c.region == caller.region))
    if caller.role is Role.ASSOCIATE:
        return false()  # an associate bound to nothing sees nothing
    return None


def scope_of(cube: Cube, caller: Caller) -> ColumnElement[bool] | None:
    """Answer the row condition of a cube that has a store column of its own."""
    return None if cube.store is None else within_scope(cube.store, caller)
