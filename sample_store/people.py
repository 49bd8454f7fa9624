"""The people: associates, and customers with their fields, their tastes and their rhythm."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sample_store.draws import Draws, Wheel
from sample_store.places import REGIONAL_TASTE, STORES, Store
from sample_store.shelves import INTERESTS
from sample_store.words import HOBBIES, LAST_NAMES, MEN, OCCUPATIONS, STREETS, WOMEN

N_ASSOCIATES = 300


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a kind of customer buys: days between orders, and the chance that an order was the last."""

    loyalty: str
    gap_days: int
    last_share: float


_RHYTHMS = (
    (Rhythm("Hard Core Loyals", 66, 0.012), 0.12),
    (Rhythm("Split Loyals", 118, 0.05), 0.28),
    (Rhythm("Shifting Loyals", 190, 0.12), 0.25),
    (Rhythm("Switchers", 280, 0.34), 0.27),
    (Rhythm("Switchers", 0, 1.0), 0.08),  # looks, never buys
)
_RHYTHM_WHEEL = Wheel([rhythm for rhythm, _ in _RHYTHMS], [share for _, share in _RHYTHMS])
_STORE_WHEEL = Wheel(STORES, [store.share for store in STORES])
_INTEREST_SHARE = {"run": 1.2, "hike": 1.1, "ski": 0.8, "camp": 0.7, "city": 1.3, "family": 0.6, "train": 0.7}
_EDUCATION = Wheel(("High School", "Associate", "Bachelor", "Master", "Doctorate"), (26, 18, 34, 17, 5))
_MARITAL = Wheel(("Single", "Married", "Divorced", "Widowed"), (36, 48, 12, 4))
_CHILDREN = Wheel((0, 1, 2, 3, 4), (44, 20, 24, 9, 3))


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer: the fields as imported, and what drives what they do."""

    number: int
    fields: Mapping[str, Any]
    store: Store
    audience: str
    rhythm: Rhythm
    tastes: Mapping[str, float]  # by interest
    band: float  # 0..1: how dear they buy
    online_share: float
    registered_day: int  # of the window; negative: before it

    @property
    def customer_id(self) -> str:
        """The key."""
        return str(self.fields["customer_id"])

    @property
    def address(self) -> str | None:
        """Where parcels go."""
        street = self.fields["mailing_street"]
        return f"{street}, {self.fields['city']}, {self.fields['state']} {self.fields['zip_code']}" if street else None


def make_associates(seed: int) -> list[dict[str, Any]]:
    """Answer the associates, the same number in every store."""
    rows = []
    for number in range(1, N_ASSOCIATES + 1):
        draws = Draws(seed, "associate", number)
        rows.append(
            {
                "associate_id": f"A{number:03d}",
                "associate_name": f"{draws.pick(WOMEN + MEN)} {draws.pick(LAST_NAMES)}",
                "store_id": STORES[(number - 1) % len(STORES)].store_id,
            }
        )
    return rows


def make_customer(seed: int, number: int, until: date, window_days: int) -> Customer:
    """Make one customer, the same at every scale."""
    draws = Draws(seed, "customer", number)
    store = _STORE_WHEEL.turn(draws)
    audience = "W" if draws.chance(0.52) else "M"
    rhythm = _RHYTHM_WHEEL.turn(draws)
    tastes = _tastes(draws, store)
    band = draws.spread(0.0, 1.0)
    registered_day = -draws.between(30, 1500) if draws.chance(0.55) else draws.between(0, window_days - 1)
    registered_on = until + timedelta(days=registered_day - window_days)
    place = number % (N_ASSOCIATES // len(STORES))
    fields = {
        "customer_id": f"C{number:07d}",
        **_person(draws, number, audience, until),
        "register_date": registered_on.isoformat(),
        **_standing(draws, band, tastes, rhythm),
        **_address(draws, store),
        "store_id": store.store_id,
        "associate_id": f"A{STORES.index(store) + 1 + place * len(STORES):03d}",
    }
    return Customer(number, fields, store, audience, rhythm, tastes, band, _online_share(draws), registered_day)


def _online_share(draws: Draws) -> float:
    return draws.weighted((0.05, 0.3, 0.85), (5, 3, 2))


def _tastes(draws: Draws, store: Store) -> dict[str, float]:
    """Two or three interests that matter, the others faint."""
    regional = REGIONAL_TASTE[store.region]
    weights = [_INTEREST_SHARE[interest] * regional.get(interest, 1.0) for interest in INTERESTS]
    wheel = Wheel(INTERESTS, weights)
    strong = [wheel.turn(draws) for _ in range(draws.between(1, 3))]
    return {
        interest: 0.06 * weight + strong.count(interest) for interest, weight in zip(INTERESTS, weights, strict=True)
    }


def _person(draws: Draws, number: int, audience: str, until: date) -> dict[str, Any]:
    first, last = draws.pick(WOMEN if audience == "W" else MEN), draws.pick(LAST_NAMES)
    born = until - timedelta(days=int(365.25 * draws.spread(14, 82)))
    tells_birthday = draws.chance(0.81)
    gender = ("FEMALE" if audience == "W" else "MALE") if draws.chance(0.985) else "OTHER"
    domain = draws.pick(("example.com", "example.net", "example.org"))
    return {
        "first_name": first,
        "last_name": last,
        "gender": gender if draws.chance(0.94) else None,
        "phone_number": _phone(draws),
        "email_id": f"{first}.{last}{number}@{domain}".lower() if draws.chance(0.88) else None,
        "birth_date": born.isoformat() if tells_birthday else None,
        "age": _age(born, until) if tells_birthday or draws.chance(0.3) else None,
        "education_level": _EDUCATION.turn(draws) if draws.chance(0.55) else None,
        "marital_status": _MARITAL.turn(draws) if draws.chance(0.6) else None,
        "number_of_children": _CHILDREN.turn(draws) if draws.chance(0.5) else None,
    }


def _age(born: date, until: date) -> int:
    return until.year - born.year - ((until.month, until.day) < (born.month, born.day))


def _phone(draws: Draws) -> str | None:
    local = f"555 01{draws.below(100):02d}"
    if draws.chance(0.12):
        return None
    return f"+1 {draws.pick(STORES).area_code} {local}" if draws.chance(0.95) else local.replace(" ", "")


def _standing(draws: Draws, band: float, tastes: Mapping[str, float], rhythm: Rhythm) -> dict[str, Any]:
    income = int(24_000 + 150_000 * band * draws.spread(0.5, 1.3)) // 500 * 500
    hobbies = [draws.pick(HOBBIES[interest]) for interest, weight in tastes.items() if weight >= 1]
    social_class = "Upper Class" if band > 0.68 else "Middle Class" if band > 0.33 else "Lower Class"  # noqa: PLR2004
    return {
        "occupation": draws.pick(OCCUPATIONS) if draws.chance(0.62) else None,
        "annual_income": f"{income}.00" if draws.chance(0.41) else None,
        "hobbies": ", ".join(hobbies) if hobbies and draws.chance(0.7) else None,
        "degree_of_loyalty": rhythm.loyalty if draws.chance(0.9) else None,
        "social_class": social_class if draws.chance(0.5) else None,
    }


def _address(draws: Draws, store: Store) -> dict[str, Any]:
    town, state = draws.pick(store.towns)
    has_address = draws.chance(0.93)
    return {
        "mailing_street": f"{draws.between(1, 990)} {draws.pick(STREETS)}" if has_address else None,
        "city": town,
        "state": state.lower() if draws.chance(0.01) else state,
        "country": "US",
        "zip_code": f"{store.zip_prefix}{draws.below(100):02d}" if has_address else None,
    }
