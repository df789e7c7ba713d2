"""Logging in and out of the studio."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from telltale.core.clock import now
from telltale.gate.accounts import STAYS, Account, LoginError
from telltale.gate.doors import COOKIE, gate_of, limited, logged_in, refuse_forged

router: Final = APIRouter(prefix="/v1/operator", tags=["accounts"])


class Credentials(BaseModel):
    """Name and password."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=256)]


def _told(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "role": ", ".join(sorted(account.roles)),
        "permissions": sorted(account.permissions),
    }


@router.post("/login")
async def log_in(body: Credentials, request: Request, response: Response) -> dict[str, Any]:
    """Log in; the answer sets a cookie that no script can read."""
    refuse_forged(request)
    gate = gate_of(request)
    limited(request, gate.guesses)
    try:
        # The hash takes its time on purpose; nobody else waits for it.
        account, cookie = await asyncio.to_thread(gate.accounts.log_in, body.name, body.password, now())
    except LoginError as error:
        raise HTTPException(401, str(error)) from error
    _set_cookie(request, response, cookie)
    return _told(account)


@router.get("/enter", response_class=RedirectResponse, status_code=303)
async def enter(request: Request, code: Annotated[str, Query(max_length=64)]) -> Response:
    """Come in by an invitation, which is then used up, and go on to the studio."""
    gate = gate_of(request)
    limited(request, gate.guesses)
    try:
        cookie = await asyncio.to_thread(gate.accounts.redeem, code, now())
    except LoginError as error:
        raise HTTPException(401, str(error)) from error
    response = RedirectResponse("/studio/", 303)
    _set_cookie(request, response, cookie)
    return response


def _set_cookie(request: Request, response: Response, cookie: str) -> None:
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(STAYS.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )


@router.post("/logout", status_code=204, dependencies=[Depends(logged_in)])
async def log_out(request: Request) -> Response:
    """Log out, here and for good."""
    await asyncio.to_thread(gate_of(request).accounts.log_out, request.cookies.get(COOKIE, ""))
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/me")
async def me(account: Annotated[Account, Depends(logged_in)]) -> dict[str, Any]:
    """Who is logged in, and what they may do."""
    return _told(account)
