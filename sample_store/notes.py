"""Notes in the shop's shorthand, about what customers see, want, bring back: for volume, not for measuring a reader."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sample_store.calendar import stamp
from sample_store.catalog import Product
from sample_store.draws import Draws
from sample_store.people import Customer

ASKED = (
    "asked about {the} {p}, wants to think abt it", "looked at {p} but not today", "interested in {the} {p}{size}",
    "Q re {p} - true to size? said i'd find out", "tried on {the} {p}, will come back w/ partner", "wants {p} {due}",
    "asked for {p}{size}, none left. call when in", "cust looking 4 {p} for {trip}", "eyeing {p}, waiting on payday",
    "saw {the} {p} on the wall, loved it. too pricey atm", "asked abt {p} for a friend", "wnats {p}{size} - order in?",
    "browsing, picked up {p} twice. follow up {due}", "needs {p} b4 {trip}", "{p} on the list, remind {due}",
    "{p}?? check stock {size}", "keeps coming back to {the} {p}", "would take {p} if it came in {color}",
)  # fmt: skip
BOUGHT = (
    "got {the} {p}, happy", "picked up {p}, loves {brand}", "bght {p}, gift for dad", "{p} sold, paid cash",
    "finally bought {the} {p} after 3 visits", "order placed for {p}, ship to home", "{p} bagged, quick visit",
    "purchased {p}, prefers text over calls", "rang up {p}{size}, check in {due}",
)  # fmt: skip
BOUGHT_WITH = (
    "bought {p} today - next: {c}?", "took {p}, showed {c} too", "{p} sold. mentioned {c} for later",
    "got {p} + asked abt {c} {due}", "{p} and {c}, all set for {trip}", "{c} went w/ the {p}",
)  # fmt: skip
RETURNED = (
    "brought back {the} {p}, too tight", "returned {p}, wrong size. wants 1 up", "retd {p} - changed mind",
    "{p} came back, seam split :( offered exchange", "return on {p}, refund to card",
)  # fmt: skip
COMPLAINED = (
    "{p} fell apart after 2 wks, annoyed", "says {the} {p} isn't what the tag says",
    "late delivery on {p}, 10% off next",
    "not happy w/ {p}, sent to repair",
)  # fmt: skip
CHATTED = (
    "just browsing, likes {brand}", "chatted abt {trip}, nothing specific", "not a fan of {p}, too heavy",
    "doesn't want {p} anymore, bought elsewhere", "birthday coming up, wife hinted at {p}", "has {p} already",
    "do we sell {lack}s? we dont", "looking for a {lack}, we don't carry any", "asked about {lack}s, told them no",
    "sugg {p} for {trip}, said maybe", "{brand} runs small on this one", "asked if {p} comes in {color}",
)  # fmt: skip
LACKING = ("splitboard", "kayak", "wetsuit", "tennis racket", "surfboard", "kayak paddle", "scooter", "trampoline")
"""What people ask for and the store does not sell."""
_DUE = ("call sat", "next week", "call back tues", "after payday", "in 2 wks", "end of month", "tmrw am", "before xmas")
_TRIPS = (
    "the Smokies trip",
    "ski week in Feb",
    "a half marathon",
    "the kids camp",
    "Iceland in june",
    "the PCT section",
)
_TYPOS = (("ing ", "ign "), ("ss", "s"), ("tt", "t"), ("ie", "ei"), ("oo", "o"), ("ck", "k"), ("ll", "l"))
_ENDINGS = ("", "", "", ".", "!", " thx", " - see me")
_FULL_NAME_SHARE, _LOWER_CASE_SHARE = 0.55, 0.25


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a note is about, and when it is written."""

    customer: Customer
    at: datetime
    product: Product
    companion: Product | None = None


class NoteWriter:
    """Writes notes as the associates do: short, in a hurry, not always by the product's full name."""

    def before(
        self, draws: Draws, customer: Customer, product: Product, bought_at: datetime
    ) -> Iterator[dict[str, Any]]:
        """Yield a note, now and then, of the day they asked, some days before they bought."""
        if draws.chance(0.11):
            at = bought_at - timedelta(days=draws.between(2, 16), minutes=draws.below(90))
            yield _note(draws, draws.pick(ASKED), Occasion(customer, at, product))

    def after(
        self, draws: Draws, customer: Customer, basket: Sequence[Product], order: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Yield what is noted once they have bought."""
        at = datetime.fromisoformat(order["ordered_at"]) + timedelta(minutes=draws.between(1, 20))
        sold = Occasion(customer, at, basket[0], basket[-1] if len(basket) > 1 else None)
        if "associate_id" in order and draws.chance(0.34):
            yield _note(draws, draws.pick(BOUGHT_WITH if sold.companion else BOUGHT), sold)
        if order["status"] == "Returned" and draws.chance(0.6):
            back = datetime.fromisoformat(f"{order['order_delivery_date']}T18:00:00Z")
            yield _note(draws, draws.pick(RETURNED), Occasion(customer, max(at, back), basket[0]))
        elif draws.chance(0.02):
            later = Occasion(customer, at + timedelta(hours=30), basket[0])
            yield _note(draws, draws.pick(COMPLAINED), later)

    def looking(self, draws: Draws, customer: Customer, product: Product, at: datetime) -> dict[str, Any]:
        """Answer the note of a visit without a sale."""
        template = draws.pick(ASKED if draws.chance(0.7) else CHATTED)
        return _note(draws, template, Occasion(customer, at, product))


def numbered(notes: Iterable[dict[str, Any]], customer: Customer, until: datetime) -> list[dict[str, Any]]:
    """Answer a customer's notes in the order of time, each with its id; what would lie ahead is left out."""
    told = sorted(
        (note for note in notes if note["written_at"] < stamp(until)), key=lambda note: str(note["written_at"])
    )
    return [{"note_id": f"N{customer.number:07d}-{number:03d}", **note} for number, note in enumerate(told, 1)]


def _note(draws: Draws, template: str, occasion: Occasion) -> dict[str, Any]:
    customer = occasion.customer
    return {
        "customer_id": customer.customer_id,
        "associate_id": customer.fields["associate_id"],
        "written_at": stamp(occasion.at),
        "text": _hurried(draws, _fill_in(draws, template, occasion)),
    }


def _fill_in(draws: Draws, template: str, occasion: Occasion) -> str:
    product = occasion.product
    size = draws.pick(product.sizes) if product.sizes else ""
    return template.format(
        the=draws.pick(("the", "those", "our", "that")),
        p=_spoken(draws, product),
        c=_spoken(draws, occasion.companion) if occasion.companion else "",
        brand=product.brand,
        color=product.color.lower(),
        size=f" sz {size}" if size and draws.chance(0.5) else "",
        due=draws.pick(_DUE),
        trip=draws.pick(_TRIPS),
        lack=LACKING[occasion.customer.number % len(LACKING)],
    )


def _spoken(draws: Draws, product: Product) -> str:
    """Answer the product as it is said: by its name, by its name in lower case, or by its kind alone."""
    way = draws.uniform()
    if way < _FULL_NAME_SHARE:
        return product.name
    if way < _FULL_NAME_SHARE + _LOWER_CASE_SHARE:
        return product.name.lower()
    return draws.pick((product.shelf.noun.lower(), product.shelf.subcategory.lower(), *product.shelf.aliases))


def _hurried(draws: Draws, text: str) -> str:
    if draws.chance(0.12):
        right, wrong = draws.pick(_TYPOS)
        text = text.replace(right, wrong, 1)
    if draws.chance(0.25):
        text = text[0].upper() + text[1:]
    return text + draws.pick(_ENDINGS)
