"""Reading all stored notes again, with a progress bar."""

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from backend.documents.client import open_documents
from backend.domain.products import CatalogProduct
from backend.settings import Settings
from etl.normalize.reading_changes import ReadingChange
from etl.preview import Preview, Watch, preview_readings


async def watched_preview(
    settings: Settings,
    proposed: Sequence[CatalogProduct] = (),
    *,
    keep: Callable[[ReadingChange], None] = lambda _: None,
    processes: int | None = None,
    n_samples: int = 2,
) -> Preview:
    """Preview the readings of an instance; how far it has come is shown on stderr."""
    client = await open_documents(settings)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rate]:,.0f} notes/s"))
    try:
        with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
            task = bar.add_task("customers", total=None, rate=0.0)

            def tell(so_far: Preview) -> None:
                total, rate = so_far.n_expected, so_far.notes_per_second
                bar.update(task, total=total, completed=so_far.n_walked, rate=rate)

            return await preview_readings(
                settings, proposed=proposed, processes=processes, n_samples=n_samples, watch=Watch(tell, keep)
            )
    finally:
        await client.close()
