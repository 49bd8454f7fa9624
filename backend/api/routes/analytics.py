"""Analytics: the semantic model in the shape of Cube's REST API, and what sells more than usual right now."""

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from backend.analytics.catalog import describe_model
from backend.analytics.freshness import waiting_of
from backend.analytics.normalized import BLENDING, COMPARING, REGULAR, normalized, pivot_of
from backend.analytics.run import load, split_comparison
from backend.analytics.semantic import MODEL
from backend.analytics.shape import parse_query, read_json, refuse
from backend.analytics.sql_desk import MOST_ROWS, run_select
from backend.analytics.sql_text import sql_of
from backend.analytics.trends import describe_trend, read_spikes, read_trends
from backend.analytics.versions import read_changes, read_versions
from backend.api.auth import READERS, allow
from backend.api.bodies import JsonObject, shaped
from backend.api.openapi import refuses, takes
from backend.api.parts import Parts, PartsDep
from backend.domain.access import Caller

router = APIRouter(prefix="/v1/analytics", tags=["analytics"])
Reader = Annotated[Caller, Depends(allow(*READERS))]
Asked = Annotated[str, Query(alias="query", description="The query as JSON", max_length=100_000)]
Most = Annotated[int, Query(ge=1, le=1_000)]
_MOST_QUERIES = 10
_SELECT = {"sql": "SELECT state, count(*) AS n FROM customers GROUP BY state ORDER BY n DESC"}
_QUERY_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["query"],
                    "properties": {"query": {"type": "object"}, "queryType": {"enum": ["multi", "regularQuery"]}},
                },
                "example": {
                    "query": {
                        "measures": ["sales.revenue"],
                        "dimensions": ["products.category", "channels.region"],
                        "timeDimensions": [
                            {"dimension": "sales.time", "granularity": "day", "dateRange": "last 7 days"}
                        ],
                    }
                },
            }
        },
    }
}


def _json(body: Any) -> Response:
    """Write the answer at once: these may have thousands of rows, and their shape is ours."""
    return Response(orjson.dumps(body, option=orjson.OPT_UTC_Z, default=str), media_type="application/json")


@router.get("/meta")
async def get_meta(caller: Reader) -> Response:
    """Describe every cube, measure, dimension and segment."""
    return _json(describe_model(caller))


@router.get("/meta/versions")
async def get_versions(parts: PartsDep, _caller: Reader) -> Response:
    """List the versions of the model that have answered here, newest first; answers name theirs (`model_version`)."""
    async with parts.engine.connect() as connection:
        items = await read_versions(connection)
    return _json({"items": items, "next_cursor": None, "model_version": MODEL.version})


@router.get("/meta/changes", responses=refuses(404))
async def get_changes(
    parts: PartsDep,
    _caller: Reader,
    since: Annotated[str, Query(max_length=40, description="The version that you know")],
    until: Annotated[
        str | None, Query(max_length=40, description="Another version; by default the present one")
    ] = None,
) -> Response:
    """Say which members were added, removed, or are told by another formula; `before` null: new, `after` null: gone."""
    async with parts.engine.connect() as connection:
        items = await read_changes(connection, since, until or MODEL.version)
    return _json({"items": items, "next_cursor": None, "since": since, "until": until or MODEL.version})


@router.post("/load", openapi_extra=_QUERY_BODY)
async def post_load(request: Request, parts: PartsDep, caller: Reader) -> Response:
    """Answer a query."""
    body = read_json(await request.body())
    is_multi = body.get("queryType") == "multi"
    return _json(await _answer(request, parts, caller, body.get("query"), is_multi=is_multi))


@router.get("/load")
async def get_load(
    request: Request,
    parts: PartsDep,
    caller: Reader,
    query: Asked,
    queryType: str | None = None,  # noqa: N803 - Cube's
) -> Response:
    """Answer a query given in the address."""
    asked = read_json(query.encode(), several=True)
    return _json(await _answer(request, parts, caller, asked, is_multi=queryType == "multi"))


@router.post("/sql", openapi_extra=_QUERY_BODY)
async def post_sql(request: Request, parts: PartsDep, caller: Reader) -> Response:
    """Show the SQL of a query, the caller's scope included."""
    body = read_json(await request.body())
    return _json(_sql(body.get("query"), caller, parts.clock()))


@router.get("/sql")
async def get_sql(parts: PartsDep, caller: Reader, query: Asked) -> Response:
    """Show the SQL of a query given in the address."""
    return _json(_sql(read_json(query.encode()), caller, parts.clock()))


class SqlIn(BaseModel):
    """One SELECT over the datasets, each a view by its own name."""

    sql: str = Field(min_length=1, max_length=100_000)
    limit: int = Field(default=10_000, ge=1, le=MOST_ROWS)


@router.post("/query", openapi_extra=takes(SqlIn, example=_SELECT))
async def post_query(body: JsonObject, parts: PartsDep, caller: Reader) -> Response:
    """Run a SELECT of your own, read-only, over the datasets as you may see them; ten seconds at most."""
    asked, now = shaped(SqlIn, body), parts.clock()
    found = await run_select(parts.engine, parts.settings.warehouse_url, caller, asked.sql, asked.limit)
    answer = {"columns": found.columns, "rows": found.rows, "truncated": found.truncated, "as_of": now}
    return _json(answer | {"model_version": MODEL.version})


@router.get("/trending")
async def get_trending(request: Request, parts: PartsDep, caller: Reader, limit: Most = 50) -> Response:
    """List products and regions by how much more they sold in the last three hours than usual."""
    now = parts.clock()
    async with parts.engine.connect() as connection:
        trends = await connection.run_sync(read_trends, caller, now, limit)
    items = [describe_trend(trend) for trend in trends]
    return _json({"items": items, "next_cursor": None, **await _freshness(request, now)})


@router.get("/spikes")
async def get_spikes(request: Request, parts: PartsDep, caller: Reader) -> Response:
    """List the spikes that run now, strongest first."""
    now = parts.clock()
    async with parts.engine.connect() as connection:
        spikes = await connection.run_sync(read_spikes, caller, now)
    items = [describe_trend(trend) | {"started_at": started_at} for trend, started_at in spikes]
    return _json({"items": items, "next_cursor": None, **await _freshness(request, now)})


async def _freshness(request: Request, now: datetime) -> dict[str, Any]:
    seconds = await waiting_of(request.app.state).oldest_seconds(now)
    return {"as_of": now, "freshness_seconds": seconds, "model_version": MODEL.version}


async def _answer(request: Request, parts: Parts, caller: Caller, raw: Any, *, is_multi: bool) -> dict[str, Any]:
    """Answer one query; with compareDateRange one result for each range; a list of queries with a result for each."""
    now = parts.clock()
    asked = [(one, query) for one in _several(raw) for query in split_comparison(parse_query(one))]
    async with parts.engine.connect() as connection:
        answers = [await load(connection, query, caller, now) for _, query in asked]
    queries = [normalized(one, query, now) for one, query in asked]
    freshness = await _freshness(request, now)
    results = [
        {
            "query": query,
            "data": answer.rows,
            "annotation": answer.annotation,
            "truncated": answer.truncated,
            "lastRefreshTime": now,
            **freshness,
        }
        for query, answer in zip(queries, answers, strict=True)
    ]
    kind = BLENDING if isinstance(raw, list) else COMPARING if len(asked) > 1 else REGULAR
    if is_multi or len(asked) > 1:
        return {
            "queryType": kind,
            "results": results,
            "pivotQuery": pivot_of(kind, queries),
            "slowQuery": False,
            **freshness,
        }
    return results[0]


def _several(raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        return [raw]
    if not 1 <= len(raw) <= _MOST_QUERIES:
        raise refuse("/query", f"Ask for 1 to {_MOST_QUERIES} queries at a time")
    return raw


def _sql(raw: Any, caller: Caller, now: datetime) -> dict[str, Any]:
    query = parse_query(raw)
    if len(split_comparison(query)) > 1:
        raise refuse("/query/timeDimensions/0/compareDateRange", "Ask for the SQL of one range at a time")
    text, values = sql_of(query, caller, now)
    return {"sql": {"sql": [text, values], "model_version": MODEL.version}}
