"""How long it took from a note to each step that followed, as the streams were told."""

from typing import Any

from pymongo import DESCENDING

from backend.documents.models import InboxEntry

STEPS = ("extracted", "loaded", "ranked", "pushed")
_MOST = 500


async def recent_lags() -> dict[str, list[float]]:
    """Answer the milliseconds from acceptance to each step, of the newest 500 suggestions on the streams, sorted."""
    chosen: dict[str, Any] = {"event": "suggestion", "data.trace_ms.pushed": {"$exists": True}}
    found = InboxEntry.get_pymongo_collection().find(chosen, projection={"data.trace_ms": 1})
    traces = [entry["data"]["trace_ms"] async for entry in found.sort("_id", DESCENDING).limit(_MOST)]
    return {step: sorted(float(trace[step]) for trace in traces if step in trace) for step in STEPS}
