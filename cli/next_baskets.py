"""`floorbook offline recommend`: each customer's next basket, told from a file of orders."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from backend.recommend.baskets import Baskets, baskets_of
from backend.recommend.next_basket import Ranked, next_baskets
from backend.recommend.order_lines import Names
from cli.errors import UnusableInputError
from cli.order_files import read_orders, report_rejects
from etl.marts.next_basket import Fitted, fit_next_basket

A_SECOND = 1 / 86_400


def next_basket_answers(orders: Path, customers: Path | None, *, k: int) -> Iterator[bytes]:
    """Answer one line of JSON a customer: those of the file, or all in order of their ids; unknown ones, too."""
    wanted = _read_ids(customers) if customers is not None else None
    lines, rejects = read_orders(orders)
    report_rejects(orders, rejects)
    baskets = baskets_of(lines)
    fitted = fit_next_basket(baskets, float(baskets.day.max(initial=0)) + A_SECOND)
    yield from _answers(fitted, baskets, lines.customers, lines.products, wanted, k)


def _answers(  # noqa: PLR0917 - all that the file and the caller gave
    fitted: Fitted, baskets: Baskets, customers: Names, products: Names, wanted: Sequence[str] | None, k: int
) -> Iterator[bytes]:
    names = list(customers) if wanted is None else list(dict.fromkeys(wanted))
    places = {name: place for place, name in enumerate(customers)}
    known = [name for name in names if name in places]
    asked = baskets.of(np.array([places[name] for name in known], dtype=np.int32))
    nobody = baskets.of(np.array([baskets.n_customers], dtype=np.int32)) if len(known) < len(names) else None
    stranger = next(next_baskets(fitted.model, nobody, fitted.known, k=k))[1] if nobody is not None else []
    found = next_baskets(fitted.model, asked, fitted.known, k=k)
    for name in names:
        items = next(found)[1] if name in places else stranger
        yield orjson.dumps({"customer_id": name, "items": [_item(item, products) for item in items]})


def _item(item: Ranked, products: Names) -> dict[str, Any]:
    return {
        "product_id": products[item.product],
        "score": round(item.score, 6),
        "because": [named(reason, products) for reason in item.because],
    }


def named(reason: dict[str, Any], products: Names) -> dict[str, Any]:
    """Answer the reason with its product named by its id."""
    return {
        ("product_id" if key == "product" else key): products[value] if key == "product" else value
        for key, value in reason.items()
    }


def _read_ids(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UnusableInputError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnusableInputError(f"{path}, line 1: not UTF-8") from error
    return [line.strip() for line in text.splitlines() if line.strip()]
