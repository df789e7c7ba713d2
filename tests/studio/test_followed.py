"""The page of `telltale host live` in the studio: opened in a browser while it runs, and seen to its end."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tests.edge.browser import needs_browser
from tests.live.serving import PASSWORD, running

from telltale.cli.host_live_screen import LiveScreen
from telltale.core.clock import now
from telltale.core.rng import stream
from telltale.gate.roles import Role
from telltale.host.live_board import LiveBoard
from telltale.host.watch import WatchedStretch
from telltale.studio.routes import WEB

STUDIO = Path(__file__).parents[2] / "studio-web"
STRETCHES = 60
PICTURES = os.environ.get("TELLTALE_PICTURES", "")
"""Where a picture goes; none is kept without it."""

pytestmark = [pytest.mark.slow, needs_browser]


class Counted:
    """Counts of one stretch after another, of one second each."""

    outcomes = ("purchases", "likes")

    def __init__(self, began: datetime) -> None:
        self._began, self._counts = began, stream(2, "counts").poisson(6.0, (STRETCHES, 2)).astype(float)

    def known_until(self, now: datetime) -> datetime:
        return now

    def between(self, start: datetime, end: datetime) -> npt.NDArray[np.float64]:
        assert end - start == timedelta(seconds=1)
        row: npt.NDArray[np.float64] = self._counts[round((start - self._began).total_seconds())]
        return row


def test_the_live_page_is_renewed_in_the_studio_where_it_is_read_and_ends(tmp_path: Path) -> None:
    if "CI" not in os.environ and not (
        (WEB / "index.html").is_file() and (STUDIO / "node_modules" / "playwright-core").is_dir()
    ):
        pytest.skip("'make test' builds the studio")
    began = now()
    board = LiveBoard(("elation", "doubt"), Counted(began), began, 1.0)
    screen = LiveScreen(tmp_path / "now", "The broadcast r12", "")
    shares = stream(1, "shares").random((STRETCHES, 2))

    def come(first: int, end: int) -> None:
        for k in range(first, end):
            board.ended(WatchedStretch(float(k), k + 1.0, shares[k], 1.0))
        board.look(began + timedelta(seconds=STRETCHES), last=True)

    with running(tmp_path / "live", studio=True, limited=False, reports=(str(tmp_path / "now"),)) as live:
        live.log_in(Role.ANALYST)
        with screen.following(board):
            come(0, 40)
            screen.tell(board.state)
            asked = {"url": live.url, "name": "an.analyst", "password": PASSWORD}
            if PICTURES:
                asked["picture"] = f"{PICTURES}/studio-live-page.png"
            command = ["node", str(STUDIO / "tests" / "browser" / "followed.mjs"), json.dumps(asked)]
            browser = subprocess.Popen(
                command, text=True, encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            assert browser.stdout is not None
            line = browser.stdout.readline()
            assert line, browser.communicate(timeout=20)[1]
            running_still: dict[str, Any] = json.loads(line)
            come(40, STRETCHES)
        screen.end(board.state, "the stream came to its end")
        out, err = browser.communicate(timeout=60)
    assert browser.returncode == 0, err
    ended: dict[str, Any] = json.loads(out)
    for told in (running_still, ended):
        assert told["heading"] == "Reports"
        assert told["address"] == f"{live.url}/reports/now/report.html"
        assert told["title"] == "The broadcast r12: what goes along"
        assert told["figures"] == 3
        # Whoever has scrolled to a figure goes on looking at it.
        assert told["down_px"] == 400
    assert running_still["answer"].startswith("So far ")
    assert ended["answer"].startswith("In what was seen ")
    # That a page in a frame may not reload itself is as it should be: the studio does it.
    assert [fault for fault in ended["faults"] if "Refused to execute the redirect" not in fault] == []
