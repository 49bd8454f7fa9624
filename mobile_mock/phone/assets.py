"""The files of the phone app, read once: their bytes, their types, and a digest that changes when any of them does."""

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

STATIC = Path(__file__).with_name("static")
WORKER = "worker.js"

VENDOR = (
    "@preact/signals-core/dist/signals-core.mjs",
    "@preact/signals/dist/signals.mjs",
    "htm/dist/htm.mjs",
    "idb/build/index.js",
    "preact/dist/preact.mjs",
    "preact/hooks/dist/hooks.mjs",
)
"""The only files of the front-end packages that leave this machine."""

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
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


def read_assets(packages: Path) -> dict[str, Asset]:
    """Read the app and its packages by the path under which they are served.

    `packages` is a node_modules folder. Raises FileNotFoundError naming the package file that is missing.
    """
    files = dict(_static_files()) | dict(_vendor_files(packages))
    files[WORKER] = _worker_preamble(files) + files[WORKER]
    return {path: Asset.of(path, body) for path, body in files.items()}


def _static_files() -> Iterator[tuple[str, bytes]]:
    for file in sorted(STATIC.rglob("*")):
        if file.suffix in MEDIA_TYPES:
            yield file.relative_to(STATIC).as_posix(), file.read_bytes()


def _vendor_files(packages: Path) -> Iterator[tuple[str, bytes]]:
    for name in VENDOR:
        file = packages / name
        if not file.is_file():
            raise FileNotFoundError(f"{file} is missing: fetch the front-end packages with `npm ci`")
        yield f"vendor/{name}", file.read_bytes()


def _worker_preamble(files: Mapping[str, bytes]) -> bytes:
    """Tell the service worker what to keep, and under which version: a changed file is a new worker."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.encode() + b"\0" + hashlib.sha256(files[path]).digest())
    shell = sorted("./" if path == "index.html" else path for path in files if path != WORKER)
    return f'const VERSION = "{digest.hexdigest()[:16]}";\nconst SHELL = {json.dumps(shell)};\n'.encode()
