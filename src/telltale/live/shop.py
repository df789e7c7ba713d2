"""What a shop's server asks of a service: open a session, hand on what a viewer agreed to, state facts."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.error import HTTPError, URLError

from telltale.core.errors import TelltaleError

_SOCKET: Final = "/v1/watch"


def http_of(socket: str) -> str:
    """Where the service is whose devices connect there.

    >>> http_of("wss://live.shop.example/v1/watch")
    'https://live.shop.example'
    """
    return socket.removesuffix(_SOCKET).replace("ws", "http", 1)


class ShopError(TelltaleError):
    """The service refuses, or is not there."""


@dataclass(frozen=True, slots=True)
class Shop:
    """Where the service is, and the key that opens it."""

    url: str
    """Such as http://127.0.0.1:8765."""
    key: str

    @property
    def socket(self) -> str:
        """Where devices connect."""
        return self.url.replace("http", "ws", 1) + _SOCKET

    def open_session(self, viewer: str, room: str, place: str, device: str) -> str:
        """A token for a visit that begins now."""
        asked = {"viewer": viewer, "room": room, "place": place, "device": device}
        token: str = self._ask("POST", "/v1/sessions", asked, {"x-telltale-shop": self.key})["token"]
        return token

    def renew(self, token: str) -> str:
        """A new token for the same visit."""
        renewed: str = self._ask("POST", "/v1/sessions/renew", {}, {"authorization": f"Bearer {token}"})[
            "token"
        ]
        return renewed

    def agree(
        self, token: str, purposes: Sequence[str], *, text_version: str, age_at_least: int, released: bool
    ) -> None:
        """Hand on what a viewer agreed to and said; refused where that does not allow reading."""
        body = {
            "purposes": list(purposes),
            "text_version": text_version,
            "disclosed": True,
            "released": released,
            "age_at_least": age_at_least,
        }
        told = self._ask("PUT", "/v1/consent", body, {"authorization": f"Bearer {token}"})
        if not told["may_read"]:
            raise ShopError(f"this viewer may not be read: {told['why']}", hint="ask the viewer first")

    def state_fact(self, name: str, about: str, value: str | int, *, until: str, source: str) -> None:
        """Say that something is so, for everyone, until a moment as ISO 8601."""
        fact = {
            "name": name,
            "about": about,
            "value": value,
            "valid_until": until,
            "true_for_everyone": True,
            "source": source,
        }
        self._ask("PUT", "/v1/facts", fact, {"x-telltale-shop": self.key})

    def _ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> dict[str, Any]:
        request = urllib.request.Request(
            self.url + path,
            data=json.dumps(body).encode(),
            headers={"content-type": "application/json", **headers},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                told: dict[str, Any] = json.loads(answer.read() or b"{}")
        except HTTPError as error:
            detail = error.read(500).decode(errors="replace")
            raise ShopError(f"{self.url}{path} answers {error.code}: {detail}") from error
        except URLError as error:
            hint = "start 'telltale serve'"
            raise ShopError(f"no service at {self.url}: {error.reason}", hint=hint) from error
        return told
