"""What was taught, brought to the tables: the corrections themselves, and what they make old notes say.

A note that comes in is read with the corrections as of its reading; a correction that comes in has the notes before it
read again. Loaders look at the log after they have taken their locks, and this waits for the loaders that run: so every
note is read with every correction, whichever of the two came first.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice

from backend.documents.corrections import CorrectionMemory, pending_corrections
from backend.domain.clock import Clock
from backend.domain.corrections import Correction
from backend.domain.ids import CustomerId
from backend.warehouse.engine import Engine, transaction
from etl.load.corrections import notes_in_scope, wait_for_loaders, write_corrections
from etl.mentions.taught_words import TaughtWords, needles
from etl.normalize.correction_rows import correction_row
from etl.normalize.state import NoteReader
from etl.pipeline import reread

BATCH = 100


async def load_corrections(engine: Engine, memory: CorrectionMemory) -> int:
    """Bring the table of corrections up to their log; answer the version that it has then."""
    book = await memory.book()
    with transaction(engine) as connection:
        write_corrections(connection, map(correction_row, book.corrections))
    return book.version


async def reread_pending(
    engine: Engine, reader: NoteReader, memory: CorrectionMemory, *, clock: Clock
) -> list[CustomerId]:
    """Read again the notes before the corrections that wait for it; answer the customers of whom more is known now.

    Doing it again changes nothing. The caller takes the markers away, up to the version that was loaded before.
    """
    waiting = set(await pending_corrections())
    book = await memory.book()
    with transaction(engine) as connection:
        wait_for_loaders(connection)
    return await reread_for(
        engine, reader, [one for one in book.corrections if one.correction_id in waiting], memory=memory, clock=clock
    )


async def reread_for(
    engine: Engine, reader: NoteReader, corrections: Sequence[Correction], *, memory: CorrectionMemory, clock: Clock
) -> list[CustomerId]:
    """Read again the notes that these corrections, made or undone, may concern; answer whom it made a difference to."""
    customers = iter(sorted(customers_concerned(engine, corrections)))
    changed: list[CustomerId] = []
    while batch := list(islice(customers, BATCH)):
        changed += await reread(engine, reader, batch, clock=clock, memory=memory)
    return changed


def customers_concerned(engine: Engine, corrections: Iterable[Correction]) -> set[CustomerId]:
    """Answer the customers with a note, in the scope of a correction, that has its words."""
    return {customer_id for one in corrections for customer_id in _concerned(engine, one)}


def _concerned(engine: Engine, correction: Correction) -> Iterator[CustomerId]:
    words = TaughtWords([correction])
    with (
        transaction(engine) as connection,
        closing(notes_in_scope(connection, correction, needles(correction.phrase))) as found,
    ):
        yield from (customer_id for customer_id, text in found if words.find(text))
