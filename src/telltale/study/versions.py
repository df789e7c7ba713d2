"""From an old form of the study format to the present one, a version at a time, whole or not at all.

Version 1 is the first, so there is no step yet. The next version adds one: a function that takes the
folder of a study of version n and turns what lies in it into version n + 1.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from telltale.core.errors import FormatError
from telltale.core.files import told_plainly
from telltale.study import schema
from telltale.study.manifest import read_any_version

MIGRATIONS: dict[int, Callable[[Path], None]] = {}
"""From version n (the key) to n + 1. The version in `study.toml` is raised for you."""


@dataclass(frozen=True, slots=True)
class Migration:
    """What was done."""

    before: int
    after: int

    @property
    def changed(self) -> bool:
        """Whether there was anything to do."""
        return self.before != self.after


def migrate_study(folder: Path) -> Migration:
    """Bring a study to the present version. The work is done on a copy, which then takes its place.

    Raises
    ------
    FormatError
        When the study is newer than this version of Telltale, there is no way up, or no room for a copy.
    """
    folder = folder.resolve()
    old = folder.with_name(f".{folder.name}.before-migration")
    _recover(folder, old)
    before = read_any_version(folder).version
    _require_way(folder, before)
    if before == schema.VERSION:
        return Migration(before, before)
    beside = folder.with_name(f".{folder.name}.migration.part")
    with told_plainly(folder):
        try:
            _climb(folder, beside, before)
            folder.replace(old)
            beside.replace(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(old)
    return Migration(before, schema.VERSION)


def _recover(folder: Path, old: Path) -> None:
    """After a migration that was cut off in the moment of swapping, the old study is put back."""
    if not old.exists():
        return
    with told_plainly(folder):
        if folder.exists():
            shutil.rmtree(old)
        else:
            old.replace(folder)


def _require_way(folder: Path, version: int) -> None:
    if version > schema.VERSION:
        raise FormatError(
            f"{folder} has study format {version}; this version reads {schema.VERSION}",
            hint="install a newer telltale-live",
        )
    missing = [n for n in range(version, schema.VERSION) if n not in MIGRATIONS]
    if missing:
        raise FormatError(
            f"there is no way from study format {missing[0]} to {missing[0] + 1}",
            hint="use the version of telltale-live that wrote the study",
        )


def _climb(folder: Path, beside: Path, version: int) -> None:
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(folder, beside)
    for step in range(version, schema.VERSION):
        MIGRATIONS[step](beside)
        _set_version(beside / schema.MANIFEST, step + 1)


def _set_version(manifest: Path, version: int) -> None:
    """Change the number and leave the rest of the file as its author wrote it."""
    text = manifest.read_text(encoding="utf-8")
    changed = re.sub(r"(?m)^version\s*=\s*\d+", f"version = {version}", text, count=1)
    manifest.write_text(changed, encoding="utf-8")
