"""How unmet demand is quoted and put in words."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backend.analytics.unmet import Demand, UnmetThing
from backend.analytics.unmet_examples import LONGEST_QUOTE, quote_of
from backend.pages import demand

ELLIPSES = 2


def thing(said: Mapping[str, Sequence[tuple[str, int]]], weeks: tuple[int, ...] = (0, 1)) -> UnmetThing:
    full = {name: list(said.get(name, ())) for name in ("reason", "color", "size", "gender")}
    return UnmetThing("kind:Boots", None, None, "Boots", "Ski", None, 3, 2, 3, weeks, full, ())


TEXTS = st.lists(st.sampled_from(["kayak", " ", "wants a", "\n", "🎿", "e\u0301", "x" * 90]), max_size=60).map("".join)


@given(text=TEXTS, first=st.integers(0, 600), second=st.integers(0, 600))
def test_a_quote_holds_the_words_at_its_offsets_and_is_no_longer_than_it_may_be(
    text: str, first: int, second: int
) -> None:
    start, end = sorted((first, second))
    assume(end <= len(text))
    quote = quote_of(text, start, end)
    assert quote.text[quote.start : quote.end] == text[start:end]
    assert len(quote.text) <= max(LONGEST_QUOTE, end - start) + ELLIPSES
    assert quote.text.removeprefix("…").removesuffix("…") in text or "…" in text
    assert "".join(demand.quoted(quote)) == quote.text


def test_a_short_note_is_quoted_whole_and_a_long_one_between_words() -> None:
    assert quote_of("wants a kayak", 8, 13).text == "wants a kayak"
    long = "word " * 100 + "kayak" + " word" * 100
    quoted = quote_of(long, 500, 505).text
    assert quoted.startswith("…word ")
    assert quoted.endswith(" word…")


@given(since=st.dates(date(1900, 1, 1), date(2100, 1, 1)), days=st.integers(0, 400))
def test_every_day_asked_about_is_in_a_week_and_no_week_is_without_one(since: date, days: int) -> None:
    asked = Demand(since, since + timedelta(days=days))
    mondays = {
        day - timedelta(days=day.weekday()) for day in (asked.since + timedelta(days=n) for n in range(days + 1))
    }
    assert asked.weeks == sorted(mondays)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, ""),
        ({"color": [("plum", 4), ("teal", 1)], "size": [("26.5", 2)]}, "plum ×4, size 26.5 ×2, teal"),
        ({"gender": [("women", 1)], "size": [("S", 1)]}, "size S, women"),
        ({"color": [("a", 1), ("b", 1), ("c", 1), ("d", 1)]}, "a, b, c"),
    ],
)
def test_wishes_name_what_was_asked_most(said: dict[str, list[tuple[str, int]]], words: str) -> None:
    assert demand.wishes(thing(said)) == words


def test_reason_and_units_in_words() -> None:
    assert demand.reason(thing({"reason": [("out_of_stock", 2), ("not_bought", 1)]})) == "out of stock"
    assert [demand.unit(n, "ask") for n in (1, 2)] == ["ask", "asks"]
    assert demand.weeks(thing({}, (3,))) == ""
    assert demand.weeks(thing({}, (1, 2))) != ""
