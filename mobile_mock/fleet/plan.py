"""What a fleet is to do: who works, on which customers, how many notes, over how long, with how much bad luck."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FleetAssociate:
    """One simulated associate. `mint` answers a fresh access token; it is asked again when one has expired."""

    associate_id: str
    mint: Callable[[], str]
    customers: Sequence[str]


@dataclass(frozen=True, slots=True)
class FleetProduct:
    """A product that notes and orders may name; the price is a decimal text."""

    product_id: str
    name: str
    price: str


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """A run. What is written is told from `seed` alone; `run_id` makes its ids and keys its own.

    `duration_seconds` spreads each associate's visits over a working day squeezed into that time; 0: one after
    another without a pause. `exclusive`: nobody else writes to these customers meanwhile, so that every revision has
    to be one of ours.
    """

    api: str
    associates: Sequence[FleetAssociate]
    products: Sequence[FleetProduct]
    notes_per_associate: int = 20
    duration_seconds: float = 0.0
    seed: int = 1
    run_id: str = field(default_factory=lambda: secrets.token_hex(6))
    order_share: float = 0.1
    offline_share: float = 0.1
    lost_share: float = 0.02
    patience_seconds: float = 60.0
    """How long a write is tried again while the API does not answer."""
    settle_seconds: float = 30.0
    """How long the end waits for the last suggestions, and for the last writes to be read."""
    exclusive: bool = True
    verify: bool = True
    tell: Callable[[int], None] = field(default=lambda _: None)
    """Is told how many more writes were acknowledged."""
