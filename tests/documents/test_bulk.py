"""Many writes at once: every draft is counted exactly once, and importing twice changes nothing."""

import asyncio

import pytest

from backend.documents.journal import append, append_many, entries_after, read_document
from backend.domain.ids import CustomerId
from tests.documents.drafts import FAMA, DraftFor

pytestmark = pytest.mark.usefixtures("documents")

DRAFTS = [
    draft
    for customer in (DraftFor(CustomerId(f"c{n}")) for n in range(40))
    for draft in (
        customer.document(city="london"),
        customer.order("1", "open"),
        customer.note("n1", "boots"),
        customer.order("1", "closed"),
        customer.order("2", "open"),
    )
]


async def test_all_are_appended_in_their_order() -> None:
    result = await append_many(DRAFTS)
    assert (result.appended, result.repeated, result.refused) == (200, 0, ())
    read = await entries_after({CustomerId("c7"): 0})
    assert [entry.kind for entry in read[CustomerId("c7")]] == ["document", "order", "note", "order", "order"]
    assert [entry.revision for entry in read[CustomerId("c7")]] == [1, 2, 3, 4, 5]


async def test_a_second_import_of_the_newest_state_adds_nothing() -> None:
    newest = [draft for draft in DRAFTS if draft.payload.get("status") != "open" or draft.identity == "2"]
    await append_many(newest)
    again = await append_many(newest)
    assert (again.appended, again.repeated, again.refused) == (0, len(newest), ())


async def test_a_changed_document_replaces_the_old_one() -> None:
    await append_many([FAMA.document(city="london"), FAMA.note("n1", "boots")])
    result = await append_many([FAMA.document(city="paris")])
    assert result.appended == 1
    stored = await read_document(FAMA.customer_id)
    assert stored is not None
    assert (stored.payload["city"], stored.revision) == ("paris", 3)


async def test_two_documents_of_one_customer_in_one_call_leave_the_later() -> None:
    result = await append_many([FAMA.document(city="a"), FAMA.document(city="b"), FAMA.document(city="b")])
    assert (result.appended, result.repeated) == (2, 1)
    stored = await read_document(FAMA.customer_id)
    assert stored is not None
    assert stored.payload["city"] == "b"


async def test_a_contradiction_refuses_only_itself() -> None:
    await append(FAMA.note("n1", "boots"))
    result = await append_many([FAMA.note("n1", "no boots"), FAMA.note("n2", "mask")])
    assert (result.appended, result.repeated, [one.index for one in result.refused]) == (1, 0, [0])


async def test_two_imports_of_the_same_at_once_append_each_once() -> None:
    newest = [draft for draft in DRAFTS if draft.payload.get("status") != "open" or draft.identity == "2"]
    one, other = await asyncio.gather(append_many(newest), append_many(newest))
    assert one.appended + other.appended == len(newest)
    assert one.repeated + other.repeated == len(newest)
