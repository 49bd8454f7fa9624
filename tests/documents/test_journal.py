"""The journal: every accepted write is there once, in order, whoever else writes at the same time."""

import asyncio
from dataclasses import replace

import pytest

from backend.documents.journal import (
    Seen,
    append,
    entries_after,
    every_customer,
    read_document,
    read_head,
    read_heads,
)
from backend.domain.errors import ConflictError, KeyReusedError, PreconditionRequiredError, StaleRevisionError
from backend.domain.ids import AssociateId, CustomerId, Region, Revision, StoreId
from tests.documents.drafts import FAMA, NOON, DraftFor

pytestmark = pytest.mark.usefixtures("documents")


async def test_a_customer_nobody_wrote_about_has_no_head_and_no_document() -> None:
    assert await read_head(CustomerId("nobody")) is None
    assert await read_document(CustomerId("nobody")) is None


async def test_revisions_count_from_one_and_the_document_stays_readable_below_notes() -> None:
    first = await append(FAMA.document(lastname="Stres"))
    second = await append(FAMA.note("n1", "asked about a ski mask"))
    assert (first.revision, second.revision) == (1, 2)

    head = await read_head(FAMA.customer_id)
    assert head is not None
    assert (head.revision, head.document_revision) == (2, 1)
    stored = await read_document(FAMA.customer_id)
    assert stored is not None
    assert stored.payload["lastname"] == "Stres"
    assert stored.raw == FAMA.document(lastname="Stres").raw


async def test_a_receipt_is_the_same_when_it_is_read_back() -> None:
    first = await append(FAMA.note("n1", "boots"))
    again = await append(FAMA.note("n1", "boots"))
    assert again == replace(first, repeated=True)
    assert first.accepted_at.microsecond == 123000  # as the store keeps it


async def test_the_same_note_id_with_another_text_is_a_conflict() -> None:
    await append(FAMA.note("n1", "boots"))
    with pytest.raises(ConflictError):
        await append(FAMA.note("n1", "other boots"))


async def test_the_same_note_id_of_another_customer_is_another_note() -> None:
    await append(FAMA.note("n1", "boots"))
    other = await append(DraftFor(CustomerId("fam")).note("n1", "other boots"))
    assert other.revision == 1


async def test_an_order_may_go_there_and_back_and_a_repeat_of_its_newest_state_adds_nothing() -> None:
    receipts = [await append(FAMA.order("15122", status)) for status in ("open", "open", "closed", "open", "open")]
    assert [(one.revision, one.repeated) for one in receipts] == [
        (1, False),
        (1, True),
        (2, False),
        (3, False),
        (3, True),
    ]


async def test_a_document_is_only_replaced_by_who_has_seen_it() -> None:
    await append(FAMA.document(city="london"))
    with pytest.raises(PreconditionRequiredError):
        await append(FAMA.document(city="paris"))
    await append(FAMA.document(seen=Revision(1), city="paris"))
    with pytest.raises(StaleRevisionError):
        await append(FAMA.document(seen=Revision(1), city="rome"))


async def test_a_note_in_between_does_not_make_a_document_stale() -> None:
    await append(FAMA.document(city="london"))
    await append(FAMA.note("n1", "boots"))
    assert (await append(FAMA.document(seen=Revision(1), city="paris"))).revision == 3
    await append(FAMA.note("n2", "mask"))
    assert (await append(FAMA.document(seen=Revision(4), city="rome"))).revision == 5


async def test_a_revision_that_never_was_is_refused_for_a_new_document() -> None:
    with pytest.raises(StaleRevisionError):
        await append(FAMA.document(seen=Revision(1)))


async def test_the_same_key_gives_the_same_receipt_even_when_the_document_has_moved_on() -> None:
    draft = replace(FAMA.document(city="london"), idempotency="key/1")
    first = await append(draft)
    await append(FAMA.document(seen=Revision(1), city="paris"))
    again = await append(draft)
    assert (again.revision, again.repeated) == (first.revision, True)


async def test_the_same_key_with_another_body_is_refused() -> None:
    await append(FAMA.note("n1", "boots", key="key/1"))
    with pytest.raises(KeyReusedError):
        await append(FAMA.note("n2", "mask", key="key/1"))


async def test_place_is_carried_on_until_somebody_moves_the_customer() -> None:
    await append(
        replace(FAMA.document(), store_id=StoreId("S1"), region=Region("Northeast"), associate_id=AssociateId("A1"))
    )
    await append(FAMA.note("n1", "boots"))
    head = await read_head(FAMA.customer_id)
    assert head is not None
    assert (head.store_id, head.region, head.associate_id) == ("S1", "Northeast", "A1")

    await append(FAMA.note("n2", "boots", store_id=StoreId("S2")))
    head = await read_head(FAMA.customer_id)
    assert head is not None
    assert (head.store_id, head.region) == ("S2", None)  # the region of a store it left says nothing any more


async def test_fifty_writers_at_once_get_fifty_revisions() -> None:
    receipts = await asyncio.gather(*(append(FAMA.note(f"n{n}", f"text {n}")) for n in range(50)))
    assert sorted(one.revision for one in receipts) == list(range(1, 51))


async def test_fifty_identical_writes_at_once_have_one_effect() -> None:
    receipts = await asyncio.gather(*(append(FAMA.note("n1", "boots", key="key/1")) for _ in range(50)))
    assert {one.revision for one in receipts} == {1}
    assert [one.repeated for one in receipts].count(False) == 1
    read = await entries_after({FAMA.customer_id: 0})
    assert len(read[FAMA.customer_id]) == 1


async def test_of_twenty_who_saw_the_same_document_one_may_replace_it() -> None:
    await append(FAMA.document(city="london"))
    results = await asyncio.gather(
        *(append(FAMA.document(seen=Revision(1), city=f"city {n}")) for n in range(20)), return_exceptions=True
    )
    assert sum(isinstance(result, StaleRevisionError) for result in results) == 19


async def test_whoever_asks_for_any_revision_replaces_it() -> None:
    await append(FAMA.document(city="london"))
    assert (await append(replace(FAMA.document(city="paris"), seen=Seen.ANY))).revision == 2


async def test_entries_are_read_beyond_a_revision_for_many_customers_at_once() -> None:
    other = DraftFor(CustomerId("fama.b"))
    for n in range(12):
        await append(FAMA.note(f"n{n}", f"text {n}"))
        await append(other.note(f"n{n}", f"text {n}"))
    read = await entries_after({FAMA.customer_id: 9, other.customer_id: 0, CustomerId("nobody"): 0})
    assert [entry.revision for entry in read[FAMA.customer_id]] == [10, 11, 12]
    assert [entry.revision for entry in read[other.customer_id]] == list(range(1, 13))
    assert read[CustomerId("nobody")] == []
    assert await entries_after({}) == {}


async def test_heads_of_many_customers_come_in_one_command() -> None:
    other = DraftFor(CustomerId("fama.b"))
    await append(FAMA.note("n1", "boots"))
    await append(FAMA.document(city="london"))
    await append(other.note("n1", "boots"))
    heads = await read_heads([FAMA.customer_id, other.customer_id, CustomerId("nobody")])
    assert heads == {
        FAMA.customer_id: await read_head(FAMA.customer_id),
        other.customer_id: await read_head(other.customer_id),
    }
    assert await read_heads([]) == {}


async def test_every_customer_is_walked_once() -> None:
    names = [CustomerId(f"c{n:02d}") for n in range(7)]
    for name in reversed(names):
        await append(DraftFor(name).note("n1", "boots"))
        await append(DraftFor(name).note("n2", "boots"))
    assert [batch async for batch in every_customer(3)] == [names[:3], names[3:6], names[6:]]


async def test_accepted_at_comes_back_aware() -> None:
    await append(FAMA.document())
    read = await entries_after({FAMA.customer_id: 0})
    assert read[FAMA.customer_id][0].accepted_at == NOON.replace(microsecond=123000)
