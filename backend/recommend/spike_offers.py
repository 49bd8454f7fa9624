"""What to do while a product is in demand in a region: the customers there who asked for it, or buy its kind."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from backend.domain.campaigns import Person
from backend.domain.suggestions import NoteSpan, SpikeNow, SuggestedProduct, Suggestion, SuggestionKind
from backend.recommend import reasons
from backend.recommend.identity import suggestion_id
from backend.recommend.outreach import MODEL_VERSION

KEEP = timedelta(days=3)
MOST_EACH = 10
"""So many customers an associate is asked to call about one spike."""


def spike_offers(
    spike: SpikeNow, product: SuggestedProduct, people: Iterable[Person], now: datetime
) -> list[Suggestion]:
    """Make the calls about a spike; people come best first. Who asked scores 1, the others fall with their place."""
    n_each: dict[str | None, int] = {}
    made: list[Suggestion] = []
    for place, person in enumerate(people):
        n_each[person.associate_id] = n_each.get(person.associate_id, 0) + 1
        if n_each[person.associate_id] > MOST_EACH:
            continue
        asked = any(isinstance(reason, NoteSpan) for reason in person.because)
        because = (*person.because, spike)
        made.append(
            Suggestion(
                id=suggestion_id(person.customer_id, SuggestionKind.SPIKE_OFFER, product.product_id, spike.spike_id),
                kind=SuggestionKind.SPIKE_OFFER,
                customer_id=person.customer_id,
                associate_id=person.associate_id,
                store_id=person.store_id,
                title=f"Call about {product.name} while it is in demand{_where(spike)}",
                body=" ".join(reasons.in_words(reason) for reason in because),
                products=(product,),
                due_on=now.date(),
                expires_at=datetime.combine(now.date(), time.min, UTC) + KEEP,
                score=1.0 if asked else round(1 / (2 + place / 10), 4),
                because=because,
                model_version=MODEL_VERSION,
            )
        )
    return made


def _where(spike: SpikeNow) -> str:
    return f" in {spike.region}" if spike.region else ""
