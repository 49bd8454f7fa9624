"""Suggestions of our own accord: nobody asked, but the numbers speak for it.

Each rule makes its reason, with numbers that can be recounted in the tables; below its thresholds: silence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

from backend.domain.ids import AssociateId, CustomerId, ProductId, Region, StoreId
from backend.domain.money import decimal_string
from backend.domain.suggestions import (
    BoughtTogether,
    MovedUp,
    OwnRhythm,
    Purchased,
    Reason,
    Standing,
    SuggestedProduct,
    Suggestion,
    SuggestionKind,
)
from backend.recommend import reasons
from backend.recommend.facts import Partner
from backend.recommend.identity import suggestion_id
from backend.recommend.outreach_rules import HELD_OUT_SHARE, KEEP, RULES, SEGMENT_ACTION, Rules

MODEL_VERSION = "outreach-1"
OUTREACH = frozenset({
    SuggestionKind.REPLENISH, SuggestionKind.CROSS_SELL, SuggestionKind.UPSELL, SuggestionKind.COUPON,
    SuggestionKind.WIN_BACK, SuggestionKind.LOYALTY_CARD, SuggestionKind.AFTER_SALES, SuggestionKind.SPIKE_OFFER,
})  # fmt: skip
"""The kinds that are made of our own accord."""


@dataclass(frozen=True, slots=True)
class Bought:
    """A product of a customer: on how many days, first and last on which, and what the last line came to."""

    product: SuggestedProduct
    subcategory: str | None
    n_days: int
    first_on: date
    last_on: date
    last_cents: int
    to_be_had: bool = True


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Of `n_product` buyers of a product, `n_moved` later took this dearer one."""

    product: SuggestedProduct
    n_moved: int
    n_product: int


@dataclass(frozen=True, slots=True)
class OutreachFacts:
    """One customer; money in cents; `refused`: rejected or brought back. Segment and state None: not told yet."""

    customer_id: CustomerId
    first_name: str | None = None
    associate_id: AssociateId | None = None
    store_id: StoreId | None = None
    region: Region | None = None
    has_card: bool = False
    segment: str | None = None
    churn_state: str | None = None
    recency_days: int | None = None
    frequency: int = 0
    monetary_cents: int = 0
    first_on: date | None = None
    last_on: date | None = None
    bought: tuple[Bought, ...] = ()
    refused: frozenset[ProductId] = frozenset()
    owned: frozenset[ProductId] = frozenset()


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What is bought beside and after products: partners and upgrades by product, best first, and what these are."""

    products: Mapping[ProductId, SuggestedProduct] = field(default_factory=dict)
    partners: Mapping[ProductId, Sequence[Partner]] = field(default_factory=dict)
    upgrades: Mapping[ProductId, Sequence[Upgrade]] = field(default_factory=dict)


def outreach(facts: OutreachFacts, around: Neighbours, today: date, rules: Rules = RULES) -> list[Suggestion]:
    """Answer everything that speaks for approaching the customer today, best first; none of it is shown by itself."""
    found = [
        *_replenish(facts, today, rules),
        *_cross_sell(facts, around, today, rules),
        *_upsell(facts, around, today, rules),
        *_after_sales(facts, today, rules),
        *_by_segment(facts, today, rules),
    ]
    return sorted(found, key=lambda one: (-one.score, one.id))


def is_held_out(customer_id: CustomerId, kind: SuggestionKind, share: float = HELD_OUT_SHARE) -> bool:
    """Tell whether this customer is never shown this kind: drawn once for all, by customer and kind."""
    drawn = int.from_bytes(sha256(f"hold-out\x1f{kind}\x1f{customer_id}".encode()).digest()[:8])
    return drawn < share * 2**64


def _replenish(facts: OutreachFacts, today: date, rules: Rules) -> Iterator[Suggestion]:
    for one in facts.bought:
        if one.n_days < rules.replenish_least_n or not one.to_be_had or one.product.product_id in facts.refused:
            continue
        every = (one.last_on - one.first_on).days / (one.n_days - 1)
        since = (today - one.last_on).days
        if every < rules.replenish_least_days or not (
            rules.replenish_from * every <= since <= rules.replenish_until * every
        ):
            continue
        reason = OwnRhythm(one.product.product_id, one.n_days, round(every, 1), since, today.isoformat())
        score = one.n_days / (one.n_days + 2) * (1 - abs(since - every) / (2 * every))
        title = f"Ask {_name(facts)} whether it is time for {one.product.name}"
        source = one.last_on.isoformat()
        yield _suggest(facts, SuggestionKind.REPLENISH, title, (reason,), today, source, score, one.product)


def _cross_sell(facts: OutreachFacts, around: Neighbours, today: date, rules: Rules) -> Iterator[Suggestion]:
    has = {one.product.product_id for one in facts.bought} | facts.owned | facts.refused
    best: dict[ProductId, tuple[Bought, Partner]] = {}
    for one in facts.bought:
        if (today - one.last_on).days > rules.cross_sell_days:
            continue
        for partner in around.partners.get(one.product.product_id, ()):
            known = best.get(partner.product_id)
            if (
                _speaks(partner, rules)
                and partner.product_id not in has
                and (known is None or partner.share > known[1].share)
            ):
                best[partner.product_id] = (one, partner)
    for product_id, (one, partner) in sorted(best.items()):
        product = around.products.get(product_id)
        if product is not None:
            reason = BoughtTogether(
                one.product.product_id, one.product.name, round(partner.share, 4), round(partner.lift, 2), partner.n
            )
            title = f"Suggest {product.name} to {_name(facts)}, beside the new {one.product.name}"
            source = f"{one.product.product_id}/{one.last_on.isoformat()}"
            yield _suggest(facts, SuggestionKind.CROSS_SELL, title, (reason,), today, source, partner.share, product)


def _speaks(partner: Partner, rules: Rules) -> bool:
    return (
        partner.share >= rules.cross_sell_least_share
        and partner.n >= rules.cross_sell_least_n
        and partner.lift >= rules.cross_sell_least_lift
    )


def _upsell(facts: OutreachFacts, around: Neighbours, today: date, rules: Rules) -> Iterator[Suggestion]:
    """Suggest the step up from what the customer takes; never from what is cheaper than his dearest of that kind."""
    has = {one.product.product_id for one in facts.bought} | facts.owned | facts.refused
    dearest: dict[str, Bought] = {}
    for one in facts.bought:
        price, kind = one.product.price_cents, one.subcategory
        if kind is not None and price and price > (dearest[kind].product.price_cents or 0 if kind in dearest else 0):
            dearest[kind] = one
    for one in dearest.values():
        if (today - one.last_on).days > rules.upsell_days:
            continue
        for up in around.upgrades.get(one.product.product_id, ()):
            share = up.n_moved / up.n_product
            if up.product.product_id in has or up.n_moved < rules.upsell_least_n or share < rules.upsell_least_share:
                continue
            reason = MovedUp(
                one.product.product_id, one.product.name, up.n_moved, up.n_product,
                decimal_string(one.product.price_cents or 0),
            )  # fmt: skip
            title = f"Show {_name(facts)} {up.product.name}, the step up from {one.product.name}"
            yield _suggest(
                facts, SuggestionKind.UPSELL, title, (reason,), today, one.product.product_id, share, up.product
            )
            break


def _after_sales(facts: OutreachFacts, today: date, rules: Rules) -> Iterator[Suggestion]:
    """Suggest asking how a purchase does that was large for this customer, a week or two ago."""
    if facts.frequency == 0:
        return
    usual = facts.monetary_cents / facts.frequency
    for one in facts.bought:
        since = (today - one.last_on).days
        if (
            not rules.after_sales_from_days <= since <= rules.after_sales_until_days
            or one.product.product_id in facts.refused
            or one.last_cents < rules.after_sales_times_usual * usual
        ):
            continue
        reason = Purchased(
            one.product.product_id, None, one.n_days, decimal_string(one.last_cents), one.last_on.isoformat()
        )
        title = f"Ask {_name(facts)} how {one.product.name} does"
        score = min(1.0, one.last_cents / (8 * usual))
        yield _suggest(
            facts, SuggestionKind.AFTER_SALES, title, (reason, _standing(facts)), today, one.last_on.isoformat(), score,
            one.product,
        )  # fmt: skip


def _by_segment(facts: OutreachFacts, today: date, rules: Rules) -> Iterator[Suggestion]:
    segment = "churned" if facts.churn_state == "churned" else facts.segment
    if (
        segment is None
        or segment not in SEGMENT_ACTION
        or facts.recency_days is None
        or facts.first_on is None
        or facts.last_on is None
    ):
        return
    kind, title = SEGMENT_ACTION[segment]
    if not _is_time(kind, facts, rules):
        return
    because: tuple[Reason, ...] = (_standing(facts),)
    every = (facts.last_on - facts.first_on).days / max(1, facts.frequency - 1)
    if facts.frequency > 1:
        since = (today - facts.last_on).days
        because = (OwnRhythm(None, facts.frequency, round(every, 1), since, today.isoformat()), *because)
    score = facts.frequency / (facts.frequency + 3)
    if kind is SuggestionKind.WIN_BACK:
        score *= 1 - facts.recency_days / (2 * rules.win_back_until_days)
    source = facts.last_on.isoformat() if kind is not SuggestionKind.LOYALTY_CARD else str(today.year)
    yield _suggest(facts, kind, title.format(name=_name(facts)), because, today, source, score)


def _is_time(kind: SuggestionKind, facts: OutreachFacts, rules: Rules) -> bool:
    recency = facts.recency_days or 0
    if kind is SuggestionKind.COUPON:
        return rules.coupon_from_days <= recency <= rules.coupon_until_days
    if kind is SuggestionKind.WIN_BACK:
        return facts.frequency >= rules.win_back_least_n and recency <= rules.win_back_until_days
    return facts.frequency >= rules.loyalty_least_n and not facts.has_card


def _standing(facts: OutreachFacts) -> Standing:
    money = decimal_string(facts.monetary_cents)
    return Standing(facts.segment, facts.churn_state, facts.recency_days, facts.frequency, money)


def _name(facts: OutreachFacts) -> str:
    return facts.first_name or "the customer"


def _suggest(  # noqa: PLR0917 - what a suggestion is made of
    facts: OutreachFacts,
    kind: SuggestionKind,
    title: str,
    because: tuple[Reason, ...],
    today: date,
    source: str,
    score: float,
    product: SuggestedProduct | None = None,
) -> Suggestion:
    return Suggestion(
        id=suggestion_id(facts.customer_id, kind, product.product_id if product else "", source),
        kind=kind,
        customer_id=facts.customer_id,
        associate_id=facts.associate_id,
        store_id=facts.store_id,
        title=title,
        body=" ".join(reasons.in_words(reason) for reason in because),
        products=(product,) if product else (),
        due_on=None,
        expires_at=datetime.combine(today, time.min, UTC) + KEEP + timedelta(days=1),
        score=round(max(0.0, min(1.0, score)), 4),
        because=because,
        model_version=MODEL_VERSION,
    )
