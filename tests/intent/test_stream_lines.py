"""Lines of rows in, answers out: what is told when, and what is refused."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from telltale.cli import app
from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.intent.calibration import prior_corrected
from telltale.intent.evidence import face_evidence
from telltale.intent.registry import make_model
from telltale.intent.saved import SavedModel, about_model, save_model
from telltale.intent.stream import open_stream
from telltale.intent.stream_lines import Answer, LineStream, run_lines

from .moments import moments


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = make_model("acts").fit(moments())
    out = tmp_path_factory.mktemp("lines") / "acts"
    save_model(model, out, about_model(model, 1 / 3, {"simulated": True}), "# card\n")
    return out


def rows(seconds: int, seed: int = 0) -> np.ndarray:
    values = np.abs(np.random.default_rng(seed).normal(0, 0.08, (seconds * 10, channels.COUNT)))
    values[:, channels.VALID] = 1.0
    return values.astype(np.float32)


def line(viewer: str, first: int, values: np.ndarray) -> str:
    times_s = [round((first + k + 1) / 10, 1) for k in range(len(values))]
    told = [[None if np.isnan(v) else float(v) for v in row] for row in values]
    return json.dumps({"viewer": viewer, "times_s": times_s, "rows": told})


def answers(lines: LineStream, texts: list[str]) -> list[Answer]:
    """Answers to lines that are all good."""
    told = list(run_lines(lines, texts))
    assert not [error for error in told if isinstance(error, FormatError)]
    return [answer for answer in told if isinstance(answer, Answer)]


def test_answers_are_the_whole_models_and_come_half_a_second_late(folder: Path) -> None:
    values = rows(40)
    stream = LineStream(open_stream(folder, 4))
    told = {}
    for second in range(40):
        block = values[second * 10 : second * 10 + 10]
        for answer in stream.take(line("a", second * 10, block)):
            told[answer.second] = answer
        # The second that has just come waits for rows that are late.
        assert max(told, default=0) == second
    told |= {answer.second: answer for answer in stream.finish()}
    assert sorted(told) == list(range(1, 41))
    expected = SavedModel(folder).predict_proba(face_evidence(values[None, 100:]))[0, 1]
    assert told[40].probability == pytest.approx(expected, abs=1e-5)
    assert told[40].read_share == 1.0
    assert told[3].read_share == pytest.approx(0.1)


def test_viewers_do_not_mix_and_who_is_gone_is_forgotten(folder: Path) -> None:
    stream = open_stream(folder, 1)
    lines = LineStream(stream)
    alone = [a.probability for a in answers(LineStream(open_stream(folder, 1)), [line("b", 0, rows(5, 1))])]
    first = [a for text in (line("a", 0, rows(5)), '{"viewer": "a", "gone": true}') for a in lines.take(text)]
    assert [answer.second for answer in first] == [1, 2, 3, 4, 5]
    assert stream.viewers == 0
    second = [a.probability for a in answers(lines, [line("b", 0, rows(5, 1))])]
    assert second == alone


def test_where_nothing_was_read_nothing_is_told(folder: Path) -> None:
    unread = np.full((20, channels.COUNT), np.nan, np.float32)
    told = list(run_lines(LineStream(open_stream(folder, 1)), [line("a", 0, unread)]))
    assert [answer.probability for answer in told if not isinstance(answer, FormatError)] == [None, None]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "not JSON"),
        ("[1]", "names no viewer"),
        ('{"viewer": "a"}', "missing"),
        ('{"viewer": "a", "times_s": [1], "rows": [[1, 2]]}', "128"),
        ('{"viewer": "a", "times_s": [], "rows": []}', "128"),
        (line("a", -20, rows(1)), "below nothing"),
        (line("a", 10, rows(1)).replace("1.0]", "0.0]"), "not read holds numbers"),
        (line("a", 10**6, rows(1)), "jumps"),
    ],
)
def test_a_bad_line_is_refused_and_the_next_is_read(folder: Path, text: str, words: str) -> None:
    good = line("a", 0, rows(2))
    told = list(run_lines(LineStream(open_stream(folder, 2)), [good, text, good.replace('"a"', '"b"')]))
    refused = [answer for answer in told if isinstance(answer, FormatError)]
    assert len(refused) == 1
    assert words in str(refused[0])
    assert "line 2" in str(refused[0])
    assert {answer.viewer for answer in told if not isinstance(answer, FormatError)} == {"a", "b"}


def test_one_viewer_too_many_is_refused(folder: Path) -> None:
    told = list(run_lines(LineStream(open_stream(folder, 1)), [line("a", 0, rows(1)), line("b", 0, rows(1))]))
    assert any("places are taken" in str(answer) for answer in told)


def test_the_command(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        sys, "argv", ["telltale", "intent", "stream", str(folder), "--share-with-cart", "0.01"]
    )
    monkeypatch.setattr(sys, "stdin", io.StringIO(line("a", 0, rows(2)) + "\nnonsense\n"))
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
