"""TOML to frozen dataclasses: a wrong key or value is told with its name and its line, all at once.

A settings class is a frozen dataclass whose fields are numbers, strings, booleans, literals, tuples,
dictionaries or other such classes. Its `__post_init__` may raise `ValueError` for what contradicts
itself; the message is told with the line of the table it stands in.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
import types
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from telltale.core.errors import ConfigError

Settings = TypeVar("Settings")
KeyPath = tuple[str | int, ...]

_TABLE = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_.\-])+)\s*=""")


def load(kind: type[Settings], path: Path) -> Settings:
    """Read a TOML file into `kind`; every fault of the file is in the one error that is raised."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}: {error.strerror}", hint="give the path of a TOML file"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not text", hint="give a TOML file in UTF-8") from error
    return parse(kind, text, source=str(path))


def parse(kind: type[Settings], text: str, *, source: str) -> Settings:
    """Turn the text of a TOML file into `kind`.

    >>> @dataclasses.dataclass(frozen=True)
    ... class Window:
    ...     seconds: float = 30.0
    >>> parse(Window, "seconds = 20", source="demo.toml")
    Window(seconds=20.0)
    >>> parse(Window, "secnds = 20", source="demo.toml")
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: demo.toml line 1: unknown key 'secnds': did you mean 'seconds'?
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source} is not valid TOML: {error}", hint="mend that line") from error
    reader = _Reader(source, key_lines(text))
    value = reader.build(kind, data, ())
    if reader.problems:
        raise ConfigError("\n".join(reader.problems))
    return value  # type: ignore[no-any-return]


def key_lines(text: str) -> dict[KeyPath, int]:
    """Line number (from 1) of every table and key of a TOML text.

    >>> key_lines("a = 1\\n[[b]]\\nc = 2")[("b", 0, "c")]
    3
    """
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    here: KeyPath = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if table := _TABLE.match(line):
            here = _resolve(_split(table[2]), counts, opens_item=table[1] == "[[")
            lines.setdefault(here, number)
        elif key := _KEY.match(line):
            lines.setdefault((*here, *_split(key[1])), number)
    return lines


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", dotted))


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


class _Reader:
    """Builds the settings and gathers every problem on the way."""

    def __init__(self, source: str, lines: dict[KeyPath, int]) -> None:
        self.source = source
        self.lines = lines
        self.problems: list[str] = []

    def complain(self, path: KeyPath, message: str) -> None:
        while path and path not in self.lines:
            path = path[:-1]
        line = f" line {self.lines[path]}" if path else ""
        self.problems.append(f"{self.source}{line}: {message}")

    def build(self, kind: Any, value: Any, path: KeyPath) -> Any:
        origin, args = get_origin(kind), get_args(kind)
        if dataclasses.is_dataclass(kind):
            return self.build_class(kind, value, path)
        if origin in (Union, types.UnionType):
            return self.build(next(a for a in args if a is not type(None)), value, path)
        if origin is Literal:
            return self.one_of(args, value, path)
        if origin is tuple:
            return self.build_tuple(args, value, path)
        if origin is dict:
            return self.build_dict(args[1], value, path)
        return self.scalar(kind, value, path)

    def build_class(self, kind: Any, value: Any, path: KeyPath) -> Any:
        if not isinstance(value, dict):
            return self.complain(path, f"'{_dotted(path)}' wants a table, not {value!r}")
        hints = get_type_hints(kind)
        known = {field.name: field for field in dataclasses.fields(kind)}
        before = len(self.problems)
        for key in value.keys() - known.keys():
            close = difflib.get_close_matches(key, known, n=1)
            mend = f"did you mean '{close[0]}'?" if close else f"known keys are {', '.join(known)}"
            self.complain((*path, key), f"unknown key '{_dotted((*path, key))}': {mend}")
        for name, field in known.items():
            missing = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
            if name not in value and missing:
                self.complain(path, f"'{_dotted((*path, name))}' is missing: set it")
        made = {k: self.build(hints[k], v, (*path, k)) for k, v in value.items() if k in known}
        if len(self.problems) > before:
            return None
        try:
            return kind(**made)
        except ValueError as error:
            return self.complain(path, str(error))

    def build_tuple(self, args: tuple[Any, ...], value: Any, path: KeyPath) -> Any:
        if not isinstance(value, list):
            return self.complain(path, f"'{_dotted(path)}' wants a list, not {value!r}")
        if args[-1] is not Ellipsis and len(args) != len(value):
            return self.complain(path, f"'{_dotted(path)}' wants {len(args)} values, not {len(value)}")
        kinds = [args[0]] * len(value) if args[-1] is Ellipsis else list(args)
        return tuple(self.build(k, v, (*path, i)) for i, (k, v) in enumerate(zip(kinds, value, strict=True)))

    def build_dict(self, kind: Any, value: Any, path: KeyPath) -> Any:
        if not isinstance(value, dict):
            return self.complain(path, f"'{_dotted(path)}' wants a table, not {value!r}")
        return {key: self.build(kind, item, (*path, key)) for key, item in value.items()}

    def one_of(self, allowed: tuple[Any, ...], value: Any, path: KeyPath) -> Any:
        if value not in allowed:
            words = ", ".join(repr(a) for a in allowed)
            self.complain(path, f"'{_dotted(path)}' is {value!r}: choose one of {words}")
        return value

    def scalar(self, kind: Any, value: Any, path: KeyPath) -> Any:
        if kind is Any:
            return value
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:
            self.complain(path, f"'{_dotted(path)}' wants {kind.__name__}, not {value!r}")
        return value


def _dotted(path: KeyPath) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")
