"""What a note asks for is suggested, with its words, until it is done."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.ids import AssociateId, CustomerId, NoteId, OrderId, ProductId, StoreId
from backend.domain.mentions import FollowUpCue, Intent, Mention
from backend.domain.suggestions import NoteSpan, SuggestedProduct, SuggestionKind
from backend.recommend.facts import CustomerFacts, NoteFact, Shelf
from backend.recommend.follow_ups import follow_ups

TODAY = date(2026, 11, 22)
MASK, BOOTS = ProductId("mask"), ProductId("boots")
SHELF = Shelf({p: SuggestedProduct(p, p.title(), 8900, "USD") for p in (MASK, BOOTS)})
TEXT = "Asked about women's small ski mask"


def at(year: int, month: int, day: int, hour: int = 9) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def mention(
    product: ProductId | None = MASK,
    intent: Intent = Intent.ASKED,
    *,
    category: str | None = None,
    confidence: float = 0.9,
    size: str | None = None,
) -> Mention:
    return Mention(
        start=12,
        end=34,
        text=TEXT[12:34],
        product_ids=(product,) if product else (),
        category=category,
        intent=intent,
        confidence=confidence,
        size=size,
    )


def note(
    *mentions: Mention,
    note_id: str = "n1",
    written_at: datetime = datetime(2026, 7, 1, 9, tzinfo=UTC),
    cue: FollowUpCue | None = None,
    open_order: str | None = None,
) -> NoteFact:
    return NoteFact(
        note_id=NoteId(note_id),
        revision=3,
        pointer="/orders/1/comments",
        text=TEXT,
        written_at=written_at,
        accepted_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
        associate_id=AssociateId("ada"),
        mentions=mentions,
        cue=cue,
        open_order_id=OrderId(open_order) if open_order else None,
    )


def customer(*notes: NoteFact, bought: dict[ProductId, datetime] | None = None) -> CustomerFacts:
    return CustomerFacts(CustomerId("fama"), "Fama", None, StoreId("s1"), notes, bought or {})


def test_cites_the_very_words_of_the_note() -> None:
    (suggestion,) = follow_ups(customer(note(mention(size="S"))), SHELF, today=TODAY)
    assert suggestion.title == "Call Fama back about Mask, size S"
    assert suggestion.body == "You wrote “women's small ski mask” on 1 July."
    (reason,) = suggestion.because
    assert isinstance(reason, NoteSpan)
    assert (reason.pointer, reason.revision, reason.text) == ("/orders/1/comments", 3, "women's small ski mask")
    assert TEXT[reason.start : reason.end] == reason.text


def test_the_year_is_said_where_it_is_another_one() -> None:
    (suggestion,) = follow_ups(customer(note(mention(), written_at=at(2012, 7, 1))), SHELF, today=TODAY)
    assert suggestion.body.endswith("on 1 July 2012.")


def test_never_suggests_what_was_bought_since() -> None:
    asked = note(mention(), written_at=at(2026, 7, 1, 12))
    bought_on_that_day = [at(2026, 7, 1, 13), at(2026, 7, 1, 0)]  # later, and at a time that is not known
    for bought_at in bought_on_that_day:
        assert not follow_ups(customer(asked, bought={MASK: bought_at}), SHELF, today=TODAY)
    for bought_at in (at(2026, 6, 30, 13), at(2026, 7, 1, 11)):
        assert follow_ups(customer(asked, bought={MASK: bought_at}), SHELF, today=TODAY), "she asks for another"


def test_a_newer_note_settles_an_older_one() -> None:
    refused = note(mention(intent=Intent.REJECTED), note_id="n2", written_at=at(2026, 7, 3))
    asked = note(mention(), written_at=at(2026, 7, 1))
    assert not follow_ups(customer(refused, asked), SHELF, today=TODAY)
    assert follow_ups(customer(asked, refused), SHELF, today=TODAY), "an older refusal settles nothing newer"


def test_one_suggestion_for_one_product_with_every_note_as_a_reason() -> None:
    notes = [note(mention(), note_id=f"n{i}", written_at=at(2026, 7, 10 - i)) for i in range(3)]
    (suggestion,) = follow_ups(customer(*notes), SHELF, today=TODAY)
    assert [r.note_id for r in suggestion.because if isinstance(r, NoteSpan)] == ["n0", "n1", "n2"]


def test_the_day_named_in_the_note_is_the_day_it_is_due() -> None:
    cue = FollowUpCue(0, 5, TEXT[0:5], date(2026, 11, 29))
    (suggestion,) = follow_ups(customer(note(mention(), cue=cue)), SHELF, today=TODAY)
    assert suggestion.due_on == date(2026, 11, 29)


def test_a_day_alone_is_worth_coming_back() -> None:
    cue = FollowUpCue(0, 5, TEXT[0:5], date(2026, 11, 29))
    (suggestion,) = follow_ups(customer(note(cue=cue)), SHELF, today=TODAY)
    assert suggestion.title == "Come back to Fama"
    assert not suggestion.products


def test_a_kind_of_product_is_followed_up_without_a_product() -> None:
    (suggestion,) = follow_ups(customer(note(mention(None, category="Ski masks"))), SHELF, today=TODAY)
    assert suggestion.title == "Call Fama back about Ski masks"
    assert suggestion.products == ()


def test_a_complaint_becomes_after_sales() -> None:
    (suggestion,) = follow_ups(customer(note(mention(BOOTS, Intent.COMPLAINT))), SHELF, today=TODAY)
    assert suggestion.kind is SuggestionKind.AFTER_SALES


def test_the_comment_of_an_open_order_is_seen_to_and_that_of_a_closed_one_is_not() -> None:
    ordered = mention(BOOTS, Intent.ORDERED)
    (suggestion,) = follow_ups(customer(note(ordered, open_order="15122")), SHELF, today=TODAY)
    assert "15122" in suggestion.title
    assert not follow_ups(customer(note(ordered)), SHELF, today=TODAY)


def test_says_nothing_where_the_reader_was_not_sure() -> None:
    assert not follow_ups(customer(note(mention(confidence=0.3))), SHELF, today=TODAY)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([MASK, BOOTS]),
            st.sampled_from(list(Intent)),
            st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 22), timezones=st.just(UTC)),  # noqa: DTZ001
            st.floats(0, 1),
        ),
        max_size=8,
    ),
    st.dictionaries(
        st.sampled_from([MASK, BOOTS]),
        st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 22), timezones=st.just(UTC)),  # noqa: DTZ001
    ),
)
def test_every_suggestion_has_a_reason_and_none_is_about_what_was_bought(
    found: list[tuple[ProductId, Intent, datetime, float]], bought: dict[ProductId, datetime]
) -> None:
    notes = [
        note(mention(p, intent, confidence=c), note_id=f"n{i}", written_at=when)
        for i, (p, intent, when, c) in enumerate(sorted(found, key=lambda f: f[2], reverse=True))
    ]
    facts = customer(*notes, bought=bought)
    once, twice = (follow_ups(facts, SHELF, today=TODAY) for _ in range(2))
    assert once == twice
    assert len({s.id for s in once}) == len(once)
    for suggestion in once:
        assert suggestion.because
        assert 0 <= suggestion.score <= 1
        if suggestion.kind is SuggestionKind.FOLLOW_UP:
            reason = suggestion.because[0]
            assert isinstance(reason, NoteSpan)
            written_at = notes[int(reason.note_id[1:])].written_at
            assert bought.get(suggestion.products[0].product_id, at(1900, 1, 1)) < written_at
