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
