"""What each associate will write, and when: drawn beforehand, so that a run can be played again."""

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mobile_mock.fleet.plan import FleetAssociate, FleetPlan, FleetProduct

_HOURLY = (5, 8, 12, 11, 8, 7, 9, 13, 12, 5)
"""Customers of each hour of the working day: a crowd at lunch, another after work."""
_SPELL = (2, 5)

ASKED = (
    "asked about the {p}", "wants {p}, not in her size today", "looked at {p} twice", "interested in {p}, call back",
    "tried {p} on, thinking abt it", "cust eyeing the {p} for a trip", "asked if {p} is back in stock",
    "would like {p} for his birthday", "saw {p}, wants to come back sat", "needs {p} before the weekend",
)  # fmt: skip
TOLD = (
    "bought {p} elsewhere", "likes {p} but not the color", "{p} is for a friend", "has {p} already, loves it",
    "just browsing today, chatted abt the snow", "prefers texts over calls", "moving to a new flat next month",
)  # fmt: skip
_ASKED_SHARE = 0.85


@dataclass(frozen=True, slots=True)
class Write:
    """One thing to send: where, with which key, which bytes."""

    kind: str  # notes or orders
    customer_id: str
    id: str
    key: str
    text: str
    product: FleetProduct

    def body(self, typed_at: datetime) -> bytes:
        """Answer the bytes; typed once, sent as often as it takes."""
        at = typed_at.astimezone(UTC).isoformat(timespec="milliseconds")
        if self.kind == "notes":
            said: dict[str, object] = {"note_id": self.id, "text": self.text, "written_at": at}
        else:
            line = {"product_id": self.product.product_id, "quantity": 1, "unit_price": self.product.price}
            said = {"order_id": self.id, "status": "open", "ordered_at": at, "filed_on": at[:10], "lines": [line]}
        return json.dumps(said).encode()


@dataclass(frozen=True, slots=True)
class Visit:
    """One customer's visit, `at` so many seconds from the start. `loses_answer`: the first answer gets lost."""

    at: float
    write: Write
    is_offline: bool
    loses_answer: bool
    hangs_up_after: float | None  # the answer is lost because the app gave up after so many seconds


def plan_visits(plan: FleetPlan, associate: FleetAssociate) -> list[Visit]:
    """Answer an associate's visits in the order of time."""
    name = f"{plan.seed}/{associate.associate_id}".encode()
    draw = random.Random(int.from_bytes(hashlib.sha256(name).digest()[:8], "big"))
    n = plan.notes_per_associate
    times = sorted(_part_of_day(draw) * plan.duration_seconds for _ in range(n))
    offline = _offline_spells(draw, n, plan.offline_share)
    return [
        Visit(
            at=times[number],
            write=_write(draw, plan, associate, number),
            is_offline=offline[number],
            loses_answer=(loses := draw.random() < plan.lost_share),
            hangs_up_after=draw.random() * 0.02 if loses and draw.random() < _HANG_UP_SHARE else None,
        )
        for number in range(n)
    ]


_HANG_UP_SHARE = 0.5


def _part_of_day(draw: random.Random) -> float:
    hour = draw.choices(range(len(_HOURLY)), _HOURLY)[0]
    return (hour + draw.random()) / len(_HOURLY)


def _offline_spells(draw: random.Random, n: int, share: float) -> list[bool]:
    """Answer for each visit whether it falls into a spell without a connection."""
    spells = [False] * n
    mean = sum(_SPELL) / 2
    at = 0
    while at < n:
        length = draw.randint(*_SPELL)
        if draw.random() < share / (share + (1 - share) * mean):
            spells[at : at + length] = [True] * len(spells[at : at + length])
            at += length
        else:
            at += 1
    return spells


def _write(draw: random.Random, plan: FleetPlan, associate: FleetAssociate, number: int) -> Write:
    product = draw.choice(plan.products)
    kind = "orders" if draw.random() < plan.order_share else "notes"
    text = draw.choice(ASKED if draw.random() < _ASKED_SHARE else TOLD).format(p=product.name)
    own = f"{plan.run_id}-{associate.associate_id}-{number}"
    return Write(kind, draw.choice(associate.customers), own, f"fleet-{own}", text, product)


def touched_customers(visits: Sequence[Visit]) -> set[str]:
    """Answer the customers that the visits are about."""
    return {visit.write.customer_id for visit in visits}
