"""Specs as TOML files: the ones that ship, a user's own, and one that changes a few keys of another.

A file that begins with `extends = "default"` holds only what differs: its tables are merged key by key
into the named spec's, its lists and values replace them.
"""

from __future__ import annotations

import dataclasses
import json
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from telltale.core import config
from telltale.core.errors import ConfigError
from telltale.simulate.spec import Spec


def shipped_specs() -> tuple[str, ...]:
    """Names of the specs that come with the package.

    >>> "default" in shipped_specs()
    True
    """
    folder = resources.files("telltale.simulate") / "specs"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def load_spec(name_or_path: str = "default") -> Spec:
    """Read a spec that ships with the package by name, or any other by path.

    >>> load_spec("default").categories[0].name
    'fashion'
    """
    text, source = _read(name_or_path)
    return config.parse(Spec, _without_extends(text), source=source, base=_base(text))


def _read(name_or_path: str) -> tuple[str, str]:
    if name_or_path in shipped_specs():
        resource = resources.files("telltale.simulate") / "specs" / f"{name_or_path}.toml"
        return resource.read_text(encoding="utf-8"), f"{name_or_path}.toml"
    path = Path(name_or_path)
    if not path.suffix and not path.exists():
        known = ", ".join(shipped_specs())
        raise ConfigError(
            f"no spec named {name_or_path!r}", hint=f"choose one of {known}, or give the path of a TOML file"
        )
    return config.read_text(path), str(path)


def _base(text: str) -> dict[str, Any] | None:
    try:
        name = tomllib.loads(text).get("extends")
    except tomllib.TOMLDecodeError:
        return None  # told by `config.parse`, with its line
    if name is None:
        return None
    if name not in shipped_specs():
        raise ConfigError(
            f"extends = {name!r} is no spec", hint=f"choose one of {', '.join(shipped_specs())}"
        )
    base_text, _ = _read(name)
    return config.merged(_base(base_text) or {}, tomllib.loads(_without_extends(base_text)))


def _without_extends(text: str) -> str:
    """The text with its `extends` line blanked, so that all other lines keep their numbers."""
    return "\n".join("" if line.split("=")[0].strip() == "extends" else line for line in text.split("\n"))


def to_toml(spec: Spec) -> str:
    """The whole spec as TOML; reading it gives an equal spec.

    >>> spec = load_spec("default")
    >>> config.parse(Spec, to_toml(spec), source="again") == spec
    True
    """
    plain = dataclasses.asdict(spec)
    lists = {k: v for k, v in plain.items() if not isinstance(v, dict)}
    lines = [f"{key} = {_value(value, top=True)}" for key, value in lists.items()]
    for key, table in plain.items():
        if isinstance(table, dict):
            lines += ["", f"[{key}]", *(f"{k} = {_value(v)}" for k, v in table.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any, *, top: bool = False) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        items = [_value(item) for item in value]
        return "[\n" + "".join(f"  {i},\n" for i in items) + "]" if top else "[" + ", ".join(items) + "]"
    return json.dumps(value, ensure_ascii=False)
