"""Answer everything that is held about one person: their right to know."""

from typing import Any

from backend.actions.places import require_customer
from backend.analytics.personal_data import read_personal_rows
from backend.documents.audit import note_act
from backend.documents.journal import entries_after
from backend.documents.suggestions import suggestions_of, wire_suggestion
from backend.domain.access import Caller
from backend.domain.clock import Clock
from backend.domain.ids import CustomerId
from backend.warehouse.engine import AsyncEngine


async def tell_everything(engine: AsyncEngine, caller: Caller, customer_id: CustomerId, clock: Clock) -> dict[str, Any]:
    """Answer the journal as it was sent, the suggestions, and the rows of every table; raises NotFoundError.

    That somebody has asked is written to the audit log, without the person's name.
    """
    head = await require_customer(caller, customer_id)
    now = clock()
    await note_act(caller.subject, "personal_data_told", now)
    entries = (await entries_after({head.customer_id: 0}))[head.customer_id]
    async with engine.connect() as connection:
        rows = await read_personal_rows(connection, customer_id)
    return {
        "customer_id": customer_id,
        "as_of": now,
        "journal": [
            {
                "revision": entry.revision,
                "kind": entry.kind.value,
                "accepted_at": entry.accepted_at,
                "author_id": entry.author_id,
                "payload": entry.payload,
            }
            for entry in entries
        ],
        "suggestions": [wire_suggestion(one) for one in await suggestions_of(customer_id)],
        "tables": rows,
    }
