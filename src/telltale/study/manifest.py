"""`study.toml`: a study's name, format and version, the first thing that is read."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from telltale.core.clock import iso
from telltale.core.errors import FormatError
from telltale.study import schema


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `study.toml` says."""

    name: str
    version: int = schema.VERSION
    created_at: str = ""
    """ISO 8601 in UTC; empty when the writer did not say."""
    simulated: bool = False
    """True for a study made by `telltale simulate`: every figure made from it must say so."""

    @classmethod
    def new(cls, name: str, *, created_at: datetime | None = None, simulated: bool = False) -> Manifest:
        """The manifest of a new study in the present version."""
        return cls(name, schema.VERSION, iso(created_at) if created_at else "", simulated)

    def to_toml(self) -> str:
        """
        >>> print(Manifest("demo").to_toml())
        format = "telltale-study"
        version = 1
        name = "demo"
        simulated = false
        <BLANKLINE>
        """
        lines = [
            f'format = "{schema.FORMAT}"',
            f"version = {self.version}",
            f"name = {json.dumps(self.name, ensure_ascii=False)}",
            f"simulated = {str(self.simulated).lower()}",
        ]
        if self.created_at:
            lines.append(f'created_at = "{self.created_at}"')
        return "\n".join(lines) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """Read `study.toml`; a folder that is not a study, or is of another version, gets one clear line."""
    manifest = read_any_version(folder)
    if manifest.version > schema.VERSION:
        raise FormatError(
            f"{folder} has study format {manifest.version}; this version reads {schema.VERSION}",
            hint="install a newer telltale-live",
        )
    if manifest.version < schema.VERSION:
        raise FormatError(
            f"{folder} has study format {manifest.version}; this version reads {schema.VERSION}",
            hint=f"run 'telltale study migrate {folder}'",
        )
    return manifest


def read_any_version(folder: Path) -> Manifest:
    """Read `study.toml` whatever its version, as `migrate` must."""
    path = folder / schema.MANIFEST
    if not folder.is_dir():
        raise FormatError(f"no folder at {folder}", hint="give the folder of a study")
    if not path.is_file():
        raise FormatError(
            f"{folder} holds no {schema.MANIFEST}", hint="see docs/study-format.md, 'The manifest'"
        )
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FormatError(f"{path} is not valid TOML: {error}", hint="mend that line") from error
    if data.get("format") != schema.FORMAT:
        raise FormatError(f"{path} does not say format = '{schema.FORMAT}'", hint="is this a study?")
    version = data.get("version")
    if type(version) is not int or version < 1:
        raise FormatError(f"{path} has version = {version!r}", hint=f"write version = {schema.VERSION}")
    return Manifest(
        name=str(data.get("name", folder.name)),
        version=version,
        created_at=str(data.get("created_at", "")),
        simulated=data.get("simulated") is True,
    )
