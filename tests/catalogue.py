"""`python -m tests.catalogue` writes what is generated of the data product: the spellings of fields, the data dictionary.

The spellings are told by the normaliser, which the API does not import; a test holds the file to it.
"""

import json
from collections import defaultdict
from collections.abc import Mapping

from backend.analytics.datasets import DATASETS
from backend.analytics.dictionary import dictionary_page, entity_diagram
from backend.analytics.product import pipeline_diagram, read_product
from backend.warehouse.tables import metadata
from etl.normalize import fields
from tests.requirements import REPOSITORY

SPELLINGS = REPOSITORY / "backend" / "analytics" / "data" / "spellings.json"
PAGE = REPOSITORY / "docs" / "data-product.md"
MARK = "<!-- from here on written by `python -m tests.catalogue` -->\n"
_READ: tuple[tuple[str, Mapping[str, fields.Field]], ...] = (
    ("customers", fields.CUSTOMER),
    ("orders", fields.ORDER),
    ("order_lines", fields.LINE),
    ("transactions", fields.PAYMENT),
    ("transactions", fields.TRANSACTION),
    ("notes", fields.NOTE),
    ("products", fields.PRODUCT),
    ("channels", fields.CHANNEL),
    ("customer_products", fields.OWNED_PRODUCT),
)


def told_spellings() -> str:
    """Answer the file's text: by table and column, in order."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for table, read in _READ:
        for spelling, field in read.items():
            columns = metadata.tables[table].c
            column = field.column if field.column in columns else f"{field.column}_cents"
            if column in columns:
                found[table][column].add(spelling)
    ordered = {table: {c: sorted(words) for c, words in sorted(found[table].items())} for table in sorted(found)}
    return json.dumps(ordered, indent=1) + "\n"


def generated() -> str:
    """Answer the generated part of the page."""
    parts = [
        "## The way of the data", "", "```mermaid", pipeline_diagram(read_product()) + "```", "",
        "## Entities", "", "```mermaid", entity_diagram() + "```", "",
        "# Data dictionary", "", dictionary_page(sorted(DATASETS)),
    ]  # fmt: skip
    return "\n".join(parts)


if __name__ == "__main__":
    SPELLINGS.write_text(told_spellings(), encoding="utf-8")
    head, _, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    PAGE.write_text(head + MARK + generated(), encoding="utf-8")
