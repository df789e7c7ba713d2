"""Plays a study's sessions into a service, as if its viewers watched now: for demos and for trying a setting.

Each begins some time before the session's first cart, or at its beginning, and gives way to another after a
few minutes. They go the way of any viewer: the shop opens a session, the viewer agrees, a device sends rows.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np

from telltale.core import channels, clock
from telltale.core.errors import ConsentError
from telltale.core.rng import stream
from telltale.core.signal import Values, unread_rows
from telltale.live.device import Device
from telltale.live.shop import Shop
from telltale.study.store import Study

BEFORE_CART_S: Final = 50.0
LASTS_S: Final = 180
_FACTS: Final[dict[str, str | int]] = {
    "product_sentence": "Comes with a two-year guarantee",
    "bought_in_last_hour": 12,
}
"""What the shop of a simulation says of whatever is on show."""
_ROWS: Final = round(channels.RATE_HZ)


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
    shop: Shop,
    study: Study,
    *,
    viewers: int,
    place: str = "DE",
    seconds: float | None = None,
    seed: int = 0,
) -> dict[str, int]:
    """Play until `seconds` have passed, or without end; counts of what devices saw.

    Parameters
    ----------
    viewers
        At one time.
    place
        Whose law holds.
    """
    queue, counts = recordings(study, seed=seed), {"viewers": 0, "seconds": 0, "shown": 0}

    async def one_after_another(k: int) -> None:
        await asyncio.sleep(k * min(0.25, 5.0 / viewers))
        while True:
            counts["viewers"] += 1
            recording = next(queue)
            device = await asyncio.to_thread(_open, shop, recording, place, counts)
            await device.run(_in_real_time(recording.values))

    tasks = [asyncio.create_task(one_after_another(k)) for k in range(viewers)]
    done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        await task
    return counts


def _open(shop: Shop, recording: Recording, place: str, counts: dict[str, int]) -> Device:
    """A device that is about to play a recording, of a viewer who has agreed to everything."""
    until = clock.iso(clock.now() + timedelta(minutes=10))
    for name, value in _FACTS.items():
        shop.state_fact(name, recording.room, value, until=until, source="simulation")
    viewer = f"simulated-{counts['viewers']}-{recording.session}"
    token = shop.open_session(viewer, recording.room, place, "simulated")
    purposes = ("read_face", "personalise", "research")
    shop.agree(token, purposes, text_version="simulated", age_at_least=18, released=True)

    def tell(message: dict[str, Any]) -> None:
        counts["seconds"] += message["type"] == "second"
        counts["shown"] += message["type"] == "show"

    offset_min = _offset_to_afternoon()
    return Device(shop.socket, token, tell=tell, product=recording.product, utc_offset_min=offset_min)


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
