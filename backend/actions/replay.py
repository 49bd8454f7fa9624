"""Do again what was given up."""

from datetime import datetime

from backend.documents.dead_letters import mark_replayed
from backend.documents.journal import ask_again
from backend.documents.models import DeadLetter
from backend.domain.ids import CustomerId

_OF_CUSTOMERS = frozenset({"ingest.customers", "suggest.customers"})


async def replay_dead_letter(letter_id: str, now: datetime) -> DeadLetter:
    """Mark the letter's customers as due in the outbox, so that the sweep sends them again; raises NotFoundError.

    Letters about anything else need no more than the note that somebody looked: their own sweep never gave up.
    """
    letter = await mark_replayed(letter_id, now)
    if letter.task in _OF_CUSTOMERS:
        await ask_again([CustomerId(one) for one in letter.arguments.get("ids", [])], now)
    return letter
