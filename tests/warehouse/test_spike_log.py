"""Spikes are kept: opened once, told again when they have grown, closed when they are over."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select, text

from backend.analytics.datasets import extract_of
from backend.analytics.trends import Trend
from backend.domain.access import Caller, Role
from backend.domain.ids import Region, StoreId
from backend.warehouse import tables as t
from etl.marts.spike_log import QUIET, Spike, SpikeStatus, compare_spikes, refresh_spikes

NOW = datetime(2026, 11, 22, 21, 50, tzinfo=UTC)


def sell(engine: Engine, store_id: str, units: int, hour: datetime) -> None:
    with engine.begin() as connection:
        sold = {c.name: 0 for c in t.sales_hourly.c if not c.nullable} | {
            "hour": hour, "store_id": store_id, "product_id": "P", "units": units,
        }  # fmt: skip
        connection.execute(insert(t.sales_hourly), [sold])


def refresh(engine: Engine, now: datetime) -> list[tuple[str | None, SpikeStatus | None]]:
    with engine.begin() as connection:
        return [(change.spike.region, change.status) for change in refresh_spikes(connection, now)]


def kept(engine: Engine, caller: Caller) -> list[Any]:
    with engine.begin() as connection:
        return list(connection.execute(extract_of("spikes", caller, {}, NOW).statement).mappings())


def test_a_spike_opens_grows_and_closes_and_is_told_once_of_each(engine: Engine) -> None:
    with engine.begin() as connection:
        for store, region in (("N1", "North"), ("S1", "South")):
            connection.execute(
                text("INSERT INTO channels (store_id, region, extra, updated_at) VALUES (:s, :r, '{}', :at)"),
                {"s": store, "r": region, "at": NOW},
            )
    this_hour = NOW.replace(minute=0)
    sell(engine, "N1", 9, this_hour - timedelta(hours=1))
    assert refresh(engine, NOW) == [("North", SpikeStatus.OPENED)]
    assert refresh(engine, NOW) == []
    sell(engine, "N1", 1, this_hour)
    assert refresh(engine, NOW + timedelta(minutes=1)) == []  # one more is no news
    sell(engine, "N1", 9, this_hour - timedelta(hours=2))
    assert refresh(engine, NOW + timedelta(minutes=2)) == [("North", SpikeStatus.UPDATED)]
    (row,) = kept(engine, Caller("n", Role.MANAGER, region=Region("North")))
    assert (row["product_id"], row["observed"], row["closed_at"]) == ("P", 19, None)
    assert row["started_at"] == this_hour - timedelta(hours=2) or row["started_at"] == this_hour - timedelta(hours=1)
    assert kept(engine, Caller("n1", Role.MANAGER, store_id=StoreId("N1"))) == [row]
    assert kept(engine, Caller("s", Role.MANAGER, region=Region("South"))) == []
    assert kept(engine, Caller("s1", Role.ASSOCIATE, store_id=StoreId("S1"))) == []
    assert refresh(engine, NOW + timedelta(hours=5)) == [("North", SpikeStatus.CLOSED)]
    assert refresh(engine, NOW + timedelta(hours=5)) == []
    with engine.begin() as connection:
        assert connection.execute(select(t.spikes.c.closed_at)).scalar_one() == NOW + timedelta(hours=5)


def trend(observed: int) -> tuple[Trend, datetime]:
    return Trend("P", "P", None, "North", 0, observed, 1.0, (0, 0, observed)), NOW


@given(st.lists(st.one_of(st.none(), st.integers(6, 60)), min_size=1, max_size=40))
def test_every_opening_is_closed_at_most_once_and_nothing_grows_or_closes_unopened(seen: list[int | None]) -> None:
    standing: dict[tuple[str, str | None], Spike] = {}
    told: list[SpikeStatus] = []
    for minute, observed in enumerate(seen):
        now = NOW + minute * QUIET / 4
        for change in compare_spikes(standing, [] if observed is None else [trend(observed)], now):
            if change.spike.closed_at is None:
                standing["P", "North"] = change.spike
            else:
                standing.clear()
            told += [] if change.status is None else [change.status]
    lasting = False
    for status in told:
        assert lasting is (status is not SpikeStatus.OPENED)
        lasting = status is not SpikeStatus.CLOSED
    assert lasting is bool(standing)
    assert bool(told) is any(observed is not None for observed in seen)
