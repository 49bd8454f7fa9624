"""Journals for tests: entries by hand, entries by chance, and a reader that knows a handful of products."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from backend.domain.events import JournalEntry, RevisionKind
from backend.domain.ids import CustomerId, ProductId, Revision, StoreId
from backend.domain.mentions import FollowUpCue, Intent, Mention, NoteContext, NoteReading

CUSTOMER = CustomerId("57fea3df-d6f7-467b-8420-ad427c05dafc")
ACCEPTED_AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
HOMESTEAD: Mapping[str, Any] = {
    "lastinteractiondate": "2012-07-11",
    "firstname": "Fama",
    "lastname": "Stres",
    "products": ["Ski Boots", "Powerbars"],
    "address": {"city": "london", "state": "ny", "localphone": "3084328"},
    "customerId": CUSTOMER,
    "orders": [
        {
            "ordid": 15122,
            "status": "open",
            "comments": "Ship to my home address for the boots",
            "filedon": "2012-07-10",
        },
        {
            "ordid": 12920,
            "status": "closed",
            "comments": "Asked about women's small ski mask",
            "filedon": "2012-07-01",
        },
    ],
}
CATALOGUE = {"ski boots": "P-BOOTS", "powerbars": "P-BARS", "ski mask w": "P-MASK", "wool socks": "P-SOCKS"}


@dataclass(frozen=True)
class Known:
    """A name that the fake reader knows."""

    product_id: ProductId
    confidence: float = 1.0


class WordReader:
    """Finds the word "boots" (the newest product that the customer has) and "mask", and reads "tomorrow"."""

    version = "words-1"

    def resolve_name(self, name: str) -> Known | None:
        product_id = CATALOGUE.get(name.strip().lower())
        return Known(ProductId(product_id)) if product_id else None

    def read_many(self, notes: Iterable[tuple[str, date, NoteContext]]) -> Sequence[NoteReading]:
        return [self._read(*note) for note in notes]

    def _read(self, text: str, written_on: date, context: NoteContext) -> NoteReading:
        mentions = tuple(
            Mention(
                start=found.start(),
                end=found.end(),
                text=found.group(),
                product_ids=context.owned[:1] if found.group() == "boots" else (ProductId("P-MASK"),),
                category=None,
                intent=Intent.ASKED,
                confidence=0.5,
            )
            for found in re.finditer("boots|mask", text)
        )
        cue = re.search("tomorrow", text)
        due_on = written_on + timedelta(days=1)
        follow_up = FollowUpCue(cue.start(), cue.end(), "tomorrow", due_on) if cue else None
        return NoteReading(mentions, follow_up, self.version)


def entry(
    kind: RevisionKind,
    payload: Mapping[str, Any],
    revision: int = 1,
    *,
    customer_id: str = CUSTOMER,
    author_id: str | None = "A-7",
    store_id: str | None = "S-1",
) -> JournalEntry:
    """Make an entry of a journal; each revision is accepted a minute after the one before."""
    return JournalEntry(
        customer_id=CustomerId(customer_id),
        revision=Revision(revision),
        kind=kind,
        payload=payload,
        accepted_at=ACCEPTED_AT + timedelta(minutes=revision),
        associate_id=None,
        store_id=StoreId(store_id) if store_id else None,
        author_id=author_id,
    )


def document(payload: Mapping[str, Any], revision: int = 1) -> JournalEntry:
    return entry(RevisionKind.DOCUMENT, payload, revision)


def order(payload: Mapping[str, Any], revision: int = 1) -> JournalEntry:
    return entry(RevisionKind.ORDER, payload, revision)


def note(payload: Mapping[str, Any], revision: int = 1) -> JournalEntry:
    return entry(RevisionKind.NOTE, payload, revision)


def transaction(payload: Mapping[str, Any], revision: int = 1) -> JournalEntry:
    return entry(RevisionKind.TRANSACTION, payload, revision)


_money = st.one_of(
    st.integers(0, 500),
    st.decimals(0, 500, places=2).map(str),
    st.integers(0, 50_000).map(lambda cents: cents / 100),
    st.sampled_from(["$12.50", "nothing", "", None, "1,200.00", 3.999]),
)
_days = st.sampled_from(
    ["2026-11-01", "2026-11-02T23:59:59-05:00", "11/3/2026", "2 Nov 2026", "soon", None, 1762041600, "1666-09-02"]
)
_names = st.sampled_from(["Ski Boots", "powerbars", "Glow Stick", "glow stick", "Ski Mask W", "", "☃", "x" * 300])
_texts = st.sampled_from(["the boots", "a mask, tomorrow", "", "boots and boots", "nul \x00 boots"])
_statuses = st.sampled_from(["open", "closed", "canceled", "Returned", None, 3])
_odd = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(max_size=5)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=5), inner, max_size=2)),
    max_leaves=4,
)


def _some(required: dict[str, Any], optional: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


_lines = st.lists(
    st.one_of(
        _names,
        _some(
            {},
            {
                "product_id": st.sampled_from(["P-BOOTS", "P-SOCKS", "P-NEW"]),
                "name": _names,
                "quantity": st.one_of(st.integers(-2, 5), st.sampled_from(["2", "many", 1.5])),
                "unit_price": _money,
                "discount": _money,
                "amount": _money,
                "engraving": _odd,
            },
        ),
        _odd,
    ),
    max_size=3,
)
_orders = _some(
    {},
    {
        "order_id": st.sampled_from(["O1", "O2", 3]),
        "status": _statuses,
        "comments": st.one_of(_texts, st.lists(_texts, max_size=2)),
        "filed_on": _days,
        "ordered_at": st.sampled_from(["2026-11-02T10:15:00Z", "2026-11-05T08:00:00+01:00"]),
        "lines": _lines,
        "payment_method": st.sampled_from(["PayPal", "COD"]),
        "shipping_amount": _money,
        "total": _money,
        "gift": _odd,
    },
)
_transactions = _some(
    {},
    {
        "transaction_id": st.sampled_from(["T1", "T2"]),
        "order_id": st.sampled_from(["O1", "O2"]),
        "transaction_amount": _money,
        "discount_percentage": st.sampled_from([5, "7.5%", "lots"]),
        "order_delivery_date": _days,
        "memo": _odd,
    },
)
_notes = _some({"note_id": st.sampled_from(["n1", "n2"]), "text": _texts}, {"written_at": _days, "mood": _odd})
_documents = _some(
    {},
    {
        "firstname": st.sampled_from(["Fama", "Ada"]),
        "Last-Name": st.sampled_from(["Stres", 7]),
        "products": st.one_of(_names, st.lists(st.one_of(_names, _odd), max_size=3)),
        "address": st.one_of(
            st.just("1 Main Street"),
            _some(
                {},
                {"city": st.just("london"), "state": st.sampled_from(["ny", "Ohio", ""]), "zip": st.integers(0, 99999)},
            ),
        ),
        "orders": st.lists(_orders, max_size=3),
        "transactions": st.lists(_transactions, max_size=2),
        "notes": st.one_of(_texts, st.lists(_texts, max_size=2)),
        "annual_income": _money,
        "dob": _days,
        "shoeWidth": _odd,
        "deep": _odd,
    },
)
_writes = st.one_of(
    st.tuples(st.just(RevisionKind.DOCUMENT), _documents),
    st.tuples(st.just(RevisionKind.ORDER), _orders),
    st.tuples(st.just(RevisionKind.NOTE), _notes),
    st.tuples(st.just(RevisionKind.TRANSACTION), _transactions),
    st.tuples(st.just(RevisionKind.RETRACTION), st.sampled_from([{"note_id": "n1"}, {"note_id": "order:O1"}])),
)


def journals(max_size: int = 6) -> st.SearchStrategy[list[JournalEntry]]:
    """Answer journals of one customer, with whatever associates and their programs may write."""
    return st.lists(_writes, min_size=1, max_size=max_size).map(
        lambda writes: [entry(kind, payload, revision) for revision, (kind, payload) in enumerate(writes, start=1)]
    )
