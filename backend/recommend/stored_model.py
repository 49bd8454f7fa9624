"""The recommender as bytes: arrays and JSON alone, so that reading one runs no code of whoever wrote it."""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

import numpy as np
from scipy import sparse

from backend.recommend.cart_features import CartKnowledge
from backend.recommend.complete_cart import CartModel
from backend.recommend.forest import Forest, tables_of
from backend.recommend.knowledge import Knowledge
from backend.recommend.next_basket import NextBasketModel
from backend.recommend.recommender import Recommender

T = TypeVar("T")
_PLAIN = "plain"
_PARTS: Mapping[str, type[Any]] = {
    "known": Knowledge,
    "about": CartKnowledge,
    "basket": NextBasketModel,
    "cart": CartModel,
    "ranker": Forest,
    "opportunity": Forest,
}
"""What stands under each name that is itself made of parts."""


def pack(model: Recommender) -> bytes:
    """Answer the model as a compressed .npz; its rankers must be forests."""
    plain: dict[str, Any] = {}
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for path, value in _leaves(model, ""):
        if isinstance(value, np.ndarray):
            arrays[path] = value.astype(str) if value.dtype == object else value
        else:
            plain[path] = value
    arrays[_PLAIN] = np.frombuffer(json.dumps(plain).encode(), dtype=np.uint8)
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def unpack(raw: bytes) -> Recommender:
    """Answer the model, ready to answer fast; raises ValueError or KeyError where it is none of this version's."""
    with np.load(io.BytesIO(raw), allow_pickle=False) as stored:
        arrays = dict(stored.items())
    plain = json.loads(arrays.pop(_PLAIN).tobytes())
    return _ready(_built(Recommender, "", {**plain, **arrays}))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, sparse.csr_array):
        for part in ("data", "indices", "indptr"):
            yield f"{path}.{part}", getattr(value, part)
        yield f"{path}.shape", list(value.shape)
    elif is_dataclass(value):
        for one in fields(value):
            if not (path == "about" and one.name == "known"):  # the same as the model's own
                yield from _leaves(getattr(value, one.name), f"{path}/{one.name}" if path else one.name)
    elif isinstance(value, np.ndarray | str | int | float | None):
        yield path, value
    else:
        raise TypeError(f"{path} is a {type(value).__name__}, which has no stored form")


def _built(kind: type[T], path: str, leaves: Mapping[str, Any]) -> T:
    return kind(
        **{
            one.name: _value(one.name, f"{path}/{one.name}" if path else one.name, leaves)
            for one in fields(cast("Any", kind))
        }
    )


def _value(name: str, path: str, leaves: Mapping[str, Any]) -> Any:
    if path in leaves:
        return leaves[path]
    if f"{path}.indptr" in leaves:
        cells = tuple(leaves[f"{path}.{part}"] for part in ("data", "indices", "indptr"))
        return sparse.csr_array(cells, shape=tuple(leaves[f"{path}.shape"]))
    if path == "about/known":
        return _built(Knowledge, "known", leaves)
    return _built(_PARTS[name], path, leaves)


def _ready(model: Recommender) -> Recommender:
    """Have the forests looked up and the neighbours turned round once, and not at every call."""
    known = replace(model.known, pool_vectors=model.known.pool_vectors.tocsc())
    about = replace(model.about, known=known, order_vectors=model.about.order_vectors.tocsc())
    return replace(
        model,
        known=known,
        about=about,
        basket=replace(model.basket, ranker=_table(model.basket.ranker)),
        cart=replace(model.cart, ranker=_table(model.cart.ranker), opportunity=_table(model.cart.opportunity)),
    )


def _table(forest: Any) -> Any:
    return tables_of(forest) if isinstance(forest, Forest) else None
