"""`telltale host live`: a broadcast followed as it runs, from a study, a file of counts and a service."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cli.test_host_policy import own
from tests.host.planted_path import NoCoder
from tests.hosts_studies import SHOWN, changed, said_to_be_real
from tests.perceive.recordings import record, talking

from telltale.cli import app
from telltale.core import clock
from telltale.host.study_points import PointSettings, study_points
from telltale.host.study_shown import study_shown
from telltale.live.book import Book
from telltale.live.tables import Statements, prepare_live
from telltale.records.writer import GroupWriter
from telltale.strategy.ledger_tables import open_ledger
from telltale.strategy.visits import Visit
from telltale.study.store import Study

Run = Callable[..., tuple[int, str, str]]

TELLTALE = "from telltale.cli import main; main()"
ROOM = "r0003"
LAST = "One broadcast cannot tell which of the two makes the other"
START_S = 60.0
"""So long a process may take to begin, on a machine that does much else."""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs `telltale host live ...` in an empty folder, gives its exit code, stdout and stderr."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.delenv("TELLTALE_DATABASE_URL", raising=False)

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["telltale", "host", "live", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            app.main()
        captured = capsys.readouterr()
        return int(stop.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven seconds of a head that smiles."""
    return record(tmp_path_factory.mktemp("clip") / "show.mp4", 7.0, talking, rate_hz=10.0)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return own(tmp_path, '"JP"', read=True, coaching=True)


def told_in(page: Path) -> dict[str, Any]:
    assert (page / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    found: dict[str, Any] = json.loads((page / "report.json").read_text(encoding="utf-8"))["live"]
    return found


def test_a_study_is_played_and_ends_in_the_numbers_of_the_whole(run: Run, shares_study: Path) -> None:
    code, out, err = run(shares_study, "--room", ROOM, "--speed", 0, "--report", "page")
    assert (code, err) == (0, "Open page/report.html\n")
    lines = out.splitlines()
    assert lines[0] == "  1.0 min  Too little has been seen to say anything yet."
    assert lines[-3].startswith(" 60.0 min  So far ")
    assert lines[-2].startswith("60 minutes in 60 stretches of 60 s.")
    assert lines[-1].startswith(LAST)
    page = Path("page/report.html").read_text(encoding="utf-8")
    assert "<strong>simulated</strong>" in page
    assert 'http-equiv="refresh"' not in page
    told = told_in(Path("page"))
    assert (told["stretches"], told["waiting"], told["unread"], told["every_s"]) == (60, 0, 0, 60.0)
    study = Study.open(shares_study)
    now = clock.now()
    points = study_points(study, study_shown(study, NoCoder(), now), now, PointSettings())
    mine = points.room == points.shown.room_ids.index(ROOM)
    shares = points.shares[mine].astype(float)
    counts = np.stack(list(points.counts.values()), axis=1)[mine]
    many = len(SHOWN)
    for lag in (0, 1, 2):
        whole = np.corrcoef(shares[: 60 - lag].T, counts[lag:].T)[:many, many:]
        np.testing.assert_allclose(np.array(told["correlations"]["r"])[lag], whole, atol=1e-6)


def test_a_study_without_the_platforms_counts_is_played_in_the_stretches_that_are_asked_for(
    run: Run, shares_study: Path, tmp_path: Path
) -> None:
    study = changed(shares_study, tmp_path / "events", room_counts=None)
    code, out, _ = run(study, "--room", ROOM, "--speed", 0, "--every", 120, "--half-life", 10)
    assert code == 0
    assert "60 minutes in 30 stretches of 120 s; what is 10 min old counts half" in out


def test_what_cannot_be_followed_is_one_clear_line(
    run: Run, shares_study: Path, policy: Path, tmp_path: Path
) -> None:
    (tmp_path / "here/mine").mkdir()
    (tmp_path / "here/mine/file").write_text("mine", encoding="utf-8")
    law, coaching = ("--policy", policy), ("--place", "DE", "--self-coaching")
    for words, told in (
        (
            (shares_study,),
            "no broadcast is named: --room takes one of r0000, r0001, r0002, r0003, r0004, ...",
        ),
        ((shares_study, "--room", "r9"), "no broadcast 'r9' is in this study: --room takes one of r0000"),
        ((shares_study, "--counts", "c.csv"), "a study holds its own counts and faces: leave --counts"),
        ((shares_study, "--room", ROOM, "--report", "mine"), "mine exists and is not empty"),
        ((shares_study, "--room", ROOM, "--self-coaching"), "holds 8 hosts, and self-coaching is of one"),
        (("show.mp4",), "name it with --place, such as --place DE"),
        (("show.mp4", "--place", "DE"), "for others to see in DE"),
        (("show.mp4", *coaching, "--report", "page"), "--report writes a page that others could see"),
        (("show.mp4", *law), "nothing, or two things, to count by: give one of --counts FILE and --service"),
        (("show.mp4", *law, "--counts", "c.csv", "--service", "s"), "nothing, or two things, to count by"),
        (("show.mp4", *law, "--service", "s"), "a service has many rooms: name the host's with --room ID"),
        (("show.mp4", *law, "--counts", "c.csv"), "no file of counts at c.csv: name the file that an export"),
        (("show.mp4", *law, "--service", "s", "--room", "r"), "no service keeps its events in s: give the"),
    ):
        code, _, err = run(*words)
        assert code == 2
        assert told in err
        assert len(err.splitlines()) == 1
    assert not Path("s").exists()
    assert not Path("page").exists()


def test_a_real_study_asks_the_law_first(run: Run, shares_study: Path, policy: Path, tmp_path: Path) -> None:
    real = said_to_be_real(shares_study, tmp_path / "real")
    words = (real, "--room", ROOM, "--speed", 0, "--report", "page")
    for more, told in (
        ((), "name it with --place"),
        (("--place", "DE"), "for others to see in DE"),
        (("--place", "DE", "--self-coaching"), "--report writes a page that others could see"),
    ):
        code, out, err = run(*words, *more)
        assert (code, out, told in err) == (2, "", True)
        assert not Path("page").exists()
    code, out, _ = run(*words, "--policy", policy)
    assert (code, out.splitlines()[0]) == (0, "allowed in JP by policy my-place (an article)")
    assert "<strong>simulated" not in Path("page/report.html").read_text(encoding="utf-8")
    alone = said_to_be_real(
        shares_study, tmp_path / "alone", rooms=lambda rows: [row | {"host_id": "h000"} for row in rows]
    )
    code, out, _ = run(alone, "--room", ROOM, "--speed", 0, "--place", "DE", "--self-coaching")
    assert (code, "as self-coaching that the host alone sees" in out) == (0, True)


def playing(study: Path, page: Path) -> subprocess.Popen[str]:
    """A process that plays ten stretches a second, and has played two."""
    words = ["host", "live", study, "--room", ROOM, "--speed", 600, "--report", page]
    process = subprocess.Popen(
        [sys.executable, "-c", TELLTALE, *map(str, words)], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s and process.poll() is None:
        if (page / "report.json").is_file() and told_in(page)["stretches"] >= 2:
            return process
        time.sleep(0.02)
    process.kill()
    raise AssertionError(process.communicate())


def test_ctrl_c_ends_it_with_a_last_line_and_a_kill_leaves_a_page(shares_study: Path, tmp_path: Path) -> None:
    pages = {how: tmp_path / how.name for how in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)}
    for how, page in pages.items():
        process = playing(shares_study, page)
        process.send_signal(how)
        out, err = process.communicate(timeout=START_S)
        told = told_in(page)
        assert 2 <= told["stretches"] < 60
        reloads = 'http-equiv="refresh"' in (page / "report.html").read_text(encoding="utf-8")
        if how == signal.SIGKILL:
            assert reloads
            continue
        assert (process.returncode, err, reloads) == (0, f"Open {page / 'report.html'}\n", False)
        assert out.splitlines()[-1].startswith(LAST)
        assert f"{told['stretches']} minutes in {told['stretches']} stretches of 60 s." in out


@contextmanager
def meanwhile(what: Callable[[threading.Event], None]) -> Iterator[None]:
    """Do it beside, until the block ends."""
    over = threading.Event()
    thread = threading.Thread(target=what, args=(over,))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def row(*counts: object, moment: datetime | None = None) -> str:
    return ",".join([(moment or clock.now()).isoformat(), *map(str, counts)]) + "\n"


def test_a_video_is_followed_by_a_file_that_grows_until_ctrl_c(run: Run, clip: Path, policy: Path) -> None:
    counts, page = Path("counts.csv"), Path("page")
    counts.write_text("time,purchases,likes\n" + row(0, 0), encoding="utf-8")

    def export(over: threading.Event) -> None:
        while not over.wait(0.25):
            with counts.open("a", encoding="utf-8") as file:
                file.write(row(1, 2))
            if (page / "report.html").is_file():
                os.kill(os.getpid(), signal.SIGINT)
                return

    with meanwhile(export):
        words = ("--policy", policy, "--counts", counts, "--every", 5, "--report", page)
        code, out, err = run(clip, *words)
    assert (code, err) == (0, "Open page/report.html\n")
    assert out.splitlines()[0] == "allowed in JP by policy my-place (an article)"
    assert out.splitlines()[-1].startswith(LAST)
    told = told_in(page)
    assert (told["stretches"], told["waiting"], told["unread"]) == (1, 0, 0)
    (shares,), (counted,) = told["shares"], told["counts"]
    assert len(shares) == 28
    assert 0 <= min(shares) <= sum(shares) <= 1
    # Four rows a second were asked for, a little less is written; likes are twice purchases, and engagement.
    assert 10 < counted[0] <= 20.5
    assert counted[1:] == pytest.approx([2 * counted[0]] * 2)
    assert told["correlations"]["outcomes"] == ["purchases", "likes", "engagement"]
    assert 'http-equiv="refresh"' not in (page / "report.html").read_text(encoding="utf-8")


def test_a_row_that_breaks_ends_it_in_one_line(run: Run, clip: Path, policy: Path) -> None:
    counts = Path("counts.csv")
    counts.write_text("time,purchases\n" + row(0), encoding="utf-8")

    def export(over: threading.Event) -> None:
        over.wait(0.3)
        with counts.open("a", encoding="utf-8") as file:
            file.write("just now,3\n")

    with meanwhile(export):
        code, _, err = run(clip, "--policy", policy, "--counts", counts, "--every", 5)
    assert code == 2
    assert err.startswith(
        "error counts.csv: 'just now,3' is no row of counts: write time,purchases: time as "
    )
    assert len(err.splitlines()) == 1


def test_a_video_is_followed_by_a_running_service(run: Run, clip: Path, policy: Path) -> None:
    now, said = clock.now(), Statements(disclosed=True, released=True, age_at_least=18)

    async def go(book: Book) -> None:
        await book.agree("ann", ("read_face", "research"), said, text_version="a", now=now)
        for room in ("mine", "other"):
            assert await book.start_visit(Visit(room, "ann", room, now), now)
        for k in range(1, 100):
            # Four likes a second in this room, and as many purchases in the other.
            later = now + timedelta(seconds=k / 4)
            await book.keep_event("mine", "like", "", later)
            await book.keep_event("other", "purchase", "p", later)

    Path("service").mkdir()
    with open_ledger(f"sqlite:///{Path('service/live.db').absolute()}") as database:
        prepare_live(database)
        with GroupWriter(database) as writer:
            asyncio.run(go(Book(database, writer)))
    words = ("--policy", policy, "--service", "service", "--every", 5)
    code, out, err = run(clip, *words, "--room", "mine", "--report", "page")
    assert (code, err) == (0, "Open page/report.html\n")
    assert out.splitlines()[-1].startswith(LAST)
    told = told_in(Path("page"))
    assert told["correlations"]["outcomes"] == ["purchases", "comments", "likes", "shares", "engagement"]
    (counted,) = told["counts"]
    assert counted[:2] == [0, 0]
    assert 20 <= counted[2] <= 21
    assert counted[3:] == [0, counted[2]]


def test_a_room_that_nobody_visited_is_told(run: Run, policy: Path, tmp_path: Path) -> None:
    Path("service").mkdir()
    Path("service/live.db").touch()
    short = record(tmp_path / "short.mp4", 0.3, talking)
    words = ("--policy", policy, "--service", "service", "--room", "mistyped")
    code, out, err = run(short, *words)
    assert (code, err) == (0, "nobody is known to have visited room mistyped yet\n")
    assert "  0.0 min  Too little has been seen to say anything yet." in out
    Path("service/live.db").write_text("no database, just words. " * 100, encoding="utf-8")
    code, _, err = run(short, *words)
    assert (code, "file is not a database" in err, len(err.splitlines())) == (2, True, 1)
