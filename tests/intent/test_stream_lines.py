"""Lines of rows in, answers out: what is told when, what is refused, and who is let go."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from tests.intent.moments import TINY, moments

from telltale.cli import app
from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.signal import Signal, unread_rows
from telltale.core.signal_file import write_signal
from telltale.intent.calibration import prior_corrected
from telltale.intent.evidence import face_evidence
from telltale.intent.registry import make_model
from telltale.intent.saved import SavedModel, about_model, save_model
from telltale.intent.stream import open_stream
from telltale.intent.stream_lines import Answer, InVainError, LineStream, run_lines


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = make_model("acts").fit(moments())
    out = tmp_path_factory.mktemp("lines") / "acts"
    save_model(model, out, about_model(model, 1 / 3, {"simulated": True}), "# card\n")
    return out


@pytest.fixture(
    scope="module",
    params=[("acts", {}), ("tcn-stream", {**TINY, "epochs": 1, "depth": 6})],
    ids=["acts", "tcn"],
)
def forgetful(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of each kind, one that looks back as far as any may."""
    kind, settings = request.param
    model = make_model(kind, **settings).fit(moments())
    out = tmp_path_factory.mktemp("rest") / "model"
    save_model(model, out, about_model(model, 1 / 3, {"simulated": True}), "# card\n")
    return out


def rows(seconds: int, seed: int = 0) -> np.ndarray:
    values = np.abs(np.random.default_rng(seed).normal(0, 0.08, (seconds * 10, channels.COUNT)))
    values[:, channels.VALID] = 1.0
    return values.astype(np.float32)


def line(viewer: str, first: int, values: np.ndarray, *, without: int = -1) -> str:
    """Rows from `first` on, but for the one at place `without`, which lets its second wait."""
    kept = [k for k in range(len(values)) if k != without]
    times_s = [round((first + k + 1) / 10, 1) for k in kept]
    told = [[None if np.isnan(v) else float(v) for v in values[k]] for k in kept]
    return json.dumps({"viewer": viewer, "times_s": times_s, "rows": told})


def seconds(viewer: str, values: np.ndarray) -> list[str]:
    """A line for each second."""
    return [line(viewer, first, values[first : first + 10]) for first in range(0, len(values), 10)]


def gone(viewer: str) -> str:
    return json.dumps({"viewer": viewer, "gone": True})


def good(told: Iterable[Answer | FormatError]) -> list[Answer]:
    return [answer for answer in told if isinstance(answer, Answer)]


def refusals(told: Iterable[Answer | FormatError]) -> list[str]:
    return [str(error) for error in told if isinstance(error, FormatError)]


def run(lines: LineStream, texts: list[str], in_batch: int = 1) -> list[Answer | FormatError]:
    """All that is told until the end; no time passes."""
    batches = (texts[start : start + in_batch] for start in range(0, len(texts), in_batch))
    return list(run_lines(lines, batches, lambda: 0.0))


def answers(lines: LineStream, texts: list[str]) -> list[Answer]:
    """Answers to lines that are all good."""
    told = run(lines, texts)
    assert not refusals(told)
    return good(told)


def by_viewer(told: Iterable[Answer | FormatError]) -> dict[str, list[Answer]]:
    """Answers of each viewer as they came."""
    found: dict[str, list[Answer]] = {}
    for answer in good(told):
        found.setdefault(answer.viewer, []).append(answer)
    return found


def assert_same(one: list[Answer], other: list[Answer]) -> None:
    """The same seconds in the same order, and the same probabilities."""
    assert [answer.second for answer in one] == [answer.second for answer in other]
    for mine, theirs in zip(one, other, strict=True):
        assert mine.probability == pytest.approx(theirs.probability, abs=1e-6)
        assert mine.read_share == theirs.read_share


def test_a_whole_second_is_answered_at_once_and_another_half_a_second_late(folder: Path) -> None:
    values = rows(40)
    stream = LineStream(open_stream(folder, 4))
    told: dict[int, Answer] = {}
    for second in range(40):
        block, lacks = values[second * 10 : second * 10 + 10], 4 if second == 5 else -1
        for answer in good(stream.take([line("a", second * 10, block, without=lacks)], 0.0)):
            told[answer.second] = answer
        # A second that lacks a row waits for it.
        assert max(told) == second + (second != 5)
    assert list(told) == list(range(1, 41))
    expected = SavedModel(folder).predict_proba(face_evidence(values[None, 100:]))[0, 1]
    assert told[40].probability == pytest.approx(expected, abs=1e-5)
    assert told[40].read_share == 1.0
    assert told[3].read_share == pytest.approx(0.1)


def test_viewers_do_not_mix_and_who_is_gone_is_forgotten(folder: Path) -> None:
    stream = open_stream(folder, 1)
    lines = LineStream(stream)
    alone = [a.probability for a in answers(LineStream(open_stream(folder, 1)), [line("b", 0, rows(5, 1))])]
    first = [a for text in (line("a", 0, rows(5)), gone("a")) for a in good(lines.take([text], 0.0))]
    assert [answer.second for answer in first] == [1, 2, 3, 4, 5]
    assert stream.viewers == 0
    second = [a.probability for a in answers(lines, [line("b", 0, rows(5, 1))])]
    assert second == alone


def test_where_nothing_was_read_nothing_is_told(folder: Path) -> None:
    unread = np.full((20, channels.COUNT), np.nan, np.float32)
    told = run(LineStream(open_stream(folder, 1), share_with_cart=0.01), [line("a", 0, unread)])
    assert [answer.probability for answer in good(told)] == [None, None]


@pytest.mark.parametrize("in_batch", [1, 3])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "names no viewer"),
        ('{"viewer": "a"}', "missing"),
        ('{"viewer": "a", "times_s": [1], "rows": [[1, 2]]}', "128"),
        ('{"viewer": "a", "times_s": [], "rows": []}', "128"),
        ('{"viewer": "a", "times_s": 1, "rows": [[1]]}', "128"),
        (f'{{"viewer": "a", "times_s": [1{"0" * 400}], "rows": [[1]]}}', "no numbers"),
        (line("a", -20, rows(1)), "below nothing"),
        (line("c", 0, rows(1)).replace("1.0]", "1e300]", 1), "beyond counting"),
        (line("a", 10, rows(1)).replace("1.0]", "0.0]"), "not read holds numbers"),
        (line("a", 10, np.full((1, channels.COUNT), 1.0)).replace("[[1.0", "[[1e39"), "beyond all measure"),
        (line("a", 10, rows(1)).replace("[1.1,", "[57.9,", 1), "its times span 56.7 s"),
    ],
    ids=lambda value: value[:40],
)
def test_a_bad_line_is_refused_and_the_others_count(
    folder: Path, text: str, words: str, in_batch: int
) -> None:
    first, last = line("a", 0, rows(2)), line("b", 0, rows(2))
    told = run(LineStream(open_stream(folder, 2)), [first, text, last], in_batch)
    (refused,) = refusals(told)
    assert words in refused
    assert refused.startswith("line 2: ")
    assert {name: len(found) for name, found in by_viewer(told).items()} == {"a": 2, "b": 2}


def test_lines_are_counted_over_batches_and_empty_ones_too(folder: Path) -> None:
    told = run(LineStream(open_stream(folder, 1)), ["nonsense", "", "nonsense", " ", "nonsense"], 2)
    assert [refused.split(":")[0] for refused in refusals(told)] == ["line 1", "line 3", "line 5"]


def test_one_viewer_too_many_is_refused_and_told_what_to_do(folder: Path) -> None:
    texts = [line("a", 0, rows(1)), line("b", 0, rows(1))]
    (refused,) = refusals(run(LineStream(open_stream(folder, 1)), texts, 2))
    assert refused == (
        "line 2: all 1 places are taken: tell which viewers are gone, or make room for more (--viewers)"
    )


def session(viewer: str, first_s: int, seed: int) -> list[str]:
    """Lines of 25 s, of lengths that fit no second, some twice and one so late that it counts as unread."""
    rng = np.random.default_rng(seed)
    values, texts, start = rows(25, seed), [], 0
    while start < len(values):
        stop = start + int(rng.integers(6, 13))
        texts.append(line(viewer, first_s * 10 + start, values[start:stop]))
        start = stop
    return [*texts[:4], *texts[:2], *texts[5:9], texts[4], *texts[9:]]


@pytest.mark.parametrize(("in_batch", "share"), [(2, None), (7, 0.01), (1000, None)])
def test_a_batch_says_what_its_lines_say_one_by_one(folder: Path, in_batch: int, share: float | None) -> None:
    sessions = [session(f"v{k}", 5 * k, seed=k) for k in range(6)]
    # One loads the page again.
    sessions[0] *= 2
    rng = np.random.default_rng(0)
    order = rng.permutation(np.repeat(np.arange(len(sessions)), [len(texts) for texts in sessions]))
    left = [iter(texts) for texts in sessions]
    texts = [next(left[k]) for k in order]
    alone = by_viewer(run(LineStream(open_stream(folder, 6), share_with_cart=share), texts))
    batched = by_viewer(run(LineStream(open_stream(folder, 6), share_with_cart=share), texts, in_batch))
    assert sorted(alone) == sorted(batched)
    assert [len(alone[f"v{k}"]) for k in range(6)] == [50, 25, 25, 25, 25, 25]
    # Nobody's rows are all read: which came too late does not depend on the batch.
    assert all(found[-1].read_share < 25 / 30 for found in alone.values())
    for name, found in alone.items():
        assert_same(batched[name], found)


def test_seconds_beyond_number_do_not_wait_for_the_end_of_their_batch(folder: Path) -> None:
    texts = [line("a", 500 * k, rows(1)) for k in range(41)]
    told = list(LineStream(open_stream(folder, 1)).take([*texts, "nonsense"], 0.0))
    assert [answer.second for answer in good(told)] == list(range(1, 2002))
    assert isinstance(told[-1], FormatError)


def test_whose_times_go_back_begins_anew(folder: Path) -> None:
    stream = open_stream(folder, 1)
    before, again = seconds("a", rows(8)), seconds("a", rows(12, 1))
    told = answers(LineStream(stream), before + again)
    assert [answer.second for answer in told] == [*range(1, 9), *range(1, 13)]
    assert_same(told[8:], answers(LineStream(open_stream(folder, 1)), again))
    assert stream.viewers == 0


def test_who_is_a_few_seconds_late_does_not_begin_anew(folder: Path) -> None:
    texts = [line("a", 0, rows(8)), line("a", 20, rows(1)), line("a", 80, rows(1))]
    told = answers(LineStream(open_stream(folder, 1)), texts)
    assert_same(told, answers(LineStream(open_stream(folder, 1)), texts[::2]))


@pytest.mark.parametrize("late", [20, 70], ids=["too late", "again"])
def test_rows_in_vain_are_told_once_and_refuse_nothing(folder: Path, late: int) -> None:
    texts = [line("a", 0, rows(7)), *[line("a", late - 10, rows(1))] * 12, *seconds("b", rows(1))]
    told = run(LineStream(open_stream(folder, 2)), texts)
    (words,) = refusals(told)
    assert words.startswith("viewer a: 60 rows in a row came too late or again")
    assert all(isinstance(one, Answer | InVainError) for one in told)
    assert [answer.second for answer in by_viewer(told)["a"]] == [*range(1, 8)]


@pytest.mark.parametrize("rest", [56, 57, 10**6])
def test_a_long_gap_is_not_stepped_and_what_follows_is_the_same(forgetful: Path, rest: int) -> None:
    """The second after the gap is that of a viewer who was there, unread, all the while."""
    before, after = rows(30), rows(4, 1)
    texts = [*seconds("a", before), line("a", 300 + rest * 10, after)]
    told = answers(LineStream(open_stream(forgetful, 1)), texts)
    assert [answer.second for answer in told] == [*range(1, 31), *range(31 + rest, 35 + rest)]
    unread = np.tile(unread_rows(1), (min(rest, 57) * 10, 1))
    texts = seconds("a", np.concatenate([before, unread, after]))
    whole = answers(LineStream(open_stream(forgetful, 1)), texts)
    for mine, theirs in zip(told[-4:], whole[-4:], strict=True):
        assert mine.probability == pytest.approx(theirs.probability, abs=1e-5)
        assert mine.read_share == theirs.read_share


def test_a_gap_that_the_model_remembers_is_stepped(folder: Path) -> None:
    texts = [line("a", 0, rows(1)), line("a", 560, rows(1)), gone("a")]
    assert [answer.second for answer in answers(LineStream(open_stream(folder, 1)), texts)] == [*range(1, 58)]


def test_whose_line_waits_has_not_been_silent(folder: Path) -> None:
    stream = open_stream(folder, 3)
    lines = LineStream(stream, silent_s=300.0)
    values = rows(3)
    before = [line("a", 0, values[:20]), *(line(name, 0, rows(2), without=14) for name in "bc")]
    assert len(good(lines.take(before, 0.0))) == 4
    # Nobody was listened to for too long. The newcomer has the place of b; c says nothing that can be read.
    late = [line("d", 0, rows(1)), '{"viewer": "c"}', line("a", 20, values[20:])]
    told = list(lines.take(late, 1000.0))
    (refused,) = refusals(told)
    assert refused.startswith("line 5: ")
    told += lines.finish()
    found = by_viewer(told)
    assert [answer.second for answer in found["b"] + found["c"] + found["d"]] == [2, 2, 1]
    whole = answers(LineStream(open_stream(folder, 1)), [line("a", 0, values)])
    assert_same(found["a"], whole[2:])


def test_while_nobody_was_listened_to_nobody_was_silent(folder: Path) -> None:
    values, now_s = rows(3), 0.0
    told: list[Answer | FormatError] = []
    batches = [
        [line("a", 0, values[:20]), line("b", 0, values[:20])],
        [line("a", 20, values[20:])],
        [line("b", 20, values[20:])],
    ]
    answers_of = run_lines(LineStream(open_stream(folder, 2), silent_s=300.0), batches, lambda: now_s)
    for answer in answers_of:
        told.append(answer)
        now_s = 1000.0  # Whoever reads the answers was away; what came meanwhile waits in two batches.
    whole = answers(LineStream(open_stream(folder, 1)), [line("a", 0, values)])
    for name in "ab":
        assert_same(by_viewer(told)[name], whole)


def test_a_batch_is_stepped_a_second_of_all_viewers_at_a_time(folder: Path) -> None:
    lines = LineStream(open_stream(folder, 3))
    told = good(lines.take([line(name, 0, rows(3)) for name in "abc"], 0.0))
    assert [answer.second for answer in told] == [1, 1, 1, 2, 2, 2, 3, 3, 3]


@pytest.mark.parametrize("places", [1, 3])
def test_gone_and_back_in_one_batch_begins_anew(folder: Path, places: int) -> None:
    texts = [line("a", 0, rows(3)), gone("a"), line("a", 0, rows(4, 1)), gone("a"), line("b", 70, rows(2, 2))]
    stream = open_stream(folder, places)
    # One place is enough: each is answered to the end before the next comes in.
    told = run(LineStream(stream), texts, len(texts))
    assert not refusals(told)
    found, alone = by_viewer(told), by_viewer(run(LineStream(open_stream(folder, 1)), texts))
    assert [answer.second for answer in found["a"]] == [1, 2, 3, 1, 2, 3, 4]
    assert [answer.second for answer in found["b"]] == [8, 9]
    assert_same(found["a"], alone["a"])
    assert_same(found["b"], alone["b"])
    assert stream.viewers == 0


def test_who_is_silent_is_let_go_and_the_place_is_free(folder: Path) -> None:
    stream = open_stream(folder, 2)
    lines = LineStream(stream, silent_s=300.0)
    # Who is let go is not who came first, but who was heard longest ago.
    first = [line("b", 0, rows(2), without=14), line("a", 0, rows(2), without=14)]
    assert [answer.second for answer in good(lines.take(first, 1000.0))] == [1, 1]
    assert not list(lines.take([], 1200.0))
    assert [answer.second for answer in good(lines.take([line("b", 20, rows(1), without=4)], 1200.0))] == [2]
    # A line that is refused keeps nobody's place.
    assert len(refusals(lines.take(['{"viewer": "a"}', line("c", 0, rows(1))], 1299.0))) == 2
    assert [(answer.viewer, answer.second) for answer in good(lines.take([], 1300.0))] == [("a", 2)]
    assert stream.viewers == 1
    again = [line("c", 0, rows(3, 1)), line("a", 0, rows(3, 2), without=24)]
    told = list(lines.take(again, 1301.0))
    assert [refused.split(":")[1] for refused in refusals(told)] == [" all 2 places are taken"]
    told = list(lines.take(again[1:], 1500.0))
    assert [(answer.viewer, answer.second) for answer in good(told)] == [("b", 3), ("a", 1), ("a", 2)]
    alone = answers(LineStream(open_stream(folder, 1)), again[1:])
    assert_same(good(told)[1:], alone[:2])


def test_the_command(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        sys, "argv", ["telltale", "intent", "stream", str(folder), "--share-with-cart", "0.01"]
    )
    (tmp_path / "lines").write_text(line("a", 0, rows(2)) + "\nnonsense\n")
    with (tmp_path / "lines").open() as source:
        monkeypatch.setattr(sys, "stdin", source)
        with pytest.raises(SystemExit) as stop:
            app.main()
    assert stop.value.code == 1
    out, err = capsys.readouterr()
    told = [json.loads(text) for text in out.splitlines()]
    assert [answer["second"] for answer in told] == [1, 2]
    plain = answers(LineStream(open_stream(folder, 1)), [line("a", 0, rows(2))])
    expected = prior_corrected([answer.probability or 0.0 for answer in plain], 1 / 3, 0.01)
    assert [answer["probability"] for answer in told] == pytest.approx(expected, abs=1e-6)
    assert "line 2: not JSON" in err


def test_rows_in_vain_do_not_fail_the_command(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["telltale", "intent", "stream", str(folder)])
    (tmp_path / "lines").write_text("\n".join([line("a", 0, rows(2))] * 4))
    with (tmp_path / "lines").open() as source:
        monkeypatch.setattr(sys, "stdin", source)
        with pytest.raises(SystemExit) as stop:
            app.main()
    assert stop.value.code == 0
    assert "viewer a: 60 rows in a row" in capsys.readouterr().err


def test_recordings_that_are_played_say_what_their_lines_say(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recordings = {"a": rows(5), "b": rows(3, 1)}
    recordings["a"][20:23] = unread_rows(1)
    words = []
    for name, values in recordings.items():
        path = tmp_path / f"{name}.parquet"
        write_signal(Signal((np.arange(len(values)) + 1) / 10, values), path)
        words += ["--play", str(path)]
    monkeypatch.setattr(sys, "argv", ["telltale", "intent", "stream", str(folder), *words])
    with pytest.raises(SystemExit) as stop:
        app.main()
    assert stop.value.code == 0
    told = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    for name, values in recordings.items():
        expected = answers(LineStream(open_stream(folder, 1)), [line(name, 0, values)])
        played = [answer for answer in told if answer["viewer"] == name]
        for one, other in zip(played, expected, strict=True):
            assert one == pytest.approx(json.loads(other.line()), abs=2e-6)


@contextmanager
def piped(folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command with a pipe at each end."""
    command = [sys.executable, "-m", "telltale", "intent", "stream", str(folder), *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0) as process:
        try:
            yield process
        finally:
            process.kill()


def send(process: subprocess.Popen[bytes], *texts: str) -> None:
    assert process.stdin is not None
    process.stdin.write("".join(text + "\n" for text in texts).encode())


def receive(process: subprocess.Popen[bytes]) -> dict[str, object]:
    """The next answer; it must come without another line."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], 60.0)
    assert ready, "no answer came"
    told: dict[str, object] = json.loads(process.stdout.readline())
    return told


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """The exit code, and what stands on standard error."""
    assert process.stderr is not None
    return process.wait(60.0), process.stderr.read().decode()


def test_a_live_pipe_is_answered_before_the_next_line_and_ctrl_c_ends_it(folder: Path) -> None:
    values = rows(4)
    with piped(folder) as process:
        send(process, line("a", 0, values[:15]))
        assert receive(process)["second"] == 1
        send(process, line("a", 15, values[15:25]), line("b", 0, values[:16]))
        assert {receive(process)["viewer"], receive(process)["viewer"]} == {"a", "b"}
        process.send_signal(signal.SIGINT)
        assert ended(process) == (130, "error stopped; nothing half-written was left behind\n")


def test_the_end_of_a_pipe_ends_the_stream_and_a_silent_viewer_needs_no_line_to_be_let_go(
    folder: Path,
) -> None:
    with piped(folder, "--silent-s", "1") as process:
        send(process, line("a", 0, rows(2)))
        assert [receive(process)["second"], receive(process)["second"]] == [1, 2]
        assert process.stdin is not None
        # The last line has no end.
        process.stdin.write(line("b", 0, rows(1)).encode())
        process.stdin.close()
        assert receive(process)["viewer"] == "b"
        assert ended(process) == (0, "")


def test_a_reader_who_leaves_ends_the_stream(folder: Path) -> None:
    with piped(folder) as process:
        send(process, line("a", 0, rows(2)))
        assert receive(process)["second"] == 1
        assert process.stdout is not None
        process.stdout.close()
        send(process, line("a", 20, rows(1)))
        assert ended(process) == (1, "")
