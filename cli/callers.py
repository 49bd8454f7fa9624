"""Who a token or an account is for, from options."""

from typing import Annotated

import typer

from backend.domain.access import Caller, Role
from backend.domain.ids import AssociateId, Region, StoreId
from cli.errors import UnusableInputError

RoleOption = Annotated[Role, typer.Option("--role", help="What they may do.")]
StoreOption = Annotated[str | None, typer.Option("--store", help="See this store only.")]
RegionOption = Annotated[str | None, typer.Option("--region", help="See this region only.")]
AssociateOption = Annotated[str | None, typer.Option("--associate", help="The associate that they are.")]


def caller_of(subject: str, role: Role, store: str | None, region: str | None, associate: str | None) -> Caller:
    """Answer the caller; raises UnusableInputError where store and region are both named, or a needed store is not."""
    if store and region:
        raise UnusableInputError("name --store or --region, not both: one of them bounds what is seen")
    if role is Role.ASSOCIATE and not store:
        raise UnusableInputError("an associate sees one store: name it with --store")
    return Caller(
        subject=subject,
        role=role,
        store_id=StoreId(store) if store else None,
        region=Region(region) if region else None,
        associate_id=AssociateId(associate) if associate else None,
    )
