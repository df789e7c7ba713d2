"""Reads the fenced blocks of a Markdown page."""

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w+)[^\n]*\n(?P<body>.*?)^(?P=indent)```", re.M | re.S)


@dataclass(frozen=True)
class Fence:
    """One block: its language, its text, and the line of the page on which the text begins."""

    kind: str
    body: str
    line: int


def fences(page: Path) -> list[Fence]:
    """All fenced blocks of a page that name a language."""
    text = page.read_text(encoding="utf-8")
    return [
        Fence(m["kind"], textwrap.dedent(m["body"]), text.count("\n", 0, m.start("body")) + 1)
        for m in FENCE.finditer(text)
    ]


def telltale_calls(page: Path) -> Iterator[tuple[int, list[str]]]:
    """Line and words of each call of `telltale` in a page's shell blocks, `&&` and `\\` understood.

    A `console` block mixes calls, after `$ `, with what they print; the others hold calls alone.
    """
    for fence in fences(page):
        if fence.kind not in ("console", "bash", "shell", "sh"):
            continue
        # A continued line keeps its place: the break becomes two spaces, as long as it was.
        for offset, line in enumerate(fence.body.replace("\\\n", "  ").splitlines()):
            if fence.kind == "console" and not line.startswith("$ "):
                continue
            for call in line.removeprefix("$ ").split("&&"):
                words = shlex.split(call, comments=True)
                if words and words[0] == "telltale":
                    yield fence.line + offset, words[1:]
