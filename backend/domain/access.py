"""Who may see what: roles and scopes."""

from dataclasses import dataclass
from enum import StrEnum

from backend.domain.ids import AssociateId, Region, StoreId


class Role(StrEnum):
    """The roles of the contract."""

    ASSOCIATE = "associate"
    MANAGER = "manager"
    MARKETING = "marketing"
    ANALYST = "analyst"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: exactly one of store, region or neither (= all) bounds what they see."""

    subject: str
    role: Role
    store_id: StoreId | None = None
    region: Region | None = None
    associate_id: AssociateId | None = None


def may_see(caller: Caller, store_id: StoreId | None, region: Region | None) -> bool:
    """Tell whether what belongs to this store, in this region, is within the caller's scope."""
    if caller.store_id is not None:
        return store_id == caller.store_id
    if caller.region is not None:
        return region == caller.region
    return caller.role is not Role.ASSOCIATE  # an associate without a store sees nobody
