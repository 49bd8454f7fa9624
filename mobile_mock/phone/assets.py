"""The files of the phone app: their bytes, their types, and a digest that changes when any of them does."""

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from mobile_mock.phone.pack import pack

STATIC = Path(__file__).with_name("static")
WORKER = "worker.js"

ENTRY = "js/main.js"

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent: plain, packed, and the tag that tells whether a browser has it already."""

    body: bytes
    packed: bytes
    media_type: str
    etag: str

    @classmethod
    def of(cls, path: str, body: bytes) -> Self:
        """Prepare the bytes of one file; the same bytes give the same packing and tag."""
        return cls(
            body=body,
            packed=gzip.compress(body, 9, mtime=0),
            media_type=MEDIA_TYPES[Path(path).suffix],
            etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        )


def read_assets(packages: Path, sources: Path = STATIC) -> dict[str, Asset]:
    """Read the app, its modules packed, by the path under which each file is served.

    `packages` is a node_modules folder. Raises FileNotFoundError naming the package file that is missing.
    """
    files = dict(_plain_files(sources)) | {f"js/{name}": body for name, body in pack(sources / ENTRY, packages).items()}
    files[WORKER] = _worker_preamble(files) + files[WORKER]
    return {path: Asset.of(path, body) for path, body in files.items()}


def _plain_files(sources: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(sources.rglob("*")):
        path = file.relative_to(sources)
        if file.suffix in MEDIA_TYPES and path.parts[0] != "js":
            yield path.as_posix(), file.read_bytes()


def _worker_preamble(files: Mapping[str, bytes]) -> bytes:
    """Tell the service worker what to keep, and under which version: a changed file is a new worker."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.encode() + b"\0" + hashlib.sha256(files[path]).digest())
    shell = sorted("./" if path == "index.html" else path for path in files if path != WORKER)
    return f'const VERSION = "{digest.hexdigest()[:16]}";\nconst SHELL = {json.dumps(shell)};\n'.encode()
