"""Assembly, and nothing else: the parts, the doors, what goes around them, and when it all opens and closes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from backend.actions.follow_sync import SyncBell
from backend.actions.recommender_at_hand import RecommenderAtHand
from backend.actions.tokens import Tokens
from backend.analytics.semantic import MODEL
from backend.analytics.versions import note_version
from backend.api.campaign_schemas import CampaignIn
from backend.api.correction_schemas import CorrectionIn
from backend.api.errors import add_error_handlers
from backend.api.metering import Metered
from backend.api.middleware import Guarded, Limited, Packed, Timed, Traced
from backend.api.openapi import describe
from backend.api.parts import Parts
from backend.api.routes import (
    analytics,
    auth,
    calls,
    campaigns,
    catalog,
    corrections,
    customers,
    docs,
    effects,
    erasures,
    exports,
    health,
    ops,
    overview,
    products,
    recommendations,
    stream,
    suggestions,
    sync,
    unmet_demand,
)
from backend.api.schemas import CartIn, NoteIn, OrderIn, OutcomeIn, RefreshIn, SignIn
from backend.api.sync_schemas import Decision, PushIn
from backend.documents import inbox
from backend.documents.client import close_documents, open_documents
from backend.documents.corrections import CorrectionMemory
from backend.documents.outages import CLOSED
from backend.documents.outages import OUTAGES as DOCUMENT_OUTAGES
from backend.documents.sync_log import begin_log
from backend.domain.clock import Clock, utc_now
from backend.logs import configure_logs
from backend.pages import catalog_routes as catalog_pages
from backend.pages import executive_routes as executive_pages
from backend.pages import ops_routes as ops_pages
from backend.pages import people_routes as people_pages
from backend.pages import routes as pages
from backend.push import Hub, open_redis
from backend.settings import Settings
from backend.warehouse.engine import open_async_engine, prepare_schema
from backend.warehouse.outages import OUTAGES as WAREHOUSE_OUTAGES

ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    customers.router,
    erasures.router,
    overview.router,
    corrections.router,
    products.router,
    suggestions.router,
    calls.router,
    recommendations.router,
    campaigns.router,
    stream.router,
    sync.router,
    analytics.router,
    unmet_demand.router,
    effects.router,
    exports.router,
    ops.router,
    catalog.router,
    health.router,
    docs.router,
    pages.router,
    ops_pages.router,
    people_pages.router,
    executive_pages.router,
    catalog_pages.router,
)
_BODY_SHAPES = (
    CampaignIn,
    SignIn,
    RefreshIn,
    NoteIn,
    OrderIn,
    OutcomeIn,
    CartIn,
    CorrectionIn,
    exports.ExportIn,
    PushIn,
    Decision,
)
_PAUSE_SECONDS = 0.5
_CONNECT_SECONDS = 6.0  # a little more than one attempt to reach the warehouse takes

log = structlog.get_logger()


def create_app(settings: Settings, mounts: Mapping[str, ASGIApp] | None = None, *, clock: Clock = utc_now) -> FastAPI:
    """Assemble the API. `mounts` are further apps by their path, as the phone's."""
    app = FastAPI(title="Floorbook", version="0.1.0", lifespan=_lifespan, docs_url=None, redoc_url=None)
    app.state.parts = _make_parts(settings, clock)
    for router in ROUTERS:
        app.include_router(router)
    add_error_handlers(app)
    app.add_middleware(Packed)
    app.add_middleware(Metered, settings=settings, tokens=app.state.parts.tokens)
    app.add_middleware(Limited, most_bytes=settings.max_body_bytes)
    app.add_middleware(Guarded, secure=settings.secure_cookies)
    app.add_middleware(Timed)
    app.add_middleware(Traced)
    describe(app, *_BODY_SHAPES)
    for path, mounted in (mounts or {}).items():
        app.mount(path, mounted)
    return app


def _make_parts(settings: Settings, clock: Clock) -> Parts:
    """Make the clients; each connects when it is first used, so that no store has to be there at start."""
    redis = open_redis(settings.redis_url)
    return Parts(
        settings=settings,
        clock=clock,
        engine=open_async_engine(settings.warehouse_url),
        redis=redis,
        hub=Hub(redis, inbox.read_all_after, inbox.newest_id),
        tokens=Tokens(settings),
        memory=CorrectionMemory(),
        bell=SyncBell(),
        recommender=RecommenderAtHand(),
    )


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the stores, in the background and for as long as it takes; until then what needs them answers 503."""
    parts: Parts = app.state.parts
    configure_logs(parts.settings)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(parts.engine.dispose)
        stack.push_async_callback(parts.redis.aclose)
        closing = asyncio.Event()
        work = [asyncio.create_task(one) for one in _background(parts, stack)]
        stack.push_async_callback(_stop, work)
        schema = asyncio.create_task(_open_warehouse(parts, closing))
        stack.push_async_callback(asyncio.wait, [schema], timeout=_CONNECT_SECONDS)
        stack.callback(closing.set)
        yield


def _background(parts: Parts, stack: contextlib.AsyncExitStack) -> Iterator[Coroutine[Any, Any, None]]:
    yield _open_documents(parts, stack)
    yield _begin_sync_log()
    yield parts.hub.listen()
    yield parts.hub.hand_out((*DOCUMENT_OUTAGES, *CLOSED))


async def _stop(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel until all are done: a driver may lose a cancellation while it connects."""
    while waiting := [task for task in tasks if not task.done()]:
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting, timeout=0.1)
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error


async def _open_documents(parts: Parts, stack: contextlib.AsyncExitStack) -> None:
    while True:
        try:
            client = await open_documents(parts.settings)
        except DOCUMENT_OUTAGES as error:
            log.warning("documents_not_open", error=str(error))
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            stack.push_async_callback(close_documents, client)
            return


async def _begin_sync_log() -> None:
    """Tell the log of replication of journals that are older than it, once the documents are open."""
    while True:
        try:
            await begin_log()
        except (*DOCUMENT_OUTAGES, *CLOSED):
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return


async def _open_warehouse(parts: Parts, closing: asyncio.Event) -> None:
    """Make the tables, note what figures mean. Never cancelled: half a connection holds up the server for a minute."""
    while not closing.is_set():
        try:
            await prepare_schema(parts.engine)
            async with parts.engine.begin() as connection:
                await note_version(connection, MODEL, parts.clock())
        except WAREHOUSE_OUTAGES as error:
            log.warning("warehouse_not_open", error=str(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE_SECONDS):
                    await closing.wait()
        else:
            return
