"""The command line: errors in one line with what to do, exit codes that mean something, JSON for programs."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console
from tests.cli.running import Run
from tools.pages import leaves

from telltale.cli import app, console
from telltale.core.errors import ConfigError, ConsentError, FaultsFoundError, TelltaleError

FOLDER_COMMANDS = [words for words, _ in leaves() if words[:2] == ("telltale", "study")]
WITH_ARGUMENTS: list[tuple[tuple[str, ...], list[Any]]] = [
    (words, [p for p in command.params if p.required])
    for words, command in leaves()
    if any(p.param_type_name == "argument" and p.required for p in command.params)
]
NAMES = [" ".join(words) for words, _ in WITH_ARGUMENTS]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Makes `telltale fail` a command that raises what it is given."""

    def use(error: BaseException) -> None:
        failing_app = typer.Typer(callback=app._common)

        @failing_app.command("fail")
        def fail() -> None:
            raise error

        @failing_app.command("other")
        def other() -> None: ...

        monkeypatch.setattr(app, "build", lambda: failing_app)

    return use


def test_the_version_is_the_packages(run: Run) -> None:
    from telltale import __version__

    assert run("--version") == (0, f"telltale {__version__}\n", "")


def test_help_names_every_command(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert {words[1] for words, _ in leaves()} <= set(out.split())


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["studdy"], "error No such command 'studdy'. Did you mean 'study'?: see 'telltale --help'"),
        (["--bogus"], "error No such option: --bogus: see 'telltale --help'"),
        (
            ["study", "chek"],
            "error No such command 'chek'. Did you mean 'check'?: see 'telltale study --help'",
        ),
        (["study", "check"], "error Missing argument 'folder': see 'telltale study check --help'"),
        (
            ["study", "check", "x", "--workers", "many"],
            "error Invalid value for '--workers': Input should be a valid integer, "
            "unable to parse string as an integer: see 'telltale study check --help'",
        ),
    ],
)
def test_a_wrong_call_gets_one_line(run: Run, words: list[str], line: str) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.splitlines() == [line]


@pytest.mark.parametrize("words", [[], ["study"]])
def test_asking_for_nothing_shows_what_there_is(run: Run, words: list[str]) -> None:
    code, out, err = run(*words)
    assert code == 2
    assert "Usage: telltale" in out + err


@pytest.mark.parametrize(
    ("error", "code", "lines"),
    [
        (TelltaleError("it is wrong", hint="mend it"), 2, ["error it is wrong: mend it"]),
        (ConsentError("p1 has not agreed", hint="ask"), 3, ["error p1 has not agreed: ask"]),
        (FaultsFoundError("2 faults"), 1, ["error 2 faults"]),
        (ConfigError("line 1: a\nline 9: b"), 2, ["error line 1: a", "error line 9: b"]),
        (TelltaleError("no [red]markup[/] here"), 2, ["error no [red]markup[/] here"]),
        (TelltaleError("long " * 60 + "end"), 2, ["error " + "long " * 60 + "end"]),
        (KeyboardInterrupt(), 130, ["error stopped; nothing half-written was left behind"]),
        (typer.Abort(), 130, ["error stopped; nothing half-written was left behind"]),
        (typer.Exit(1), 1, []),
        (
            typer.BadParameter("not so"),
            2,
            ["error Invalid value: not so: see 'telltale fail --help'"],
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_each_error_has_its_line_and_code(
    run: Run, failing: Callable[[BaseException], None], error: BaseException, code: int, lines: list[str]
) -> None:
    failing(error)
    found, out, err = run("fail")
    assert found == code
    assert out == ""
    assert err.splitlines() == lines


def test_debug_shows_the_traceback(
    failing: Callable[[BaseException], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(TelltaleError("it is wrong"))
    monkeypatch.setattr(sys, "argv", ["telltale", "--debug", "fail"])
    with pytest.raises(TelltaleError, match="it is wrong"):
        app.main()
    assert console.settings.debug
    console.settings.debug = False


@pytest.mark.parametrize(
    ("error", "start"),
    [
        (ZeroDivisionError("division by zero"), "error ZeroDivisionError: division by zero: "),
        (KeyError("a"), "error KeyError: 'a': "),
        (RuntimeError("two\n  lines [red]"), "error RuntimeError: two lines [red]: "),
        (AssertionError(), "error AssertionError: "),
    ],
)
def test_a_fault_of_ours_gets_one_line_that_owns_up(
    run: Run, failing: Callable[[BaseException], None], error: Exception, start: str
) -> None:
    failing(error)
    code, out, err = run("fail")
    assert (code, out) == (70, "")
    assert err == f"{start}this is a fault of Telltale, not of yours: 'telltale --debug ...' shows where\n"


def test_debug_shows_where_a_fault_of_ours_is(
    failing: Callable[[BaseException], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(ZeroDivisionError())
    monkeypatch.setattr(sys, "argv", ["telltale", "--debug", "fail"])
    with pytest.raises(ZeroDivisionError):
        app.main()
    console.settings.debug = False


def test_the_page_on_commands_lists_each_exit_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| (\d+) \|", page, re.MULTILINE))
    assert listed == {"0", "1", "2", "3", "70", "130"} == set(re.findall(r"\b\d+\b", app.__doc__ or ""))


@pytest.mark.parametrize("debug", [False, True])
def test_a_traceback_appears_only_when_asked_for(tmp_path: Path, debug: bool) -> None:
    telltale = Path(sys.executable).with_name("telltale")
    words = [str(telltale), *(["--debug"] if debug else []), "study", "check", str(tmp_path / "none")]
    done = subprocess.run(words, capture_output=True, text=True)
    assert ("Traceback" in done.stderr) == debug
    assert "no folder at" in done.stderr
    assert done.returncode == (1 if debug else 2)


def test_a_reader_who_leaves_is_no_error() -> None:
    telltale = Path(sys.executable).with_name("telltale")
    done = subprocess.run(f"{telltale} --help | true", shell=True, capture_output=True, text=True)
    assert done.stderr == ""


def fill(parameters: list[Any], path: Path) -> list[str]:
    """The same path for every argument and every option that a command must have."""
    named = [[p.opts[0]] if p.param_type_name == "option" else [] for p in parameters]
    return [word for name in named for word in (*name, str(path))]


@pytest.mark.parametrize(
    ("words", "parameters"), WITH_ARGUMENTS, ids=[" ".join(w) for w, _ in WITH_ARGUMENTS]
)
@pytest.mark.parametrize("kind", ["a folder of something else", "a file", "beneath a file"])
def test_no_command_breaks_on_a_wrong_path(
    run: Run, tmp_path: Path, words: tuple[str, ...], parameters: list[Any], kind: str
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_text("\x00 no table, no TOML")
    path = {
        "a folder of something else": folder,
        "a file": folder / "file",
        "beneath a file": folder / "file" / "x",
    }[kind]
    code, out, err = run(*words[1:], *fill(parameters, path))
    assert code in (1, 2)
    assert out == ""
    assert err.startswith("error ")
    assert ": " in err
    assert "Traceback" not in err
    assert [p.name for p in tmp_path.rglob("*")] == ["folder", "file"]


@pytest.mark.parametrize("words", FOLDER_COMMANDS, ids=" ".join)
def test_a_folder_that_is_not_there_is_told(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    parameters = next(p for w, p in WITH_ARGUMENTS if w == words)
    code, _, err = run(*words[1:], *fill(parameters, tmp_path / "none"))
    assert code == 2
    assert len(err.splitlines()) == 1
    assert str(tmp_path / "none") in err


def test_json_is_json_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"name": "直播 [bold]", "share": 1 / 3, "none": None, "rows": [1, 2]}
    console.print_json(value)
    captured = capsys.readouterr()
    assert json.loads(captured.out) == value
    assert captured.err == ""


def test_json_admits_no_nan(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        console.print_json({"share": float("nan")})
    assert capsys.readouterr().out == ""


def test_a_table_shows_every_cell_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    console.print_table("Title", ("Name", "Count"), [("[red]x[/]", "1,000"), ("b", "2")])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["Title"], ["Name", "Count"], ["[red]x[/]", "1,000"], ["b", "2"]]


def test_a_table_that_is_piped_is_as_wide_as_its_content(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [("a" * 90, "1,000", "words " * 10), ("b", "2", "few")]
    title = f"A title {'of many words ' * 15}"
    console.print_table(title, ("Name", "Count", "Told"), rows)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert [line.split() for line in lines] == [
        title.split(),
        ["Name", "Count", "Told"],
        *(" ".join(row).split() for row in rows),
    ]
    # A terminal has an edge: names are folded there, numbers are not.
    shown = io.StringIO()
    monkeypatch.setattr(console, "out", Console(file=shown, force_terminal=True, width=60))
    console.print_table("Title", ("Name", "Count"), [("a" * 90, "1,000")])
    assert len(shown.getvalue().splitlines()) == 4


def test_progress_passes_every_item_on_and_keeps_off_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(console.progress([3, 1, 2], total=3, label="work")) == [3, 1, 2]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(console, "err", Console(file=shown, force_terminal=terminal))
    assert list(console.progress(iter("abc"), total=3, label="work")) == ["a", "b", "c"]
    assert ("work" in shown.getvalue()) == terminal
    assert terminal or shown.getvalue() == ""
