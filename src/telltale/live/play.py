"""Plays a study's sessions into a service, as if its viewers watched now: for demos and for trying a setting.

Each begins some time before the session's first cart, or at its beginning, and gives way to another after a
few minutes. They go the way of any viewer: the shop opens a session, the viewer agrees, a device sends rows.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.error import HTTPError, URLError

import numpy as np

from telltale.core import channels, clock
from telltale.core.errors import ConsentError, TelltaleError
from telltale.core.rng import stream
from telltale.core.signal import Values, unread_rows
from telltale.live.device import Device
from telltale.study.store import Study

BEFORE_CART_S: Final = 50.0
LASTS_S: Final = 180
_ROWS: Final = round(channels.RATE_HZ)


class PlayError(TelltaleError):
    """The service does not take a played viewer."""


@dataclass(frozen=True, slots=True)
class Player:
    """Where to play, and as what."""

    url: str
    """Of the service, such as http://127.0.0.1:8765."""
    shop_key: str
    place: str = "DE"
    """Whose law holds."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One session to be played."""

    session: str
    room: str
    product: str
    values: Values
    """Shape (n, 128), 10 Hz without gaps."""


def recordings(study: Study, *, seed: int = 0) -> Iterator[Recording]:
    """Sessions of a study in an order drawn by `seed`, those with a cart and without in turn; without end."""
    sessions = study.table("sessions", ["session_id", "room_id"]).to_pylist()
    with study.query() as connection:
        carts = dict(
            connection.execute(
                "SELECT session_id, min(time_s) FROM events WHERE type = 'add_to_cart' GROUP BY session_id"
            ).fetchall()
        )
        shown = dict(
            connection.execute(
                "SELECT session_id, arg_min(product_id, time_s) FROM events"
                " WHERE product_id IS NOT NULL GROUP BY session_id"
            ).fetchall()
        )
    order = stream(seed, "play").permutation(len(sessions))
    drawn = [sessions[k] for k in order if study.signal_path(sessions[k]["session_id"]).is_file()]
    with_cart = [row for row in drawn if row["session_id"] in carts]
    without = [row for row in drawn if row["session_id"] not in carts]
    turns = [row for pair in itertools.zip_longest(with_cart, without) for row in pair if row is not None]
    for row in itertools.cycle(turns):
        name = row["session_id"]
        begin_s = max(0.0, carts.get(name, 0.0) - BEFORE_CART_S)
        try:
            values = _rows(study, name, begin_s)
        except ConsentError:
            continue
        yield Recording(name, row["room_id"], shown.get(name) or "", values)


def _rows(study: Study, session: str, begin_s: float) -> Values:
    signal = study.signal(session).between(begin_s, begin_s + LASTS_S)
    rows = unread_rows(LASTS_S * _ROWS)
    places = np.rint((signal.times_s - begin_s) * _ROWS).astype(int) - 1
    inside = (places >= 0) & (places < len(rows))
    rows[places[inside]] = signal.values[inside]
    return rows[: (int(places.max()) + 1 if len(places) else 0)]


async def play(
    player: Player, study: Study, *, viewers: int, seconds: float | None = None, seed: int = 0
) -> dict[str, int]:
    """Play until `seconds` have passed, or without end; counts of what devices saw.

    Parameters
    ----------
    viewers
        At one time.
    """
    queue, counts = recordings(study, seed=seed), {"viewers": 0, "seconds": 0, "shown": 0}

    async def one_after_another(k: int) -> None:
        await asyncio.sleep(k * min(0.25, 5.0 / viewers))
        while True:
            counts["viewers"] += 1
            device, values = await _open(player, next(queue), counts)
            await device.run(_in_real_time(values))

    tasks = [asyncio.create_task(one_after_another(k)) for k in range(viewers)]
    done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        await task
    return counts


async def _open(player: Player, recording: Recording, counts: dict[str, int]) -> tuple[Device, Values]:
    """A device that is about to play a recording, and its rows."""
    viewer = f"simulated-{counts['viewers']}-{recording.session}"
    await asyncio.to_thread(_state_facts, player, recording.room)
    opened = await asyncio.to_thread(
        _ask,
        player,
        "POST",
        "/v1/sessions",
        {"viewer": viewer, "room": recording.room, "place": player.place, "device": "simulated"},
        {"x-telltale-shop": player.shop_key},
    )
    agreed = {
        "purposes": ["read_face", "personalise", "research"],
        "text_version": "simulated",
        "disclosed": True,
        "released": True,
        "age_at_least": 18,
    }
    bearer = {"authorization": f"Bearer {opened['token']}"}
    await asyncio.to_thread(_ask, player, "PUT", "/v1/consent", agreed, bearer)

    def tell(message: dict[str, Any]) -> None:
        counts["seconds"] += message["type"] == "second"
        counts["shown"] += message["type"] == "show"

    socket = player.url.replace("http", "ws", 1) + "/v1/watch"
    device = Device(
        socket, opened["token"], tell=tell, product=recording.product, utc_offset_min=_offset_to_afternoon()
    )
    return device, recording.values


def _state_facts(player: Player, room: str) -> None:
    """What a shop would say of the product in a room, so that there is something to show."""
    until = clock.iso(clock.now() + timedelta(minutes=10))
    for name, value in (("product_sentence", "Comes with a two-year guarantee"), ("bought_in_last_hour", 12)):
        fact = {
            "name": name,
            "about": room,
            "value": value,
            "valid_until": until,
            "true_for_everyone": True,
            "source": "simulation",
        }
        _ask(player, "PUT", "/v1/facts", fact, {"x-telltale-shop": player.shop_key})


async def _in_real_time(values: Values) -> AsyncIterator[Values]:
    """A second's rows each second, whatever the time in between went to."""
    began_s = asyncio.get_running_loop().time()
    for second in range(len(values) // _ROWS):
        await asyncio.sleep(max(0.0, began_s + second + 1 - asyncio.get_running_loop().time()))
        yield values[second * _ROWS : (second + 1) * _ROWS]


def _offset_to_afternoon() -> int:
    """Minutes from UTC to a place where it is three in the afternoon: no quiet hours for those played."""
    utc = clock.now()
    offset = timedelta(hours=15) - timedelta(hours=utc.hour, minutes=utc.minute)
    minutes = round(offset.total_seconds() / 60)
    return minutes - 1440 if minutes > 14 * 60 else minutes


def _ask(
    player: Player, method: str, path: str, body: dict[str, Any], headers: dict[str, str]
) -> dict[str, Any]:
    request = urllib.request.Request(
        player.url + path,
        data=json.dumps(body).encode(),
        headers={"content-type": "application/json", **headers},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            told: dict[str, Any] = json.loads(answer.read() or b"{}")
    except HTTPError as error:
        detail = error.read(500).decode(errors="replace")
        raise PlayError(f"{player.url}{path} answers {error.code}: {detail}") from error
    except URLError as error:
        raise PlayError(
            f"no service at {player.url}: {error.reason}", hint="start 'telltale serve'"
        ) from error
    return told
