"""The affinity mart over the sample store: what its customers take together by design is what is found."""

from datetime import date, datetime

import pandas as pd

from etl.marts.affinity import compute_affinity
from sample_store import generate

UNTIL = date(2026, 11, 22)


def test_what_the_sample_store_sells_together_is_found() -> None:
    store = generate(1, 0.3, UNTIL)
    shelf = {product["productid"]: product["subcategory"] for product in store.products}
    columns = ["customer_id", "order_id", "product_id", "ordered_at"]
    lines = pd.DataFrame([[row[name] for name in columns] for row in store.order_rows()], columns=columns)
    lines["ordered_at"] = lines.ordered_at.map(datetime.fromisoformat)
    affinity = compute_affinity(lines)
    of_boots = affinity[affinity.product_id.map(shelf) == "Ski Boots"]
    best = of_boots[(of_boots["rank"] == 1) & (of_boots.n_together >= 5)]  # fewer meetings may be chance
    assert len(best) >= 4
    assert set(best.other_product_id.map(shelf)) == {"Ski Socks"}
    assert best.lift.min() > 10
