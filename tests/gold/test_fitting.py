"""The weights that come with the package are those that the notes in the repository give."""

import json
from pathlib import Path

import etl.mentions
from tests.gold.fitting.__main__ import fit_all

DATA = Path(etl.mentions.__file__).parent / "data"


def test_the_stored_weights_are_fitted_on_the_notes_as_they_are() -> None:
    """Solvers differ in the last digits from machine to machine: nothing is compared more closely than 0.05."""
    for name, fitted in fit_all().items():
        stored = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
        assert _differences(stored, json.loads(json.dumps(fitted))) == [], (
            f"fit them: python -m tests.gold.fitting ({name})"
        )


def _differences(stored: object, fitted: object, at: str = "") -> list[str]:
    if isinstance(stored, dict) and isinstance(fitted, dict):
        missing = [
            f"{at}/{key}" for key in stored.keys() ^ fitted.keys() if _is_large(stored.get(key, fitted.get(key)))
        ]
        shared = sorted(stored.keys() & fitted.keys())
        return missing + [line for key in shared for line in _differences(stored[key], fitted[key], f"{at}/{key}")]
    if isinstance(stored, list) and isinstance(fitted, list) and len(stored) == len(fitted):
        pairs = zip(stored, fitted, strict=True)
        return [line for i, (a, b) in enumerate(pairs) for line in _differences(a, b, f"{at}/{i}")]
    if isinstance(stored, (int, float)) and isinstance(fitted, (int, float)):
        return [] if abs(stored - fitted) < 0.05 else [f"{at}: {stored} {fitted}"]
    return [] if stored == fitted else [f"{at}: {stored} {fitted}"]


def _is_large(weight: object) -> bool:
    weights = weight if isinstance(weight, list) else [weight]
    return any(not isinstance(one, (int, float)) or abs(one) >= 0.05 for one in weights)
