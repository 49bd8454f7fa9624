"""`floorbook offline complete-cart`: what else goes into carts, told from a file of orders."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from backend.recommend.baskets import Baskets, baskets_of
from backend.recommend.cart_features import Carts, own_left
from backend.recommend.complete_cart import CartOffer, complete_carts
from backend.recommend.order_lines import Names, OrderLines
from backend.recommend.pair_features import tell_histories
from cli.errors import UnusableInputError
from cli.next_baskets import A_SECOND, named
from cli.order_files import read_orders, report_rejects
from etl.marts.complete_cart import fit_complete_cart

_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class CartLine:
    """A cart of the file; `cart_id` goes out as it came in."""

    cart_id: Any
    items: tuple[str, ...]
    customer_id: str | None


def cart_answers(orders: Path, carts: Path, *, k: int) -> Iterator[bytes]:
    """Answer one line of JSON a cart, in the order of the file. What nobody ever bought in it is of no account."""
    asked = list(read_carts(carts))
    lines, rejects = read_orders(orders)
    report_rejects(orders, rejects)
    baskets = baskets_of(lines)
    fitted = fit_complete_cart(baskets, float(baskets.day.max(initial=0)) + A_SECOND)
    products = {name: place for place, name in enumerate(lines.products)}
    for start in range(0, len(asked), _AT_ONCE):
        part = asked[start : start + _AT_ONCE]
        shown, mine = _carts(part, lines, baskets, products)
        found = complete_carts(
            fitted.model, shown, tell_histories(mine, fitted.about.known), own_left(mine), fitted.about, k=k
        )
        for line, (opportunity, offers) in zip(part, found, strict=True):
            yield orjson.dumps(
                {
                    "cart_id": line.cart_id,
                    "items": [_item(offer, lines.products) for offer in offers],
                    "cross_sell_opportunity": round(opportunity, 6),
                }
            )


def _carts(
    asked: list[CartLine], lines: OrderLines, baskets: Baskets, products: dict[str, int]
) -> tuple[Carts, Baskets]:
    """Answer the carts, and the baskets of their customers with nobody's after the last."""
    everybody = {name: place for place, name in enumerate(lines.customers)}
    owners = [everybody.get(line.customer_id, -1) if line.customer_id is not None else -1 for line in asked]
    known = np.unique([owner for owner in owners if owner >= 0]).astype(np.int32)
    customer = np.array([np.searchsorted(known, owner) if owner >= 0 else -1 for owner in owners], dtype=np.int64)
    cells = [
        (row, products[item]) for row, line in enumerate(asked) for item in sorted(set(line.items)) if item in products
    ]
    row, product = (np.array([cell[axis] for cell in cells], dtype=np.int64) for axis in (0, 1))
    mine = baskets.of(np.append(known, baskets.n_customers).astype(np.int32))
    return Carts(row, product.astype(np.int32), customer), mine


def _item(offer: CartOffer, products: Names) -> dict[str, Any]:
    return {
        "product_id": products[offer.product],
        "score": round(offer.score, 6),
        "probability": round(offer.probability, 6),
        "because": [named(reason, products) for reason in offer.because],
    }


def read_carts(path: Path) -> Iterator[CartLine]:
    """Read carts; raises UnusableInputError naming file, line and reason."""
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                if raw.strip():
                    yield _cart(f"{path}, line {number}", raw)
    except OSError as error:
        raise UnusableInputError(f"{path}: {error.strerror}") from error


def _cart(where: str, raw: bytes) -> CartLine:
    try:
        row = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise UnusableInputError(f"{where}: no JSON: {error.msg}") from error
    if not isinstance(row, dict) or "cart_id" not in row or not isinstance(row.get("items"), list):
        raise UnusableInputError(f"{where}: a cart needs a cart_id and a list of items")
    customer = row.get("customer_id")
    return CartLine(
        row["cart_id"], tuple(str(item) for item in row["items"]), None if customer is None else str(customer)
    )
