"""What a fleet will do is drawn beforehand, from the seed alone."""

from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from cli.commands.fleet import workload
from mobile_mock.fleet import FleetAssociate, FleetPlan, FleetProduct, run_fleet
from mobile_mock.fleet.report import Percentiles
from mobile_mock.fleet.visits import plan_visits

ANA = FleetAssociate("A1", lambda: "token", ("c1", "c2", "c3"))
BEA = replace(ANA, associate_id="A2")
PRODUCTS = (FleetProduct("P1", "Ski Boots", "349.00"), FleetProduct("P2", "Powerbars", "24.00"))
PLAN = FleetPlan("http://127.0.0.1:1", (ANA, BEA), PRODUCTS, notes_per_associate=400, duration_seconds=100, run_id="r")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_same_seed_plans_the_same_visits() -> None:
    assert plan_visits(PLAN, ANA) == plan_visits(PLAN, ANA)
    assert plan_visits(PLAN, ANA) != plan_visits(PLAN, BEA)
    assert plan_visits(PLAN, ANA) != plan_visits(replace(PLAN, seed=2), ANA)


def test_another_run_writes_the_same_under_other_ids() -> None:
    one, other = plan_visits(PLAN, ANA), plan_visits(replace(PLAN, run_id="s"), ANA)
    assert [visit.write.text for visit in one] == [visit.write.text for visit in other]
    assert not {visit.write.key for visit in one} & {visit.write.key for visit in other}
    assert len({visit.write.id for visit in one}) == len(one)


def test_the_day_has_its_crowds_and_ends_in_time() -> None:
    visits = plan_visits(replace(PLAN, notes_per_associate=4000), ANA)
    hours = [int(visit.at / 10) for visit in visits]
    assert all(0 <= visit.at < 100 for visit in visits)
    assert [visit.at for visit in visits] == sorted(visit.at for visit in visits)
    assert hours.count(2) > 1.5 * hours.count(0)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_shares_are_kept(share: float) -> None:
    plan = replace(PLAN, notes_per_associate=4000, offline_share=share, lost_share=share, order_share=share)
    visits = plan_visits(plan, ANA)
    for found in (
        sum(visit.is_offline for visit in visits),
        sum(visit.loses_answer for visit in visits),
        sum(visit.write.kind == "orders" for visit in visits),
    ):
        assert found / 4000 == pytest.approx(share, abs=0.05)


def test_what_is_typed_is_what_the_wire_wants() -> None:
    for visit in plan_visits(PLAN, ANA):
        body = orjson.loads(visit.write.body(NOON))
        if visit.write.kind == "notes":
            assert body == {
                "note_id": visit.write.id,
                "text": visit.write.text,
                "written_at": "2026-11-22T12:00:00.000+00:00",
            }
        else:
            assert body["lines"] == [
                {"product_id": visit.write.product.product_id, "quantity": 1, "unit_price": visit.write.product.price}
            ]


def test_most_notes_name_a_product_of_the_catalogue() -> None:
    texts = [visit.write.text for visit in plan_visits(PLAN, ANA) if visit.write.kind == "notes"]
    assert sum("Ski Boots" in text or "Powerbars" in text for text in texts) > 0.85 * len(texts)


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ((None, None, 60), (30, 600)),
        ((None, 5, 60), (15, 300)),
        ((40, None, 60), (40, 600)),
        ((40, 1, 60), (40, 60)),
        ((40, None, 0), (40, 0)),
        ((None, None, 0), (30, 0)),
        ((None, 0.01, 1), (1, 0.6)),
    ],
)
def test_the_workload_follows_from_notes_minutes_and_speed(
    arguments: tuple[int | None, float | None, float], answer: tuple[int, float]
) -> None:
    assert workload(*arguments) == answer


def test_percentiles_are_by_nearest_rank() -> None:
    assert Percentiles.of([]) is None
    assert Percentiles.of(list(range(100))) == Percentiles(100, 50, 95, 99, 99)
    assert Percentiles.of([7.0]) == Percentiles(1, 7, 7, 7, 7)


async def test_a_fleet_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="associates with customers"):
        await run_fleet(replace(PLAN, associates=()))
