"""`telltale host live`: a broadcast followed as it runs, from a study, a file of counts and a service."""

from __future__ import annotations

import asyncio
import itertools
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
from functools import partial
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.cli.host_videos import two_heads
from tests.cli.running import Run
from tests.cli.test_host_policy import own
from tests.host.planted_path import NoCoder
from tests.hosts_studies import SHOWN, changed, said_to_be_real
from tests.perceive.recordings import record, talking

from telltale.cli.host_live_source import FollowedSource
from telltale.core import clock
from telltale.core.signal import Signal
from telltale.host.live_counts import FileCounter
from telltale.host.study_points import PointSettings, study_points
from telltale.host.study_shown import study_shown
from telltale.live.book import Book
from telltale.live.tables import Statements, prepare_live
from telltale.media.containers import StreamError
from telltale.media.frame import Frame, SourceCounts, SourceInfo
from telltale.media.open import open_source
from telltale.media.source import AbstractSource
from telltale.records.writer import GroupWriter
from telltale.strategy.ledger_tables import open_ledger
from telltale.strategy.visits import Visit
from telltale.study.store import Study, texts

TELLTALE = "from telltale.cli import main; main()"
ROOM = "r0003"
LAST = "One broadcast cannot tell which of the two makes the other"
START_S = 60.0
"""So long a process may take to begin, on a machine that does much else."""


@pytest.fixture
def run(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `telltale host live ...` in an empty folder."""
    monkeypatch.delenv("TELLTALE_DATABASE_URL", raising=False)
    return partial(run, "host", "live")


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


def ended_by(page: Path) -> dict[str, Any] | None:
    """What the page says of its end, in words and in numbers; it asks for more where there is none."""
    words = (page / "report.html").read_text(encoding="utf-8")
    found: dict[str, Any] | None = json.loads((page / "report.json").read_text(encoding="utf-8"))["ended"]
    assert ('http-equiv="refresh"' in words) is ("Running; last written at " in words) is (found is None)
    assert found is None or escape(found["why"]) in words
    return found


def test_a_study_is_played_and_ends_in_the_numbers_of_the_whole(run: Run, shares_study: Path) -> None:
    code, out, err = run(shares_study, "--room", ROOM, "--speed", 0, "--report", "page")
    assert (code, err) == (0, "Open page/report.html\n")
    lines = out.splitlines()
    assert lines[0] == "  1.0 min  Too little has been seen to say anything yet."
    assert lines[-3].startswith(" 60.0 min  In what was seen ")
    assert lines[-2].startswith(
        "60 minutes in 60 stretches of 60 s. A straight trend over time and the number"
    )
    assert lines[-2].endswith("Counted: whoever the study's platform counted.")
    assert lines[-1].startswith(LAST)
    page = Path("page/report.html").read_text(encoding="utf-8")
    assert "<strong>simulated</strong>" in page
    assert ended_by(Path("page")) == {"why": "it was played to its end", "broken": False}
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
        both = np.column_stack([shares[: 60 - lag], np.log1p(counts[lag:])])
        on = np.column_stack([np.ones(60), np.arange(60), np.log1p(points.viewers[mine])])[lag:]
        whole = np.corrcoef((both - on @ np.linalg.lstsq(on, both)[0]).T)[:many, many:]
        np.testing.assert_allclose(np.array(told["correlations"]["r"])[lag], whole, atol=1e-6)


def test_a_study_without_the_platforms_counts_is_played_in_the_stretches_that_are_asked_for(
    run: Run, shares_study: Path, tmp_path: Path
) -> None:
    study = changed(shares_study, tmp_path / "events", room_counts=None)
    code, out, _ = run(study, "--room", ROOM, "--speed", 0, "--every", 120, "--half-life", 10)
    assert code == 0
    assert "60 minutes in 30 stretches of 120 s; what is 10 min old counts half" in out
    assert "Counted: the study's own viewers." in out


def test_only_the_broadcast_that_is_asked_for_is_coded(
    run: Run, signals_study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    really = Study.host_signal

    def watched(study: Study, room: str, *more: Any, **named: Any) -> Signal:
        opened.append(room)
        return really(study, room, *more, **named)

    monkeypatch.setattr(Study, "host_signal", watched)
    monkeypatch.setattr("telltale.core.pool.default_workers", lambda: 1)
    study = Study.open(signals_study)
    rooms = [
        name for name in texts(study.table("rooms"), "room_id") if study.host_signal_path(name).is_file()
    ]
    assert len(rooms) > 1
    code, out, err = run(signals_study, "--room", rooms[1], "--speed", 0)
    assert (code, err) == (0, ""), err
    assert out.splitlines()[-1].startswith(LAST)
    assert set(opened) == {rooms[1]}


def test_a_study_s_host_is_coded_by_the_culture_that_it_names(
    run: Run, signals_study: Path, tmp_path: Path
) -> None:
    host_of = dict(
        zip(
            *(texts(Study.open(signals_study).table("rooms"), key) for key in ("room_id", "host_id")),
            strict=True,
        )
    )
    room = next(name for name in host_of if Study.open(signals_study).host_signal_path(name).is_file())

    def named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [one | {"culture": "East Asia" if one["host_id"] == host_of[room] else ""} for one in rows]

    study = changed(signals_study, tmp_path / "named", hosts=named)
    shares = {}
    for culture in (None, "east_asia", "none"):
        page, asked = f"page {culture}", () if culture is None else ("--culture", culture)
        code, _, err = run(study, "--room", room, "--speed", 0, "--report", page, *asked)
        assert (code, err) == (0, f"Open {page}/report.html\n")
        shares[culture] = told_in(Path(page))["shares"]
    assert shares[None] == shares["east_asia"]
    assert shares[None] != shares["none"]


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
        (
            (shares_study, "--room", ROOM, "--culture", "east_asia"),
            "nothing is left to code: leave --culture",
        ),
        (("show.mp4", *law, "--counts", "c.csv", "--culture", "auto"), "a video tells no culture"),
        ((shares_study, "--counts", "c.csv"), "its own counts and faces, on one clock: leave --counts"),
        ((shares_study, "--room", ROOM, "--mapping", "m.toml"), "its own counts and faces, on one clock"),
        (
            ("show.mp4", *law, "--service", "s", "--room", "r", "--mapping", "m.toml"),
            "--mapping says how --c",
        ),
        ((shares_study, "--room", ROOM, "--delay", 8), "its own counts and faces, on one clock: leave"),
        (("0", "--delay", "nan"), "Invalid value for '--delay'"),
        (("0", "--delay", -1), "Invalid value for '--delay'"),
        (("0", "--delay", "3601"), "Invalid value for '--delay'"),
        (("0", "--half-life", "inf"), "Invalid value for '--half-life'"),
        ((shares_study, "--room", ROOM, "--report", "mine"), "mine exists and is not empty"),
        ((shares_study, "--room", ROOM, "--self-coaching"), "holds 8 hosts, and self-coaching is of one"),
        (
            ("show.mp4", *coaching, "--counts", "c.csv", "--face", 0, "--face", 1),
            "self-coaching is of one host",
        ),
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
        ended = ended_by(page)
        if how == signal.SIGKILL:
            assert ended is None
            continue
        assert ended == {"why": "whoever followed it stopped it", "broken": False}
        assert (process.returncode, err) == (0, f"Open {page / 'report.html'}\n")
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
    counts.write_text("time,purchases,likes,viewers\n" + row(0, 0, 40), encoding="utf-8")

    def export(over: threading.Event) -> None:
        while not over.wait(0.25):
            with counts.open("a", encoding="utf-8") as file:
                file.write(row(1, 2, 40))
            if (page / "report.html").is_file() and told_in(page)["stretches"]:
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
    assert ended_by(page) == {"why": "whoever followed it stopped it", "broken": False}
    assert told["who"] == "whoever the platform counted in the file"
    # Viewers who are present are no count of what they do.
    assert told["correlations"]["beyond"] == ["trend", "viewers"]
    assert told["viewers"] == pytest.approx([40])
    assert "Viewers present: 40 to 40, at last 40." in (page / "report.html").read_text(encoding="utf-8")


def test_pictures_that_come_late_meet_the_counts_of_their_own_time(
    run: Run, clip: Path, policy: Path
) -> None:
    # So far up to now, and nothing after: the more purchases, the later.
    counts, now = Path("counts.csv"), clock.now()
    rows = [row(k, moment=now - timedelta(seconds=120 - 2 * k)) for k in range(61)]
    counts.write_text("time,purchases\n" + "".join(rows), encoding="utf-8")
    words = ("--policy", policy, "--counts", counts, "--every", 5, "--report", "page")
    code, _, err = run(clip, *words, "--delay", 60)
    assert (code, err) == (0, "Open page/report.html\n")
    told = told_in(Path("page"))
    end = datetime.fromisoformat(told["now"])
    assert -55 <= (end - now).total_seconds() <= -55 + START_S / 2
    (counted,) = told["counts"]
    wanted = FileCounter(counts).between(end - timedelta(seconds=5), end)
    assert counted == pytest.approx(wanted.tolist())
    assert 70 < counted[0] < 150


def test_a_platform_s_own_export_is_followed_by_the_mapping_of_an_import(
    run: Run, clip: Path, policy: Path
) -> None:
    Path("mapping.toml").write_text(
        """
[[source]]
table = "room_counts"
file = "minutes.csv"
encoding = "gb18030"
stamp_marks = "end"
[source.columns]
room_id = { column = "直播间" }
time_s = { column = "时间", time = "%Y-%m-%d %H:%M:%S", timezone = "Asia/Shanghai" }
length_s = { constant = 2 }
purchases = { column = "累计订单", cumulative = true }
likes = { column = "点赞", suffixes = { "w" = 1e4 } }
""",
        encoding="utf-8",
    )
    shanghai, now = ZoneInfo("Asia/Shanghai"), clock.now().replace(microsecond=0)
    rows = []
    for k in range(1, 61):
        stamp = (now + timedelta(seconds=2 * k - 60)).astimezone(shanghai)
        rows += [
            f"{room},{stamp:%Y-%m-%d %H:%M:%S},{orders},1.2w" for room, orders in (("A", k), ("B", 7 * k))
        ]
    counts = Path("export.csv")
    counts.write_text("\n".join(["直播间,时间,累计订单,点赞", *rows, ""]), encoding="gb18030")
    words = ("--policy", policy, "--counts", counts, "--every", 5, "--report", "page")
    code, _, err = run(clip, *words, "--mapping", "mapping.toml", "--room", "B")
    assert (code, err) == (0, "Open page/report.html\n")
    told = told_in(Path("page"))
    assert told["correlations"]["outcomes"] == ["purchases", "likes", "engagement"]
    assert told["counts"][0] == pytest.approx([17.5, 30_000, 30_000])
    for more, wrong in (
        ((), "is not written in UTF-8: export it so, or set 'encoding' in a --mapping FILE"),
        (("--mapping", "mapping.toml"), "rows tell their broadcast: name this broadcast with --room ID"),
        (("--mapping", "no.toml", "--room", "B"), "no.toml"),
    ):
        code, _, err = run(clip, "--policy", policy, "--counts", counts, *more)
        assert (code, len(err.splitlines()), wrong in err) == (2, 1, True), err


def test_several_faces_are_told_and_named_they_are_hosts_together(
    run: Run, policy: Path, tmp_path: Path
) -> None:
    pair = record(tmp_path / "pair.mp4", 6.0, two_heads, rate_hz=10.0)
    now = clock.now()
    rows = [row(1, moment=now + timedelta(seconds=k)) for k in range(-60, 120)]
    Path("counts.csv").write_text("time,purchases\n" + "".join(rows), encoding="utf-8")
    shown = {}
    for faces in ((), ("0",), ("1",), ("0", "1"), ("7",)):
        page = f"page-{'-'.join(faces)}"
        named = [word for face in faces for word in ("--face", face)]
        words = ("--policy", policy, "--counts", "counts.csv", "--every", 5, "--report", page)
        code, _, err = run(pair, *words, *named)
        assert code == 0
        shown[faces], told = told_in(Path(page))["shares"], err.splitlines()[1:]
        if not faces:
            assert told[0].startswith(
                "2 faces show, and the host is taken to be the one that is read longest"
            )
            assert set(told[0].split()) >= {"--face", "0", "1"}
        elif faces == ("7",):
            assert told == ["not seen so far: face 7; in the picture: 0, 1"]
        else:
            assert told == []
    one, other, both = (np.array(shown[faces][0]) for faces in (("0",), ("1",), ("0", "1")))
    assert np.abs(one - other).max() > 0.2
    np.testing.assert_allclose(both, (one + other) / 2, atol=0.02)


def test_a_row_that_breaks_is_left_out_and_told(run: Run, clip: Path, policy: Path) -> None:
    counts = Path("counts.csv")
    counts.write_text("time,purchases\n" + row(0), encoding="utf-8")

    def export(over: threading.Event) -> None:
        for broken in ("just now,3\n", "later,3\n"):
            while not over.wait(0.05) and not Path("page/report.html").is_file():
                pass
            with counts.open("a", encoding="utf-8") as file:
                file.write(broken)
            over.wait(1.0)

    with meanwhile(export):
        words = ("--policy", policy, "--counts", counts, "--every", 5, "--report", "page")
        code, out, err = run(clip, *words)
    assert (code, out.splitlines()[-1].startswith(LAST)) == (0, True)
    assert err.splitlines()[0] == "Open page/report.html"
    told = "counts.csv: 2 rows are left out; the first, line 3 ('just now,3'): 'just now' is no time"
    assert err.splitlines()[-1].startswith(told)
    assert told_in(Path("page"))["left_out"].startswith(told)
    assert escape(told) in Path("page/report.html").read_text(encoding="utf-8")
    assert ended_by(Path("page")) == {"why": "the stream came to its end", "broken": False}


def test_a_file_that_breaks_ends_it_in_one_line(run: Run, clip: Path, policy: Path) -> None:
    counts = Path("counts.csv")
    counts.write_text("time,purchases\n" + row(0), encoding="utf-8")

    def export(over: threading.Event) -> None:
        while not over.wait(0.05) and not Path("page/report.html").is_file():
            pass
        counts.write_text("time,purchases\n", encoding="utf-8")

    with meanwhile(export):
        words = ("--policy", policy, "--counts", counts, "--every", 5, "--report", "page")
        code, _, err = run(clip, *words)
    assert code == 2
    opened, why = err.splitlines()
    assert opened == "Open page/report.html"
    why = why.removeprefix("error ")
    assert why == "counts.csv has become shorter: let an export only add rows to it"
    assert ended_by(Path("page")) == {"why": why, "broken": True}


ADDRESS = "rtsp://me:secret@127.0.0.1/live?key=7"


class Breaking(AbstractSource):
    """A stream of half a second in which nobody shows, and that then stays away."""

    def __init__(self) -> None:
        self.counts = SourceCounts()
        self.info = SourceInfo("a stream", 64, 64, 10.0, None, None, True)

    def __iter__(self) -> Iterator[Frame]:
        for k in range(5):
            self.counts.frames += 1
            yield Frame(k, k / 10, np.zeros((64, 64, 3), np.uint8))
        raise StreamError(f"{ADDRESS.replace('secret', '***')} stood still", hint="does it still run?")

    def close(self) -> None:
        pass


def test_a_stream_that_breaks_off_says_so(run: Run, policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telltale.media.open.open_source", lambda _: Breaking())
    Path("counts.csv").write_text("time,purchases\n", encoding="utf-8")
    code, _, err = run(ADDRESS, "--policy", policy, "--counts", "counts.csv", "--report", "page")
    told = "rtsp://me:***@127.0.0.1/live?key=7 stood still: does it still run?"
    assert (code, err.splitlines()) == (0, ["Open page/report.html", told])
    # A page is for others to see: nothing of how to look at the stream.
    why = "rtsp://127.0.0.1/live stood still: does it still run?"
    assert ended_by(Path("page")) == {"why": why, "broken": True}
    page = Path("page/report.html").read_text(encoding="utf-8")
    assert "The broadcast rtsp://127.0.0.1/live:" in page
    assert not [word for word in ("secret", "me:***", "key=7") if word in page]


def test_a_recording_that_a_web_server_holds_is_played_at_its_own_speed(clip: Path) -> None:
    with open_source(clip) as source:
        assert not source.info.live
        followed = FollowedSource(source)
        assert followed.info.live
        began_s = time.monotonic()
        seen = list(itertools.islice(followed, 4))
        assert time.monotonic() - began_s >= seen[-1].time_s - seen[0].time_s > 0.2
        assert (followed.ended, followed.broken) == ("", False)


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
    assert told["correlations"]["outcomes"] == [
        "purchases",
        "comments",
        "likes",
        "shares",
        "gifts",
        "engagement",
    ]
    (counted,) = told["counts"]
    assert counted[:2] == [0, 0]
    assert 20 <= counted[2] <= 21
    assert counted[3:] == [0, 0, counted[2]]
    assert ended_by(Path("page")) == {"why": "the stream came to its end", "broken": False}
    assert "Counted: viewers who agreed to research alone." in out
    assert "Counted: viewers who agreed to research alone." in Path("page/report.html").read_text("utf-8")


def test_a_room_that_nobody_visited_is_told(run: Run, policy: Path, tmp_path: Path) -> None:
    Path("service").mkdir()
    Path("service/live.db").touch()
    short = record(tmp_path / "short.mp4", 0.3, talking)
    words = ("--policy", policy, "--service", "service", "--room", "mistyped")
    code, out, err = run(short, *words)
    assert (code, err) == (0, "nobody is known to have visited room mistyped yet\n")
    assert "  0.0 min  Too little was seen to say anything." in out
    Path("service/live.db").write_text("no database, just words. " * 100, encoding="utf-8")
    code, _, err = run(short, *words)
    assert (code, "file is not a database" in err, len(err.splitlines())) == (2, True, 1)
