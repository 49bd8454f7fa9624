"""What is read differently is told once, with its words; what is read alike is not told at all."""

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from etl.normalize.reading_changes import (
    SLIGHT,
    ChangeKind,
    Compared,
    ReadingChange,
    Subject,
    compare_readings,
    paired,
)
from etl.normalize.reading_tally import MOST_TRANSITIONS, Aspect, ReadingTally
from etl.normalize.rows import MentionRow, NoteRow, UnsoldAskRow
from etl.normalize.state import CustomerState

TEXT = "wants the ski boots and socks, call friday. do we sell sleds?"


def note(note_id: str = "n1", **said: Any) -> NoteRow:
    told: dict[str, Any] = dict.fromkeys(NoteRow._fields)
    told |= {"customer_id": "c1", "note_id": note_id, "text": TEXT, "extractor_version": "5", "extra": {}}
    told |= {"sentiment": 0.0, "revision": 3, "source_kind": "note", "pointer": "/text"}
    return NoteRow(**(told | said))


def mention(start: int = 10, end: int = 19, **said: Any) -> MentionRow:
    told: dict[str, Any] = dict.fromkeys(MentionRow._fields)
    told |= {"customer_id": "c1", "note_id": "n1", "position": 0, "start": start, "end": end, "text": TEXT[start:end]}
    told |= {"product_ids": ["P-1"], "category": "Boots", "intent": "wants", "confidence": 0.9, "revision": 3}
    told |= {"extractor_version": "5", "source_kind": "note", "pointer": "/text"} | said
    return MentionRow(**told | {"product_id": next(iter(told["product_ids"]), None)})


def ask(start: int = 55, end: int = 60, **said: Any) -> UnsoldAskRow:
    told: dict[str, Any] = dict.fromkeys(UnsoldAskRow._fields)
    told |= {"customer_id": "c1", "note_id": "n1", "position": 0, "start": start, "end": end, "text": TEXT[start:end]}
    told |= {"wanted": "sled", "head": "sled", "extractor_version": "5", "revision": 3} | said
    return UnsoldAskRow(**told)


def state(*found: NoteRow | MentionRow | UnsoldAskRow) -> CustomerState:
    made = CustomerState(found[0].customer_id, 3)  # type: ignore[arg-type]
    for row in found:
        if isinstance(row, NoteRow):
            made.notes[row.note_id] = row
        elif isinstance(row, MentionRow):
            made.mentions[row.note_id, len(made.mentions)] = row._replace(position=len(made.mentions))
        else:
            made.unsold[row.note_id, len(made.unsold)] = row._replace(position=len(made.unsold))
    return made


def only_change(old: CustomerState, new: CustomerState) -> ReadingChange:
    (change,) = compare_readings(old, new).changes
    return change


def told(old: MentionRow, new: MentionRow) -> tuple[ChangeKind, ...]:
    return only_change(state(note(), old), state(note(), new)).kinds


def test_each_way_of_reading_a_mention_differently_has_its_name() -> None:
    boots = mention()
    some_boots = mention(product_ids=[])
    assert told(boots, mention(product_ids=["P-2"])) == (ChangeKind.OTHER_PRODUCT,)
    assert told(boots, some_boots) == (ChangeKind.PRODUCT_TO_KIND,)
    assert told(some_boots, boots) == (ChangeKind.KIND_TO_PRODUCT,)
    assert told(some_boots, mention(product_ids=[], category="Shoes")) == (ChangeKind.OTHER_KIND,)
    assert told(boots, mention(product_ids=["P-1", "P-2"])) == (ChangeKind.OTHER_RANKING,)
    assert told(boots, mention(intent="bought")) == (ChangeKind.OTHER_INTENT,)
    assert told(boots, mention(size="27")) == (ChangeKind.OTHER_DETAILS,)
    assert told(boots, mention(14, 19)) == (ChangeKind.OTHER_SPAN,)
    assert told(boots, mention(confidence=0.8)) == (ChangeKind.OTHER_CONFIDENCE,)
    assert told(boots, mention(product_ids=["P-2"], intent="asked", confidence=0.1)) == (
        ChangeKind.OTHER_PRODUCT,
        ChangeKind.OTHER_INTENT,
        ChangeKind.OTHER_CONFIDENCE,
    )


def test_a_change_carries_the_words_and_where_they_stand() -> None:
    change = only_change(state(note(), mention(intent="asked")), state(note(), mention()))
    assert (change.customer_id, change.note_id, change.revision, change.pointer) == ("c1", "n1", 3, "/text")
    assert change.text == TEXT[change.start : change.end] == "ski boots"
    assert change.around == "wants the ski boots and socks, call friday. do we sell sled…"
    assert change.old is not None
    assert change.new is not None
    assert (change.old["intent"], change.new["intent"]) == ("asked", "wants")


def test_days_and_things_not_sold_are_compared_too() -> None:
    friday = note(follow_up_start=36, follow_up_end=42, follow_up_text="friday", follow_up_due_on=date(2026, 11, 27))
    later = friday._replace(follow_up_due_on=date(2026, 12, 4))
    assert only_change(state(friday), state(later)).kinds == (ChangeKind.OTHER_DAY,)
    assert only_change(state(note()), state(friday)).kinds == (ChangeKind.FOUND,)
    assert only_change(state(friday), state(note())).kinds == (ChangeKind.LOST,)
    assert only_change(state(note(), ask()), state(note(), ask(wanted="toboggan"))).kinds == (ChangeKind.OTHER_KIND,)
    assert only_change(state(note()), state(note(sentiment=0.4))).kinds == (ChangeKind.OTHER_SENTIMENT,)


def test_another_version_alone_is_no_change() -> None:
    old = state(note(extractor_version="4+c2"), mention(extractor_version="4+c2", correction_id="k"))
    compared = compare_readings(old, state(note(), mention()))
    assert compared.changes == []
    assert compared.versions == {"4": 1}


def test_a_note_of_only_one_side_is_told_with_all_that_it_says() -> None:
    old = state(note(), mention(), ask())
    assert {(c.subject, c.kinds) for c in compare_readings(old, CustomerState(old.customer_id)).changes} == {
        (Subject.MENTION, (ChangeKind.LOST,)),
        (Subject.UNSOLD_ASK, (ChangeKind.LOST,)),
        (Subject.SENTIMENT, (ChangeKind.LOST,)),
    }


def test_findings_are_paired_by_the_words_that_they_share_most() -> None:
    wide, first, second = mention(0, 20), mention(0, 4), mention(5, 20, product_ids=["P-2"])
    assert paired([wide], [first, second]) == [(None, first), (wide, second)]


def test_what_became_what_is_counted_with_the_most_frequent_first() -> None:
    tally = ReadingTally(n_samples=1)
    for n in range(3):
        old = state(note(), mention(), mention(24, 29, product_ids=["P-3"], category="Socks"))
        kind = "bought" if n else "asked"
        tally.add(
            compare_readings(
                old, state(note(), mention(intent=kind), mention(24, 29, product_ids=[], category="Socks"))
            )
        )
    assert [(t.old, t.new, of.n, len(of.samples)) for t, of in tally.most_frequent(Aspect.INTENT)] == [
        ("wants", "bought", 2, 1),
        ("wants", "asked", 1, 1),
    ]
    assert [(t.old, t.new, of.n) for t, of in tally.most_frequent(Aspect.PRODUCT)] == [("P-3", "kind:Socks", 3)]
    assert tally.most_frequent(Aspect.CATEGORY) == []
    assert (tally.n_notes, tally.n_notes_changed, tally.changed_share) == (3, 3, 1.0)


def test_memory_is_bounded_and_nothing_is_left_uncounted() -> None:
    tally = ReadingTally(n_samples=0)
    n_more = 5
    base = only_change(state(note(), mention()), state(note(), mention(product_ids=["P-2"])))
    assert base.new is not None
    for n in range(MOST_TRANSITIONS + n_more):
        change = replace(base, new={**base.new, "product_ids": [f"X-{n}"]})
        tally.add(Compared(n_notes=1, changes=[change]))
    assert len(tally.transitions) == MOST_TRANSITIONS
    assert tally.n_further == n_more
    assert tally.kinds[Subject.MENTION, ChangeKind.OTHER_PRODUCT] == MOST_TRANSITIONS + n_more


_places = st.tuples(st.integers(0, 30), st.integers(1, 30)).map(lambda place: (place[0], place[0] + place[1]))
_mentions = st.builds(
    lambda place, ids, intent, confidence: mention(
        *place, product_ids=ids, category="Boots", intent=intent, confidence=confidence
    ),
    _places,
    st.lists(st.sampled_from(["P-1", "P-2", "P-3"]), max_size=2, unique=True),
    st.sampled_from(["wants", "bought"]),
    st.sampled_from([0.5, 0.9]),
)
_asks = st.builds(lambda place, wanted: ask(*place, wanted=wanted), _places, st.sampled_from(["sled", "drum"]))
_notes = st.builds(
    lambda due_on, mood: note(
        follow_up_start=0, follow_up_end=3, follow_up_text="fri", follow_up_due_on=due_on, sentiment=mood
    ),
    st.sampled_from([None, date(2026, 11, 27), date(2026, 12, 4)]),
    st.sampled_from([0.0, 0.4]),
)
_states = st.builds(
    lambda of, mentions, asks: state(of, *mentions, *asks),
    _notes,
    st.lists(_mentions, max_size=5),
    st.lists(_asks, max_size=3),
)


@given(_states)
def test_the_same_reading_differs_in_nothing(read: CustomerState) -> None:
    compared = compare_readings(read, read)
    assert compared.changes == []
    assert compared.stored == compared.fresh == compared.same


@given(_states, _states)
def test_counts_add_up(old: CustomerState, new: CustomerState) -> None:
    compared = compare_readings(old, new)
    tally = ReadingTally()
    tally.add(compared)
    for subject in Subject:
        lost, found = tally.kinds[subject, ChangeKind.LOST], tally.kinds[subject, ChangeKind.FOUND]
        assert tally.stored[subject] == tally.same[subject] + tally.n_changed(subject) + lost
        assert tally.fresh[subject] == tally.same[subject] + tally.n_changed(subject) + found
    assert tally.stored[Subject.MENTION] == len(old.mentions)
    assert tally.fresh[Subject.UNSOLD_ASK] == len(new.unsold)
    assert all(change.kinds for change in compared.changes)
    assert tally.n_notes_changed + tally.n_notes_slightly == bool(compared.changes)
    assert tally.n_notes_changed == any(not SLIGHT.issuperset(change.kinds) for change in compared.changes)
    assert all(of.n >= len(of.samples) > 0 for of in tally.transitions.values())


@given(_states, _states)
def test_there_and_back_is_the_same_turned_round(old: CustomerState, new: CustomerState) -> None:
    there, back = ReadingTally(), ReadingTally()
    there.add(compare_readings(old, new))
    back.add(compare_readings(new, old))
    for subject in Subject:
        assert there.kinds[subject, ChangeKind.LOST] == back.kinds[subject, ChangeKind.FOUND]
        assert there.n_changed(subject) == back.n_changed(subject)
