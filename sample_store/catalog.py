"""The catalogue: about 400 products, each a style in one audience and colour, with one stock-keeping unit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sample_store.draws import Draws
from sample_store.shelves import SHELVES, SIZE_RANGES, SIZES, Shelf
from sample_store.words import BRANDS, COLORS, DESIGNERS, MODELS

GENDERS = {"M": "Male", "W": "Female", "U": "Unisex", "K": "Unisex"}


@dataclass(frozen=True, slots=True)
class PlainProduct:
    """A product that is simply called what it is: name, audience, price in dollars, other names, maker's size."""

    name: str
    audience: str
    dollars: int
    aliases: tuple[str, ...] = ()


PLAIN = {
    "Ski Boots": (PlainProduct("Ski Boots", "U", 349, ("ski boot",)),),
    "Ski Masks": (
        PlainProduct("Ski Mask", "U", 32, ("balaclava",)),
        PlainProduct("Ski Mask W", "W", 32, ("women's ski mask", "ladies ski mask")),
    ),
    "Energy Bars": (PlainProduct("Powerbars", "U", 24, ("power bars", "powerbar")),),
    "Ski Socks": (PlainProduct("Ski Socks", "U", 22),),
    "Ski Wax": (PlainProduct("Ski Wax", "U", 14),),
    "Hiking Socks": (PlainProduct("Hiking Socks", "U", 18),),
    "Water Bottles": (PlainProduct("Water Bottle", "U", 19),),
}


@dataclass(frozen=True, slots=True)
class Product:
    """A product; money in cents; `tier` 0..1 is how dear it is on its shelf, `pull` how well it sells."""

    product_id: str
    sku_id: str
    name: str
    shelf: Shelf
    audience: str
    brand: str
    model: str
    color: str
    price_cents: int
    cost_cents: int
    launched_on: date
    designer: str
    tier: float
    pull: float
    aliases: tuple[str, ...] = field(default=())

    @property
    def sizes(self) -> tuple[str, ...]:
        """The sizes it comes in; none for what has no size."""
        return SIZES[self.shelf.sizes].get(self.audience, ())

    def row(self) -> dict[str, Any]:
        """Answer the product in the shape of the import."""
        return {
            "productid": self.product_id,
            "skuid": self.sku_id,
            "productname": self.name,
            "brand": self.brand,
            "productcategory": self.shelf.category,
            "subcategory": self.shelf.subcategory,
            "gender": GENDERS[self.audience],
            "price": dollars(self.price_cents),
            "cost": dollars(self.cost_cents),
            "launchdate": self.launched_on.isoformat(),
            "designername": self.designer,
            "color": self.color,
            "size": self.sizes[len(self.sizes) // 2] if self.sizes else None,
            "size_range": SIZE_RANGES[self.shelf.sizes].get(self.audience),
            "model": self.model,
            "aliases": list(self.aliases),
        }


def dollars(cents: int) -> str:
    """Answer the amount as a decimal string."""
    return f"{cents // 100}.{cents % 100:02d}"


def make_catalog(seed: int, until: date) -> list[Product]:
    """Make every product, in the order of the shelves; the same for every scale."""
    lines = iter(
        Draws(seed, "footwear").shuffled(MODELS)
    )  # a shoe's model stands for that shoe alone: it has a nickname
    styles = [
        style
        for shelf in SHELVES
        for draws in [Draws(seed, "shelf", shelf.subcategory)]
        for style in _styles(draws, shelf, lines if shelf.category == "Footwear" else iter(draws.shuffled(MODELS)))
    ]
    return [_finish(Draws(seed, "product", number), number, style, until) for number, style in enumerate(styles, 1)]


@dataclass(frozen=True, slots=True)
class _Style:
    shelf: Shelf
    name: str
    audience: str
    model: str
    color: str | None
    cents: int
    aliases: tuple[str, ...] = ()


def _styles(draws: Draws, shelf: Shelf, models: Iterator[str]) -> Iterator[_Style]:
    plain = PLAIN.get(shelf.subcategory, ())
    for product in plain:
        model = f"Classic {shelf.noun}"
        yield _Style(shelf, product.name, product.audience, model, None, product.dollars * 100, product.aliases)
    for rank in range(shelf.styles - (1 if plain else 0)):
        yield from _variants(draws, shelf, next(models), (rank + draws.uniform()) / shelf.styles)


def _variants(draws: Draws, shelf: Shelf, model: str, tier: float) -> Iterator[_Style]:
    """Yield a style for one or both audiences, now and then in a second colour that sells under its own name."""
    cents = _price(shelf.low + tier * (shelf.high - shelf.low))
    name, nickname = f"{model} {shelf.noun}", (f"{model}s",) if shelf.category == "Footwear" else ()
    audiences = shelf.audience if len(shelf.audience) == 1 or draws.chance(0.45) else draws.pick(shelf.audience)
    for audience in audiences:
        suffix = " W" if audience == "W" and "M" in shelf.audience else ""
        yield _Style(shelf, name + suffix, audience, model, None, cents, nickname if audience != "W" else ())
    if draws.chance(0.13):
        color = draws.pick(COLORS[:6])
        yield _Style(shelf, f"{name} {color}", audiences[0], model, color, cents)


def _price(amount: float) -> int:
    whole = int(amount)
    return (whole // 5 * 5 + 4) * 100 if whole > 40 else whole * 100 + 95  # noqa: PLR2004  # shop prices: 129.00, 17.95


def _finish(draws: Draws, number: int, style: _Style, until: date) -> Product:
    shelf, color = style.shelf, style.color or draws.pick(COLORS)
    plain = style.model.startswith("Classic")
    is_new = not plain and draws.chance(0.2)
    age = draws.between(10, 700) if is_new else draws.between(760, 2400)
    span = max(1, (shelf.high - shelf.low) * 100)
    return Product(
        product_id=f"P{number:04d}",
        sku_id=f"{number:04d}-{color[:3].upper()}-{shelf.subcategory[:2].upper()}",
        name=style.name,
        shelf=shelf,
        audience=style.audience,
        brand="Homestead" if plain else BRANDS[MODELS.index(style.model) % len(BRANDS)],
        model=style.model,
        color=color,
        price_cents=style.cents,
        cost_cents=style.cents * draws.between(42, 60) // 100,
        launched_on=until - timedelta(days=age),
        designer=draws.pick(DESIGNERS),
        tier=min(1.0, max(0.0, (style.cents - shelf.low * 100) / span)),
        pull=(2.5 if plain else 0.3 + 2.0 / (1 + draws.below(8))) * shelf.popularity,
        aliases=style.aliases,
    )
