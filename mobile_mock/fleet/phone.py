"""One associate's phone: its token, its outbox, and its tries until every write is answered."""

import asyncio
import random
import time
from collections import deque
from datetime import UTC, datetime
from http import HTTPStatus

import httpx

from mobile_mock.fleet.ledger import Ledger
from mobile_mock.fleet.plan import FleetAssociate
from mobile_mock.fleet.visits import Visit, Write

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_COME_BACK = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT})


class Phone:
    """Sends what was typed, in order, each write under one key until it is answered."""

    def __init__(
        self, api: httpx.AsyncClient, associate: FleetAssociate, ledger: Ledger, patience: float, seed: int
    ) -> None:
        self._api, self._associate, self._ledger, self._patience = api, associate, ledger, patience
        self._spread = random.Random(seed)
        self._waiting: deque[tuple[Visit, bytes]] = deque()
        self.token = associate.mint()

    def renew_token(self) -> None:
        """Sign in again."""
        self.token = self._associate.mint()

    @property
    def headers(self) -> dict[str, str]:
        """Who asks."""
        return {"Authorization": f"Bearer {self.token}"}

    def put(self, visit: Visit) -> None:
        """Type a write; it waits in the outbox."""
        self._waiting.append((visit, visit.write.body(datetime.now(UTC))))

    async def flush(self) -> int:
        """Send what waits, oldest first; answer how many that were."""
        n_sent = 0
        while self._waiting:
            visit, body = self._waiting[0]
            await self._send(visit, body)
            self._waiting.popleft()
            n_sent += 1
        return n_sent

    async def _send(self, visit: Visit, body: bytes) -> None:
        """Try until there is an answer; the same key and the same bytes each time."""
        write, deadline, pause = visit.write, time.monotonic() + self._patience, _FIRST_PAUSE
        tries = 0
        if visit.loses_answer:
            await self._lose_answer(visit, body)
            tries += 1
        while time.monotonic() < deadline:
            if tries:
                self._ledger.counts["retries"] += 1
            tries += 1
            answer = await self._post(write, body)
            if answer is not None and answer.status_code == HTTPStatus.ACCEPTED:
                self._ledger.acknowledge(write, answer.json()["revision"], is_first_try=tries == 1)
                return
            if answer is not None and answer.status_code == HTTPStatus.UNAUTHORIZED:
                self.renew_token()
            elif answer is not None and answer.is_client_error and answer.status_code not in _COME_BACK:
                self._ledger.refused.append(f"{write.id}: {answer.status_code} {answer.text[:300]}")
                return
            await asyncio.sleep(pause * self._spread.uniform(0.5, 1.5))
            pause = min(_LONGEST_PAUSE, pause * 2)
        self._ledger.unanswered.append(write)

    async def _lose_answer(self, visit: Visit, body: bytes) -> None:
        """Send, and don't get to see the answer: it is dropped on its way, or the app gives up waiting for it."""
        self._ledger.counts["lost_answers"] += 1
        try:
            async with asyncio.timeout(visit.hangs_up_after):
                answer = await self._post(visit.write, body)
        except TimeoutError:
            return
        if answer is not None and answer.status_code == HTTPStatus.ACCEPTED:
            self._ledger.drop_answer(visit.write, answer.json()["revision"])

    async def _post(self, write: Write, body: bytes) -> httpx.Response | None:
        headers = {**self.headers, "Idempotency-Key": write.key, "Content-Type": "application/json"}
        try:
            return await self._api.post(
                f"/v1/customers/{write.customer_id}/{write.kind}", content=body, headers=headers
            )
        except httpx.TransportError:
            self._ledger.counts["broken_connections"] += 1
            return None
