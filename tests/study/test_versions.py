"""Migration: a step changes a copy, which takes the study's place whole, or the study stays as it was."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from telltale.cli.app import app
from telltale.core.errors import FormatError
from telltale.study import schema, versions
from telltale.study.manifest import read_manifest
from telltale.study.versions import Migration, migrate_study

OLD = '# mine\nformat = "telltale-study"\nversion = 1\nname = "old"\n'


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A study of version 1."""
    folder = tmp_path / "study"
    (folder / "signals").mkdir(parents=True)
    (folder / "study.toml").write_text(OLD)
    (folder / "rooms.txt").write_text("as it was")
    return folder


@pytest.fixture
def to_version_3(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two steps up."""

    def first(folder: Path) -> None:
        (folder / "rooms.txt").write_text("changed once")

    def second(folder: Path) -> None:
        (folder / "rooms.txt").write_text((folder / "rooms.txt").read_text() + ", and again")

    set_steps(monkeypatch, {1: first, 2: second})


def set_steps(monkeypatch: pytest.MonkeyPatch, steps: dict[int, Callable[[Path], None]]) -> None:
    monkeypatch.setattr(schema, "VERSION", 3)
    monkeypatch.setattr(versions, "MIGRATIONS", steps)


def everything(place: Path) -> dict[str, str]:
    """Each file below, hidden ones too, with its text."""
    return {str(p.relative_to(place)): p.read_text() for p in place.rglob("*") if p.is_file()}


def test_the_present_version_has_nothing_to_do(old: Path) -> None:
    before = everything(old.parent)
    assert migrate_study(old) == Migration(1, 1)
    assert everything(old.parent) == before


def test_every_version_below_the_present_one_has_a_way_up() -> None:
    assert sorted(versions.MIGRATIONS) == list(range(1, schema.VERSION))


@pytest.mark.usefixtures("to_version_3")
def test_an_old_study_climbs_step_by_step(old: Path) -> None:
    with pytest.raises(FormatError, match="run 'telltale study migrate"):
        read_manifest(old)
    assert migrate_study(old) == Migration(1, 3)
    assert read_manifest(old).version == 3
    assert everything(old.parent) == {
        "study/study.toml": OLD.replace("version = 1", "version = 3"),
        "study/rooms.txt": "changed once, and again",
    }
    assert (old / "signals").is_dir()
    assert migrate_study(old) == Migration(3, 3)


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt()])
def test_a_step_that_fails_leaves_the_study_as_it_was(
    old: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def first(folder: Path) -> None:
        (folder / "rooms.txt").unlink()

    def second(folder: Path) -> None:
        raise error

    before = everything(old.parent)
    set_steps(monkeypatch, {1: first, 2: second})
    with pytest.raises(type(error)):
        migrate_study(old)
    assert everything(old.parent) == before


@pytest.mark.usefixtures("to_version_3")
def test_no_room_for_the_copy_gets_one_line(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = everything(old.parent)
    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(FormatError, match="No space left on device: free some space"):
        migrate_study(old)
    assert everything(old.parent) == before


@pytest.mark.usefixtures("to_version_3")
def test_a_migration_cut_off_in_the_swap_is_mended_by_the_next(old: Path) -> None:
    old.rename(old.with_name(".study.before-migration"))
    assert migrate_study(old) == Migration(1, 3)
    assert set(everything(old.parent)) == {"study/study.toml", "study/rooms.txt"}


@pytest.mark.usefixtures("to_version_3")
def test_a_migration_cut_off_after_the_swap_is_cleaned_up(old: Path) -> None:
    shutil.copytree(old, old.with_name(".study.before-migration"))
    (old / "study.toml").write_text(OLD.replace("version = 1", "version = 3"))
    assert migrate_study(old) == Migration(3, 3)
    assert set(everything(old.parent)) == {"study/study.toml", "study/rooms.txt"}


def test_a_newer_study_and_a_missing_step_get_one_line(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (old / "study.toml").write_text(OLD.replace("version = 1", "version = 9"))
    with pytest.raises(FormatError, match=r"has study format 9; .*install a newer"):
        migrate_study(old)
    (old / "study.toml").write_text(OLD)
    set_steps(monkeypatch, {1: shutil.rmtree})
    with pytest.raises(FormatError, match="no way from study format 2 to 3"):
        migrate_study(old)


@pytest.mark.usefixtures("command_line")
def test_the_command_says_that_nothing_is_to_do(old: Path) -> None:
    result = CliRunner().invoke(app, ["study", "migrate", str(old)])
    assert result.exit_code == 0
    assert "nothing to do" in result.stdout
