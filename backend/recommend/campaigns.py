"""From a campaign's people to what their associates see."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from backend.domain.campaigns import Offer, Person
from backend.domain.suggestions import PartOfCampaign, SuggestedProduct, Suggestion
from backend.recommend.identity import MODEL_VERSION, suggestion_id


def campaign_suggestions(
    campaign: PartOfCampaign, offer: Offer, people: Iterable[Person], product: SuggestedProduct | None
) -> list[Suggestion]:
    """Make one suggestion for each of these people, who come best first; made again, they have the same ids.

    The score falls evenly from 1 with the place: what it orders is the list of one associate.
    """
    chosen = list(people)
    ends = datetime.combine(offer.until + timedelta(days=1), time.min, UTC)
    return [
        Suggestion(
            id=suggestion_id(person.customer_id, offer.kind, offer.product_id or "", campaign.campaign_id),
            kind=offer.kind,
            customer_id=person.customer_id,
            associate_id=person.associate_id,
            store_id=person.store_id,
            title=offer.title,
            body=offer.body,
            products=(product,) if product else (),
            due_on=offer.due_on,
            expires_at=ends,
            score=round(1 - place / len(chosen), 4),
            because=(*person.because, campaign),
            model_version=MODEL_VERSION,
        )
        for place, person in enumerate(chosen)
    ]
