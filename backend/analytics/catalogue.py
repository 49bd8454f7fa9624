"""The catalogue: the data product with its versions and promises, each output with freshness and quality as of now."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.datasets import DATASETS
from backend.analytics.dictionary import describe_columns
from backend.analytics.operations import read_quality
from backend.analytics.product import read_product
from backend.analytics.semantic import MODEL
from backend.domain.errors import NotFoundError
from backend.domain.service_levels import SERVICE_LEVELS
from backend.warehouse.tables import column_profiles, ingested, mart_refreshes

_P = column_profiles.c
Rows = Sequence[Mapping[str, Any]]


async def read_catalogue(connection: AsyncConnection, now: datetime) -> dict[str, Any]:
    """Answer the product and its outputs, each with when it was last written and how its checks came out."""
    product = read_product()
    checks = await read_quality(connection, now)
    refreshed = {row.mart: row.refreshed_at for row in await connection.execute(select(mart_refreshes))}
    newest = await connection.scalar(select(func.max(ingested.c.ingested_at)))
    told = asdict(product)
    return told | {
        "model_version": MODEL.version,
        "as_of": now,
        "service_levels": [asdict(level) for level in SERVICE_LEVELS],
        "outputs": [
            {
                "name": name,
                "n_columns": len(dataset.columns),
                "formats": ["csv", "xlsx", "parquet", "jsonl", "arrow"],
                "made_by": [step.name for step in product.made_by(name)],
                "written_at": refreshed.get(name, newest),
                "quality": quality_of(name, checks),
            }
            for name, dataset in DATASETS.items()
        ],
    }


async def read_output(connection: AsyncConnection, name: str, now: datetime) -> dict[str, Any]:
    """Answer one output with columns, lineage, checks and shares of missing values; raises NotFoundError."""
    if name not in DATASETS:
        raise NotFoundError(f"No dataset {name[:80]}; there are {', '.join(sorted(DATASETS))}")
    catalogue = await read_catalogue(connection, now)
    output: dict[str, Any] = next(one for one in catalogue["outputs"] if one["name"] == name)
    missing = await _missing_shares(connection, name)
    product = read_product()
    columns = [
        asdict(one) | {"missing_share": missing.get(one.name, missing.get(f"{one.name}_cents"))}
        for one in describe_columns(name)
    ]
    checks = [one for one in await read_quality(connection, now) if one["table_name"] == name]
    return output | {
        "product": product.name,
        "product_version": product.version,
        "owner": product.owner,
        "as_of": now,
        "columns": columns,
        "read_by": [step.name for step in product.read_by(name)],
        "checks": [{key: one[key] for key in _SHOWN} for one in checks],
    }


_SHOWN = ("check_name", "kind", "state", "passed", "n_checked", "n_failed", "checked_at")


def quality_of(table: str, checks: Rows) -> dict[str, Any]:
    """Count the checks of a table by how they came out; `score`: the share (0..1) of those that hold, None of none."""
    states = [one["state"] for one in checks if one["table_name"] == table]
    counts = {state: states.count(state) for state in ("passed", "warned", "failed")}
    return counts | {"score": 1 - counts["failed"] / len(states) if states else None}


async def _missing_shares(connection: AsyncConnection, table: str) -> dict[str, float]:
    chosen = select(column_profiles).where(_P.table_name == table)
    newest = chosen.ext(distinct_on(_P.column_name)).order_by(_P.column_name, _P.profiled_at.desc())
    rows = await connection.execute(newest)
    return {row.column_name: round(row.n_nulls / row.n_rows, 4) for row in rows if row.n_rows}
