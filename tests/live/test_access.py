"""Who may do what: every route of the whole application, asked by every kind of caller.

The table below stands on its own: it is written down here, not read from the code. A route that is in no
table fails the first test, so nobody adds a door without saying whom it lets in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from starlette.routing import BaseRoute, WebSocketRoute
from tests.live.serving import ENVIRONMENT, PASSWORD, SHOP, STUDIO, Running, bearer, running
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from telltale.core.clock import now
from telltale.gate import tokens
from telltale.gate.doors import COOKIE
from telltale.gate.environment import Environment
from telltale.gate.roles import Role
from telltale.gate.tokens import ViewerToken
from telltale.live.messages import PROTOCOL

METRICS_KEY = "m" * 32
ORIGIN, ELSEWHERE = "https://shop.example", "https://elsewhere.example"
OPERATOR, ANALYST, PRIVACY = (role.value for role in Role)
UNASKED = " whose browser was sent here by another page"
"""The cookie without the header that only a page of ours can send."""

STRANGERS = frozenset({"nobody", "expired token", "forged token", "unsigned token", "wrong shop key", "page"})
VIEWERS = frozenset({"viewer", "other viewer"})
STAFF = frozenset({OPERATOR, ANALYST, PRIVACY})
SENT_BY_OTHERS = frozenset(name + UNASKED for name in STAFF)
CALLERS = STRANGERS | VIEWERS | STAFF | SENT_BY_OTHERS | {"shop", "scraper"}


@dataclass(frozen=True)
class Ask:
    """How a route is asked so that it would do something, whom it lets in and what it then answers."""

    who: frozenset[str]
    status: int | tuple[int, ...] = 200
    path: str = ""
    """Where the route's own has places to fill."""
    json: dict[str, Any] | None = None


def staff(*names: str) -> frozenset[str]:
    return frozenset(names) | {name + UNASKED for name in names}


AGREED = {"purposes": ["read_face"], "text_version": "1", "disclosed": True, "age_at_least": 18}
VISIT = {"viewer": "zoe", "room": "r1", "place": "DE"}
FACT = {
    "name": "stock_left",
    "about": "r1",
    "value": 3,
    "valid_until": "2099-01-01T00:00:00Z",
    "true_for_everyone": True,
    "source": "shop",
}
CREDENTIALS = {"name": "an.operator", "password": PASSWORD}

HTTP: dict[str, Ask] = {
    "GET /": Ask(CALLERS, 307),
    "GET /openapi.json": Ask(CALLERS),
    "GET /healthz": Ask(CALLERS),
    "GET /readyz": Ask(CALLERS),
    # 404 where the pages are not built.
    "GET /studio/{path:path}": Ask(CALLERS, (200, 404), "/studio/"),
    # For trying alone, which this service is not for.
    "GET /try/{path:path}": Ask(CALLERS, 404, "/try/"),
    "GET /models/{name}": Ask(CALLERS, 404, "/models/none.onnx"),
    "POST /v1/try/session": Ask(CALLERS, 404),
    "GET /metrics": Ask(frozenset({"scraper"})),
    "GET /v1/disclosure": Ask(CALLERS, 200, "/v1/disclosure?place=DE"),
    "POST /v1/sessions": Ask(frozenset({"shop"}), 201, json=VISIT),
    "PUT /v1/facts": Ask(frozenset({"shop"}), 204, json=FACT),
    "POST /v1/sessions/renew": Ask(VIEWERS),
    "PUT /v1/consent": Ask(VIEWERS, json=AGREED),
    "DELETE /v1/consent": Ask(VIEWERS),
    "PUT /v1/opt-out": Ask(VIEWERS, 204),
    # To be logged in as somebody else, unasked, is a trick too.
    "POST /v1/operator/login": Ask(STAFF | {"page"}, json=CREDENTIALS),
    "GET /v1/operator/enter": Ask(frozenset(), path="/v1/operator/enter?code=guessed"),
    "GET /v1/operator/me": Ask(staff(*STAFF)),
    "POST /v1/operator/logout": Ask(STAFF, 204),
    "GET /v1/overview": Ask(staff(*STAFF)),
    "GET /v1/switches": Ask(staff(*STAFF)),
    "GET /v1/switches/parts": Ask(staff(*STAFF)),
    "POST /v1/switch/part": Ask(
        frozenset({OPERATOR, PRIVACY}), json={"scope": "room:r1", "on": True, "why": "a test"}
    ),
    "POST /v1/switch": Ask(frozenset({OPERATOR, PRIVACY}), json={"on": True, "why": "a test"}),
    "POST /v1/audit/withdraw": Ask(frozenset({PRIVACY}), json={"viewer": "nobody.at.all"}),
    "GET /v1/audit/consents": Ask(staff(PRIVACY)),
    "GET /v1/audit/receipts": Ask(staff(PRIVACY)),
    "GET /v1/decisions": Ask(staff(*STAFF)),
    "GET /v1/decisions/ratio": Ask(staff(*STAFF)),
    "GET /v1/decisions/exposures.parquet": Ask(staff(ANALYST)),
    "GET /v1/recordings": Ask(staff(ANALYST)),
    # Nothing is kept in this service: who is let in is told that there is no such thing.
    "GET /v1/recordings/{source}/{session}/rows": Ask(staff(ANALYST), 404, "/v1/recordings/live/s1/rows"),
    "GET /v1/recordings/{source}/{session}/track": Ask(staff(ANALYST), 404, "/v1/recordings/live/s1/track"),
    "GET /v1/recordings/{source}/{session}/video": Ask(staff(ANALYST), 404, "/v1/recordings/live/s1/video"),
    "GET /v1/study": Ask(staff(ANALYST), 404),
    "GET /reports/{name}/{path:path}": Ask(staff(ANALYST), 404, "/reports/r/report.html"),
}
SOCKETS: dict[str, frozenset[str]] = {
    "/v1/watch": VIEWERS,
    "/v1/wall": staff(OPERATOR, ANALYST),
}


@dataclass(frozen=True)
class Caller:
    """What somebody shows."""

    headers: dict[str, str]
    token: str = ""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    environment = Environment(ENVIRONMENT.token_secret, ENVIRONMENT.shop_key, METRICS_KEY)
    with running(
        tmp_path_factory.mktemp("live"),
        environment=environment,
        studio=True,
        limited=False,
        origins=(ORIGIN,),
    ) as service:
        for role in Role:
            service.service.gate.accounts.add(f"an.{role.value}", {role}, PASSWORD, now())
        yield service


@pytest.fixture(scope="module")
def callers(live: Running) -> dict[str, Caller]:
    return everybody(live)


def everybody(live: Running) -> dict[str, Caller]:
    """Every kind of caller; each in the studio by a login of their own."""
    mine, other = (live.session(name)["token"] for name in ("vera", "otto"))
    token = ViewerToken("vera", "s1", "r1", "DE")
    old = now() - timedelta(hours=1)
    lasts = timedelta(minutes=15)
    claims = jwt.decode(mine, options={"verify_signature": False})
    held = {
        "viewer": mine,
        "other viewer": other,
        "expired token": tokens.sign(token, ENVIRONMENT.token_secret, now=old, lasts=lasts),
        "forged token": tokens.sign(token, "another secret of the same length", now=now(), lasts=lasts),
        "unsigned token": jwt.encode(claims, None, algorithm="none"),
    }
    found = {name: Caller(bearer(text), text) for name, text in held.items()}
    found |= {
        "nobody": Caller({}),
        "page": Caller(STUDIO),
        "shop": Caller(SHOP),
        "wrong shop key": Caller({"x-telltale-shop": "s" * 31}),
        "scraper": Caller(bearer(METRICS_KEY)),
    }
    for role in Role:
        for name, more in ((role.value, STUDIO), (role.value + UNASKED, {})):
            found[name] = Caller({"cookie": f"{COOKIE}={logged_in(live, role)}", **more})
    assert found.keys() == CALLERS
    return found


def logged_in(live: Running, role: Role) -> str:
    """A new login; by an invitation, since a password takes its time on purpose."""
    accounts = live.service.gate.accounts
    return accounts.redeem(accounts.invite(f"an.{role.value}", now()), now())


def all_routes(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """Every route; FastAPI may hold those of a router together."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from all_routes(inner.routes)


def test_every_route_is_in_the_tables(live: Running) -> None:
    http, sockets = set(), set()
    for route in all_routes(live.app.routes):
        path: str = vars(route)["path"]
        if isinstance(route, WebSocketRoute):
            sockets.add(path)
        else:
            http |= {f"{method} {path}" for method in vars(route)["methods"] - {"HEAD"}}
    assert http == HTTP.keys()
    assert sockets == SOCKETS.keys()


def refusal(name: str, method: str, ask: Ask) -> int:
    """The status by which somebody is refused."""
    of_studio = bool(ask.who & STAFF)
    # Without the header nothing of the studio is changed, whoever asks.
    if of_studio and method == "POST" and name not in STAFF | {"page"}:
        return 403
    return 403 if of_studio and name in STAFF | SENT_BY_OTHERS else 401


@pytest.mark.parametrize("route", HTTP)
def test_a_route_lets_in_whom_the_table_names_and_nobody_else(
    live: Running, callers: dict[str, Caller], route: str
) -> None:
    ask = HTTP[route]
    method, path = route.split()
    # Logging out ends the login that all others would share.
    asking = everybody(live) if route == "POST /v1/operator/logout" else callers
    wrong = {}
    for name, caller in sorted(asking.items()):
        answer = live.http.request(method, ask.path or path, json=ask.json, headers=caller.headers)
        live.http.cookies.clear()
        allowed = ask.status if isinstance(ask.status, tuple) else (ask.status,)
        expected = allowed if name in ask.who else (refusal(name, method, ask),)
        if answer.status_code not in expected:
            wrong[name] = (answer.status_code, expected)
        if name not in ask.who:
            assert answer.json().keys() == {"detail"}
    assert not wrong


@pytest.mark.parametrize("path", SOCKETS)
def test_a_socket_lets_in_whom_the_table_names_and_nobody_else(
    live: Running, callers: dict[str, Caller], path: str
) -> None:
    async def opened(caller: Caller, **more: str) -> bool:
        offered: Any = [PROTOCOL, f"token.{caller.token}"] if caller.token else None
        headers = {**caller.headers, **more}
        try:
            async with connect(
                f"ws://127.0.0.1:{live.port}{path}", subprotocols=offered, additional_headers=headers
            ):
                return True
        except InvalidStatus as refused:
            return refused.response.status_code != 403

    for name, caller in callers.items():
        assert asyncio.run(opened(caller)) == (name in SOCKETS[path]), name
        assert not asyncio.run(opened(caller, origin=ELSEWHERE)), name
    # A shop's page may open its viewers' sockets and nothing of the studio's.
    for name in SOCKETS[path]:
        assert asyncio.run(opened(callers[name], origin=ORIGIN)) == (path == "/v1/watch"), name


@pytest.mark.parametrize("route", HTTP)
def test_pages_of_others_are_not_asked_for(live: Running, callers: dict[str, Caller], route: str) -> None:
    """A browser asks before it sends the studio's header or a token for a page of somebody else."""
    method, path = route.split()
    path = HTTP[route].path or path

    def asked(origin: str, header: str) -> httpx.Response:
        headers = {
            "origin": origin,
            "access-control-request-method": method,
            "access-control-request-headers": header,
        }
        return live.http.options(path, headers=headers)

    for header in ("x-telltale", "x-telltale-shop", "authorization", "content-type"):
        assert asked(ELSEWHERE, header).status_code == 400
        assert "access-control-allow-origin" not in asked(ELSEWHERE, header).headers
        assert asked(ORIGIN, header).is_success == (header in ("authorization", "content-type"))
    # Even where a cookie went along, the page that asked may not read what came.
    answer = live.http.request(
        method, path, headers={**callers[ANALYST + UNASKED].headers, "origin": ELSEWHERE}
    )
    assert "access-control-allow-origin" not in answer.headers
    answer = live.http.request(method, path, headers={**callers[ANALYST + UNASKED].headers, "origin": ORIGIN})
    assert "access-control-allow-credentials" not in answer.headers
    live.http.cookies.clear()


def test_a_viewers_token_reaches_this_viewer_alone(live: Running) -> None:
    mine, other = (live.session(name)["token"] for name in ("vera", "otto"))
    for token in (mine, other):
        live.agree(token)
    receipt = live.http.delete("/v1/consent", headers=bearer(other)).json()
    assert receipt["deleted"]["viewer_keys"] == 1
    viewers = live.service.database.rows("SELECT viewer FROM viewer_keys")
    assert ("vera",) in viewers
    assert ("otto",) not in viewers


def test_an_invitation_lets_in_once(live: Running) -> None:
    code = live.service.gate.accounts.invite("an.analyst", now())
    client = live.client()
    assert client.get(f"/v1/operator/enter?code={code}").status_code == 303
    assert client.get("/v1/operator/me").json()["name"] == "an.analyst"
    assert live.http.get(f"/v1/operator/enter?code={code}").status_code == 401


def test_a_login_that_ended_opens_nothing(live: Running) -> None:
    client = live.log_in(Role.ANALYST)
    assert client.get("/v1/overview").status_code == 200
    cookie = dict(client.cookies)
    assert client.post("/v1/operator/logout").status_code == 204
    answer = live.http.get("/v1/overview", headers={"cookie": f"{COOKIE}={cookie[COOKIE]}"})
    assert answer.status_code == 401
