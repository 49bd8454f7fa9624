"""Reasons in words. Every sentence is told from the reason's own data, so that what is shown can be recounted."""

from datetime import date

from backend.domain.suggestions import BoughtTogether, PopularLately
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
