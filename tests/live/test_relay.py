"""A stream read on the server goes the way of any device: a rendered smile arrives as AU12."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.live.serving import ENVIRONMENT, bearer, running

from telltale.core import channels, clock
from telltale.gate import tokens
from telltale.gate.roles import Role
from telltale.gate.tokens import ViewerToken
from telltale.live.device import Device, Log
from telltale.live.relay import relay
from telltale.live.shop import Shop, ShopError
from telltale.media.frame import Frame
from telltale.media.open import open_source
from telltale.media.write import VideoWriter
from telltale.perceive.perceiver import FaceStep, Perceiver
from telltale.perceive.session import read

CLIP = Path(__file__).parents[1] / "data" / "demo" / "demo-3-00000.mp4"

pytestmark = pytest.mark.slow


def write_thinned(path: Path) -> None:
    """The clip at ten frames a second: a stream is read as it comes, and this one by any machine in time."""
    with (
        open_source(CLIP) as source,
        VideoWriter(
            path, width_px=source.info.width_px, height_px=source.info.height_px, rate_hz=10
        ) as video,
    ):
        for frame in source:
            if frame.index % 3 == 0:
                video.add(frame.rgb, frame.time_s)


def test_a_rendered_smile_arrives_as_au12(tmp_path: Path) -> None:
    with running(tmp_path / "live") as live:
        shop = Shop(live.url, ENVIRONMENT.shop_key)
        token = shop.open_session("lou", "r1", "DE", "relay")
        with pytest.raises(ShopError, match="no age"):
            shop.agree(token, ["read_face"], text_version="1", age_at_least=17, released=False)
        purposes = ["read_face", "personalise", "research"]
        shop.agree(token, purposes, text_version="1", age_at_least=18, released=False)
        clip = tmp_path / "clip.mp4"
        write_thinned(clip)
        log = asyncio.run(relay(open_source(clip), Device(shop.socket, token)))
        kept = live.service.database.rows("SELECT second, content FROM recorded_rows ORDER BY second")
    assert len(log.seconds) >= 5
    blocks = [np.frombuffer(content, "<f4").reshape(-1, channels.COUNT) for _, content in kept]
    rows = np.concatenate(blocks)
    offline = read(clip).signal.values[: len(rows)]
    for name in ("au12_intensity_left", "au12_intensity_right"):
        column = channels.INDEX[name]
        assert np.nanmax(rows[:, column]) > 0.3
        # The same reading as that of the file, row by row.
        both = np.isfinite(rows[:, column]) & np.isfinite(offline[:, column])
        assert both.mean() > 0.9
        assert np.abs(rows[both, column] - offline[both, column]).max() < 1e-4


def test_it_rests_while_it_may_not_read_and_ends_when_told_and_keeps_its_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames: list[float] = []
    step = Perceiver.step

    def counted(perceiver: Perceiver, frame: Frame) -> list[FaceStep]:
        frames.append(time.monotonic())
        return step(perceiver, frame)

    monkeypatch.setattr(Perceiver, "step", counted)
    with running(tmp_path / "live") as live:
        operator = live.log_in(Role.OPERATOR)
        session = ViewerToken("max", "session-max", "r1", "DE", "relay")
        secret = ENVIRONMENT.token_secret
        short = tokens.sign(session, secret, now=clock.now(), lasts=timedelta(seconds=3))
        live.agree(short, "read_face", "personalise")
        device = live.device(short)

        def turn(on: bool) -> None:
            assert operator.post("/v1/switch", json={"on": on, "why": "a test"}).status_code == 200

        async def told() -> Log:
            await asyncio.to_thread(turn, False)
            relaying = asyncio.create_task(relay(open_source(CLIP), device))
            await asyncio.sleep(2.0)
            assert device.log.ready
            assert not frames
            await asyncio.to_thread(turn, True)
            await asyncio.sleep(2.0)
            assert frames
            await asyncio.to_thread(turn, False)
            await asyncio.sleep(0.5)
            count = len(frames)
            await asyncio.sleep(1.0)
            assert len(frames) == count
            await asyncio.to_thread(turn, True)
            await asyncio.sleep(0.5)
            assert len(frames) > count
            # The first token has run out, and the next connection is let in.
            await device.break_off()
            await asyncio.sleep(1.0)
            assert device.log.connections == 2
            headers = bearer(device.token)
            assert (await asyncio.to_thread(live.http.delete, "/v1/consent", headers=headers)).is_success
            ended_s = time.monotonic()
            async with asyncio.timeout(1.0):
                log = await relaying
            await asyncio.sleep(1.0)
            assert frames[-1] < ended_s + 1.0
            return log

        log = asyncio.run(told())
    assert log.stopped == "withdrawn"
    assert device.token != short
