"""Who may see what: roles and scopes."""

import hashlib
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


def bounds_of(caller: Caller) -> dict[str, str]:
    """Answer the store or region that bounds what the caller sees, by the name of its field; none: all."""
    places = {"store_id": caller.store_id, "region": caller.region}
    return {name: str(value) for name, value in places.items() if value is not None}


def scoped_key(caller: Caller, key: str) -> str:
    """Make an Idempotency-Key unique: that of another caller, or of the same one with other rights, is another key."""
    scope = (caller.subject, caller.role.value, caller.store_id or "", caller.region or "", key)
    return hashlib.sha256("\0".join(scope).encode()).hexdigest()
