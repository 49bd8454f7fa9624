"""Whose stream hears what: one rule, said as addresses for the hub and as a filter by the inbox."""

from dataclasses import dataclass
from typing import Self

from backend.domain.access import Caller, Role
from backend.domain.ids import AssociateId, Region, StoreId

Address = tuple[str, ...]
_ALL: Address = ("all",)


@dataclass(frozen=True, slots=True)
class Audience:
    """An associate hears what names them, and what names their store and no associate; a manager their store or region.

    Nothing set = hears all.
    """

    associate_id: AssociateId | None = None
    store_id: StoreId | None = None
    region: Region | None = None

    @classmethod
    def of(cls, caller: Caller) -> Self:
        """Answer the audience that the caller belongs to."""
        if caller.role is Role.ASSOCIATE:
            return cls(associate_id=caller.associate_id or AssociateId(caller.subject), store_id=caller.store_id)
        return cls(store_id=caller.store_id, region=caller.region)

    def addresses(self) -> list[Address]:
        """Answer the addresses under which the audience is reached; an entry reaches it by one of them at most."""
        if self.associate_id is not None:
            own: list[Address] = [("associate", self.associate_id)]
            return own if self.store_id is None else [*own, ("unassigned", self.store_id)]
        if self.store_id is not None:
            return [("store", self.store_id)]
        return [_ALL] if self.region is None else [("region", self.region)]


def addressed_to(associate_id: str | None, store_id: str | None, region: str | None) -> list[Address]:
    """Answer all addresses that an entry with these names goes to."""
    addresses = [_ALL]
    if associate_id is not None:
        addresses.append(("associate", associate_id))
    elif store_id is not None:
        addresses.append(("unassigned", store_id))
    if store_id is not None:
        addresses.append(("store", store_id))
    if region is not None:
        addresses.append(("region", region))
    return addresses
