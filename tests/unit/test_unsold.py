"""What was asked for and the catalogue does not have: found with its words, linked to nothing, guessed at never."""

import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.mentions import NoteReading, UnsoldAsk
from tests.unit.test_mentions_reader import READER, WRITTEN_ON


def reading(text: str) -> NoteReading:
    return READER.read(text, written_on=WRITTEN_ON)


def unsold(text: str) -> tuple[UnsoldAsk, ...]:
    return reading(text).unsold


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("do we sell splitboards? we dont", ["splitboard"]),
        ("Do we carry kayaks", ["kayak"]),
        ("asked for a pasta machine, we don't carry", ["pasta machine"]),
        ("asked if we stock ice axes", ["ice axe"]),
        ("looking for a wetsuit", ["wetsuit"]),
        ("wants a red kayak for the lake", ["kayak"]),
        ("he's after a gps watch + a drone. sent him to the mall", ["gps watch", "drone"]),
        ("any snorkels?", ["snorkel"]),
        ("Thermomix? nope dont stock. left", ["thermomix"]),
        ("kayak paddles?? we dont sell these", ["kayak paddle"]),
        ("asked about coffee tables - no", ["coffee table"]),
        ("boot dryer? we don't have those", ["boot dryer"]),
        ("wants a board game and a puzzle", ["board game", "puzzle"]),
        ("we dont do jars", ["jar"]),
        ("asked about a coffee table. we dont do furniture", ["coffee table"]),
        ("wanted school bags - we dont have any", ["school bag"]),
        ("was dead set on some Jordans, told him we don't stock em", ["jordan"]),
        ("wish we carried climbing harnesses!", ["climbing harness"]),
        ("wants the ski boots. Do we sell splitboards? no", ["splitboard"]),
    ],
)
def test_finds_what_was_asked_for(text: str, wanted: list[str]) -> None:
    assert [ask.wanted for ask in unsold(text)] == wanted


@pytest.mark.parametrize(
    "text",
    [
        "wants a refund",
        "asked for a discount",
        "asked about parking",
        "needs a call back",
        "looking for her husband",
        "looking for something warm",
        "wants to think about it",
        "do we do hemming?",
        "asked about gift wrap - no",
        "not looking for a kayak",
        "doesnt want a kayak",
        "do we sell kayaks? yes we do",
        "wants the ski boots",
        "do we have the ridgeline in plum? no",
        "any news?",
        "needs a bag",
        "wants a call on tuesday about the refund and the manager",
        "Thermomix? he has one",
        "had a kayak trip planned",
        "after a proper down jacket",
        "🎿🎿🎿",
        "",
    ],
)
def test_finds_nothing_where_nothing_foreign_was_asked_for(text: str) -> None:
    assert unsold(text) == ()


def test_says_the_thing_in_plain_words_and_its_attributes_apart() -> None:
    (ask,) = unsold("Looking for two red women's wetsuits?")
    assert (ask.text, ask.wanted, ask.head, ask.color, ask.gender) == (
        "red women's wetsuits",
        "wetsuit",
        "wetsuit",
        "red",
        "women",
    )
    (ask,) = unsold("asked for a pasta machine")
    assert (ask.wanted, ask.head) == ("pasta machine", "machine")


def test_is_no_mention_and_changes_none() -> None:
    found = reading("wants the ski boots and a kayak. do we sell splitboards?")
    assert [mention.text for mention in found.mentions] == ["ski boots"]
    assert [ask.wanted for ask in found.unsold] == ["splitboard"]


WORDS = (
    "do we sell carry stock dont don't have any a an the looking for wants asked about kayak splitboards board game "  # noqa: SIM905
    "ski boots ridgeline plum red size 8 2 x2 no yes not refund , . ? ! - / and or \n 🎿 e\u0301 women's".split()
)
TEXTS = st.one_of(st.text(max_size=120), st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))


@given(text=TEXTS)
@settings(max_examples=400, deadline=None)
def test_every_ask_is_in_its_text_beside_all_mentions(text: str) -> None:
    found = reading(text)
    spans = [(mention.start, mention.end) for mention in found.mentions]
    last = 0
    for ask in found.unsold:
        assert text[ask.start : ask.end] == ask.text != ""
        assert ask.start >= last
        last = ask.end
        assert all(end <= ask.start or ask.end <= start for start, end in spans)
        assert ask.wanted.endswith(ask.head)
        assert ask.wanted == ask.wanted.lower() != ""
    assert reading(text) == found


@pytest.mark.parametrize("text", ["looking for ", "do we sell a ", "? ", "we dont carry kayaks or ", "any kayaks? no "])
def test_takes_steps_in_proportion_to_the_length(text: str) -> None:
    """Lines of Python are counted, not seconds: a busy machine changes nothing."""

    def steps(times: int) -> int:
        count = 0

        def trace(_: FrameType, event: str, __: object) -> Any:
            nonlocal count
            count += event == "line"
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            reading(text * times)
        finally:
            sys.settrace(before)
        return count

    steps(20)  # words are remembered
    assert steps(1_000) < 12 * steps(100)
