"""The doors of a FastAPI application: who is asked for what before a route runs.

A route names its door with `Depends`. Viewers show a signed token, the shop's server its key, people in the
studio a cookie, whoever scrapes metrics another key. Guesses are counted by address.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPBearer
from starlette.requests import HTTPConnection

from telltale.core.clock import now
from telltale.gate import tokens
from telltale.gate.accounts import Account, Accounts
from telltale.gate.environment import Environment
from telltale.gate.limits import Limiter, Rate
from telltale.gate.roles import Permission
from telltale.gate.tokens import TokenError, ViewerToken

COOKIE: Final = "telltale_login"
STUDIO_HEADER: Final = "x-telltale"
"""A form on another page cannot send it, so what it asks for was asked for here."""
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

GUESSES: Final = Rate(per_s=0.1, at_once=10)
"""Logins and wrong keys of one address."""
REQUESTS: Final = Rate(per_s=20, at_once=100)
"""Of one address."""
VIEWER_REQUESTS: Final = Rate(per_s=1, at_once=30)
"""Of one session, its connections among them."""
SHOP_REQUESTS: Final = Rate(per_s=200, at_once=2000)
"""The shop's server speaks for all its viewers."""

bearer: Final = HTTPBearer(auto_error=False, description="A viewer's token")
shop_header: Final = APIKeyHeader(name="x-telltale-shop", auto_error=False)
cookie: Final = APIKeyCookie(name=COOKIE, auto_error=False)


@dataclass(frozen=True, slots=True)
class Gate:
    """What the doors need to know; the application holds it as `app.state.gate`."""

    environment: Environment
    accounts: Accounts
    guesses: Limiter = field(default_factory=lambda: Limiter(GUESSES))
    requests: Limiter = field(default_factory=lambda: Limiter(REQUESTS))
    viewer_requests: Limiter = field(default_factory=lambda: Limiter(VIEWER_REQUESTS))
    shop_requests: Limiter = field(default_factory=lambda: Limiter(SHOP_REQUESTS))


def gate_of(connection: HTTPConnection) -> Gate:
    """The gate of an application."""
    gate: Gate = connection.app.state.gate
    return gate


def address_of(connection: HTTPConnection) -> str:
    """Where a request comes from; behind a proxy the web server is told to believe it (`--proxy`)."""
    return connection.client.host if connection.client is not None else "unknown"


def is_this_machine(connection: HTTPConnection) -> bool:
    """Whether a request was made on this machine, and not passed on by a proxy here that nobody named."""
    passed_on = any(name in connection.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip"))
    return address_of(connection) in ("127.0.0.1", "::1") and not passed_on


def limited(connection: HTTPConnection, limiter: Limiter, caller: str = "") -> None:
    """Refuse a caller who asks too often: by name, or by address where nobody is named."""
    wait_s = limiter.take(caller or address_of(connection), time.monotonic())
    if wait_s is not None:
        raise HTTPException(
            429, f"too many requests: wait {wait_s:.0f} s", headers={"retry-after": f"{wait_s:.0f}"}
        )


def anyone(request: Request) -> None:
    """A route for everybody."""
    limited(request, gate_of(request).requests)


def viewer(request: Request, _: Annotated[object, Depends(bearer)]) -> ViewerToken:
    """A route for a viewer, about this viewer alone."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not text:
        limited(request, gate_of(request).requests)
        raise HTTPException(401, "no token: send the session's as 'Authorization: Bearer ...'")
    return read_token(request, text)


def read_token(connection: HTTPConnection, text: str) -> ViewerToken:
    """A viewer's token, however it was sent.

    Who holds one is counted by the session: many viewers may share an address, behind one proxy or one mast.
    """
    gate = gate_of(connection)
    try:
        token = tokens.read(text, gate.environment.token_secret, now=now())
    except TokenError as error:
        limited(connection, gate.requests)
        raise HTTPException(401, str(error)) from error
    limited(connection, gate.viewer_requests, token.session)
    return token


def shop(request: Request, _: Annotated[object, Depends(shop_header)]) -> None:
    """A route for the shop's own server."""
    gate = gate_of(request)
    given = request.headers.get("x-telltale-shop", "")
    if not hmac.compare_digest(given.encode(), gate.environment.shop_key.encode()):
        limited(request, gate.guesses)
        raise HTTPException(401, "not the shop's key: send it as 'x-telltale-shop'")
    limited(request, gate.shop_requests)


def scraper(request: Request) -> None:
    """Metrics: with the key where one is set, else from this machine alone."""
    gate = gate_of(request)
    key = gate.environment.metrics_key
    if key:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), key.encode()):
            limited(request, gate.guesses)
            raise HTTPException(401, "not the key for metrics: send it as 'Authorization: Bearer ...'")
    elif not is_this_machine(request):
        raise HTTPException(401, "metrics are for this machine: set TELLTALE_METRICS_KEY for others")


def account(connection: HTTPConnection) -> Account:
    """Who is logged in; for a socket too."""
    gate = gate_of(connection)
    found = gate.accounts.of(connection.cookies.get(COOKIE, ""), now())
    if found is None:
        raise HTTPException(401, "not logged in")
    return found


def logged_in(request: Request, _: Annotated[object, Depends(cookie)]) -> Account:
    """A route for anybody in the studio."""
    limited(request, gate_of(request).requests)
    refuse_forged(request)
    return account(request)


def permitted(permission: Permission) -> Callable[..., Account]:
    """A door for those whose role has a permission."""

    def door(found: Annotated[Account, Depends(logged_in)]) -> Account:
        if permission not in found.permissions:
            raise HTTPException(403, f"your role may not {permission.value}")
        return found

    door.permission = permission  # type: ignore[attr-defined]
    return door


def refuse_forged(request: Request) -> None:
    """What changes something must have been asked for by a page of ours."""
    if request.method not in _SAFE and request.headers.get(STUDIO_HEADER) != "studio":
        raise HTTPException(403, f"not asked for by the studio: send '{STUDIO_HEADER}: studio'")


def same_origin(connection: HTTPConnection) -> bool:
    """Whether a browser's request comes from a page of this host; who sends no origin is no browser."""
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == connection.headers.get("host", "")
