"""What must hold for every text and every catalogue."""

import random
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.ids import ProductId
from backend.domain.mentions import NoteContext, NoteReading
from backend.domain.products import CatalogProduct
from etl.mentions import NoteReader
from tests.unit.test_mentions_reader import CATALOG, READER

WORDS = (
    "ridgeline 110s 130 ski mask boots women's small plum black blk dutch oven 5qt not the wants returned hold til sun "  # noqa: SIM905
    "after 5th 12/5 🎿 , . ? ! in two weeks next one same e\u0301 w/ 'til -- 99999999999 31st of feb 2/30 13/13".split()
)
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2900, 1, 1))
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join),
    st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=5)), max_size=20).map("".join),
)
NAMES = st.one_of(st.text(max_size=20), st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join))
PRODUCTS = st.builds(
    CatalogProduct,
    product_id=st.integers(0, 20).map(lambda n: ProductId(f"p{n}")),
    name=NAMES,
    brand=st.none() | NAMES,
    subcategory=st.none() | NAMES,
    color=st.none() | NAMES,
    size_range=st.none() | NAMES,
    gender=st.none() | st.sampled_from(["Women", "Men", "Kids", "Unisex", ""]),
    aliases=st.lists(NAMES, max_size=2).map(tuple),
)


def check(text: str, written_on: date, reading: NoteReading) -> None:
    last = 0
    for mention in reading.mentions:
        assert text[mention.start : mention.end] == mention.text != ""
        assert mention.start >= last
        assert 0 <= mention.confidence <= 1
        assert mention.product_ids or mention.category is not None or mention.confidence < 1
        last = mention.end
    if reading.follow_up is not None:
        assert text[reading.follow_up.start : reading.follow_up.end] == reading.follow_up.text != ""
        assert reading.follow_up.due_on >= written_on


@given(text=TEXTS, written_on=DAYS)
@settings(max_examples=400, deadline=None)
def test_every_span_is_the_text_at_its_place(text: str, written_on: date) -> None:
    reading = READER.read(text, written_on=written_on, context=NoteContext(owned=(ProductId("boots"),)))
    check(text, written_on, reading)
    assert reading == READER.read(text, written_on=written_on, context=NoteContext(owned=(ProductId("boots"),)))


@given(products=st.lists(PRODUCTS, max_size=8), text=TEXTS, written_on=DAYS)
@settings(max_examples=150, deadline=None)
def test_any_catalogue_can_be_read_against(products: list[CatalogProduct], text: str, written_on: date) -> None:
    reader = NoteReader.from_catalog(products)
    check(text, written_on, reader.read(text, written_on=written_on))
    reader.resolve_name(text)


@given(text=TEXTS, seed=st.integers())
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_catalogue_makes_no_difference(text: str, seed: int) -> None:
    shuffled = random.Random(seed).sample(CATALOG, k=len(CATALOG))
    day = date(2026, 7, 1)
    assert NoteReader.from_catalog(shuffled).read(text, written_on=day) == READER.read(text, written_on=day)


@pytest.mark.parametrize(
    "unit",
    [
        "!",
        "a",
        "boots ",
        "ridgeline 110 ",
        "🎿",
        "not the plum, ",
        "til sun ",
        "\u0301",
        "\n",
        "in 2 weeks ",
        "5qt",
        "w/",
    ],
)
def test_time_grows_in_proportion_to_the_note(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        started = time.process_time()
        READER.read(text, written_on=date(2026, 7, 1))
        return time.process_time() - started

    small = max(seconds(5_000), 0.02)  # were it quadratic, twenty times the text would take four hundred times as long
    assert seconds(100_000) < 150 * small


def test_a_note_of_a_megabyte_is_read() -> None:
    text = "not the plum, wants ridgeline 110 til sun 🎿 " * 23_000
    reading = READER.read(text, written_on=date(2026, 7, 1))
    check(text, date(2026, 7, 1), reading)
    assert len(reading.mentions) > 20_000


def test_half_characters_do_no_harm() -> None:
    text = "\ud83d wants ski boots \udfff"
    [mention] = READER.read(text, written_on=date(2026, 7, 1)).mentions
    assert text[mention.start : mention.end] == mention.text
