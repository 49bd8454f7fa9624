"""The catalogue of the data product: what there is, where it comes from, how fresh and how good it is."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response

from backend.analytics.catalogue import read_catalogue, read_output
from backend.analytics.dictionary import entity_diagram
from backend.analytics.ossie import describe_as_ossie
from backend.analytics.product import pipeline_diagram, read_product
from backend.api.auth import allow
from backend.api.openapi import refuses
from backend.api.parts import PartsDep
from backend.domain.access import Caller, Role

router = APIRouter(prefix="/v1/catalog", tags=["catalog"])
Reader = Annotated[Caller, Depends(allow(Role.MANAGER, Role.MARKETING, Role.ANALYST, Role.OPERATOR))]
_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {}}, "description": "Mermaid."}}


@router.get("")
async def get_catalog(parts: PartsDep, _caller: Reader) -> dict[str, Any]:
    """Show the data product: inputs, transforms, outputs with freshness and quality, service levels, owner, version."""
    async with parts.engine.connect() as connection:
        return await read_catalogue(connection, parts.clock())


@router.get("/model.ossie.json")
async def get_ossie(_caller: Reader) -> dict[str, Any]:
    """Export the semantic model as an Apache Ossie document (core specification 0.2.0)."""
    return describe_as_ossie()


@router.get("/entities.mmd", response_class=Response, responses=_TEXT)
async def get_entities(_caller: Reader) -> Response:
    """Draw the tables of the semantic model and their joins, in Mermaid."""
    return Response(entity_diagram(), media_type="text/plain; charset=utf-8")


@router.get("/pipeline.mmd", response_class=Response, responses=_TEXT)
async def get_pipeline(_caller: Reader) -> Response:
    """Draw inputs, steps and tables, in Mermaid."""
    return Response(pipeline_diagram(read_product()), media_type="text/plain; charset=utf-8")


@router.get("/{dataset}", responses=refuses(404))
async def get_output(dataset: Annotated[str, Path(max_length=64)], parts: PartsDep, _caller: Reader) -> dict[str, Any]:
    """Show one output: columns with description and lineage from document to measure, checks, missing values."""
    async with parts.engine.connect() as connection:
        return await read_output(connection, dataset, parts.clock())
