"""The built-in issuer: sign in, refresh, sign out; and who one is."""

from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from backend.actions import sign_in as sessions
from backend.actions.sign_in import Session
from backend.actions.tokens import Verified
from backend.api.auth import EVERYONE, allow, drop_cookie, keep_in_cookie, verified
from backend.api.bodies import IdempotencyKey, json_object, shaped
from backend.api.openapi import refuses, takes
from backend.api.parts import PartsDep
from backend.api.schemas import Me, RefreshIn, SignIn, Token
from backend.domain.free_form import FreeForm

router = APIRouter(prefix="/v1", tags=["auth"])

ShapeT = TypeVar("ShapeT", bound=BaseModel)


async def _form_or_json(request: Request, shape: type[ShapeT]) -> ShapeT:
    """Read a body that a page sends as a form and an app as JSON."""
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        fields = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        return shaped(shape, FreeForm(b"", fields))
    return shaped(shape, await json_object(request))


@router.post("/auth/token", openapi_extra=takes(SignIn, form=True), responses=refuses(401))
async def post_token(request: Request, response: Response, parts: PartsDep) -> Token:
    """Sign in with a name and a password."""
    given = await _form_or_json(request, SignIn)
    session = await sessions.sign_in(parts.tokens, given.username, given.password, parts.clock())
    return _token(response, session, parts, cookie=given.cookie)


@router.post("/auth/refresh", openapi_extra=takes(RefreshIn, form=True), responses=refuses(401))
async def post_refresh(request: Request, response: Response, parts: PartsDep, key: IdempotencyKey) -> Token:
    """Trade a refresh token, good for one use, for a new session. A second use signs out whoever descends from it.

    If the answer is lost, ask again with the same Idempotency-Key within a day.
    """
    given = await _form_or_json(request, RefreshIn)
    session = await sessions.refresh(parts.tokens, given.refresh_token, parts.clock(), key)
    return _token(response, session, parts, cookie=given.cookie)


@router.post("/auth/revoke", status_code=204, openapi_extra=takes(RefreshIn, form=True))
async def post_revoke(request: Request, response: Response, parts: PartsDep) -> None:
    """Sign out: the refresh token and all its kin are good for nothing from now on."""
    given = await _form_or_json(request, RefreshIn)
    await sessions.revoke(given.refresh_token, parts.clock())
    drop_cookie(response, parts.settings)


@router.get("/me", dependencies=[Depends(allow(*EVERYONE))])
async def get_me(found: Annotated[Verified, Depends(verified)]) -> Me:
    """Answer who the token says you are."""
    caller = found.caller
    return Me(
        subject=caller.subject,
        role=caller.role.value,
        store_id=caller.store_id,
        region=caller.region,
        associate_id=caller.associate_id,
        expires_at=found.expires_at,
    )


def _token(response: Response, session: Session, parts: PartsDep, *, cookie: bool) -> Token:
    if cookie:
        keep_in_cookie(response, session, parts.settings)
    return Token(access_token=session.access_token, expires_in=session.expires_in, refresh_token=session.refresh_token)
