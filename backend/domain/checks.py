"""A check of a table as data: what must hold, from which share of failing rows on it warns, and from which it fails."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from typing import Any

from backend.domain.errors import InvalidInputError


class CheckKind(StrEnum):
    """What is looked at."""

    COMPLETENESS = "completeness"
    UNIQUENESS = "uniqueness"
    VALIDITY = "validity"
    VALUES = "values"
    SCHEMA = "schema"
    FRESHNESS = "freshness"
    REFERENTIAL = "referential"
    RECONCILIATION = "reconciliation"
    PROFILE = "profile"


class CheckState(StrEnum):
    """How a check came out."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"


_NEEDS: Mapping[CheckKind, tuple[str, ...]] = {
    CheckKind.COMPLETENESS: ("columns",),
    CheckKind.UNIQUENESS: ("columns",),
    CheckKind.VALIDITY: ("columns",),
    CheckKind.VALUES: ("columns", "values"),
    CheckKind.SCHEMA: (),
    CheckKind.FRESHNESS: ("columns", "max_age_minutes"),
    CheckKind.REFERENTIAL: ("columns", "references"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one table. Shares are 0..1 of the rows looked at; None: no share is too much."""

    name: str
    table: str
    kind: CheckKind
    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    pattern: str | None = None
    at_least: int | float | str | None = None
    at_most: int | float | str | None = None
    references: tuple[tuple[str, str], ...] = ()
    """Table and column for each of `columns`; one table."""
    where: Mapping[str, Any] = field(default_factory=dict)
    max_age_minutes: float | None = None
    warn_above: float | None = None
    fail_above: float | None = None
    every_minutes: float = 5.0
    promise: str = ""

    @property
    def every(self) -> timedelta:
        """How long after the last look it is due."""
        return timedelta(minutes=self.every_minutes)

    def state(self, n_checked: int, n_failed: int) -> CheckState:
        """Judge so many failing rows of so many."""
        share = n_failed / n_checked if n_checked else 0.0
        if self.fail_above is not None and share > self.fail_above:
            return CheckState.FAILED
        if self.warn_above is not None and share > self.warn_above:
            return CheckState.WARNED
        return CheckState.PASSED


def read_checks(*texts: str) -> tuple[Check, ...]:
    """Read checks from TOML; of one name the last text's counts. Raises InvalidInputError naming the check."""
    told: dict[str, dict[str, Any]] = {}
    for text in texts:
        try:
            told |= tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InvalidInputError(f"The file of checks is not well-formed TOML: {error}") from None
    return tuple(_read(name, one) for name, one in told.items() if one.get("enabled", True))


def _read(name: str, told: Mapping[str, Any]) -> Check:
    values = {key: value for key, value in told.items() if key != "enabled"}
    values["columns"] = tuple(values.get("columns", ())) or ((values["column"],) if "column" in values else ())
    values.pop("column", None)
    unknown = values.keys() - {field.name for field in fields(Check)}
    if unknown or "table" not in values:
        raise InvalidInputError(f"Check {name}: {f'unknown words {sorted(unknown)}' if unknown else 'names no table'}")
    try:
        values["kind"] = CheckKind(values.get("kind", ""))
    except ValueError:
        raise InvalidInputError(f"Check {name}: a kind is one of {', '.join(_NEEDS)}") from None
    missing = [word for word in _NEEDS.get(values["kind"], ()) if not values.get(word)]
    if missing or values["kind"] not in _NEEDS:
        raise InvalidInputError(
            f"Check {name}: a check of kind {values['kind']} says {', '.join(missing) or 'nothing'}"
        )
    values["values"] = tuple(values.get("values", ()))
    values["references"] = _references(name, values)
    if values.get("fail_above") is None and values.get("warn_above") is None:
        values["fail_above"] = 0.0
    check = Check(name, **values)
    return check if check.promise else Check(name, **{**values, "promise": _promise(check)})


def _references(name: str, values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    parts = [part.strip().partition(".") for part in values.get("references", "").split(",") if part.strip()]
    if parts and (len(parts) != len(values["columns"]) or len({table for table, _, _ in parts}) != 1):
        raise InvalidInputError(f"Check {name}: references names one table and as many columns as the check")
    return tuple((table, column) for table, _, column in parts)


def _promise(check: Check) -> str:
    """Say what holds, for whoever has not said so in the file."""
    column = f"{check.table}.{' and '.join(check.columns)}"
    other = " and ".join(".".join(place) for place in check.references)
    bounds = (("at least", check.at_least), ("at most", check.at_most), ("of the form", check.pattern))
    said = {
        CheckKind.COMPLETENESS: f"{column} is filled",
        CheckKind.UNIQUENESS: f"no two rows have the same {column}",
        CheckKind.VALUES: f"{column} is one of {', '.join(check.values)}",
        CheckKind.VALIDITY: f"{column} is {' and '.join(f'{word} {to}' for word, to in bounds if to is not None)}",
        CheckKind.SCHEMA: f"{check.table} has its columns, of their types",
        CheckKind.FRESHNESS: f"the newest {column} is at most {check.max_age_minutes} minutes old",
        CheckKind.REFERENTIAL: f"what stands in {column} stands in {other}",
    }
    of = ", ".join(f"{name} = {value}" for name, value in check.where.items())
    return f"{said[check.kind]}{f', where {of}' if of else ''}"
