"""The page of a broadcast that runs: what it shows first, what it leaves out, and that it ends."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from telltale.core.rng import stream
from telltale.host.live_board import LiveBoard, LiveState, stands_out
from telltale.host.watch import WatchedStretch
from telltale.report.host_live import Ended, live_figures, write_live_page

Array = npt.NDArray[np.float64]
BEGAN = datetime(2026, 5, 1, 20, tzinfo=UTC)
OUTCOMES = ("purchases", "likes", "gifts")
NAMES = ("elation", "doubt")


class Counted:
    """Counts that are all there already."""

    outcomes = OUTCOMES

    def __init__(self, counts: Array) -> None:
        self.counts = counts

    def known_until(self, now: datetime) -> datetime:
        return now

    def between(self, start: datetime, end: datetime) -> Array:
        assert end - start == timedelta(seconds=30)
        counts: Array = self.counts[round((end - BEGAN).total_seconds() / 30) - 1]
        return counts


def state_of(shares: Array, counts: Array) -> LiveState:
    board = LiveBoard(NAMES, Counted(counts), BEGAN, 30.0, evidence=("ours", "published"))
    for k, one in enumerate(shares):
        board.ended(WatchedStretch(30.0 * k, 30.0 * (k + 1), one, 1.0))
    assert board.look(BEGAN + timedelta(days=1)) == len(shares)
    return board.state


@pytest.fixture
def series() -> tuple[Array, Array]:
    """Two hours of 30 s; gifts follow doubt after a minute."""
    rng = stream(1, "live page")
    shares, counts = rng.random((240, 2)), rng.poisson(9.0, (240, 3)).astype(float)
    counts[2:, 2] += 25 * shares[:-2, 1]
    return shares, counts


def page_of(state: LiveState, folder: Path, **more: object) -> str:
    settings = {"title": "Room r1", "written": BEGAN, "again": False, "reload_s": 10.0, **more}
    path = write_live_page(state, folder, **settings)  # type: ignore[arg-type]
    return path.read_text(encoding="utf-8")


def test_what_stands_out_is_drawn_first_with_its_course_and_the_other_counts_after(
    series: tuple[Array, Array], tmp_path: Path
) -> None:
    state = state_of(*series)
    (found,) = stands_out(state)
    assert (found.name, found.outcome, found.lag_s) == ("doubt", "gifts", 60.0)
    page = page_of(state, tmp_path / "p")
    heads = re.findall(r"<h2>(.*?)</h2>", page)
    assert heads == ["What goes along with gifts?", "And with what else is counted?"]
    figures = live_figures(state)
    assert figures.keys() == {"together", "others", "course"}
    # The row that stands out is bold, and the first; of the others one row a count.
    assert re.search(r'font-weight="600"[^>]*>doubt<', figures["together"])
    # What elation looks like is ours: it is marked, and the mark explained.
    assert not re.search(r'font-weight="600"[^>]*>elation°<', figures["together"])
    assert figures["together"].index(">doubt<") < figures["together"].index(">elation°<")
    assert "drawn bold. ° how it looks is our inference, not published." in page
    assert "60 s later" in figures["together"]
    assert [name for name in OUTCOMES if f">{name}<" in figures["others"]] == ["purchases", "likes"]
    assert all(f">{name}<" in figures["course"] for name in ("gifts", "doubt"))


def test_a_count_that_never_comes_is_left_out_and_gaps_are_told(
    series: tuple[Array, Array], tmp_path: Path
) -> None:
    shares, counts = series
    counts[:, 0], counts[7, 1], counts[9:12, 2], shares[20] = np.nan, np.nan, np.nan, np.nan
    state = state_of(shares, counts)
    page = page_of(state, tmp_path / "p")
    assert "Without a count of purchases: 239 stretches." in page
    assert "Without a count of likes: 1 stretch." in page
    assert "Without a count of gifts: 3 stretches." in page
    assert "1 stretch says nothing: 1 lacks" in page
    assert "What goes along with gifts?" in page
    assert "nan" not in "".join(live_figures(state).values())
    # Nothing stands out: the first count of which anything is known is shown.
    counts[:, 2] = 5.0
    page = page_of(state_of(shares, counts), tmp_path / "q")
    assert "What goes along with likes?" in page
    assert "And with what else" not in page
    counts[:, 1] = np.nan
    page = page_of(state_of(shares, counts), tmp_path / "r")
    assert "Too little has been seen to say anything yet." in page
    assert "<svg" not in page


def test_a_page_says_whether_it_runs_and_why_it_ended(series: tuple[Array, Array], tmp_path: Path) -> None:
    state, folder = state_of(*series), tmp_path / "p"
    page = page_of(state, folder)
    assert '<meta http-equiv="refresh" content="10">' in page
    assert "Running; last written at 2026-05-01 20:00:00 UTC. This page looks for news every 10 s." in page
    assert "So far doubt goes with more gifts" in page
    why, told_as = "c.csv: '<b>,3' is no row", "c.csv: &#x27;&lt;b&gt;,3&#x27; is no row"
    for ended, told in (
        (Ended("it was played to its end"), "Ended at 2026-05-01 20:00:00 UTC: it was played to its end."),
        (Ended(why, broken=True), f"off at 2026-05-01 20:00:00 UTC, and nothing more comes: {told_as}."),
    ):
        page = page_of(state, folder, again=True, ended=ended)
        assert told in page
        assert ('class="careful"' in page) is ended.broken
        assert "refresh" not in page
        assert "Running" not in page
        assert "In what was seen doubt goes with more gifts" in page
        told_as_json = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        assert told_as_json["ended"] == {"why": ended.why, "broken": ended.broken}


def test_viewers_and_rows_that_were_left_out_are_shown(series: tuple[Array, Array], tmp_path: Path) -> None:
    shares, counts = series
    present = 50 + np.arange(240.0) % 7
    present[3] = np.nan
    board = LiveBoard(
        NAMES,
        Counted(counts),
        BEGAN,
        30.0,
        viewers=lambda start, _: float(present[round((start - BEGAN).total_seconds() / 30)]),
        left_out=lambda: "c.csv: 1 row is left out; line 9 ('<b>')",
    )
    for k, one in enumerate(shares):
        board.ended(WatchedStretch(30.0 * k, 30.0 * (k + 1), one, 1.0))
    board.look(BEGAN + timedelta(days=1))
    page = page_of(board.state, tmp_path / "p")
    assert "Viewers present: 50 to 56, at last 51." in page
    assert "1 stretch says nothing: 1 lacks the number of viewers" in page
    assert "c.csv: 1 row is left out; line 9 (&#x27;&lt;b&gt;&#x27;)." in page
    assert "beyond a straight trend over time and the number of viewers." in page
    course = live_figures(board.state)["course"]
    assert ">viewers<" in course
    assert "nan" not in course
