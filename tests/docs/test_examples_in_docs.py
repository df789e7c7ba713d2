"""What a page shows is true: its Python runs, its commands exist with their options."""

import doctest
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.docs.fences import PAGES, ROOT, Fence, fences, telltale_calls

from telltale.cli.app import build

WITH_PYTHON = [page for page in PAGES if any(fence.kind == "python" for fence in fences(page))]
CALLS = [(page, line, words) for page in PAGES for line, words in telltale_calls(page)]


def place(page: Path, line: int) -> str:
    """Where a block stands, as an editor takes it."""
    return f"{page.relative_to(ROOT)}:{line}"


@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_python_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "example"}
    for fence in fences(page):
        if fence.kind == "python":
            run_block(page, fence, names)


def run_block(page: Path, fence: Fence, names: dict[str, Any]) -> None:
    """Run one block in `names`: as a doctest where it is written as one, else as a script."""
    if not fence.body.startswith(">>>"):
        # Empty lines before it, so that a traceback names the line of the page.
        exec(compile("\n" * (fence.line - 1) + fence.body, str(page), "exec"), names)
        return
    test = doctest.DocTestParser().get_doctest(fence.body, names, page.name, str(page), fence.line - 1)
    runner = doctest.DebugRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    runner.run(test, clear_globs=False)
    names.update(test.globs)


def check_call(words: list[str]) -> None:
    """Raise what the command line would raise for these words; nothing is run."""
    command: Any = typer.main.get_command(build())
    context = None
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        context = command.context_class(command, info_name=command.name, parent=context)
        name, words = words[0], words[1:]
        if name not in command.commands:
            raise LookupError(f"there is no command {name!r}")
        command = command.commands[name]
    if words not in (["--help"], ["--version"]):
        command.make_context(command.name, words, parent=context)


@pytest.mark.parametrize(
    ("page", "line", "words"), CALLS, ids=[f"{place(p, n)}-{'_'.join(w)}" for p, n, w in CALLS]
)
def test_a_command_that_is_shown_exists(page: Path, line: int, words: list[str]) -> None:
    try:
        check_call(list(words))
    except Exception as error:
        pytest.fail(f"{place(page, line)}: telltale {' '.join(words)}: {error}")


@pytest.mark.parametrize("words", ["no-such", "study no-such x", "study check", "study check x --no-such"])
def test_a_wrong_call_would_be_found(words: str) -> None:
    with pytest.raises(Exception, match=r"no command|No such option|Missing parameter"):
        check_call(words.split())


def test_the_front_page_shows_commands() -> None:
    assert [words for page, _, words in CALLS if page.name == "README.md"]
