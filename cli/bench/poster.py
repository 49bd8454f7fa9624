"""Post notes as fast as an API takes them, at next to no cost to the machine: one connection an associate, raw HTTP.

A client library costs more than the server it measures (httpx about 1 ms a request); here the two share the cores.
"""

import asyncio
import json
import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from cli.errors import CommandError
from mobile_mock.fleet import FleetAssociate, FleetProduct

_ASKED = ("asked about the {p}", "wants {p}, not in her size today", "interested in {p}, call back", "tried {p} on")


@dataclass(frozen=True, slots=True)
class Posted:
    """The notes that were acknowledged; `run` begins all their ids."""

    run: str
    customers: dict[str, None] = field(default_factory=dict)
    n: int = 0


async def post_notes(api: str, crew: Sequence[FleetAssociate], products: Sequence[FleetProduct], n_each: int) -> Posted:
    """Have each associate post so many notes, one after another."""
    run = f"post-{secrets.token_hex(4)}"
    told = await asyncio.gather(*(_post(api, run, who, products, n_each) for who in crew))
    return Posted(run, {customer: None for customers in told for customer in customers}, sum(map(len, told)))


async def _post(api: str, run: str, who: FleetAssociate, products: Sequence[FleetProduct], n: int) -> list[str]:
    place, draw, token = urlsplit(api), random.Random(f"{run}/{who.associate_id}"), who.mint()
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    customers = []
    for number in range(n):
        customers.append(draw.choice(who.customers))
        text = draw.choice(_ASKED).format(p=draw.choice(products).name)
        writer.write(_request(place.netloc, token, customers[-1], f"{run}-{who.associate_id}-{number}", text))
        await _acknowledged(reader)
    writer.close()
    await writer.wait_closed()
    return customers


def _request(host: str, token: str, customer_id: str, note_id: str, text: str) -> bytes:
    written_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    body = json.dumps({"note_id": note_id, "text": text, "written_at": written_at}).encode()
    lines = (
        f"POST /v1/customers/{customer_id}/notes HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {token}",
        f"Idempotency-Key: {note_id}", "Content-Type: application/json", f"Content-Length: {len(body)}", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode() + body


async def _acknowledged(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    if int(head.split(b" ", 2)[1]) != HTTPStatus.ACCEPTED:
        raise CommandError(f"a note was not accepted: {body.decode(errors='replace')[:300]}")
