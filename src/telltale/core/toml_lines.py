"""Where each table and key of a TOML text stands, so that a fault can be told with its line.

Python's reader of TOML gives values without their places. This one gives places without values: it
looks only at the lines on which a statement begins, not at what lies inside a string or a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

KeyPath = tuple[str | int, ...]
"""A key and all it stands in, an item of a list by its number: `("effects", 0, "strength")`."""

_PART = r"""(?:"[^"]*"|'[^']*'|[A-Za-z0-9_\-]+)"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE = re.compile(rf"^\s*(\[\[?)\s*({_DOTTED})\s*\]")
_KEY = re.compile(rf"^\s*({_DOTTED})\s*=")
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""'
    r"|'''.*?'''"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|[\[\]{}\n]",
    re.DOTALL,
)


def key_lines(text: str) -> dict[KeyPath, int]:
    """Line number (from 1) of every table and key of a TOML text, and of every `{ ... }` in a list.

    >>> key_lines("a = 1\\n[[b]]\\nc = 2")[("b", 0, "c")]
    3
    >>> key_lines("a = [\\n  { b = 1 },\\n  { b = 2 },\\n]")[("a", 1)]
    3
    """
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    here: KeyPath = ()
    items = _list_items(text)
    for number, line in _statements(text):
        if table := _TABLE.match(line):
            here = _resolve(_split(table[2]), counts, opens_item=table[1] == "[[")
            _note(lines, here, number)
        elif key := _KEY.match(line):
            path = (*here, *_split(key[1]))
            _note(lines, path, number)
            for index, line_of_item in enumerate(items.get(number, ())):
                _note(lines, (*path, index), line_of_item)
    return lines


def _list_items(text: str) -> dict[int, list[int]]:
    """For the line on which a list begins, the lines on which its inline tables do."""
    items: dict[int, list[int]] = {}
    number, open_marks = 1, [(1, "")]
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark == "{" and len(open_marks) == 2 and open_marks[-1][1] == "[":
            items.setdefault(open_marks[-1][0], []).append(number)
        if mark in "[{":
            open_marks.append((number, mark))
        elif mark in "]}" and len(open_marks) > 1:
            open_marks.pop()
        number += mark.count("\n")
    return items


def _note(lines: dict[KeyPath, int], path: KeyPath, number: int) -> None:
    for length in range(1, len(path) + 1):
        lines.setdefault(path[:length], number)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The lines on which a table or a key can begin: those outside every string and bracket."""
    depth = 0
    starts = {0}
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
        elif mark == "\n" and depth == 0:
            starts.add(token.end())
    position = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if position in starts:
            yield number, line
        position += len(line) + 1


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))


def _resolve(names: tuple[str, ...], counts: dict[KeyPath, int], *, opens_item: bool) -> KeyPath:
    path: KeyPath = ()
    for position, name in enumerate(names):
        path = (*path, name)
        last = position == len(names) - 1
        if last and opens_item:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path
