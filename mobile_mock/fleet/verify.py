"""Whether everything that was acknowledged is there once: asked of the API, when all has been read."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

import httpx

from mobile_mock.fleet.ledger import Ledger
from mobile_mock.fleet.phone import Phone
from mobile_mock.fleet.report import Verdict

Overview = dict[str, Any]

_AT_ONCE = 16
_POLL_SECONDS = 0.2


async def read_revisions(api: httpx.AsyncClient, phones: Mapping[str, Phone], patience: float) -> dict[str, int]:
    """Answer where each customer's journal stands; `phones` names for each customer one who may ask."""
    found = await _each(api, phones, time.monotonic() + patience, is_enough=lambda _: True)
    return {customer_id: overview["revision"] for customer_id, overview in found.items()}


async def verify(
    api: httpx.AsyncClient, phones: Mapping[str, Phone], ledger: Ledger, before: Mapping[str, int], settle: float
) -> Verdict:
    """Count every acknowledged note and order in its customer's overview, once that has read all there is.

    `before` holds each customer's revision at the start where nobody else writes: what the journal has grown by has to
    be what was acknowledged (or never answered).
    """
    overviews = await _each(api, phones, time.monotonic() + settle, is_enough=_is_read)
    missing: list[str] = []
    doubled: list[str] = []
    for known in ledger.acknowledged.values():
        overview = overviews.get(known.write.customer_id, {})
        n = _occurrences(overview, known.write.kind)[known.write.id]
        if n != 1:
            (missing if n == 0 else doubled).append(known.write.id)
    acknowledged = Counter(known.write.customer_id for known in ledger.acknowledged.values())
    unanswered = Counter(write.customer_id for write in ledger.unanswered)
    for customer_id, first in before.items():
        grown = overviews[customer_id]["revision"] - first if customer_id in overviews else 0
        if grown > acknowledged[customer_id] + unanswered[customer_id]:
            doubled.append(f"{customer_id}: {grown} revisions for {acknowledged[customer_id]} writes")
    unread = [c for c in phones if c not in overviews or not _is_read(overviews[c])]
    return Verdict(tuple(missing), tuple(doubled), tuple(unread))


def _occurrences(overview: Overview, kind: str) -> Counter[str]:
    name = "note_id" if kind == "notes" else "order_id"
    return Counter(str(entry[name]) for entry in overview.get(kind, ()))


def _is_read(overview: Overview) -> bool:
    return bool(overview.get("read_revision", overview["revision"]) == overview["revision"])


async def _each(
    api: httpx.AsyncClient, phones: Mapping[str, Phone], deadline: float, is_enough: Callable[[Overview], bool]
) -> dict[str, Overview]:
    """Answer each customer's overview; one that is not enough yet is asked for again until the deadline."""
    turn = asyncio.Semaphore(_AT_ONCE)
    found: dict[str, Overview] = {}

    async def ask(customer_id: str) -> None:
        async with turn:
            while True:
                overview = await _overview(api, phones[customer_id], customer_id)
                if overview is not None:
                    found[customer_id] = overview
                    if is_enough(overview):
                        return
                if time.monotonic() > deadline:
                    return
                await asyncio.sleep(_POLL_SECONDS)

    await asyncio.gather(*(ask(customer_id) for customer_id in phones))
    return found


async def _overview(api: httpx.AsyncClient, phone: Phone, customer_id: str) -> Overview | None:
    try:
        answer = await api.get(f"/v1/customers/{customer_id}/overview", headers=phone.headers)
    except httpx.TransportError:
        return None
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        phone.renew_token()
    return answer.json() if answer.status_code == HTTPStatus.OK else None


def one_asker_each(phones: Iterable[tuple[Phone, set[str]]]) -> dict[str, Phone]:
    """Answer for each customer one phone that may ask for them."""
    askers: dict[str, list[Phone]] = defaultdict(list)
    for phone, customers in phones:
        for customer_id in customers:
            askers[customer_id].append(phone)
    return {customer_id: found[0] for customer_id, found in sorted(askers.items())}
