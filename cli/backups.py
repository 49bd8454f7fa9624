"""A backup as a folder: one `NAME.bson.gz` a collection, as mongorestore takes them, and a manifest with digests."""

import gzip
import hashlib
import struct
import zlib
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from backend.documents import backups
from cli.errors import UnusableInputError

_FORMAT = 1
_BATCH = 500
_LENGTH = struct.Struct("<i")


class HeldCollection(msgspec.Struct, frozen=True):
    """One file: how many documents, and the SHA-256 of their BSON, one after the other."""

    n_documents: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What the folder holds, and as of when."""

    format: int
    made_at: datetime
    collections: dict[str, HeldCollection]


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.bson.gz"


async def write_backup(folder: Path, now: datetime) -> Manifest:
    """Write all documents as of one moment into an empty folder; without the manifest, which comes last, it is none."""
    held: dict[str, HeldCollection] = {}
    async with backups.one_moment() as moment:
        for name in backups.collection_names():
            held[name] = await _write(_file(folder, name), moment.documents(name))
    manifest = Manifest(_FORMAT, now, held)
    (folder / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    return manifest


async def _write(path: Path, documents: AsyncIterator[bytes]) -> HeldCollection:
    digest, n = hashlib.sha256(), 0
    with gzip.open(path, "wb", compresslevel=1) as file:
        async for document in documents:
            digest.update(document)
            file.write(document)
            n += 1
    return HeldCollection(n, digest.hexdigest())


def read_manifest(folder: Path) -> Manifest:
    """Check every file against its digest; raises UnusableInputError naming what is wrong with which."""
    try:
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise UnusableInputError(f"{folder} is no backup: {error}") from error
    if manifest.format != _FORMAT:
        raise UnusableInputError(f"{folder} has format {manifest.format}; this version reads {_FORMAT}")
    for name, held in manifest.collections.items():
        found = _digest(_file(folder, name))
        if found != held:
            raise UnusableInputError(f"{_file(folder, name)} is not what was written: {found} instead of {held}")
    return manifest


def _digest(path: Path) -> HeldCollection:
    digest, n = hashlib.sha256(), 0
    try:
        for document in _documents(path):
            digest.update(document)
            n += 1
    except (OSError, EOFError, struct.error, zlib.error) as error:
        raise UnusableInputError(f"{path} is broken: {error}") from error
    return HeldCollection(n, digest.hexdigest())


def _documents(path: Path) -> Iterator[bytes]:
    """Answer the documents of a file: each begins with its own length."""
    with gzip.open(path, "rb") as file:
        while head := file.read(_LENGTH.size):
            yield head + file.read(_LENGTH.unpack(head)[0] - _LENGTH.size)


async def read_backup(folder: Path, manifest: Manifest, *, replace: bool) -> int:
    """Write the documents back; answer how many people were left out because they had been erased."""
    await backups.refuse_other_key(_documents(_file(folder, "instance_keys")))
    await backups.make_room(replace=replace)
    for name in sorted(manifest.collections, key=backups.collection_names().index):
        batch: list[bytes] = []
        for document in _documents(_file(folder, name)):
            batch.append(document)
            if len(batch) == _BATCH:
                await backups.put_documents(name, batch)
                batch = []
        if batch:
            await backups.put_documents(name, batch)
    return await backups.erase_again()
