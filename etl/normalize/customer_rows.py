"""Fold a document's own fields into the customer's row and its products[]."""

from collections.abc import Iterable, Mapping
from typing import Any

from backend.domain.events import JournalEntry
from etl.normalize import fields
from etl.normalize.customer_history import put_changes
from etl.normalize.documents import DocumentParts
from etl.normalize.objects import Doubtful, extract, keep
from etl.normalize.places import check_state
from etl.normalize.products import Resolved, resolve
from etl.normalize.rows import N_PROVENANCE, CustomerProductRow, CustomerRow
from etl.normalize.state import CustomerState, NameReader
from etl.normalize.understood import Doubt
from etl.normalize.values import text_of

_STAMPS = N_PROVENANCE + 1  # and updated_at: when what the row says was accepted
_DOCUMENT = "document"


def put_customer(state: CustomerState, parts: DocumentParts, entry: JournalEntry) -> None:
    """Put the row of the customer; one that says what is held already keeps its revision."""
    said = dict(parts.said)
    _split_name(said)
    _street(said, parts)
    _check_identity(said, parts, entry)
    place = check_state(said.get("city"), said.get("state"), said.get("country"))
    if place.doubt is not None:
        parts.doubts.append(Doubtful(parts.pointers["state"], place.doubt))
    stated: dict[str, Any] = {name: said.get(name) for name in CustomerRow._fields}
    stated |= {
        "customer_id": entry.customer_id,
        "store_id": entry.store_id or said.get("store_id"),
        "associate_id": entry.associate_id or said.get("associate_id"),
        "search_text": _search_text(said, state.products.values()),
        "extra": parts.extra,
        "updated_at": entry.accepted_at,
        "revision": entry.revision,
        "source_kind": _DOCUMENT,
        "pointer": "",
    }
    row = CustomerRow(**stated)
    held = state.customer
    if held is not None and held[:-_STAMPS] == row[:-_STAMPS]:
        return
    if held is not None:
        put_changes(state, held, row, parts.pointers)
    state.customer = row


def put_products(state: CustomerState, parts: DocumentParts, entry: JournalEntry, reader: NameReader) -> None:
    """Put the products that the document says the customer has, each resolved or known by its name alone."""
    rows: dict[int, CustomerProductRow] = {}
    for pointer, written, meant in _owned(parts, reader):
        position = len(rows)
        row = CustomerProductRow(state.customer_id, position, written, *meant, entry.revision, _DOCUMENT, pointer)
        held = state.products.get(position)
        rows[position] = held if held is not None and held[:-N_PROVENANCE] == row[:-N_PROVENANCE] else row
        state.name_product(meant.product_id, written, entry.accepted_at)
    state.products = rows


def _owned(parts: DocumentParts, reader: NameReader) -> Iterable[tuple[str, str, Resolved]]:
    for pointer, value, _ in parts.sections.get("products", ()):
        if isinstance(value, str):
            for name in filter(None, (text_of(name).value for name in _names(pointer, value))):
                yield pointer, name, resolve(name, reader)
        elif isinstance(value, dict):
            found = extract(value, fields.OWNED_PRODUCT, pointer)
            parts.extra.update(found.extra)
            parts.doubts.extend(found.doubts)
            product_id = found.said.get("product_id")
            written = found.said.get("name") or product_id or found.said.get("skuid")
            if written is not None:
                yield pointer, written, Resolved(product_id, 1.0) if product_id else resolve(written, reader)
        else:
            keep(parts.extra, pointer, value)
            parts.doubts.append(Doubtful(pointer, Doubt("not_a_product", "a product is a name or an object")))


def _names(pointer: str, text: str) -> list[str]:
    """Split a section that is one text at its commas; an element of a list is one name."""
    return [text] if pointer.rpartition("/")[2].isdigit() else text.replace(";", ",").split(",")


def _split_name(said: dict[str, Any]) -> None:
    full = said.pop("full_name", None)
    if full and "first_name" not in said and "last_name" not in said:
        first, _, last = full.rpartition(" ")
        said["first_name"], said["last_name"] = (first.strip(), last) if first else (last, None)


def _street(said: dict[str, Any], parts: DocumentParts) -> None:
    address = said.pop("address_text", None)
    if address is not None and said.setdefault("mailing_street", address) != address:
        parts.extra[parts.pointers["address_text"]] = address
    if "annual_income" in said:
        said["annual_income_cents"] = said.pop("annual_income")


def _check_identity(said: Mapping[str, Any], parts: DocumentParts, entry: JournalEntry) -> None:
    """Let the journal decide whose document it is and where it belongs; what the document says of it is kept."""
    for column, fact in (
        ("customer_id", entry.customer_id),
        ("store_id", entry.store_id),
        ("associate_id", entry.associate_id),
    ):
        if fact is not None and said.get(column) not in (None, fact):
            pointer = parts.pointers[column]
            parts.extra[pointer] = said[column]
            parts.doubts.append(Doubtful(pointer, Doubt(f"{column}_mismatch", f"the journal has {fact}: that counts")))


def _search_text(said: Mapping[str, Any], products: Iterable[CustomerProductRow]) -> str:
    words = [said.get(column) for column in ("first_name", "last_name", "city")]
    return " ".join(word.lower() for word in [*words, *(row.name for row in products)] if word)
