"""The story, over the public API as an app and a manager's page would use it. Every step is looked at, and timed."""

import asyncio
import csv
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from cli.demo.listening import Listener

NOTE = "Loved the ski boots. Wants the women's small ski mask, call her on Friday"
MENTIONED = "women's small ski mask"
PATIENCE_SECONDS = 20.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that must be so. `milliseconds` count from the answer to the POST that set it off."""

    what: str
    milliseconds: float
    seen: str
    held: bool


@dataclass
class Story:
    """Plays the story once; `steps` grow as it goes."""

    api: httpx.AsyncClient
    associate: dict[str, str]  # authorization headers
    manager: dict[str, str]
    document: bytes
    customer_id: str
    product_id: str
    """The product that the note asks for: the order that moves the manager's number buys it."""
    steps: list[Step] = field(default_factory=list)
    note_id: str = field(default_factory=lambda: f"demo-{uuid4()}")
    _answered_at: float = 0.0
    _open_before: list[dict[str, Any]] = field(default_factory=list)

    async def play(self) -> bool:
        """Play to the end; answers whether every step held."""
        async with _listening(self.api, self.associate) as listener:
            self._open_before = await self._open_recommendations()
            await self._post_document()
            await self._type_note()
            await self._find_mention()
            await self._count_rows()
            await self._hear("follow_up", listener)
            await self._hear("recommendation", listener)
            await self._move_the_number()
            await self._export_row()
        return all(step.held for step in self.steps)

    async def _post_document(self) -> None:
        path = f"/v1/customers/{self.customer_id}"
        known = await self.api.get(path, headers=self.associate)
        headers = {"If-Match": known.headers["etag"]} if known.status_code == httpx.codes.OK else {}
        began = time.perf_counter()
        answer = await self.api.put(
            path, content=self.document, headers={**self.associate, **headers, "Content-Type": "application/json"}
        )
        taken = (time.perf_counter() - began) * 1000
        raw = await self.api.get(f"{path}/raw", headers=self.associate)
        kept = raw.content == self.document
        revision = answer.json().get("revision")
        seen = f"revision {revision}, {'byte for byte' if kept else 'NOT byte for byte'} as sent"
        self._tell("The associate posts the customer's document", taken, seen, held=answer.is_success and kept)

    async def _type_note(self) -> None:
        body = {"note_id": self.note_id, "text": NOTE, "written_at": datetime.now(UTC).isoformat()}
        began = time.perf_counter()
        answer = await self.api.post(
            f"/v1/customers/{self.customer_id}/notes",
            json=body,
            headers={**self.associate, "Idempotency-Key": self.note_id},
        )
        self._answered_at = time.perf_counter()
        self._tell("… and types a note", (self._answered_at - began) * 1000, f"“{NOTE}”", held=answer.is_success)

    async def _find_mention(self) -> None:
        def spans(overview: dict[str, Any]) -> list[str]:
            mine = [note for note in overview.get("notes", []) if note["note_id"] == self.note_id]
            return [note["text"][m["start"] : m["end"]] for note in mine for m in note["mentions"]]

        seen, taken = await self._until(self._overview, lambda overview: MENTIONED in spans(overview))
        self._tell("(1) The mention is found", taken, f"“{', “'.join(s + '”' for s in spans(seen))}", held=taken > 0)

    async def _count_rows(self) -> None:
        wanted = {"customers": 1, "orders": 2, "notes": 3, "mentions": 3}

        async def rows() -> dict[str, int]:
            return {dataset: len(await self._dataset(dataset)) for dataset in wanted}

        seen, taken = await self._until(rows, lambda counts: all(counts[name] >= n for name, n in wanted.items()))
        words = ", ".join(f"{n} in {name}" for name, n in seen.items())
        self._tell("(2) The rows are in the warehouse", taken, words, held=taken > 0)

    async def _hear(self, kind: str, listener: Listener) -> None:
        number = "(3) " if kind == "follow_up" else "    "
        label = f"{number}The phone hears a {kind.replace('_', '-')}"
        if kind == "recommendation" and self._open_before:  # said once, it is not said again until it is answered
            known = self._open_before[0]
            self._tell(label, 0.0, f"still open: {known['title']} — {known['body']}", held=bool(known["because"]))
            return

        def told(event: dict[str, Any]) -> bool:
            return event["kind"] == kind and event["customer_id"] == self.customer_id and self._is_fresh(event)

        heard = await listener.wait_for(told, PATIENCE_SECONDS)
        taken = (heard.at - self._answered_at) * 1000 if heard else 0.0
        words = f"{heard.data['title']} — {heard.data['body']}" if heard else "nothing came"
        self._tell(label, taken, words, held=heard is not None and bool(heard.data["because"]))

    def _is_fresh(self, event: dict[str, Any]) -> bool:
        if event["kind"] != "follow_up":
            return True
        return any(reason.get("note_id") == self.note_id for reason in event["because"])

    async def _move_the_number(self) -> None:
        before = await self._revenue()
        order_id = f"demo-{uuid4().hex[:8]}"
        line = {"product_id": self.product_id, "quantity": 1, "unit_price": "89.00"}
        body = {"order_id": order_id, "status": "closed", "filed_on": datetime.now(UTC).date().isoformat()}
        answer = await self.api.post(
            f"/v1/customers/{self.customer_id}/orders",
            json={**body, "ordered_at": datetime.now(UTC).isoformat(), "lines": [line]},
            headers={**self.associate, "Idempotency-Key": order_id},
        )
        self._answered_at = time.perf_counter()
        after, taken = await self._until(self._revenue, lambda revenue: revenue == before + Decimal("89.00"))
        words = f"revenue today {before} → {after}"
        self._tell("(4) The manager's number moves", taken, words, held=answer.is_success and taken > 0)

    async def _export_row(self) -> None:
        began = time.perf_counter()
        rows = await self._dataset("notes")
        found = [row for row in rows if row["note_id"] == self.note_id]
        taken = (time.perf_counter() - began) * 1000
        words = f"notes.csv: {found[0]['text'][:40]}…" if found else "the row is NOT in notes.csv"
        self._tell("(5) An export file holds the row", taken, words, held=bool(found))

    async def _open_recommendations(self) -> list[dict[str, Any]]:
        """Answer what a run before has left open."""
        answer = await self.api.get(f"/v1/customers/{self.customer_id}/suggestions", headers=self.associate)
        items = answer.json()["items"] if answer.is_success else []
        return [item for item in items if item["kind"] == "recommendation"]

    async def _overview(self) -> dict[str, Any]:
        answer = await self.api.get(f"/v1/customers/{self.customer_id}/overview", headers=self.associate)
        return dict(answer.json()) if answer.is_success else {}

    async def _dataset(self, name: str) -> list[dict[str, str]]:
        answer = await self.api.get(
            f"/v1/datasets/{name}.csv",
            params={"filter": f'{{"customer_id":"{self.customer_id}"}}'},
            headers=self.manager,
        )
        answer.raise_for_status()
        return list(csv.DictReader(io.StringIO(answer.text)))

    async def _revenue(self) -> Decimal:
        day = datetime.now(UTC).date().isoformat()
        query = {
            "measures": ["sales.revenue"],
            "timeDimensions": [{"dimension": "sales.time", "dateRange": [day, day]}],
        }
        answer = await self.api.post("/v1/analytics/load", json={"query": query}, headers=self.manager)
        answer.raise_for_status()
        rows = answer.json()["data"]
        return Decimal(rows[0]["sales.revenue"] or 0) if rows else Decimal(0)

    async def _until(self, look: Callable[[], Awaitable[T]], enough: Callable[[T], bool]) -> tuple[T, float]:
        """Look until it is so; answers what was seen and the milliseconds it took, 0 where it never was."""
        while True:
            seen = await look()
            passed = time.perf_counter() - self._answered_at
            if enough(seen):
                return seen, passed * 1000
            if passed > PATIENCE_SECONDS:
                return seen, 0.0
            await asyncio.sleep(0.01)

    def _tell(self, what: str, milliseconds: float, seen: str, *, held: bool) -> None:
        self.steps.append(Step(what, milliseconds, seen, held))


@asynccontextmanager
async def _listening(api: httpx.AsyncClient, headers: dict[str, str]) -> AsyncIterator[Listener]:
    listener = Listener(api, headers)
    task = asyncio.create_task(listener.listen())
    try:
        await asyncio.wait_for(listener.open.wait(), PATIENCE_SECONDS)
        yield listener
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
