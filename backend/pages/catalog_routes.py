"""The doors of the catalogue's pages."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from backend.analytics.catalogue import read_catalogue, read_output
from backend.domain.access import Role
from backend.pages.rendering import ask_to_sign_in, render
from backend.pages.session import find_caller, parts_of

router = APIRouter(tags=["pages"], include_in_schema=False)


@router.get("/catalog", response_class=HTMLResponse)
async def get_catalog(request: Request) -> Response:
    """Answer the data product on one page."""
    if (refusal := await _refusal(request)) is not None:
        return refusal
    parts = parts_of(request)
    async with parts.engine.connect() as connection:
        product = await read_catalogue(connection, parts.clock())
    return render("catalog.html", product=product)


@router.get("/catalog/{dataset}", response_class=HTMLResponse)
async def get_output(request: Request, dataset: str) -> Response:
    """Answer one output: its columns, from the document to the measure."""
    if (refusal := await _refusal(request)) is not None:
        return refusal
    parts = parts_of(request)
    async with parts.engine.connect() as connection:
        output = await read_output(connection, dataset, parts.clock())
    return render("catalog_output.html", output=output)


async def _refusal(request: Request) -> Response | None:
    caller = await find_caller(request)
    if caller is None:
        return ask_to_sign_in(request)
    if caller.role is Role.ASSOCIATE:
        return render(
            "forbidden.html", status=403, role=caller.role.value, words="the catalogue is for those who analyse"
        )
    return None
