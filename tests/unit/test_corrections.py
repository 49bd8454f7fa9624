"""What was taught changes what its words cover, and nothing else."""

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.corrections import (
    Correction,
    CorrectionBook,
    CorrectionScope,
    Verdict,
    core_words,
    places_in,
    versioned,
    words_in,
)
from backend.domain.ids import AssociateId, CorrectionId, ProductId, StoreId
from backend.domain.mentions import Intent, Mention, NoteContext, NoteReading
from etl.mentions import NoteReader
from etl.mentions.taught_words import TaughtWords, needles
from tests.unit.test_mentions_reader import CATALOG, product

WRITTEN_ON = date(2026, 7, 1)
READER = NoteReader.from_catalog([*CATALOG, product("mug", "Camp Mug", "Mugs")])


def taught(phrase: str, verdict: Verdict = Verdict.PRODUCT, *ids: str, version: int = 17, **more: Any) -> Correction:
    """Make a correction by Ann of store S1; for everybody, unless `scope` says otherwise."""
    return Correction(
        correction_id=CorrectionId(f"k{version}"),
        version=version,
        phrase=phrase,
        verdict=verdict,
        author_id=AssociateId("ann"),
        made_at=datetime(2026, 7, 1, tzinfo=UTC),
        associate_id=AssociateId("ann"),
        store_id=StoreId("S1"),
        product_ids=tuple(map(ProductId, ids)),
        **({"scope": CorrectionScope.ALL} | more),
    )


def read(
    text: str, *corrections: Correction, by: str = "ann", store: str = "S1", owned: tuple[str, ...] = ()
) -> NoteReading:
    context = NoteContext(tuple(map(ProductId, owned)), CorrectionBook(corrections).for_note(by, store))
    return READER.read(text, written_on=WRITTEN_ON, context=context)


def found(text: str, *corrections: Correction, **more: Any) -> list[tuple[str, tuple[str, ...], str | None, str]]:
    return [(m.text, m.product_ids, m.category, m.intent.value) for m in read(text, *corrections, **more).mentions]


BEAST = taught("the beast", Verdict.PRODUCT, "oven")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("wants the beast", "beast"),
        ("wants THE BEAST!", "BEAST"),
        ("wants two beasts", "beasts"),
        ("wants the béast", "béast"),
        ("wants the bea\u0301st", "bea\u0301st"),
        ("wants a red beast", "red beast"),
        ("🎿 wants\r\na beast", "beast"),
    ],
)
def test_words_that_were_taught_are_found(text: str, span: str) -> None:
    reading = read(text, BEAST)
    [mention] = reading.mentions
    assert (mention.text, text[mention.start : mention.end]) == (span, span)
    assert (mention.product_ids, mention.category, mention.intent) == (("oven",), "Dutch Ovens", Intent.WANTS)
    assert mention.corrected_by == reading.corrected_by == BEAST
    assert versioned(reading.extractor_version, mention.corrected_by) == f"{READER.version}+c17"


def test_one_typing_error_in_a_word_that_nobody_knows() -> None:
    rule = taught("snoggle", Verdict.PRODUCT, "mug")
    assert [m.product_ids for m in read("asked about the snogle", rule).mentions] == [("mug",)]
    assert found("asked about the struggle", rule) == []


def test_the_words_around_tell_the_intent() -> None:
    said = {
        "returned the beast yesterday": "returned",
        "asked about the beast": "asked",
        "not the beast": "rejected",
        "bought a beast": "bought",
    }
    assert {text: found(text, BEAST)[0][3] for text in said} == said


def test_what_was_read_wrong_is_relinked_and_keeps_its_attributes() -> None:
    text = "wants the blk ridgeline 110s, 26.5"
    [before] = read(text).mentions
    [after] = read(text, taught("ridgeline 110", Verdict.PRODUCT, "ridge-130")).mentions
    assert before.product_ids == ("ridge-black",)
    assert after.product_ids == ("ridge-130",)
    assert (after.size, after.intent, after.text) == (before.size, before.intent, before.text)


def test_not_this_one_leaves_the_others_then_the_kind() -> None:
    [first] = found("wants the ridgeline 110")
    assert first[1] == ("ridge-black", "ridge-plum")
    one = taught("ridgeline 110", Verdict.NOT_THIS_PRODUCT, "ridge-black")
    assert found("wants the ridgeline 110", one) == [("ridgeline 110", ("ridge-plum",), "Ski Boots", "wants")]
    both = taught("ridgeline 110", Verdict.NOT_THIS_PRODUCT, "ridge-black", "ridge-plum")
    assert found("wants the ridgeline 110", both) == [("ridgeline 110", (), "Ski Boots", "wants")]
    assert found("wants the ridgeline 130", both) == found("wants the ridgeline 130")


def test_words_that_name_nothing_are_found_no_more() -> None:
    rule = taught("boots", Verdict.NOT_A_PRODUCT)
    reading = read("puss in boots, wants powerbars", rule)
    assert [m.product_ids for m in reading.mentions] == [("bars",)]
    assert reading.corrected_by == rule


def test_words_may_mean_a_kind() -> None:
    rule = taught("kicks", Verdict.CATEGORY, category="Ski Boots")
    assert found("asked about kicks", rule) == [("kicks", (), "Ski Boots", "asked")]
    assert found("asked about kicks", taught("kicks", Verdict.CATEGORY, category="Sneakers")) == []


def test_more_words_than_were_taught_say_more() -> None:
    rule = taught("skillet", Verdict.PRODUCT, "oven")
    assert found("wants the carbon steel skillet", rule) == found("wants the carbon steel skillet")
    assert found("wants the skillet", rule)[0][1] == ("oven",)


def test_a_product_that_is_no_longer_sold_teaches_nothing() -> None:
    gone = taught("beast", Verdict.PRODUCT, "gone", scope=CorrectionScope.ASSOCIATE, version=20)
    assert found("wants the beast", gone) == []
    assert found("wants the beast", gone, BEAST)[0][1] == ("oven",)


def test_the_narrower_scope_wins_then_the_newer() -> None:
    mine = taught("beast", Verdict.PRODUCT, "mug", scope=CorrectionScope.ASSOCIATE, version=1)
    ours = taught("beast", Verdict.PRODUCT, "bars", scope=CorrectionScope.STORE, version=2)
    older = taught("beast", Verdict.PRODUCT, "boots", version=3)
    newer = taught("beast", Verdict.PRODUCT, "oven", version=4)
    rules = (older, newer, ours, mine)

    def means(by: str, store: str) -> list[tuple[str, ...]]:
        return [m.product_ids for m in read("wants the beast", *rules, by=by, store=store).mentions]

    assert means("ann", "S1") == [("mug",)]
    assert means("bob", "S1") == [("bars",)]
    assert means("cat", "S2") == [("oven",)]


def test_not_this_after_it_is_takes_it_back() -> None:
    then = taught("beast", Verdict.NOT_THIS_PRODUCT, "oven", version=18)
    assert found("wants the beast", BEAST, then) == []
    again = taught("beast", Verdict.PRODUCT, "oven", version=19)
    assert found("wants the beast", BEAST, then, again)[0][1] == ("oven",)


def test_what_was_undone_holds_for_nobody() -> None:
    undone = taught("the beast", Verdict.PRODUCT, "oven", undone_at=datetime(2026, 7, 2, tzinfo=UTC))
    assert read("wants the beast", undone) == read("wants the beast")


def test_what_was_taught_of_a_found_word_is_asked_for_and_sold() -> None:
    asked = "do we sell splitboards? she asked for one"
    assert read(asked, taught("splitboards", Verdict.PRODUCT, "boots")).unsold == ()


def test_the_same_corrections_are_compiled_once() -> None:
    book = CorrectionBook((BEAST, taught("x-ray", Verdict.PRODUCT, "mug", scope=CorrectionScope.STORE)))
    assert book.for_note("ann", "S1") is book.for_note("bob", "S1")
    assert book.for_note("ann", "S2") is book.for_note(None, None)
    assert book.for_note("ann", "S1") is not book.for_note("ann", "S2")


NOTE_WORDS = [
    "wants",
    "the",
    "red",
    "beast",
    "beasts",
    "snoggle",
    "boots",
    "dutch",
    "oven",
    "ridgeline",
    "110s",
    "not",
    "skillet",
    ".",
    ",",
    "🎿",
    "é",
    "5qt",
    "asked",
    "women's",
    "ski",
    "mask",
]
notes = st.lists(st.sampled_from([*NOTE_WORDS, "\r\n", "cafe\u0301"]), max_size=14).map(" ".join)
phrases = st.lists(st.sampled_from(NOTE_WORDS), min_size=1, max_size=3).map(" ".join).filter(core_words)
rules = st.builds(
    lambda phrase, verdict, ids, version, scope: taught(
        phrase, verdict, *ids, version=version, scope=scope, category="Mugs" if verdict is Verdict.CATEGORY else None
    ),
    phrases,
    st.sampled_from(list(Verdict)),
    st.lists(st.sampled_from(["oven", "mug", "boots", "ridge-black", "gone"]), min_size=1, max_size=2),
    st.integers(1, 50),
    st.sampled_from(list(CorrectionScope)),
)


@given(notes, st.lists(rules, max_size=4))
def test_spans_stay_true_and_apart_and_what_no_rule_covers_stays_as_it_was(
    text: str, corrections: list[Correction]
) -> None:
    plain, reading = read(text), read(text, *corrections)
    for mention in reading.mentions:
        assert text[mention.start : mention.end] == mention.text != ""
    starts = [(m.start, m.end) for m in reading.mentions]
    assert starts == sorted(starts)
    assert all(a[1] <= b[0] for a, b in pairwise(starts)) or not disjoint(plain.mentions)
    untouched = [m for m in reading.mentions if m.corrected_by is None]
    assert {key(m) for m in untouched} <= {key(m) for m in plain.mentions}
    assert reading.follow_up == plain.follow_up


def disjoint(mentions: tuple[Mention, ...]) -> bool:
    return all(a.end <= b.start for a, b in pairwise(mentions))


def key(mention: Mention) -> tuple[Any, ...]:
    return mention.start, mention.end, mention.product_ids, mention.category, mention.intent


@given(notes, st.lists(rules, min_size=1, max_size=4, unique_by=lambda one: one.version))
def test_the_order_in_which_corrections_are_read_makes_no_difference(text: str, corrections: list[Correction]) -> None:
    assert read(text, *corrections) == read(text, *reversed(corrections))
    assert read(text, *corrections) == read(text, *corrections)


@given(notes, rules)
def test_no_change_comes_without_the_words_and_a_search_for_them_finds_it(text: str, correction: Correction) -> None:
    if read(text, correction).corrected_by is not None:
        assert TaughtWords([correction]).find(text)


LETTERS = st.text("abeinsy", min_size=1, max_size=9)
ODD = st.sampled_from(
    ["knives", "knife", "women", "cherries", "feet", "boxes", "beanies", "o'neill", "é", "110s", "boots"]
)


@given(
    st.lists(st.one_of(LETTERS, ODD), min_size=1, max_size=6), st.lists(st.one_of(LETTERS, ODD), min_size=1, max_size=2)
)
def test_the_needles_of_a_phrase_are_in_every_plain_text_that_has_it(words: list[str], phrase: list[str]) -> None:
    text, sought = " ".join(words), " ".join(phrase)
    if not core_words(sought) or not TaughtWords([taught(sought)]).find(text):
        return
    some = needles(sought)
    assert not some or not text.isascii() or "'" in text or any(needle in text for needle in some)


@given(st.text(max_size=60))
def test_words_are_cut_out_of_any_text(text: str) -> None:
    assert [text[start:end] for start, end in places_in(text)] == words_in(text)


def test_a_long_note_costs_what_its_words_cost() -> None:
    text = "beast " * 5_000
    assert len(read(text, BEAST).mentions) == 5_000


@pytest.mark.parametrize("text", ["returned {}", "asked about {}", "{} on order", "not happy with {}, it cracked"])
def test_taught_words_have_the_intent_that_a_name_would_have(text: str) -> None:
    named, called = read(text.format("the dutch oven")).mentions, read(text.format("the beast"), BEAST).mentions
    assert [m.intent for m in called] == [m.intent for m in named]
