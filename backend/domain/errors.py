"""Refusals: each error knows its stable code and its HTTP status; one handler renders all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the input: where (a JSON pointer) and what, in words that say how to mend it."""

    pointer: str
    detail: str


class FloorbookError(Exception):
    """A refusal that a person can act upon."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong here"

    def __init__(self, detail: str, *, faults: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = tuple(faults)


class InvalidInputError(FloorbookError):
    """The body parses but says something that can't be taken."""

    code, status, title = "invalid_input", 422, "The input can't be taken as it is"


class MalformedJsonError(FloorbookError):
    """The body is no JSON, or no JSON that every reader reads alike."""

    code, status, title = "malformed_json", 400, "The body is not well-formed JSON"


class TooLargeError(FloorbookError):
    """The body is larger than the door."""

    code, status, title = "too_large", 413, "The body is too large"


class UnsupportedMediaTypeError(FloorbookError):
    """The body does not say that it is what this door takes."""

    code, status, title = "unsupported_media_type", 415, "The body is of another kind than this door takes"


class NotSignedInError(FloorbookError):
    """No token, or one that is forged, expired or revoked."""

    code, status, title = "not_signed_in", 401, "Sign in first"


class ForbiddenError(FloorbookError):
    """The role may not do this."""

    code, status, title = "forbidden", 403, "Your role may not do this"


class NotFoundError(FloorbookError):
    """No such thing, or none within the caller's scope: the two look alike on purpose."""

    code, status, title = "not_found", 404, "Not found"


class ErasedError(FloorbookError):
    """The person behind this id was erased: nothing is taken in about them again, whoever sends it."""

    code, status, title = "customer_erased", 410, "This person was erased"


class StaleRevisionError(FloorbookError):
    """The app wrote over a revision that it had not seen."""

    code, status, title = "stale_revision", 412, "The document has changed since you read it"


class PreconditionRequiredError(FloorbookError):
    """The document exists: say with If-Match which revision you mean to replace."""

    code, status, title = "precondition_required", 428, "If-Match is required"


class ConflictError(FloorbookError):
    """The same identifier was used before for something else."""

    code, status, title = "conflict", 409, "This identifier already stands for something else"


class KeyReusedError(FloorbookError):
    """The same Idempotency-Key came with another body."""

    code, status, title = "idempotency_key_reused", 422, "This Idempotency-Key was used with another body"


class TooManyRequestsError(FloorbookError):
    """The caller asks more than one caller may."""

    code, status, title = "too_many_requests", 429, "Too many requests"


class UnavailableError(FloorbookError):
    """A part behind the door does not answer; the same call will work again."""

    code, status, title = "unavailable", 503, "Not available just now"
