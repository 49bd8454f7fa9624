"""Suggestions of our own accord: each with its reason, silent below the thresholds, over when its reason is."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.ids import AssociateId, CustomerId, NoteId, ProductId, SuggestionId
from backend.domain.mentions import Intent, Mention
from backend.domain.suggestions import (
    BoughtTogether,
    MovedUp,
    OwnRhythm,
    Purchased,
    Standing,
    SuggestedProduct,
    Suggestion,
    SuggestionKind,
)
from backend.recommend.facts import CustomerFacts, NoteFact, Partner
from backend.recommend.outreach import Bought, Neighbours, OutreachFacts, Upgrade, is_held_out, outreach
from backend.recommend.outreach_choice import Choice, is_moot

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
BARS, BOOTS, SOCKS, PRO = (SuggestedProduct(ProductId(p), p.title(), c, "USD") for p, c in (
    ("bars", 300), ("boots", 20_000), ("socks", 1_500), ("pro boots", 30_000),
))  # fmt: skip
AROUND = Neighbours(
    {SOCKS.product_id: SOCKS},
    {BOOTS.product_id: [Partner(SOCKS.product_id, 0.38, 4.1, 412)]},
    {BOOTS.product_id: [Upgrade(PRO, 12, 60)]},
)
ANN = OutreachFacts(CustomerId("ann"), "Ann", AssociateId("A1"))


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def bought(product: SuggestedProduct, n: int, first: int, last: int, cents: int = 0) -> Bought:
    return Bought(product, "kind", n, ago(first), ago(last), cents)


def kinds(facts: OutreachFacts, around: Neighbours = AROUND) -> dict[SuggestionKind, Suggestion]:
    return {one.kind: one for one in outreach(facts, around, TODAY)}


def test_asks_again_when_the_own_rhythm_says_so() -> None:
    due = replace(ANN, bought=(bought(BARS, 4, 187, 52),))
    suggestion = kinds(due)[SuggestionKind.REPLENISH]
    assert suggestion.because == (OwnRhythm(BARS.product_id, 4, 45.0, 52, "2026-11-23"),)
    assert suggestion.body == "Bought on 4 days, usually every 45 days; now it is 52."
    for silent in (bought(BARS, 4, 155, 20), bought(BARS, 2, 100, 52), bought(BARS, 4, 400, 260)):
        assert SuggestionKind.REPLENISH not in kinds(replace(ANN, bought=(silent,)))
    assert not kinds(replace(due, refused=frozenset({BARS.product_id})))
    assert not kinds(replace(due, bought=(replace(due.bought[0], to_be_had=False),)))


def test_offers_what_goes_with_a_new_purchase_and_the_step_up_from_it() -> None:
    fresh = replace(ANN, bought=(bought(BOOTS, 1, 3, 3),))
    made = kinds(fresh)
    assert made[SuggestionKind.CROSS_SELL].because == (BoughtTogether(BOOTS.product_id, "Boots", 0.38, 4.1, 412),)
    assert made[SuggestionKind.UPSELL].because == (MovedUp(BOOTS.product_id, "Boots", 12, 60, "200.00"),)
    old = replace(ANN, bought=(bought(BOOTS, 1, 30, 30),))
    assert set(kinds(old)) == {SuggestionKind.UPSELL}
    everything = replace(fresh, owned=frozenset({SOCKS.product_id}), refused=frozenset({PRO.product_id}))
    assert not kinds(everything)


@pytest.mark.parametrize(
    ("segment", "state", "recency", "frequency", "kind"),
    [
        ("new", "active", 20, 1, SuggestionKind.COUPON),
        ("loyal", "active", 20, 9, SuggestionKind.LOYALTY_CARD),
        ("lapsing", "churned", 120, 4, SuggestionKind.WIN_BACK),
        ("new", "active", 3, 1, None),
        ("loyal", "active", 20, 2, None),
        ("lapsing", "churned", 800, 4, None),
        ("occasional", "active", 40, 3, None),
    ],
)
def test_each_segment_gets_its_own(
    segment: str, state: str, recency: int, frequency: int, kind: SuggestionKind | None
) -> None:
    facts = replace(
        ANN, segment=segment, churn_state=state, recency_days=recency, frequency=frequency, monetary_cents=12_300,
        first_on=ago(recency + 30 * (frequency - 1)), last_on=ago(recency),
    )  # fmt: skip
    made = kinds(facts)
    assert set(made) == ({kind} if kind else set())
    if kind:
        assert made[kind].because[-1] == Standing(segment, state, recency, frequency, "123.00")
    assert not kinds(replace(facts, has_card=True)) or kind is not SuggestionKind.LOYALTY_CARD


def test_asks_how_a_large_purchase_does() -> None:
    facts = replace(ANN, frequency=4, monetary_cents=30_000, bought=(bought(BOOTS, 1, 10, 10, 20_000),))
    first, second = kinds(facts)[SuggestionKind.AFTER_SALES].because
    assert first == Purchased(BOOTS.product_id, None, 1, "200.00", "2026-11-13")
    assert isinstance(second, Standing)
    usual = replace(facts, monetary_cents=80_000)
    assert SuggestionKind.AFTER_SALES not in kinds(usual)


def test_who_is_held_out_is_drawn_once_for_each_kind_and_is_a_tenth() -> None:
    ids = [CustomerId(f"c{number}") for number in range(5_000)]
    coupons, offers = (
        {id_ for id_ in ids if is_held_out(id_, kind)} for kind in (SuggestionKind.COUPON, SuggestionKind.UPSELL)
    )
    assert 400 < len(coupons) < 600
    assert coupons != offers
    assert coupons == {id_ for id_ in reversed(ids) if is_held_out(id_, SuggestionKind.COUPON)}


def customer(product: ProductId | None = None, intent: Intent | None = None) -> CustomerFacts:
    notes: tuple[NoteFact, ...] = ()
    if intent is not None:
        mention = Mention(0, 4, "them", (SOCKS.product_id,), None, intent, 0.9)
        notes = (NoteFact(NoteId("n"), 1, "/text", "them", NOW, NOW, None, (mention,)),)
    return CustomerFacts(CustomerId("ann"), "Ann", None, None, notes, {product: NOW} if product else {})


def test_what_was_bought_or_refused_since_is_over() -> None:
    made_at = NOW - timedelta(days=2)
    socks = {SOCKS.product_id}
    assert is_moot(SuggestionKind.CROSS_SELL, socks, made_at, customer(SOCKS.product_id))
    assert is_moot(SuggestionKind.CROSS_SELL, socks, made_at, customer(intent=Intent.REJECTED))
    assert not is_moot(SuggestionKind.CROSS_SELL, socks, made_at, customer(BOOTS.product_id, Intent.WANTS))
    assert not is_moot(SuggestionKind.CROSS_SELL, socks, NOW + timedelta(days=2), customer(SOCKS.product_id))
    assert is_moot(SuggestionKind.WIN_BACK, (), made_at, customer(BOOTS.product_id))
    assert not is_moot(SuggestionKind.LOYALTY_CARD, (), made_at, customer(BOOTS.product_id))
    assert not is_moot(SuggestionKind.AFTER_SALES, socks, made_at, customer(SOCKS.product_id))


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2), st.floats(0, 1)), unique_by=lambda row: row[0]))
def test_nobody_has_more_than_there_is_room_for_and_the_best_are_chosen(rows: list[tuple[int, int, float]]) -> None:
    facts = replace(ANN, bought=(bought(BARS, 4, 187, 52),))
    (model,) = outreach(facts, AROUND, TODAY)
    choice = Choice(room=3)
    made: list[Suggestion] = []
    for customer_number, associate, score in rows:
        one = replace(
            model,
            id=SuggestionId(f"s{customer_number}"),
            customer_id=CustomerId(f"c{customer_number}"),
            associate_id=AssociateId(f"A{associate}"),
            score=score,
        )
        made.append(one)
        choice.add([one, replace(one, id=SuggestionId(f"{one.id}-worse"), score=0.0)])
    chosen = choice.chosen({"associate/A0": 1})
    for associate in range(3):
        room = 2 if associate == 0 else 3
        own = sorted((one.score for one in made if one.associate_id == f"A{associate}"), reverse=True)
        assert sorted((one.score for one in chosen if one.associate_id == f"A{associate}"), reverse=True) == own[:room]
    known = Choice()
    known.add([model], {model.id})
    assert known.chosen({}) == []
