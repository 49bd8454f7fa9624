"""Recommendations: what goes with what the customer has, by what others took together."""

from collections.abc import Iterable
from datetime import datetime

from backend.domain.ids import ProductId
from backend.domain.mentions import Intent
from backend.domain.suggestions import BoughtTogether, Suggestion, SuggestionKind
from backend.recommend import reasons
from backend.recommend.facts import CustomerFacts, Partner, Shelf
from backend.recommend.follow_ups import KEEP
from backend.recommend.identity import MODEL_VERSION, suggestion_id

MIN_SHARE = 0.03
MIN_TOGETHER = 3
MIN_LIFT = 1.2


def recommendations(facts: CustomerFacts, shelf: Shelf, *, now: datetime, most: int = 2) -> list[Suggestion]:
    """Suggest the best partners of what the customer has, wants or asked for; below the thresholds: silence.

    Never what was bought, is owned, was rejected or was returned, nor what was recommended and answered before, nor
    what a note already asks for (a follow-up says that better). The score is the share of the product's buyers who
    took the partner: P(partner | product).
    """
    asked = _mentioned(facts, {Intent.WANTS, Intent.ASKED, Intent.SUGGESTED, Intent.ORDERED})
    refused = _mentioned(facts, {Intent.REJECTED, Intent.RETURNED}) | facts.returned
    has = facts.owned | set(facts.bought)
    best = best_partners((has | asked) - refused, shelf, exclude=has | asked | refused | facts.answered)
    return [_suggest(facts, shelf, beside, partner, now) for beside, partner in best[:most]]


def best_partners(
    beside: Iterable[ProductId], shelf: Shelf, *, exclude: Iterable[ProductId]
) -> list[tuple[ProductId, Partner]]:
    """Rank the partners of these products by share, each partner once, beside the product that speaks most for it."""
    excluded = set(exclude)
    best: dict[ProductId, tuple[ProductId, Partner]] = {}
    for product_id in sorted(beside):
        for partner in shelf.partners.get(product_id, ()):
            if partner.product_id in excluded or not _speaks(partner) or partner.product_id not in shelf.products:
                continue
            known = best.get(partner.product_id)
            if known is None or partner.share > known[1].share:
                best[partner.product_id] = (product_id, partner)
    return sorted(best.values(), key=lambda pair: (-pair[1].share, pair[1].product_id))


def together(shelf: Shelf, beside: ProductId, partner: Partner) -> BoughtTogether:
    """Make the reason that shows `partner` beside `beside`."""
    return BoughtTogether(
        beside, shelf.products[beside].name, round(partner.share, 4), round(partner.lift, 2), partner.n
    )


def _speaks(partner: Partner) -> bool:
    return partner.share >= MIN_SHARE and partner.n >= MIN_TOGETHER and partner.lift >= MIN_LIFT


def _mentioned(facts: CustomerFacts, intents: set[Intent]) -> set[ProductId]:
    return {m.product_ids[0] for n in facts.notes for m in n.mentions if m.intent in intents and m.product_ids}


def _suggest(facts: CustomerFacts, shelf: Shelf, beside: ProductId, partner: Partner, now: datetime) -> Suggestion:
    reason = together(shelf, beside, partner)
    product = shelf.products[partner.product_id]
    since = max((note.accepted_at for note in facts.notes), default=now)
    return Suggestion(
        id=suggestion_id(facts.customer_id, SuggestionKind.RECOMMENDATION, product.product_id, ""),
        kind=SuggestionKind.RECOMMENDATION,
        customer_id=facts.customer_id,
        associate_id=facts.associate_id,
        store_id=facts.store_id,
        title=f"Suggest {product.name}",
        body=reasons.bought_together(reason),
        products=(product,),
        due_on=None,
        expires_at=since + KEEP,
        score=round(min(1.0, partner.share), 4),
        because=(reason,),
        model_version=MODEL_VERSION,
    )
