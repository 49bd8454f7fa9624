"""Who looks at the page: told by the cookie that the sign-in sets."""

from typing import cast

from fastapi import Request

from backend.actions.tokens import Tokens
from backend.domain.access import Caller
from backend.domain.clock import Clock
from backend.domain.errors import NotSignedInError
from backend.push import Redis
from backend.settings import Settings
from backend.warehouse.engine import AsyncEngine

COOKIE = "floorbook_session"


class PageParts:
    """What the pages need of the app's open parts."""

    settings: Settings
    clock: Clock
    engine: AsyncEngine
    redis: Redis
    tokens: Tokens


def parts_of(request: Request) -> PageParts:
    """Answer the parts of the app that serves this request."""
    return cast("PageParts", request.app.state.parts)


async def find_caller(request: Request) -> Caller | None:
    """Answer who is signed in; None: nobody, or not any more."""
    token = request.cookies.get(COOKIE)
    if token is None:
        return None
    parts = parts_of(request)
    try:
        return (await parts.tokens.verify(token, parts.clock())).caller
    except NotSignedInError:
        return None
