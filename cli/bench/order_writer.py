"""A process that goes on loading orders, by the production normaliser and loader, while others read."""

import random
import time
from datetime import timedelta
from multiprocessing.synchronize import Event

from backend.domain.clock import utc_now
from backend.domain.events import JournalEntry, RevisionKind
from backend.domain.ids import CustomerId, Revision, StoreId
from backend.warehouse.engine import open_engine
from cli.bench.big_shop import N_PRODUCTS, N_STORES, NOW
from etl.load.states import lock_customers, mark_ingested, read_states
from etl.load.write import write_states
from etl.normalize.fold import fold
from etl.pipeline import orders_alone

_BATCH = 50


class NoNames:
    """Resolves no name: these orders have the products' ids."""

    def resolve_name(self, _name: str) -> None:
        """Know nothing."""


def write_orders(url: str, n_customers: int, per_second: float, stop: Event, sink: "list[int]") -> None:
    """Load orders of random customers at this rate (0: as many as go) until told to stop; `sink` gets the number."""
    engine, draw, started, n = open_engine(url), random.Random(3), time.monotonic(), 0
    while not stop.is_set():
        ids = [CustomerId(f"c{number:08}") for number in draw.sample(range(n_customers), min(_BATCH, n_customers))]
        with engine.begin() as connection:
            held = lock_customers(connection, ids, utc_now())
            news = {id_: [_order(draw, id_, held[id_] + 2)] for id_ in ids}
            before = read_states(connection, {id_: held[id_] + 1 for id_ in ids}, orders_alone(news)).values()
            after = [fold(state, news[state.customer_id], NoNames()) for state in before]
            write_states(connection, list(before), after)
            mark_ingested(connection, {state.customer_id: state.revision - 1 for state in after}, utc_now())
        n += len(ids)
        ahead = n / per_second - (time.monotonic() - started) if per_second else 0
        stop.wait(max(ahead, 0))
    sink.append(n)
    engine.dispose()


def _order(draw: random.Random, customer_id: CustomerId, revision: int) -> JournalEntry:
    lines = [
        {"product_id": f"P{draw.randrange(N_PRODUCTS)}", "quantity": draw.randint(1, 3), "unit_price": "19.90"}
        for _ in range(3)
    ]
    placed = NOW - timedelta(minutes=draw.randrange(600))
    return JournalEntry(
        customer_id=customer_id,
        revision=Revision(revision),
        kind=RevisionKind.ORDER,
        payload={"order_id": f"w{revision}", "status": "closed", "ordered_at": placed.isoformat(), "lines": lines},
        accepted_at=utc_now(),
        associate_id=None,
        store_id=StoreId(f"S{draw.randrange(N_STORES)}"),
        author_id=None,
    )
