"""The shape of a correction as it is stored, and the fold of the log: what was made, less what was undone."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from backend.domain.corrections import CitedWords, Correction, CorrectionScope, Verdict
from backend.domain.ids import AssociateId, CorrectionId, ProductId, StoreId


def correction_body(correction: Correction) -> dict[str, Any]:
    """Answer what the correction says: not its version, nor when it was made or undone."""
    body: dict[str, Any] = {
        "phrase": correction.phrase,
        "verdict": correction.verdict.value,
        "scope": correction.scope.value,
        "associate_id": correction.associate_id,
        "store_id": correction.store_id,
        "product_ids": list(correction.product_ids),
        "category": correction.category,
        "cited": asdict(correction.cited) if correction.cited else None,
    }
    return {name: value for name, value in body.items() if value is not None}


def fold_corrections(entries: Iterable[Mapping[str, Any]]) -> list[Correction]:
    """Answer the corrections that the entries of the log, in order, tell of."""
    found: dict[str, Correction] = {}
    for entry in entries:
        correction_id = entry["correction_id"]
        if entry["event"] == "made":
            found[correction_id] = _correction(entry)
        elif entry["event"] == "undone" and correction_id in found:
            author = AssociateId(entry["author_id"])
            found[correction_id] = replace(found[correction_id], undone_at=entry["at"], undone_by=author)
    return list(found.values())


def _correction(entry: Mapping[str, Any]) -> Correction:
    body = entry["body"]
    cited, associate_id, store_id = body.get("cited"), body.get("associate_id"), body.get("store_id")
    return Correction(
        correction_id=CorrectionId(entry["correction_id"]),
        version=entry["_id"],
        phrase=body["phrase"],
        verdict=Verdict(body["verdict"]),
        scope=CorrectionScope(body["scope"]),
        author_id=AssociateId(entry["author_id"]),
        made_at=entry["at"],
        associate_id=AssociateId(associate_id) if associate_id else None,
        store_id=StoreId(store_id) if store_id else None,
        product_ids=tuple(ProductId(one) for one in body["product_ids"]),
        category=body.get("category"),
        cited=CitedWords(**cited) if cited else None,
    )
