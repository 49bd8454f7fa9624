"""Hand-written names of products (`linkage/*.txt`) and how well they are resolved to the catalogues of the notes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process

from backend.domain.products import CatalogProduct
from etl.mentions import NoteReader
from tests.gold.notes import read_catalog

HERE = Path(__file__).parent
FOLDERS = {"names": "dev", "fresh": "independent"}
_NEAR = 90
Resolve = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class GoldName:
    """A name and the products that it may stand for; none where nothing may be answered."""

    name: str
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Resolved:
    """How names were resolved: right of those answered, right of those that have an answer, and what went wrong."""

    precision: float
    recall: float
    wrong: tuple[str, ...]


def read_names(part: str = "names") -> dict[str, tuple[list[CatalogProduct], list[GoldName]]]:
    """Read the names of one part by catalogue: `names`, on which the rules were developed, or `fresh`."""
    sets: dict[str, tuple[list[CatalogProduct], list[GoldName]]] = {}
    for line in (HERE / "linkage" / f"{part}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            catalog, names = read_catalog(HERE / FOLDERS[part] / f"{line[1:]}.catalog.jsonl"), list[GoldName]()
            sets[line[1:]] = catalog, names
        elif line and not line.startswith("#"):
            name, _, meant = line.partition(" => ")
            names.append(GoldName(name, _variants(catalog, meant.strip())))
    return sets


def _variants(catalog: list[CatalogProduct], meant: str) -> frozenset[str]:
    if meant == "-":
        return frozenset()
    ids = {p.product_id for p in catalog if p.product_id == meant or p.product_id.startswith(f"{meant}-")}
    if not ids:
        raise ValueError(f"no product {meant}")
    return frozenset(ids)


def score_names(resolver_of: Callable[[list[CatalogProduct]], Resolve], part: str = "names") -> Resolved:
    """Count over all catalogues."""
    right = answered = answerable = 0
    wrong = []
    for catalog, names in read_names(part).values():
        resolve = resolver_of(catalog)
        for gold in names:
            answer = resolve(gold.name)
            answered += answer is not None
            answerable += bool(gold.ids)
            right += answer in gold.ids
            if (answer not in gold.ids) if gold.ids else answer is not None:
                wrong.append(f"{gold.name}: {answer}")
    return Resolved(right / max(1, answered), right / max(1, answerable), tuple(wrong))


def floorbook(catalog: list[CatalogProduct]) -> Resolve:
    """Resolve as the rows do."""
    reader = NoteReader.from_catalog(catalog)

    def resolve(name: str) -> str | None:
        found = reader.resolve_name(name)
        return found.product_id if found else None

    return resolve


def nearest_name(catalog: list[CatalogProduct]) -> Resolve:
    """Resolve to the product whose name is nearest by rapidfuzz's WRatio, if it is near."""
    ids = {product.name.lower(): str(product.product_id) for product in catalog}

    def resolve(name: str) -> str | None:
        found = process.extractOne(name.lower(), list(ids), scorer=fuzz.WRatio, score_cutoff=_NEAR)
        return ids[found[0]] if found else None

    return resolve
