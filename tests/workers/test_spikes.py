"""What becomes of a spike reaches the managers of its region, once."""

import pytest

from backend.documents.inbox import append_events, read_after
from backend.domain.audience import Audience
from backend.domain.ids import Region
from etl.marts.spike_log import compare_spikes
from tests.warehouse.test_spike_log import NOW, trend
from workers.tasks.marts import event_of

pytestmark = pytest.mark.usefixtures("documents")


async def test_a_spike_is_told_once_and_to_its_region() -> None:
    events = [event_of(change) for change in compare_spikes({}, [trend(30)], NOW)]
    assert await append_events(events, NOW) == await append_events(events, NOW)
    for heard in (Audience(), Audience(region=Region("North"))):
        (entry,) = await read_after(heard, 0, 10)
        assert (entry.event, entry.data["status"], entry.data["observed"]) == ("spike", "opened", 30)
    assert not await read_after(Audience(region=Region("South")), 0, 10)
