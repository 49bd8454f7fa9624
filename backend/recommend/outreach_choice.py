"""Whom to approach: of everything that speaks for it, one thing a customer, and what each associate has time for."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from backend.domain.ids import CustomerId, ProductId, SuggestionId
from backend.domain.mentions import Intent
from backend.domain.suggestions import Suggestion, SuggestionKind
from backend.recommend.call_list import CALLS_A_DAY, WEIGHT
from backend.recommend.facts import CustomerFacts

_FORGET_AT = 10
"""So many times an associate's room are remembered before the least are forgotten."""
_REFUSES = frozenset({Intent.REJECTED, Intent.RETURNED})
_OVER_WITH_ANY_PURCHASE = frozenset({SuggestionKind.WIN_BACK, SuggestionKind.COUPON})


@dataclass
class Choice:
    """The best suggestions seen so far, by who would see to them: an associate, or else a store."""

    room: int = CALLS_A_DAY
    _held: dict[str, list[Suggestion]] = field(default_factory=lambda: defaultdict(list), init=False)

    def add(self, customer: Iterable[Suggestion], known: Collection[SuggestionId] = ()) -> None:
        """Take the best of what speaks for one customer; what was made before is not made again."""
        fresh = [one for one in customer if one.id not in known]
        if not fresh:
            return
        best = min(fresh, key=_place)
        held = self._held[whose(best.associate_id, best.store_id)]
        held.append(best)
        if len(held) > _FORGET_AT * self.room:
            held[:] = sorted(held, key=_place)[: self.room]

    def chosen(self, n_open: Mapping[str, int]) -> list[Suggestion]:
        """Answer whom to approach now; `n_open`: how many each has before them already."""
        return [
            one
            for who, held in sorted(self._held.items())
            for one in sorted(held, key=_place)[: max(0, self.room - n_open.get(who, 0))]
        ]


def whose(associate_id: str | None, store_id: str | None) -> str:
    """Answer the name of the list that a suggestion stands on."""
    return f"associate/{associate_id}" if associate_id else f"store/{store_id or ''}"


def is_moot(kind: SuggestionKind, product_ids: Collection[ProductId], made_at: datetime, facts: CustomerFacts) -> bool:
    """Tell whether what was made of our own accord is over: bought since, or refused, or the customer came by himself.

    Days are compared: of many purchases only the day is known.
    """
    bought = [product for product, at in facts.bought.items() if at.date() >= made_at.date()]
    if kind in _OVER_WITH_ANY_PURCHASE and bought:
        return True
    over = refused_products(facts) if kind is SuggestionKind.AFTER_SALES else {*bought, *refused_products(facts)}
    return any(product in over for product in product_ids)


def refused_products(facts: CustomerFacts) -> set[ProductId]:
    """Answer what the last word on it rejects or returns, and what was brought back."""
    last_word: dict[ProductId, Intent] = {}
    for note in facts.notes:  # newest first
        for mention in reversed(note.mentions):
            if mention.product_ids:
                last_word.setdefault(mention.product_ids[0], mention.intent)
    return {product for product, intent in last_word.items() if intent in _REFUSES} | set(facts.returned)


def _place(one: Suggestion) -> tuple[float, CustomerId, SuggestionId]:
    return -WEIGHT.get(one.kind, 0.0) * one.score, one.customer_id, one.id
