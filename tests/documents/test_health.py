"""What the doctor asks of the document store."""

from datetime import timedelta

import pytest

from backend.documents.health import examine_documents
from backend.documents.journal import append
from backend.settings import Settings
from tests.documents.drafts import FAMA


@pytest.mark.usefixtures("documents")
async def test_the_doctor_says_how_long_the_oldest_entry_has_waited(settings: Settings) -> None:
    written = await append(FAMA.note("n1", "boots"))
    found = await examine_documents(settings, written.accepted_at + timedelta(seconds=90))
    assert (found.n_pending, round(found.oldest_pending_seconds)) == (1, 90)
