"""The notes that may be learned from; what is kept for judging is not among them."""

from pathlib import Path

from tests.gold.notes import GoldNote, GoldSet, read_plain_notes, read_sets

GOLD = Path(__file__).parent.parent
READ = ("trail", "hearth")
"""Of the independent sets, those that have been read."""


def training_sets() -> list[GoldSet]:
    """Answer the notes by hands that had not seen the reader, with their catalogues."""
    independent = [one for one in read_sets(GOLD / "independent") if one.name in READ]
    return [*independent, *read_sets(GOLD / "training")]


def development_sets() -> list[GoldSet]:
    """Answer the notes of the reader's author. Its cues were made for them: they would be trusted too much."""
    return read_sets(GOLD / "dev")


def plain_notes() -> list[GoldNote]:
    """Answer notes that belong to no catalogue: their marks tell intents and days only."""
    return [note for path in sorted((GOLD / "intents").glob("*.txt")) for note in read_plain_notes(path)]
