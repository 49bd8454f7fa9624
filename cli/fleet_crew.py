"""Who can go to work in this instance: associates with their customers, and what there is to talk about."""

from collections.abc import Sequence
from pathlib import Path

from backend.actions.tokens import load_signing_key, sign
from backend.documents.journal import every_customer, read_heads
from backend.documents.references import read_references
from backend.domain.access import Caller, Role
from backend.domain.clock import utc_now
from backend.domain.ids import AssociateId, CustomerId, StoreId
from cli.errors import CommandError
from mobile_mock.fleet import FleetAssociate, FleetProduct

_BATCH = 1000


async def find_crew(key_path: Path, n_associates: int, customers_each: int) -> list[FleetAssociate]:
    """Answer so many associates, each with customers of their own; raises CommandError where there are too few."""
    found: dict[tuple[AssociateId, StoreId], list[CustomerId]] = {}
    async for ids in every_customer(_BATCH):
        for head in (await read_heads(ids)).values():
            if head.associate_id is not None and head.store_id is not None:
                own = found.setdefault((head.associate_id, head.store_id), [])
                if len(own) < customers_each:
                    own.append(head.customer_id)
        if sum(len(own) == customers_each for own in found.values()) >= n_associates:
            break
    busiest = sorted(found, key=lambda who: (-len(found[who]), who))[:n_associates]
    if len(busiest) < n_associates:
        raise CommandError(
            f"{len(busiest)} associates have customers here, {n_associates} are wanted: "
            "load the sample store (`floorbook demo`), import customers with an associate_id, or say --associates"
        )
    return [_associate(key_path, who, store, found[who, store]) for who, store in sorted(busiest)]


def _associate(key_path: Path, who: AssociateId, store: StoreId, customers: Sequence[CustomerId]) -> FleetAssociate:
    key = load_signing_key(key_path)
    caller = Caller(subject=who, role=Role.ASSOCIATE, store_id=store, associate_id=who)
    return FleetAssociate(who, lambda: sign(key, caller, utc_now()), tuple(customers))


async def find_products() -> list[FleetProduct]:
    """Answer the catalogue's products; raises CommandError where there are none."""
    products = [
        FleetProduct(str(payload["productid"]), str(payload["productname"]), str(payload.get("price") or "10.00"))
        for payload in await read_references("product")
        if payload.get("productid") and payload.get("productname")
    ]
    if not products:
        raise CommandError("the catalogue is empty: load the sample store (`floorbook demo`) or import products")
    return products
