"""The day's calls: each customer once, promises kept, the rest by worth and no more than a day holds."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.ids import CustomerId, SuggestionId
from backend.domain.suggestions import SuggestionKind
from backend.recommend.call_list import Bucket, Waiting, call_list

TODAY = date(2026, 11, 23)
_days = st.none() | st.integers(-3, 3).map(lambda days: TODAY + timedelta(days=days))


@st.composite
def suggestions(draw: st.DrawFn) -> list[Waiting]:
    n = draw(st.integers(0, 25))
    return [
        Waiting(
            SuggestionId(f"s{number}"),
            CustomerId(f"c{draw(st.integers(0, 9))}"),
            draw(st.sampled_from(list(SuggestionKind))),
            draw(st.floats(0, 1)),
            draw(_days),
            answered=draw(st.booleans()),
        )
        for number in range(n)
    ]


@given(suggestions(), st.integers(0, 8), st.randoms(use_true_random=False))
def test_everybody_is_called_once_and_everything_is_said(several: list[Waiting], capacity: int, chance: object) -> None:
    calls = call_list(several, TODAY, capacity=capacity)
    open_calls = [call for call in calls if call.bucket is not Bucket.DONE]
    assert len({call.customer_id for call in open_calls}) == len(open_calls)
    assert sorted(id_ for call in calls for id_ in call.suggestion_ids) == sorted(one.id for one in several)
    for call in open_calls:
        assert (call.bucket is Bucket.OVERDUE) is (call.due_on is not None and call.due_on < TODAY)
        assert call.bucket is Bucket.TODAY or call.due_on != TODAY
    promised = [call for call in open_calls if call.due_on is not None and call.due_on <= TODAY]
    chosen = [call for call in open_calls if call.due_on is None and call.bucket is Bucket.TODAY]
    left = [call for call in open_calls if call.due_on is None and call.bucket is Bucket.UPCOMING]
    assert len(chosen) <= max(0, capacity - len(promised))
    assert not left or len(chosen) == max(0, capacity - len(promised))
    assert min((call.priority for call in chosen), default=1) >= max((call.priority for call in left), default=0)
    chance.shuffle(several)  # type: ignore[attr-defined]
    assert call_list(several, TODAY, capacity=capacity) == calls


def one(kind: SuggestionKind, score: float, due_on: date | None = None, **more: object) -> Waiting:
    return Waiting(SuggestionId(f"{kind}{score}"), CustomerId(f"of {kind}"), kind, score, due_on, **more)  # type: ignore[arg-type]


def test_what_a_customer_asked_for_comes_before_what_we_think_of() -> None:
    calls = call_list([one(SuggestionKind.COUPON, 0.8), one(SuggestionKind.FOLLOW_UP, 0.5, TODAY)], TODAY)
    assert [(call.bucket, call.suggestion_ids) for call in calls] == [
        (Bucket.TODAY, ("follow_up0.5",)),
        (Bucket.TODAY, ("coupon0.8",)),
    ]


def test_what_was_put_off_comes_back_when_it_was_put_off_to() -> None:
    put_off = one(SuggestionKind.FOLLOW_UP, 0.5, TODAY - timedelta(days=2), snoozed_until=TODAY + timedelta(days=1))
    assert [call.bucket for call in call_list([put_off], TODAY)] == [Bucket.UPCOMING]
    assert [call.bucket for call in call_list([put_off], TODAY + timedelta(days=1))] == [Bucket.TODAY]
