"""The OpenAPI document: bodies that are kept as sent, refusals, security, tags."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from backend.api.schemas import Problem

TAGS = [
    {"name": "auth", "description": "The built-in issuer: ten-minute access tokens, refresh tokens for one use."},
    {"name": "customers", "description": "Free-form documents, notes and orders: stored as sent, unknown fields kept."},
    {
        "name": "corrections",
        "description": "What associates teach the reader of notes, for themselves, a store or all.",
    },
    {"name": "products", "description": "The catalogue, to choose from."},
    {"name": "suggestions", "description": "What to do next, and why; and what became of it."},
    {"name": "campaigns", "description": "An offer for an audience, as suggestions to the right associates."},
    {"name": "stream", "description": "Server-sent events that lose nothing over a gap."},
    {"name": "sync", "description": "Replication for phones that work offline, in the shape of RxDB's."},
    {"name": "analytics", "description": "Measures and dimensions, as of now."},
    {"name": "exports", "description": "Datasets as files."},
    {"name": "catalog", "description": "The data product: what there is, where it comes from, how good it is."},
    {"name": "ops", "description": "What operators watch."},
]
_DESCRIPTION = (
    "From an associate's note to structured facts, live analytics and the next thing to do.\n\n"
    "Errors are RFC 9457 problems with a stable `type`, a JSON pointer for each fault, and a `trace_id`. "
    "Times are RFC 3339 in UTC, money is a decimal text with an ISO 4217 code, lists use opaque cursors. "
    "Writes take an `Idempotency-Key`: the same key and body give the same answer and one effect."
)
_REFUSALS = {
    "400": "The request can't be read.",
    "401": "Not signed in.",
    "403": "The role may not do this.",
    "404": "No such thing within your scope.",
    "409": "The identifier stands for something else.",
    "410": "The person was erased.",
    "412": "The document has changed since you read it.",
    "413": "The body is too large.",
    "415": "The body is of another kind than this door takes.",
    "422": "The input says something that can't be taken.",
    "428": "If-Match is required.",
    "429": "More than one caller may ask; Retry-After says when to come back.",
    "503": "A part behind the door does not answer just now.",
}
_ALWAYS = ("400", "413", "422", "429", "503")
_SIGNED_IN = ("401", "403")


def takes(shape: type[BaseModel] | None, *, form: bool = False, example: Any = None) -> dict[str, Any]:
    """Describe a body that the route reads itself; None: any JSON object."""
    schema: dict[str, Any] = {"type": "object", "additionalProperties": True}
    if shape is not None:
        schema = {"$ref": f"#/components/schemas/{shape.__name__}"}
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if example is not None:
        content["application/json"]["example"] = example
    if form:
        content["application/x-www-form-urlencoded"] = {"schema": schema}
    return {"requestBody": {"required": True, "content": content}}


def refuses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Name the refusals of a route beside those that every route has."""
    return {status: {"description": _REFUSALS[str(status)]} for status in statuses}


def describe(app: FastAPI, *shapes: type[BaseModel]) -> None:
    """Let the app answer a complete document at /openapi.json."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, *shapes)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the documented way to extend it


def _document(app: FastAPI, *shapes: type[BaseModel]) -> dict[str, Any]:
    document = get_openapi(
        title="Floorbook",
        version=app.version,
        openapi_version="3.1.0",
        description=_DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    _add_schema(schemas, Problem)
    for shape in shapes:
        _add_schema(schemas, shape)
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "floorbook_session"},
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(path, method, operation)
    return document


def _add_schema(schemas: dict[str, Any], shape: type[BaseModel]) -> None:
    schema = shape.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas[shape.__name__] = schema


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add the refusals that follow from the route's shape, and say that a page's cookie is good for reading."""
    responses = operation["responses"]
    signed_in = bool(operation.get("security"))
    refusals = [*_ALWAYS]
    refusals += _SIGNED_IN if signed_in else ()
    refusals += ["404"] if "{" in path else []
    refusals += ["415"] if "requestBody" in operation else []
    for status in refusals:
        if status == "422" or status not in responses:
            responses[status] = {"description": _REFUSALS[status]}
    if signed_in and method == "get":
        operation["security"] = [{"bearer": []}, {"cookie": []}]
    for status, response in responses.items():
        if status in _REFUSALS:
            response["content"] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
