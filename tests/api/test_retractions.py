"""A note is taken back by its writer, once, and by nobody else."""

from typing import Any

import httpx
import pytest

from backend.documents.journal import entries_after
from backend.domain.ids import CustomerId
from tests.api.people import FAMA, NOTE, Sign, refusal

NOTES = f"/v1/customers/{FAMA}/notes"
NOTE_1 = f"{NOTES}/{NOTE['note_id']}"


@pytest.fixture
async def ann(api: httpx.AsyncClient, sign: Sign) -> dict[str, str]:
    """An associate who has written a note about Fama."""
    await api.put(f"/v1/customers/{FAMA}", json={"firstname": "Fama"}, headers=sign("ann"))
    assert (await api.post(NOTES, json=NOTE, headers=sign("ann"))).status_code == 202
    return sign("ann")


async def notes_shown(api: httpx.AsyncClient, headers: dict[str, str]) -> list[Any]:
    overview = (await api.get(f"/v1/customers/{FAMA}/overview", headers=headers)).json()
    return [note["note_id"] for note in overview["notes"]]


async def test_a_note_that_is_taken_back_is_shown_no_more(api: httpx.AsyncClient, ann: dict[str, str]) -> None:
    assert await notes_shown(api, ann) == ["n1"]
    answer = await api.delete(NOTE_1, headers=ann)
    assert (answer.status_code, answer.json()["revision"]) == (202, 3)
    assert await notes_shown(api, ann) == []


async def test_taking_back_twice_is_once(api: httpx.AsyncClient, ann: dict[str, str]) -> None:
    first = await api.delete(NOTE_1, headers=ann | {"Idempotency-Key": "k"})
    again = await api.delete(NOTE_1, headers=ann | {"Idempotency-Key": "k"})
    without_key = await api.delete(NOTE_1, headers=ann)
    assert first.json() == again.json() == without_key.json()
    assert again.headers["idempotency-replayed"] == "true"


async def test_the_journal_keeps_both(api: httpx.AsyncClient, ann: dict[str, str]) -> None:
    await api.delete(NOTE_1, headers=ann)
    entries = (await entries_after({CustomerId(FAMA): 0}))[CustomerId(FAMA)]
    assert [entry.kind for entry in entries] == ["document", "note", "retraction"]
    assert entries[1].payload["text"] == NOTE["text"]


async def test_only_its_writer_takes_a_note_back(api: httpx.AsyncClient, ann: dict[str, str], sign: Sign) -> None:
    for other in ("bob", "far", "store-manager"):
        refusal(await api.delete(NOTE_1, headers=sign(other)), 404)
    refusal(await api.delete(NOTE_1, headers=sign("analyst")), 403)
    refusal(await api.delete(f"{NOTES}/no-such-note", headers=ann), 404)
    assert await notes_shown(api, ann) == ["n1"]


async def test_a_note_that_was_taken_back_cannot_be_sent_again(api: httpx.AsyncClient, ann: dict[str, str]) -> None:
    await api.delete(NOTE_1, headers=ann)
    assert (await api.post(NOTES, json=NOTE, headers=ann)).status_code == 202  # a late repeat of the first try
    assert await notes_shown(api, ann) == []
