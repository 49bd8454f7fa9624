"""Suggestions: the same one is one, a closed one stays closed, and the streams are told what an associate sees."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from backend.documents.models import OutcomeRecord
from backend.documents.suggestions import (
    due_suggestions,
    event_of,
    mark_pushed,
    merge_suggestions,
    open_suggestions,
    read_suggestions,
    record_outcome,
    wire_suggestion,
    withdraw,
)
from backend.domain.errors import ConflictError, NotFoundError
from backend.domain.ids import AssociateId, CustomerId, NoteId, ProductId, Region, StoreId, SuggestionId
from backend.domain.suggestions import NoteSpan, SuggestedProduct, Suggestion, SuggestionKind

pytestmark = pytest.mark.usefixtures("documents")

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FAMA = CustomerId("fama")
MASK = Suggestion(
    id=SuggestionId("s1"),
    kind=SuggestionKind.FOLLOW_UP,
    customer_id=FAMA,
    associate_id=AssociateId("A1"),
    store_id=StoreId("S1"),
    title="Ski Mask W, small",
    body="Call Fama back",
    products=(SuggestedProduct(ProductId("P1"), "Ski Mask W", 8900, "USD"),),
    due_on=date(2026, 11, 24),
    expires_at=NOW + timedelta(days=30),
    score=0.83,
    because=(NoteSpan(NoteId("n1"), 3, "/orders/1/comments", 12, 34, "women's small ski mask"),),
    model_version="1",
)
TRACES = {"fama": {"accepted": "2026-11-22T12:00:00+00:00", "loaded": "2026-11-22T12:00:00.077000+00:00"}}


async def _merge(*suggestions: Suggestion) -> list[str]:
    merged = await merge_suggestions(suggestions, region_of={StoreId("S1"): Region("North")}, traces=TRACES, now=NOW)
    return [stored.id for stored in merged]


def _done(key: str | None = None) -> OutcomeRecord:
    return OutcomeRecord(outcome="done", recorded_at=NOW, key=key)


async def test_what_is_answered_is_what_is_stored_to_the_millisecond() -> None:
    now = NOW.replace(microsecond=123_456)
    merged = await merge_suggestions([MASK], region_of={}, traces=TRACES, now=now)
    assert merged == await read_suggestions(["s1"])


async def test_a_suggestion_is_shown_as_the_contract_has_it() -> None:
    await _merge(MASK)
    [stored] = await open_suggestions([FAMA])
    assert wire_suggestion(stored) == {
        "id": "s1",
        "kind": "follow_up",
        "customer_id": "fama",
        "associate_id": "A1",
        "store_id": "S1",
        "title": "Ski Mask W, small",
        "body": "Call Fama back",
        "products": [{"product_id": "P1", "name": "Ski Mask W", "price": "89.00", "currency": "USD"}],
        "due_on": "2026-11-24",
        "expires_at": "2026-12-22T12:00:00.000Z",
        "score": 0.83,
        "because": [
            {
                "type": "note_span",
                "note_id": "n1",
                "revision": 3,
                "pointer": "/orders/1/comments",
                "start": 12,
                "end": 34,
                "text": "women's small ski mask",
            }
        ],
        "model_version": "1",
        "status": "new",
        "outcome": None,
        "created_at": "2026-11-22T12:00:00.000Z",
        "trace_ms": {"accepted": 0.0, "loaded": 77.0},
    }


async def test_the_same_suggestion_again_is_no_news() -> None:
    assert await _merge(MASK) == ["s1"]
    assert await _merge(MASK) == []
    results = await asyncio.gather(*(_merge(replace(MASK, id=SuggestionId("s2"))) for _ in range(10)))
    assert sum(map(len, results)) == 1


async def test_other_words_are_news_another_score_is_not() -> None:
    await _merge(MASK)
    assert await _merge(replace(MASK, score=0.5)) == []
    [stored] = await open_suggestions([FAMA])
    assert stored.body["score"] == 0.5
    assert await _merge(replace(MASK, title="Ski Mask W")) == ["s1"]


async def test_a_silent_change_is_told_under_the_same_key() -> None:
    await _merge(MASK)
    [before] = await open_suggestions([FAMA])
    await _merge(replace(MASK, score=0.5))
    [after] = await open_suggestions([FAMA])
    first, second = event_of(before, NOW), event_of(after, NOW)
    assert first is not None
    assert second is not None
    assert first.key == second.key
    assert (first.associate_id, first.store_id, first.region) == ("A1", "S1", "North")
    assert first.data["trace_ms"]["pushed"] == 0.0


async def test_a_closed_suggestion_is_never_reopened() -> None:
    await _merge(MASK)
    stored, repeated = await record_outcome(SuggestionId("s1"), _done(), NOW)
    assert (stored.status, repeated) == ("done", False)
    assert await _merge(replace(MASK, title="again")) == []
    assert await open_suggestions([FAMA]) == []
    told = event_of(stored, NOW)
    assert told is not None
    assert (told.event, told.data) == (
        "suggestion_closed",
        {"id": "s1", "customer_id": "fama", "status": "done", "outcome": "done"},
    )


async def test_an_outcome_is_recorded_once_however_often_it_is_sent() -> None:
    await _merge(MASK)
    results = await asyncio.gather(*(record_outcome(SuggestionId("s1"), _done("k"), NOW) for _ in range(10)))
    assert [repeated for _, repeated in results].count(False) == 1
    [stored] = await read_suggestions(["s1"])
    assert len(stored.outcomes) == 1


async def test_nothing_is_recorded_of_what_is_not_there_or_was_withdrawn() -> None:
    with pytest.raises(NotFoundError):
        await record_outcome(SuggestionId("none"), _done(), NOW)
    await _merge(MASK)
    assert [stored.id for stored in await withdraw([SuggestionId("s1")], NOW)] == ["s1"]
    [withdrawn] = await withdraw([SuggestionId("s1")], NOW)
    assert withdrawn.version == 2  # a second time changes nothing
    with pytest.raises(ConflictError):
        await record_outcome(SuggestionId("s1"), _done(), NOW)


async def test_a_change_stays_due_until_that_very_version_was_pushed() -> None:
    await _merge(MASK)
    later = NOW + timedelta(seconds=10)
    assert await due_suggestions(later, 10) == ["s1"]
    assert await due_suggestions(later, 10) == []
    read = await read_suggestions(["s1"])
    await _merge(replace(MASK, title="changed meanwhile"))
    await mark_pushed(read)
    assert await due_suggestions(later, 10) == ["s1"]
    await mark_pushed(await read_suggestions(["s1"]))
    assert await due_suggestions(later + timedelta(days=1), 10) == []


async def test_nothing_is_told_of_a_suggestion_that_has_expired() -> None:
    await _merge(replace(MASK, expires_at=NOW))
    [stored] = await open_suggestions([FAMA])
    assert event_of(stored, NOW) is None
