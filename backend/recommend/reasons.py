"""Reasons in words. Every sentence is told from the reason's own data, so that what is shown can be recounted."""

from datetime import date

from backend.domain.suggestions import (
    BoughtTogether,
    MovedUp,
    NoteSpan,
    OwnRhythm,
    PartOfCampaign,
    PopularLately,
    Purchased,
    Reason,
    SpikeNow,
    Standing,
)
from backend.recommend.facts import NoteFact


def quoted(note: NoteFact, start: int, end: int, *, today: date) -> str:
    """Quote the words of the note: You wrote “women's small ski mask” on 1 July."""
    return f"You wrote “{note.text[start:end]}” on {day_in_words(note.written_on, today=today)}."


def bought_together(reason: BoughtTogether) -> str:
    """Say how many buyers of the one took the other."""
    return f"{round(100 * reason.share)} % of buyers of {reason.product_name} also take it (n = {reason.n})."


def popular_lately(reason: PopularLately) -> str:
    """Say how often it was bought of late."""
    return f"Bought {reason.n} times in the last {reason.days} days."


def day_in_words(day: date, *, today: date) -> str:
    """Write `1 July`, and the year where it is another one."""
    words = f"{day.day} {day:%B}"
    return words if day.year == today.year else f"{words} {day.year}"


def in_words(reason: Reason) -> str:
    """Say one reason in one sentence, with its own numbers."""
    match reason:
        case BoughtTogether():
            words = bought_together(reason)
        case PopularLately():
            words = popular_lately(reason)
        case OwnRhythm():
            of_days = f"Bought on {reason.n} days" if reason.product_id else f"{reason.n} days with a purchase"
            words = f"{of_days}, usually every {reason.every_days:g} days; now it is {reason.days_since}."
        case MovedUp():
            words = f"{reason.n} of {reason.n_product} buyers of {reason.product_name} ({reason.price}) later took it."
        case SpikeNow():
            words = f"{reason.observed} pieces in three hours where {reason.expected:g} are usual."
        case Purchased():
            words = f"Bought for {reason.amount} on {reason.last_on}."
        case Standing():
            words = _standing(reason)
        case NoteSpan():
            words = f"You wrote “{reason.text}”."
        case PartOfCampaign():
            words = f"Part of {reason.name}."
    return words


def _standing(reason: Standing) -> str:
    days = "one day" if reason.frequency == 1 else f"{reason.frequency} days"
    spent = f"{reason.monetary} spent on {days}, the last one {_ago(reason.recency_days)}."
    return f"{(reason.segment or 'customer').capitalize()}: {spent}"


def _ago(days: int | None) -> str:
    if days is None:
        return "not known when"
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")
