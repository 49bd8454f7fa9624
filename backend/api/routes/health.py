"""Liveness, readiness, metrics: for whoever runs the thing; no token, and nothing of customers."""

import asyncio
from collections.abc import Awaitable

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from backend.api.parts import PartsDep
from backend.documents.client import documents_answer
from backend.push import answers
from backend.warehouse.engine import AsyncEngine, server_version
from backend.warehouse.outages import OUTAGES

router = APIRouter(tags=["ops"])

_PATIENCE_SECONDS = 2.0


@router.get("/healthz")
async def get_healthz() -> dict[str, str]:
    """Tell that the process lives."""
    return {"status": "alive"}


@router.get("/readyz", responses={503: {"description": "A store does not answer."}})
async def get_readyz(parts: PartsDep) -> JSONResponse:
    """Tell which stores answer; 503 until all do."""
    documents, redis, warehouse = await asyncio.gather(
        _in_time(documents_answer()), _in_time(answers(parts.redis)), _in_time(_warehouse_answers(parts.engine))
    )
    answer = {"documents": documents, "redis": redis, "warehouse": warehouse}
    ready = all(answer.values())
    return JSONResponse({"ready": ready, **answer}, 200 if ready else 503)


async def _warehouse_answers(engine: AsyncEngine) -> bool:
    try:
        await server_version(engine)
    except OUTAGES:
        return False
    return True


async def _in_time(check: Awaitable[bool]) -> bool:
    try:
        return await asyncio.wait_for(check, _PATIENCE_SECONDS)
    except TimeoutError:
        return False


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus' text format."}},
)
async def get_metrics() -> Response:
    """Answer the counters of this process."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
