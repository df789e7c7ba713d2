"""`telltale causal paths --follow`: sessions that come are counted once, and numbers are those of a batch."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.study.builder import read_signal_rows
from typer.testing import CliRunner, Result

from telltale.causal.arrows_anew import ArrowChanges, changes
from telltale.causal.asked_graph import AskedGraph
from telltale.causal.further_rows import further_rows
from telltale.causal.live_paths import PathQuestion
from telltale.cli import causal_followed
from telltale.cli.app import build as build_app
from telltale.cli.causal_follow import line_of
from telltale.cli.causal_followed import FollowedPaths, Told
from telltale.cli.causal_panel import chosen_factors, learn, read_panel
from telltale.core.errors import TelltaleError
from telltale.core.rng import stream
from telltale.core.signal_file import write_signal
from telltale.factors.from_study import factor_panel
from telltale.factors.panel import FactorPanel
from telltale.report.causal_chains import anew_words
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.study.store import read_table, texts, write_table

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ARROWS = """
forbidden = ["desire -> attention"]
required = [
    "promotion -> attention", "promotion -> desire", "attention -> desire", "attention -(1)-> attention",
    "desire -(1)-> desire", "attention -(1)-> desire", "desire -(1)-> attention",
]
"""
FACTORS = ["promotion", "attention", "desire"]
ASKED = ["--from", "promotion", "--to", "desire", *(word for name in FACTORS for word in ("--factor", name))]
QUESTION = PathQuestion("promotion", "desire", strongest=5)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("follow") / "study"
    return simulate_study(out, load_spec().scaled(60), seed=2, signals="none").study


@pytest.fixture
def arrows(tmp_path: Path) -> Path:
    """All arrows that time allows, so that whoever learns them has the same."""
    (tmp_path / "arrows.toml").write_text(ARROWS, encoding="utf-8")
    return tmp_path / "arrows.toml"


class Growing:
    """A copy of a study of which sessions are shown."""

    def __init__(self, whole: Path, folder: Path) -> None:
        shutil.copytree(whole, folder)
        self.folder, self.table = folder, read_table(whole / "sessions.parquet")
        self.consents = whole / "consents.parquet"
        self.names = sorted(texts(self.table, "session_id"))
        rooms = zip(texts(self.table, "session_id"), texts(self.table, "room_id"), strict=True)
        self.room = dict(rooms)

    def show(self, names: Sequence[str]) -> None:
        kept = pc.is_in(self.table["session_id"], value_set=pa.array(list(names), pa.string()))
        write_table(self.folder / "sessions.parquet", self.table.filter(kept))

    def of_rooms(self, first: int) -> list[str]:
        rooms = sorted(set(self.room.values()))[:first]
        return [name for name in self.names if self.room[name] in rooms]


@pytest.fixture
def growing(whole: Path, tmp_path: Path) -> Growing:
    return Growing(whole, tmp_path / "growing")


def follower(
    study: Path,
    arrows: Path,
    shared: str = "keep",
    factors: Sequence[str] = FACTORS,
    drop: causal_followed.Drop | None = None,
    relearn_every: int | None = None,
) -> FollowedPaths:
    def learnt() -> tuple[AskedGraph, FactorPanel]:
        panel, names = read_panel(study, 5.0), list(factors)
        known = partial(learn, study, 5.0, names, arrows, 0, 0, wanted=("promotion", "desire"), panel=panel)
        return known(shared=shared), chosen_factors(panel, names, ())  # type: ignore[arg-type]

    return FollowedPaths(study, learnt, QUESTION, drop, relearn_every)


def batch(study: Path, arrows: Path, *words: str) -> dict[str, list[float]]:
    told = CliRunner().invoke(
        build_app(), ["causal", "paths", str(study), *ASKED, "--background", str(arrows), *words, "--json"]
    )
    assert told.exit_code == 0, told.output
    found: dict[str, list[float]] = json.loads(told.stdout)
    return found


def total(told: Told | None) -> list[float]:
    assert told is not None
    found: list[float] = told.found.paths.total.tolist()
    return found


@pytest.mark.parametrize("shared", ["keep", "adjust"])
def test_a_study_that_grows_is_followed_to_the_numbers_of_a_batch(
    whole: Path, growing: Growing, arrows: Path, tmp_path: Path, shared: str
) -> None:
    """The command itself, in a process of its own: sessions come, Ctrl-C ends it."""
    growing.show(growing.of_rooms(13))
    out, chosen = tmp_path / "page", len(growing.of_rooms(13))
    words = [*ASKED, "--background", str(arrows), "--shared", shared, "--report", str(out), "--follow"]
    command = [sys.executable, "-m", "telltale", "causal", "paths", str(growing.folder), *words]
    with subprocess.Popen(
        [*command, "--every", "0.2", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        late = threading.Timer(60, process.kill)
        late.start()
        try:
            told = [json.loads(process.stdout.readline())]
            assert (told[0]["sessions"], told[0]["since_chosen"]) == (chosen, 0)
            for first in (15, 17):
                growing.show(growing.of_rooms(first))
                while told[-1]["sessions"] < len(growing.of_rooms(first)):
                    told.append(json.loads(process.stdout.readline()))
            deadline = time.monotonic() + 10
            while json.loads((out / "report.json").read_text())["followed"]["sessions"] < 60:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert '<meta http-equiv="refresh" content="1">' in (out / "report.html").read_text()
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
            assert "Traceback" not in (process.stderr.read() if process.stderr else "")
        finally:
            late.cancel()
            process.kill()
    assert [one["since_chosen"] for one in told][-1] == 60 - chosen > 0
    wanted = batch(whole, arrows, "--shared", shared)
    for part in ("total", "direct", "other_chains"):
        assert told[-1][part] == pytest.approx(wanted[part], abs=1e-6)
    assert told[0]["total"] != pytest.approx(wanted["total"], abs=1e-3)
    assert told[-1]["intervals"]["total"]["low"][-1] < wanted["total"][-1]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert f"60 sessions; {60 - chosen} of them came since the arrows were chosen" in page
    assert page.rstrip().endswith("</html>")
    assert "refresh" not in page
    assert "<strong>simulated</strong>" in page
    assert not [file for file in out.rglob("*") if file.name.endswith(".part")]
    assert json.loads((out / "report.json").read_text())["followed"]["every_s"] is None


def test_a_session_is_read_once_and_a_look_that_finds_nothing_reads_nothing(
    growing: Growing, arrows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[list[str]] = []

    def seen(*given: object, session_ids: list[str], **more: object) -> FactorPanel:
        read.append(session_ids)
        return factor_panel(*given, session_ids=session_ids, **more)  # type: ignore[arg-type]

    growing.show(growing.names[:50])
    paths = follower(growing.folder, arrows)
    paths.start(NOW)
    monkeypatch.setattr(causal_followed, "factor_panel", seen)
    assert paths.look(NOW) == causal_followed.Looked()
    growing.show(growing.names[:52])
    # A look after it came: what was written beside sessions.parquet is there by then.
    assert paths.look(NOW).told is None
    growing.show(growing.names[:53])
    assert paths.look(NOW).told.sessions == 52  # type: ignore[union-attr]
    told = paths.look(NOW).told
    assert told is not None
    assert (told.sessions, told.since) == (53, 3)
    assert paths.look(NOW) == causal_followed.Looked()
    assert read == [growing.names[50:52], growing.names[52:53]]


def test_who_takes_consent_back_is_in_no_number_any_more(whole: Path, growing: Growing, arrows: Path) -> None:
    dropped: list[str] = []
    paths = follower(growing.folder, arrows, drop=lambda why, _: dropped.append(why))
    before = total(paths.start(NOW))
    consents = read_table(growing.folder / "consents.parquet")
    theirs = pc.equal(consents["participant_id"], consents["participant_id"][0])
    when = pa.scalar(NOW + timedelta(minutes=1), consents["withdrawn_at"].type)
    consents = consents.set_column(
        consents.column_names.index("withdrawn_at"),
        "withdrawn_at",
        pc.if_else(theirs, when, consents["withdrawn_at"]),
    )
    write_table(growing.folder / "consents.parquet", consents)
    assert paths.look(NOW).told is None
    # No file changes when the moment comes.
    looked = paths.look(NOW + timedelta(minutes=2))
    assert looked.says == ("1 person took consent back: all was read anew, and the arrows were chosen anew",)
    assert dropped == ["1 person took consent back; all is read anew"]
    assert looked.told is not None
    assert looked.told.sessions < 60
    assert looked.told.since == 0
    assert total(looked.told) == pytest.approx(batch(growing.folder, arrows)["total"], abs=1e-6)
    assert total(looked.told) != pytest.approx(before, abs=1e-6)
    # Where too little is left, nothing is told and nothing of before is kept.
    write_table(growing.folder / "consents.parquet", consents.slice(0, 0))
    looked = paths.look(NOW + timedelta(minutes=3))
    assert looked.told is None
    assert "people took consent back, and nothing is kept: no session is left" in looked.says[0]
    assert dropped[1].endswith("people took consent back; all is read anew")
    assert dropped[2:] == list(looked.says)
    shutil.copy(whole / "consents.parquet", growing.folder)
    assert paths.look(NOW + timedelta(minutes=4)).told.sessions == 60  # type: ignore[union-attr]


def test_what_is_broken_is_said_once_and_tried_again(growing: Growing, arrows: Path) -> None:
    growing.show(growing.names[:50])
    paths = follower(growing.folder, arrows)
    paths.start(NOW)
    factors = growing.folder / "viewer_factors.parquet"
    kept = factors.read_bytes()
    growing.show(growing.names[:53])
    factors.write_bytes(kept[:5000])
    assert paths.look(NOW).says == ()
    says = paths.look(NOW).says
    # One table, one line, however many sessions wait for it.
    assert len(says) == 1
    assert "viewer_factors" in says[0]
    assert says[0].endswith(f"; '{growing.names[50]}' and 2 more are read again once the study changes")
    assert paths.look(NOW) == causal_followed.Looked()
    factors.write_bytes(kept)
    assert paths.look(NOW).told.sessions == 53  # type: ignore[union-attr]
    for name in ("sessions.parquet", "consents.parquet", "study.toml"):
        file = growing.folder / name
        kept = file.read_bytes()
        file.write_bytes(kept[: len(kept) // 2])
        looked = paths.look(NOW)
        assert (looked.told, len(looked.says)) == (None, 1)
        assert looked.says[0].endswith("it is tried again once the study changes")
        assert paths.look(NOW) == causal_followed.Looked()
        file.write_bytes(kept)
        assert paths.look(NOW) == causal_followed.Looked()
    growing.show(growing.names)
    paths.look(NOW)
    assert total(paths.look(NOW).told) == pytest.approx(batch(growing.folder, arrows)["total"], abs=1e-6)


def test_a_session_waits_for_its_signal(growing: Growing, tmp_path: Path) -> None:
    for name in growing.names:
        rows = 0.3 + 0.3 * stream(1, name).random(1000)
        write_signal(
            read_signal_rows(100.0, au04_intensity_left=rows, au12_intensity_left=rows[::-1].copy()),
            growing.folder / "signals" / f"{name}.parquet",
        )
    late, broken = growing.names[-1], growing.names[-2]
    signals = {name: growing.folder / "signals" / f"{name}.parquet" for name in (late, broken)}
    kept = {name: file.read_bytes() for name, file in signals.items()}
    signals[late].unlink()
    growing.show(growing.names[:-3])
    empty = tmp_path / "empty.toml"
    empty.write_text("")
    factors = [*FACTORS, "face_desire"]
    paths = follower(growing.folder, empty, factors=factors)
    first = paths.start(NOW)
    assert first.sessions == 57
    signals[broken].write_bytes(kept[broken][:100])
    growing.show(growing.names)
    paths.look(NOW)
    looked = paths.look(NOW)
    assert looked.told is not None
    assert looked.told.sessions == 58
    assert len(looked.says) == 1
    assert broken in looked.says[0]
    signals[late].write_bytes(kept[late])
    signals[broken].write_bytes(kept[broken])
    told = [paths.look(NOW).told for _ in range(2)]
    assert [one.sessions for one in told if one] == [59, 60]


def test_where_shocks_are_taken_out_a_room_is_waited_for(growing: Growing, arrows: Path) -> None:
    first, more = growing.of_rooms(14), growing.of_rooms(16)
    fresh = [name for name in more if name not in first]
    growing.show(first)
    paths = follower(growing.folder, arrows, "adjust")
    paths.start(NOW)
    growing.show([*first, *fresh[:-1]])
    assert "of 2 broadcasts came: read once no more of them come" in paths.look(NOW).says[0]
    growing.show(more)
    # One room is as it was, the other has got one more.
    looked = paths.look(NOW)
    assert "1 broadcast came" in looked.says[0]
    alone = [name for name in fresh if growing.room[name] != growing.room[fresh[-1]]]
    assert looked.told is not None
    assert looked.told.since == len(alone)
    assert paths.look(NOW).told.since == len(fresh)  # type: ignore[union-attr]
    # A session that comes to a room that was counted: all is read anew.
    growing.show(more[1:])
    assert "1 session that was counted changed or went: all was read" in paths.look(NOW).says[0]
    growing.show(more)
    paths.look(NOW)
    looked = paths.look(NOW)
    assert looked.says[0].startswith("sessions came to a broadcast that was counted already: all was read")
    assert total(looked.told) == pytest.approx(
        batch(growing.folder, arrows, "--shared", "adjust")["total"], abs=1e-6
    )


def call(study: Path, *words: str) -> Result:
    return CliRunner().invoke(build_app(), ["causal", "paths", str(study), *ASKED, *words])


def test_a_person_reads_the_answer_and_then_lines(
    growing: Growing, arrows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C after three looks; the page cannot be written meanwhile, and is at the end."""
    growing.show(growing.names[:50])
    out, looks = tmp_path / "page", iter(range(3))

    def sleep(seconds: float) -> None:
        assert seconds == 0.5
        look = next(looks, None)
        if look is None:
            raise KeyboardInterrupt
        if look == 0:
            growing.show(growing.names)
            shutil.rmtree(out)
            out.write_text("in the way")
        if look == 2:
            out.unlink()

    monkeypatch.setattr(time, "sleep", sleep)
    told = call(
        growing.folder, "--background", str(arrows), "--report", str(out), "--follow", "--every", "0.5"
    )
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert lines[0].startswith("promotion on instead of off from then on moves desire by ")
    found = batch(growing.folder, arrows)
    assert "60 sessions, 10 since arrows were chosen: promotion moves desire by " in lines[-1]
    assert f"by {found['total'][-1]:+.3f} (" in lines[-1]
    assert "most by promotion > desire, " in lines[-1]
    assert "a look every 0.5 s" in told.stderr
    assert told.stderr.count("tried again after the next look") == 1
    assert "60 sessions; 10 of them came" in (out / "report.html").read_text()


def interrupted(monkeypatch: pytest.MonkeyPatch, *between: Callable[[], object]) -> None:
    """Do something before each look, then press Ctrl-C."""
    left = iter(between)

    def sleep(_: float) -> None:
        todo = next(left, None)
        if todo is None:
            raise KeyboardInterrupt
        todo()

    monkeypatch.setattr(time, "sleep", sleep)


def withdraw(study: Path) -> None:
    """Everybody takes consent back."""
    consents = read_table(study / "consents.parquet")
    write_table(study / "consents.parquet", consents.slice(0, 0))


def test_a_page_tells_nothing_once_too_few_agree(
    growing: Growing, arrows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, meanwhile, learnt = tmp_path / "page", [], further_rows
    words = ("--background", str(arrows), "--report", str(out), "--follow")

    def texts_of() -> list[str]:
        return [file.read_text(encoding="utf-8") for file in sorted(out.rglob("*")) if file.is_file()]

    def gone() -> None:
        assert '"total"' in (out / "report.json").read_text(encoding="utf-8")
        assert list((out / "figures").iterdir())
        withdraw(growing.folder)

    def read_anew(*given: Any) -> Any:
        meanwhile.append(texts_of())
        return learnt(*given)

    interrupted(monkeypatch, gone, lambda: meanwhile.append(texts_of()))
    told = call(growing.folder, *words)
    assert told.exit_code == 0, told.output
    for files in (*meanwhile, texts_of()):
        assert len(files) == 2
        assert all(
            "people took consent back, and nothing is kept: no session is left" in one for one in files
        )
        assert not any("raises" in one or '"total"' in one or "<svg" in one for one in files)
    assert "is looked at every 5 s" in "".join(meanwhile[0])
    assert "nobody follows the study any more" in "".join(texts_of()).lower()

    # Where enough are left, nothing of before stands while all is read anew.
    shutil.copy(growing.consents, growing.folder)
    meanwhile.clear()
    interrupted(monkeypatch, lambda: growing.show(growing.names[1:]))
    monkeypatch.setattr(causal_followed, "further_rows", read_anew)
    assert call(growing.folder, *words).exit_code == 0
    assert "1 session that was counted changed or went; all is read anew" in "".join(meanwhile[1])
    assert not any("raises" in one or "<svg" in one for one in meanwhile[1])
    assert "59 sessions" in "".join(texts_of())

    # Whoever takes the page up again when nobody is left leaves no numbers either.
    withdraw(growing.folder)
    assert isinstance(call(growing.folder, *words).exception, TelltaleError)
    assert len(texts_of()) == 2
    assert "Nothing is told" in texts_of()[0]


def test_the_same_question_takes_its_page_up_again_and_no_other_does(
    growing: Growing, arrows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "page"
    words = ("--background", str(arrows), "--report", str(out))
    growing.show(growing.names[:50])
    interrupted(monkeypatch)
    assert call(growing.folder, *words, "--follow").exit_code == 0
    growing.show(growing.names)
    (out / f".report.html.{2**22 + 1}.part").write_text("half")
    interrupted(monkeypatch)
    assert call(growing.folder, *words, "--follow").exit_code == 0
    kept = (out / "report.html").read_text(encoding="utf-8")
    assert "60 sessions; none of them came since" in kept
    for other in (["--follow", "--seconds", "30"], ["--follow", "--pulse"], []):
        assert "exists and is not empty" in str(call(growing.folder, *words, *other).exception)
    for foreign in ("mine.txt", "figures/mine.svg"):
        (out / foreign).write_text("mine")
        assert "exists and is not empty" in str(call(growing.folder, *words, "--follow").exception)
        (out / foreign).unlink()
    toml = growing.folder / "study.toml"
    toml.write_text(re.sub('name = ".*"', 'name = "another"', toml.read_text()))
    assert "exists and is not empty" in str(call(growing.folder, *words, "--follow").exception)
    assert (out / "report.html").read_text(encoding="utf-8") == kept


def test_a_page_that_another_process_keeps_is_refused_before_anything_is_read(
    growing: Growing, arrows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "page"
    words = ("--background", str(arrows), "--report", str(out), "--follow")
    mine, dead = tmp_path / f".page.{os.getpid()}.held", tmp_path / f".page.{2**22 + 1}.held"
    dead.touch()
    interrupted(monkeypatch, lambda: seen.append(mine.exists() and not dead.exists()))
    seen: list[bool] = []
    assert call(growing.folder, *words).exit_code == 0
    assert seen == [True]
    assert not mine.exists()
    kept = (out / "report.html").read_text(encoding="utf-8")
    (tmp_path / f".page.{os.getppid()}.held").touch()
    monkeypatch.setattr("telltale.cli.causal_follow.read_panel", pytest.fail)
    refused = call(growing.folder, *words).exception
    assert f"{out} is written by process {os.getppid()} that still runs" in str(refused)
    assert (out / "report.html").read_text(encoding="utf-8") == kept
    assert not mine.exists()


def test_a_page_that_cannot_be_ended_is_told_and_ctrl_c_still_ends_well(
    growing: Growing, arrows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "page"

    def in_the_way() -> None:
        shutil.rmtree(out)
        out.write_text("in the way")

    interrupted(monkeypatch, in_the_way)
    told = call(growing.folder, "--background", str(arrows), "--report", str(out), "--follow")
    assert told.exit_code == 0, told.output
    assert "the page is not brought to its end" in told.stderr
    assert out.read_text() == "in the way"


def test_what_a_search_anew_would_change_is_counted_and_done_if_asked(
    growing: Growing, tmp_path: Path
) -> None:
    """Arrows of few sessions are fewer: the count is that of a batch over all."""
    (tmp_path / "none.toml").write_text("")
    factors = ["promotion", "host_elation", "chat_mood", "chat_rate", "attention", "desire", "host_awe"]
    growing.show(growing.names[:34])
    paths = follower(growing.folder, tmp_path / "none.toml", factors=factors)
    first = paths.start(NOW)
    assert first.anew == ArrowChanges(0, 0)
    again = follower(growing.folder, tmp_path / "none.toml", factors=factors, relearn_every=15)
    again.start(NOW)
    growing.show(growing.names[:45])
    said = [again.look(NOW) for _ in range(2)][1]
    assert said.told is not None
    assert (said.told.since, said.says) == (11, ())
    growing.show(growing.names)
    told = [paths.look(NOW) for _ in range(2)][1].told
    assert told is not None
    chosen = [again.look(NOW) for _ in range(2)][1]
    assert chosen.told is not None
    assert (chosen.told.sessions, chosen.told.since) == (60, 0)
    assert told.anew == changes(first.asked.graph, chosen.told.asked.graph)
    assert told.anew != ArrowChanges(0, 0)
    assert chosen.says == (
        "26 sessions came since the arrows were chosen: all was read anew, and a new search did"
        f" {changes(said.told.asked.graph, chosen.told.asked.graph)}",
    )
    assert f"a quick search anew would {told.anew}" in line_of(told, 60)
    assert f"A quick search anew would {told.anew} (start again" in anew_words(told.anew, told.since)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--every", "1"), "--every says how often --follow looks: give --follow too"),
        (("--relearn-every", "9"), "--relearn-every is of --follow: give --follow too"),
        (("--follow", "--figure", "a.svg"), "--figure is drawn once"),
    ],
)
def test_what_makes_no_sense_is_refused_before_a_study_is_read(
    tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    error = call(tmp_path / "no study", *words).exception
    assert isinstance(error, TelltaleError)
    assert says in str(error)
