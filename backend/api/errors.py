"""Every refusal as RFC 9457 `application/problem+json`: a stable type, what is wrong, where, and a trace id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from backend.documents.outages import CLOSED
from backend.documents.outages import OUTAGES as DOCUMENT_OUTAGES
from backend.domain.errors import Fault, FloorbookError, InvalidInputError, NotSignedInError, UnavailableError
from backend.domain.free_form import pointer_step
from backend.push import REFUSALS as REDIS_OUTAGES
from backend.warehouse.outages import OUTAGES as WAREHOUSE_OUTAGES

PROBLEM_TYPE = "urn:floorbook:problem:"
MEDIA_TYPE = "application/problem+json"
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Problem:
    """What a refusal says."""

    code: str
    status: int
    title: str
    detail: str
    faults: Sequence[Fault] = ()

    def body(self, trace_id: str) -> dict[str, Any]:
        """Answer the members of the problem document."""
        return {
            "type": PROBLEM_TYPE + self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "errors": [{"pointer": fault.pointer, "detail": fault.detail} for fault in self.faults],
            "trace_id": trace_id,
        }


def _render(request: Request, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    body = problem.body(request.scope.get("trace_id", ""))
    if request.url.path.startswith("/v1/analytics"):
        body["error"] = problem.detail  # where Cube's clients look for it
    return Response(orjson.dumps(body), problem.status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def refusal_body(error: FloorbookError, trace_id: str) -> dict[str, Any]:
    """Answer the problem document of a refusal."""
    return Problem(error.code, error.status, error.title, error.detail, error.faults).body(trace_id)


def add_error_handlers(app: FastAPI) -> None:
    """Let every way of failing answer as a problem."""
    app.add_exception_handler(FloorbookError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for outage in (*DOCUMENT_OUTAGES, *CLOSED, *REDIS_OUTAGES, *WAREHOUSE_OUTAGES):
        app.add_exception_handler(outage, _away)
    app.add_exception_handler(Exception, _failed)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, FloorbookError)
    headers: dict[str, str] = {}
    if isinstance(error, NotSignedInError):
        headers["WWW-Authenticate"] = 'Bearer realm="floorbook"'
    if isinstance(error, UnavailableError):
        headers["Retry-After"] = "1"
    return _render(request, Problem(error.code, error.status, error.title, error.detail, error.faults), headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    refusal = invalid_input(error.errors())
    return await _refused(request, refusal)


def invalid_input(errors: Sequence[Any], *, within: str = "") -> InvalidInputError:
    """Read Pydantic's findings as one refusal; those of a body are pointed at from its root."""
    faults = [Fault(within + _pointer(found["loc"]), _words(found)) for found in errors]
    first = faults[0] if faults else Fault("", "The input can't be taken.")
    return InvalidInputError(f"{first.pointer or 'The body'}: {first.detail}", faults=faults)


def _pointer(location: Sequence[int | str]) -> str:
    steps = location[1:] if location and location[0] == "body" else location
    return "".join(pointer_step(step) for step in steps)


def _words(found: Mapping[str, Any]) -> str:
    words = str(found["msg"])
    return words[0].upper() + words[1:] + ("" if words.endswith(".") else ".")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    code = _CODES.get(status, status.name.lower())
    detail = error.detail if error.detail != status.phrase else status.description or status.phrase
    return _render(request, Problem(code, status, status.phrase, detail), error.headers)


async def _away(request: Request, error: Exception) -> Response:
    log.warning("store_away", error=str(error), error_type=type(error).__name__)
    return await _refused(request, UnavailableError("A store behind this door does not answer; try again in a moment."))


async def _failed(request: Request, error: Exception) -> Response:
    log.error("request_failed", path=request.url.path, exc_info=error)
    base = FloorbookError("The fault is ours. Quote the trace id when you report it.")
    return await _refused(request, base)
