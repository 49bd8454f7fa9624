"""The data product's manifest: read from its file, and checked to be whole."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "data" / "product.toml"


@dataclass(frozen=True, slots=True)
class Input:
    """Where rows come from, and in which part of what was sent each table finds its rows."""

    name: str
    title: str
    source: str
    tables: tuple[str, ...]
    pointers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Transform:
    """A step: what it reads (tables, or inputs) and which tables it writes."""

    name: str
    title: str
    lives: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    when: str


@dataclass(frozen=True, slots=True)
class DataProduct:
    """Inputs, transforms and what is said of the whole; its outputs are the datasets."""

    name: str
    title: str
    version: str
    owner: str
    description: str
    published: bool
    audience: tuple[str, ...]
    consumption: tuple[str, ...]
    access: str
    inputs: tuple[Input, ...]
    transforms: tuple[Transform, ...]

    def made_by(self, table: str) -> list[Transform]:
        """Answer the steps that write a table."""
        return [step for step in self.transforms if table in step.writes]

    def read_by(self, table: str) -> list[Transform]:
        """Answer the steps that read it."""
        return [step for step in self.transforms if table in step.reads]


@lru_cache(maxsize=1)
def read_product() -> DataProduct:
    """Read the manifest."""
    told: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    inputs = tuple(
        Input(name, one["title"], one["source"], tuple(one["tables"]), one.get("pointers", {}))
        for name, one in told.pop("inputs").items()
    )
    transforms = tuple(
        Transform(name, one["title"], one["lives"], tuple(one["reads"]), tuple(one["writes"]), one["when"])
        for name, one in told.pop("transforms").items()
    )
    told["audience"], told["consumption"] = tuple(told["audience"]), tuple(told["consumption"])
    return DataProduct(**told, inputs=inputs, transforms=transforms)


def pipeline_diagram(product: DataProduct) -> str:
    """Draw inputs, steps and tables as a Mermaid flowchart."""
    lines = ["flowchart LR"]
    lines += [f"  {one.name}([{one.title}])" for one in product.inputs]
    for step in product.transforms:
        lines.append(f"  step_{step.name}[{step.name}]")
        lines += [f"  {source} --> step_{step.name}" for source in step.reads]
        lines += [f"  step_{step.name} --> {table}[({table})]" for table in step.writes]
    return "\n".join(lines) + "\n"
