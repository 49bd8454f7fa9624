"""Words that do the same work share their classes, in all their forms."""

import pytest

from etl.mentions.word_classes import classes_of, deed_of


@pytest.mark.parametrize(
    ("word", "deed"),
    [
        ("grab", "take.base"),
        ("grabs", "take.s"),
        ("grabbed", "take.past"),
        ("grabbing", "take.ing"),
        ("took", "take.past"),
        ("queries", "ask.s"),
        ("snapped", "break.past"),
        ("crushed", "fit.past"),
        ("kayak", ""),
        ("though", ""),
    ],
)
def test_a_verb_is_known_in_its_forms(word: str, deed: str) -> None:
    assert deed_of(word) == deed


def test_verbs_have_their_class_with_the_form_and_without() -> None:
    assert {"take.past", "take"} <= set(classes_of("copped"))
    assert classes_of("but") == ("but",)
    assert classes_of("kayak") == ()
