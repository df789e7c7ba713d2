"""A stream read on the server goes the way of any device: a rendered smile arrives as AU12."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from tests.live.serving import ENVIRONMENT, running

from telltale.core import channels
from telltale.live.device import Device
from telltale.live.relay import relay
from telltale.live.shop import Shop, ShopError
from telltale.media.open import open_source
from telltale.perceive.session import read

CLIP = Path(__file__).parents[1] / "data" / "demo" / "demo-3-00000.mp4"

pytestmark = pytest.mark.slow


def test_a_rendered_smile_arrives_as_au12(tmp_path: Path) -> None:
    with running(tmp_path / "live") as live:
        shop = Shop(live.url, ENVIRONMENT.shop_key)
        token = shop.open_session("lou", "r1", "DE", "relay")
        with pytest.raises(ShopError, match="no age"):
            shop.agree(token, ["read_face"], text_version="1", age_at_least=17, released=False)
        purposes = ["read_face", "personalise", "research"]
        shop.agree(token, purposes, text_version="1", age_at_least=18, released=False)
        log = asyncio.run(relay(open_source(CLIP), Device(shop.socket, token)))
        kept = live.service.database.rows("SELECT second, content FROM recorded_rows ORDER BY second")
    assert len(log.seconds) >= 5
    blocks = [np.frombuffer(content, "<f4").reshape(-1, channels.COUNT) for _, content in kept]
    rows = np.concatenate(blocks)
    offline = read(CLIP).signal.values[: len(rows)]
    for name in ("au12_intensity_left", "au12_intensity_right"):
        column = channels.INDEX[name]
        assert np.nanmax(rows[:, column]) > 0.3
        # The same reading as that of the file, row by row.
        both = np.isfinite(rows[:, column]) & np.isfinite(offline[:, column])
        assert both.mean() > 0.9
        assert np.abs(rows[both, column] - offline[both, column]).max() < 1e-4
