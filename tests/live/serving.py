"""A service that really runs, on a real socket, for tests to talk to."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import uvicorn
from fastapi import FastAPI

from telltale.core import channels
from telltale.core.clock import now
from telltale.core.signal import Values
from telltale.gate.doors import Gate
from telltale.gate.environment import Environment
from telltale.gate.limits import Limiter, Rate
from telltale.gate.roles import Role
from telltale.live.app import build_app
from telltale.live.device import Device
from telltale.live.frames import MOST_BYTES
from telltale.live.service import Service
from telltale.live.settings import ServiceSettings

ENVIRONMENT = Environment(token_secret="t" * 32, shop_key="s" * 32)
SHOP = {"x-telltale-shop": ENVIRONMENT.shop_key}
STUDIO = {"x-telltale": "studio"}
PASSWORD = "a password for tests"

EAGER = """
[[interventions]]
name = "ready_checkout"
kind = "preloaded_checkout"
text = { en = "Your checkout is ready", "zh-Hans" = "结算页已为你准备好" }
threshold = 0.001
release = 0.0005
hold_s = 1.0
cool_down_s = 0.0
most_per_session = 5
share = 1.0
"""
"""Shows as soon as it may."""


class Running:
    """A service that runs."""

    def __init__(self, service: Service, port: int, app: FastAPI) -> None:
        self.service, self.port, self.app = service, port, app
        self.clients: list[httpx.Client] = []
        self.url = f"http://127.0.0.1:{port}"
        self.http = self.client()

    def client(self, **headers: str) -> httpx.Client:
        """A caller of its own, closed with the service."""
        found = httpx.Client(base_url=self.url, timeout=10, headers=headers)
        self.clients.append(found)
        return found

    def log_in(self, role: Role) -> httpx.Client:
        """Somebody of a role at the studio."""
        self.service.gate.accounts.add(f"an.{role.value}"[:32], {role}, PASSWORD, now())
        client = self.client(**STUDIO)
        answer = client.post(
            "/v1/operator/login", json={"name": f"an.{role.value}"[:32], "password": PASSWORD}
        )
        assert answer.status_code == 200, answer.text
        return client

    def session(self, viewer: str, *, room: str = "r1", place: str = "DE") -> dict[str, Any]:
        """A visit, as the shop's server opens it."""
        asked = {"viewer": viewer, "room": room, "place": place, "device": "phone"}
        answer = self.http.post("/v1/sessions", json=asked, headers=SHOP)
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def agree(self, token: str, *purposes: str, **said: Any) -> dict[str, Any]:
        """What a viewer agrees to."""
        body = {
            "purposes": purposes or ("read_face", "personalise"),
            "text_version": "1",
            "disclosed": True,
            "age_at_least": 18,
            **said,
        }
        answer = self.http.put("/v1/consent", json=body, headers=bearer(token))
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def device(self, token: str, tell: Callable[[dict[str, Any]], None] | None = None) -> Device:
        """The viewer's device, where it is noon."""
        at = now()
        offset_min = 12 * 60 - (at.hour * 60 + at.minute)
        return Device(f"ws://127.0.0.1:{self.port}/v1/watch", token, tell=tell, utc_offset_min=offset_min)


def bearer(token: str) -> dict[str, str]:
    """The header that shows a viewer's token."""
    return {"authorization": f"Bearer {token}"}


@contextmanager
def running(
    folder: Path,
    *,
    environment: Environment = ENVIRONMENT,
    catalogue: str = EAGER,
    studio: bool = False,
    limited: bool = True,
    **settings: Any,
) -> Iterator[Running]:
    """Run a service in a thread of its own until the block ends.

    Parameters
    ----------
    studio
        Whether the studio's routes are there too, as `telltale serve` has them.
    limited
        Whether callers are counted; all calls of a test come from one address.
    """
    folder.mkdir(exist_ok=True)
    (folder / "catalogue.toml").write_text(catalogue, encoding="utf-8")
    chosen = ServiceSettings(
        **{
            "folder": str(folder),
            "catalogue": str(folder / "catalogue.toml"),
            "holdout_share": 0.0,
            **settings,
        }
    )
    # asyncio sends small answers at once only on what it knows to be TCP.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        service = Service(chosen, environment)
        if not limited:
            service.gate = unlimited(service.gate)
        app = _with_studio(service) if studio else build_app(service)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            ws_max_size=MOST_BYTES + 1024,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=3,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            thread.join(0.01)
        live = Running(service, listener.getsockname()[1], app)
        try:
            yield live
        finally:
            for client in live.clients:
                client.close()
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


def unlimited(gate: Gate) -> Gate:
    """A gate that counts nobody's calls."""
    free = Rate(per_s=1e6, at_once=1e6)
    return Gate(gate.environment, gate.accounts, *(Limiter(free) for _ in range(4)))


def _with_studio(service: Service) -> FastAPI:
    from telltale.cli.serve_app import shelf_of
    from telltale.studio import routes

    return build_app(service, further=(routes.router, routes.pages), state={"shelf": shelf_of(service)})


def moving_face(seconds: int, seed: int = 0) -> Values:
    """Rows of a face that moves and is well read, shape (10 * seconds, 128)."""
    values = np.abs(np.random.default_rng(seed).normal(0, 0.08, (seconds * 10, channels.COUNT)))
    values[:, channels.unit_channels("confidence")] = 0.95
    values[:, channels.VALID] = 1.0
    return values.astype(np.float32)


async def paced(values: Values, *, second_s: float = 1.0) -> AsyncIterator[Values]:
    """A second's rows at a time; `second_s` below 1 makes a clock that lies."""
    for first in range(0, len(values), 10):
        yield values[first : first + 10]
        await asyncio.sleep(second_s)
