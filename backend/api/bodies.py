"""Bodies that are kept as they were sent: read once, parsed strictly, checked against the shape of their door."""

import re
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel, ValidationError

from backend.api.errors import invalid_input
from backend.documents.journal import Seen
from backend.domain.errors import Fault, InvalidInputError, UnsupportedMediaTypeError
from backend.domain.free_form import FreeForm, read_free_form
from backend.domain.ids import Revision

ShapeT = TypeVar("ShapeT", bound=BaseModel)

_JSON = re.compile(r"application/(json|[\w.+-]+\+json)", re.IGNORECASE)
_LONGEST_KEY = 255
_NEVER_GIVEN = Revision(-1)


JSON_TYPE = "application/json"


def require_json(request: Request) -> None:
    """Raise UnsupportedMediaTypeError where the body does not say that it is JSON."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if not _JSON.fullmatch(media_type):
        raise UnsupportedMediaTypeError(
            f"The Content-Type is {media_type or 'missing'}. Send JSON, with Content-Type: application/json."
        )


async def json_object(request: Request) -> FreeForm:
    """Answer the body as sent and as parsed; raises UnsupportedMediaTypeError where it does not say that it is JSON."""
    require_json(request)
    return read_free_form(await request.body())


def shaped(shape: type[ShapeT], body: FreeForm) -> ShapeT:
    """Check the body against its shape; raises InvalidInputError with a pointer for each fault."""
    try:
        return shape.model_validate(body.payload)
    except ValidationError as error:
        raise invalid_input(error.errors(include_url=False, include_input=False, include_context=False)) from error


async def idempotency_key(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Made by the client, one for each thing it means to do once; sent again with each repeat.",
        ),
    ] = None,
) -> str | None:
    """Answer the client's key."""
    if key is not None and not 1 <= len(key) <= _LONGEST_KEY:
        detail = f"An Idempotency-Key has 1 to {_LONGEST_KEY} characters; a UUID will do."
        raise InvalidInputError(detail, faults=[Fault("/Idempotency-Key", detail)])
    return key


async def seen_revision(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description="The ETag of the document as you read it; not for a new document."),
    ] = None,
) -> Revision | Seen | None:
    """Answer the revision that the writer has read."""
    if if_match is None:
        return None
    if if_match.strip() == "*":
        return Seen.ANY
    given = [int(number) for number in re.findall(r'(?<![^\s,])"?(\d{1,12})"?(?=\s*(?:,|$))', if_match)]
    return Revision(max(given)) if given else _NEVER_GIVEN


def etag(revision: int) -> str:
    """Answer the strong ETag of a document's revision."""
    return f'"{revision}"'


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Tell whether the reader has this very version (RFC 9110: compared weakly)."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in if_none_match.split(","))


JsonObject = Annotated[FreeForm, Depends(json_object)]
IdempotencyKey = Annotated[str | None, Depends(idempotency_key)]
SeenRevision = Annotated[Revision | Seen | None, Depends(seen_revision)]
