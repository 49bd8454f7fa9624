"""The import itself: rows become drafts or references, batch by batch, and every row is accounted for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Literal

from backend.documents.journal import append_many
from backend.documents.references import put_references
from backend.domain.clock import Clock
from cli.errors import UnusableInputError
from cli.importing.grouping import group_orders, scattered_orders
from cli.importing.handover import Handover
from cli.importing.rejects import Rejects
from cli.importing.rows import Broken, Row, RowSource
from cli.importing.shapes import ORDERS, Shape, column_of, draft_of, why_not

_REFERENCES: dict[str, Literal["product", "channel"]] = {"products": "product", "channels": "channel"}


@dataclass(slots=True)
class Tally:
    """What became of the files. `rows` counts what was read; `taken` and `known` count entries: an order is one."""

    rows: int = 0
    taken: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True)
class Import:
    """One import: what the files hold, and how to go about it. `advance` is told how many bytes were read.

    `handover` is told whose history came, for the caller to send when the last file is through; None: nobody sends, and
    the relay follows.
    """

    shape: Shape
    clock: Clock
    batch: int = 2000
    advance: Callable[[int], None] = field(default=lambda _: None)
    handover: Handover | None = None


async def load(job: Import, sources: Sequence[RowSource], rejects: Rejects) -> Tally:
    """Import the files as one; raises UnusableInputError before anything is written where one can't be used at all."""
    for source in sources:
        check_names(source, job.shape)
        rejects.forget_earlier(source.path)
    tally = Tally()
    rows = _sound_rows(job, sources, tally, rejects)
    if job.shape is ORDERS:
        known = chain.from_iterable(source.rows() for source in sources)
        scattered = scattered_orders(
            row for row in known if isinstance(row, Row) and why_not(row.record, job.shape) is None
        )
        rows = group_orders(rows, scattered)
    while batch := list(islice(rows, job.batch)):
        if job.shape.kind in _REFERENCES:
            await _put_references(job, batch, tally)
        else:
            await _append(job, batch, tally, rejects)
    return tally


def check_names(source: RowSource, shape: Shape) -> None:
    """Refuse a file whose columns don't name what every row needs; raises UnusableInputError."""
    columns = getattr(source.rows(), "columns", None)
    if columns is None:  # JSON lines: each names its own
        return
    found = {column_of(shape.table, column) for column in columns} | set(columns)
    for alternatives in shape.required:
        if not found & set(alternatives):
            wanted = " or ".join(alternatives)
            raise UnusableInputError(
                f"{source.path}:1: no column {wanted} among {', '.join(columns)[:300]}: see --mapping"
            )


def _sound_rows(job: Import, sources: Sequence[RowSource], tally: Tally, rejects: Rejects) -> Iterator[Row]:
    """Yield the rows that can be taken; the others are written down."""
    for source in sources:
        for row in source.rows(job.advance):
            tally.rows += 1
            reason = row.reason if isinstance(row, Broken) else why_not(row.record, job.shape)
            if reason is not None:
                rejects.put(row.path, row.line, reason, row.raw)
            elif isinstance(row, Row):
                yield row


async def _append(job: Import, rows: Sequence[Row], tally: Tally, rejects: Rejects) -> None:
    accepted_at = job.clock()
    drafts = [draft_of(row, job.shape, accepted_at) for row in rows]
    answer = await append_many(drafts, history=job.handover is not None)
    if job.handover is not None:
        came = [draft.customer_id for draft in drafts] if answer.appended else []
        await job.handover.add(came, has_repeats=bool(answer.repeated))
    tally.taken += answer.appended
    tally.known += answer.repeated
    for refused in answer.refused:
        row = rows[refused.index]
        rejects.put(row.path, row.line, refused.detail, row.raw)


async def _put_references(job: Import, rows: Sequence[Row], tally: Tally) -> None:
    counts = await put_references(_REFERENCES[job.shape.kind], [row.record for row in rows], job.clock())
    tally.taken += counts.added + counts.changed
    tally.known += counts.unchanged
