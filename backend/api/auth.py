"""Who calls, and whether their role may pass this door: each route names its roles in its own signature."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import Depends, Request, Response
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase

from backend.actions.sign_in import Session
from backend.actions.tokens import Verified
from backend.api.parts import PartsDep
from backend.domain.access import Caller, Role
from backend.domain.errors import ForbiddenError, NotSignedInError
from backend.settings import Settings

COOKIE = "floorbook_session"
_COOKIE_METHODS = frozenset({"GET", "HEAD"})

WRITERS = (Role.ASSOCIATE, Role.MANAGER)
READERS = (*WRITERS, Role.MARKETING, Role.ANALYST)
EVERYONE = tuple(Role)


class _BearerScheme(SecurityBase):
    """The scheme as OpenAPI names it; the check itself is `verified`."""

    def __init__(self) -> None:
        self.model = HTTPBearerModel(bearerFormat="JWT", description="Access token of POST /v1/auth/token")
        self.scheme_name = "bearer"

    async def __call__(self, request: Request) -> str:
        """Answer the token: of the header, or, to read only, of the page's cookie."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme:
            if scheme.lower() != "bearer" or not token.strip():
                raise NotSignedInError("Send the token as Authorization: Bearer <token>.")
            return token.strip()
        cookie = request.cookies.get(COOKIE) if request.method in _COOKIE_METHODS else None
        if cookie is None:
            raise NotSignedInError("Send an access token: Authorization: Bearer <token>.")
        return cookie


_bearer = _BearerScheme()


async def verified(parts: PartsDep, token: Annotated[str, Depends(_bearer)]) -> Verified:
    """Answer who calls, of whatever role, and until when; raises NotSignedInError."""
    found = await parts.tokens.verify(token, parts.clock())
    structlog.contextvars.bind_contextvars(subject=found.caller.subject, role=found.caller.role.value)
    return found


@dataclass(frozen=True)
class Gate:
    """A dependency that answers the caller, or refuses their role."""

    roles: frozenset[Role]

    async def __call__(self, found: Annotated[Verified, Depends(verified)]) -> Caller:
        """Answer the caller; raises ForbiddenError."""
        if found.caller.role not in self.roles:
            allowed = ", ".join(sorted(self.roles))
            raise ForbiddenError(f"The role {found.caller.role} may not do this; it is for: {allowed}.")
        return found.caller


def allow(*roles: Role) -> Callable[..., Awaitable[Caller]]:
    """Open a door to these roles: `caller: Annotated[Caller, Depends(allow(Role.MANAGER))]`."""
    return Gate(frozenset(roles))


def keep_in_cookie(response: Response, session: Session, settings: Settings) -> None:
    """Give the page a cookie that it can't read and no other site can send."""
    response.set_cookie(
        COOKIE,
        session.access_token,
        max_age=session.expires_in,
        path="/",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )


def drop_cookie(response: Response, settings: Settings) -> None:
    """Take the cookie away."""
    response.delete_cookie(COOKIE, path="/", secure=settings.secure_cookies, httponly=True, samesite="strict")
