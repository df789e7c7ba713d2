"""TOML to frozen dataclasses: a wrong key or value is told with its name and its line, all at once.

A settings class is a frozen dataclass whose fields are numbers, strings, booleans, literals, tuples,
dictionaries or other such classes. Its `__post_init__` may raise `ValueError` for what contradicts
itself: the message is told with the line of the table it stands in. With `MisfitsError` it tells several
problems at once, each with the line of its own key.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import tomllib
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from telltale.core.errors import ConfigError
from telltale.core.toml_lines import KeyPath, key_lines

Settings = TypeVar("Settings")

Problem = tuple[KeyPath, str]
"""The path of a key, from the object it belongs to, and what is wrong with it, worded to follow its name."""


class MisfitsError(ValueError):
    """Problems of a settings object, each at a key of its own; the path `()` is the object itself.

    >>> print(MisfitsError([(("weights", "joy"), "is no factor"), ((), "nothing moves")]))
    'weights.joy' is no factor; nothing moves
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "; ".join(_told(path, text) for path, text in self.problems)


def load(kind: type[Settings], path: Path) -> Settings:
    """Read a TOML file into `kind`; every fault of the file is in the one error that is raised."""
    return parse(kind, read_text(path), source=str(path))


def read_text(path: Path) -> str:
    """The text of a TOML file."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}: {error.strerror}", hint="give the path of a TOML file"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not text", hint="give a TOML file in UTF-8") from error


def parse(kind: type[Settings], text: str, *, source: str, base: dict[str, Any] | None = None) -> Settings:
    """Turn the text of a TOML file into `kind`.

    Parameters
    ----------
    source
        What to call the text in messages.
    base
        Values that hold where the text says nothing: tables are merged key by key, all else is replaced.

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
    if base is not None:
        data = merged(base, data)
    reader = _Reader(source, key_lines(text))
    value = reader.build(kind, data, ())
    if reader.problems:
        raise ConfigError("\n".join(reader.told()))
    return value  # type: ignore[no-any-return]


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Tables merged key by key; all else of `over` replaces what `base` has.

    >>> merged({"rooms": {"hosts": 48, "viewers": 10}}, {"rooms": {"hosts": 12}})
    {'rooms': {'hosts': 12, 'viewers': 10}}
    """
    both = base.keys() & over.keys()
    tables = {k for k in both if isinstance(base[k], dict) and isinstance(over[k], dict)}
    return base | over | {key: merged(base[key], over[key]) for key in tables}


class _Reader:
    """Builds the settings and gathers every problem on the way."""

    def __init__(self, source: str, lines: dict[KeyPath, int]) -> None:
        self.source = source
        self.lines = lines
        self.problems: list[tuple[int, str]] = []

    def complain(self, path: KeyPath, message: str) -> None:
        while path and path not in self.lines:
            path = path[:-1]
        self.problems.append((self.lines.get(path, 0), message))

    def told(self) -> list[str]:
        """One line a problem, in the order of the file; what concerns the whole file comes first."""
        ordered = sorted(self.problems, key=lambda problem: problem[0])
        return [f"{self.source}{f' line {line}' if line else ''}: {text}" for line, text in ordered]

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
        for key in (k for k in value if k not in known):
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
        except MisfitsError as error:
            for inner, text in error.problems:
                self.complain((*path, *inner), _told((*path, *inner) if inner else (), text))
            return None
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
        if not any(type(value) is type(one) and value == one for one in allowed):
            words = ", ".join(repr(a) for a in allowed)
            self.complain(path, f"'{_dotted(path)}' is {value!r}: choose one of {words}")
        return value

    def scalar(self, kind: Any, value: Any, path: KeyPath) -> Any:
        if kind is Any:
            return value
        if kind is float and type(value) is int:
            value = _as_float(value)
        if type(value) is not kind:
            self.complain(path, f"'{_dotted(path)}' wants {kind.__name__}, not {value!r}")
        elif kind is float and not math.isfinite(value):
            self.complain(path, f"'{_dotted(path)}' is {value}: choose a finite number")
        return value


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _told(path: KeyPath, text: str) -> str:
    return f"'{_dotted(path)}' {text}" if path else text


def _dotted(path: KeyPath) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")
