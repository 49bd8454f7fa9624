"""A compiled catalogue: the note reader, and the version of the catalogue that it knows."""

from dataclasses import dataclass
from datetime import datetime

from backend.warehouse.engine import Engine, transaction
from etl.load.catalog import catalog_version, read_catalog
from etl.mentions.reader import NoteReader


@dataclass(frozen=True, slots=True)
class CompiledCatalog:
    """A reader. `version` None: of a catalogue that was never loaded."""

    reader: NoteReader
    version: datetime | None
    n_products: int


def compile_catalog(engine: Engine) -> CompiledCatalog:
    """Compile the catalogue of now. The version is read first: what is loaded meanwhile has it compiled again."""
    with transaction(engine) as connection:
        version = catalog_version(connection)
        products = read_catalog(connection)
    return CompiledCatalog(NoteReader.from_catalog(products), version, len(products))
