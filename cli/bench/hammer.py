"""Send requests as fast as a server answers them, over some connections, at next to no cost to the machine."""

import asyncio
import time
from collections.abc import Iterator, Sequence

from cli.errors import CommandError

CONNECTIONS = 20


def request(method: str, path: str, headers: Sequence[str] = (), body: bytes = b"") -> bytes:
    """Answer the bytes of a request."""
    content = ("Content-Type: application/json", f"Content-Length: {len(body)}") if body else ()
    lines = (f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers, *content, "", "")
    return "\r\n".join(lines).encode() + body


async def hammer(port: int, requests: Sequence[bytes]) -> float:
    """Send all requests; answer the seconds until the last was answered. Raises CommandError on an answer not 2xx."""
    waiting, began = iter(requests), time.perf_counter()
    await asyncio.gather(*(_send(port, waiting) for _ in range(CONNECTIONS)))
    return time.perf_counter() - began


async def _send(port: int, waiting: Iterator[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for asked in waiting:
        writer.write(asked)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        body = await _body(reader, head)
        if not head.split(b" ", 2)[1].startswith(b"2"):
            raise CommandError(f"{asked[:80]!r} was answered {head[:40]!r} {body[:200]!r}")
    writer.close()
    await writer.wait_closed()


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if b"transfer-encoding: chunked" not in head:
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        return await reader.readexactly(int(length or 0))
    chunks = b""
    while size := int(await reader.readline(), 16):
        chunks += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return chunks
