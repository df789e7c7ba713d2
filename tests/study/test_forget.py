"""Erasure: nothing of the person is left, others are untouched, and a kill at any point can be mended."""

from __future__ import annotations

import errno
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from telltale.cli.app import app
from telltale.core.errors import FormatError
from telltale.study.check import check_study
from telltale.study.faults_files import file_faults
from telltale.study.forget import JOURNAL, forget_person
from telltale.study.receipts import read_receipts

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
PERSON, SESSIONS = "p1", {"s01", "s02"}
THEIRS = {PERSON, *SESSIONS}


@pytest.fixture
def study(example: Path) -> Path:
    """The example with what analyses write back: tables, a folder a session, a file a session."""
    derived = example / "derived"
    windows = pd.DataFrame({"window": range(4), "session_id": ["s01", "s02", "s03", "s04"], "y": 1.0})
    (derived / "deep" / "session_id=s02").mkdir(parents=True)
    windows.to_parquet(derived / "windows.parquet", index=False)
    np.save(derived / "windows.npy", np.arange(8.0).reshape(4, 2))
    windows.astype({"session_id": "category"}).to_parquet(derived / "deep" / "split.parquet", index=False)
    people = pd.DataFrame({"participant_id": ["p1", "p2", None], "weight": [0.1, 0.2, 0.3]})
    people.to_parquet(derived / "people.parquet", index=False)
    windows.drop(columns="session_id").to_parquet(derived / "deep" / "session_id=s02" / "0.parquet")
    pd.DataFrame({"mean": [0.5]}).to_parquet(derived / "totals.parquet", index=False)
    (example / "aligned").mkdir()
    for name in ("s01", "s03"):
        shutil.copy(example / f"signals/{name}.parquet", example / f"aligned/{name}.parquet")
    return example


def ids_left(folder: Path) -> set[str]:
    """Ids of the person that any table, file or folder still holds."""
    found = set()
    for path in folder.rglob("*"):
        found |= {part.rsplit("=", 1)[-1].removesuffix(".parquet") for part in path.relative_to(folder).parts}
        if path.suffix == ".parquet":
            columns = set(pq.read_schema(path).names) & {"participant_id", "session_id"}
            for column in columns:
                found |= {str(name) for name in pq.read_table(path, columns=[column]).column(0).to_pylist()}
    return found & THEIRS


def is_clean(folder: Path) -> bool:
    """Nothing of the person, no journal, no left-over, a receipt, and a sound study."""
    return not ids_left(folder) and not list(folder.rglob(".*")) and len(read_receipts(folder)) == 1


def test_every_row_and_file_goes_and_the_others_stay(study: Path) -> None:
    before = {p: pq.read_table(p) for p in study.glob("*.parquet")}
    receipt = forget_person(study, PERSON, NOW)
    assert is_clean(study)
    assert check_study(study, workers=1).faults == ()
    for path, table in before.items():
        frame = table.to_pandas()
        for column in {"participant_id", "session_id"} & set(frame.columns):
            frame = frame[~frame[column].isin(THEIRS)]
        after = pq.read_table(path)
        assert after.schema.equals(table.schema, check_metadata=True)
        pd.testing.assert_frame_equal(after.to_pandas(), frame.reset_index(drop=True))
    assert receipt.rows["sessions.parquet"] == 2
    assert receipt.rows["derived/deep/split.parquet"] == 2
    assert receipt.rows["derived/people.parquet"] == 1
    assert receipt.rows["derived/windows.npy"] == 2
    np.testing.assert_array_equal(np.load(study / "derived/windows.npy"), [[4, 5], [6, 7]])
    assert receipt.files == {"aligned": 1, "derived": 1, "signals": 2}
    assert (study / "derived/totals.parquet").exists()
    assert (study / "aligned/s03.parquet").exists()
    assert not (study / "derived/deep/session_id=s02").exists()


def test_consents_go_as_well(study: Path) -> None:
    forget_person(study, PERSON, NOW)
    assert PERSON not in set(pd.read_parquet(study / "consents.parquet")["participant_id"])


def test_the_receipt_names_nobody_and_proves_it(study: Path) -> None:
    receipt = forget_person(study, PERSON, NOW)
    (path,) = (study / "receipts").iterdir()
    text = path.read_text()
    data = json.loads(text)
    assert data["erased_at"] == "2026-04-01T12:00:00.000Z"
    assert not any(f'"{name}"' in text for name in THEIRS)
    assert {name for name in ("p1", "p2", "s01", "s02", "s03") if receipt.speaks_of(name)} == THEIRS
    assert read_receipts(study) == [receipt]


def test_two_receipts_of_one_person_share_no_digest(study: Path, pristine: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(pristine, tmp_path / "other"))
    digests = [set(forget_person(folder, PERSON, NOW).digests) for folder in (study, other)]
    assert not digests[0] & digests[1]


@pytest.mark.parametrize("back", ["consents.parquet", "signals/s01.parquet", "derived/windows.parquet"])
def test_a_person_who_comes_back_is_found_by_the_check(study: Path, tmp_path: Path, back: str) -> None:
    shutil.copy(study / back, tmp_path / "kept")
    receipt = forget_person(study, PERSON, NOW)
    shutil.copy(tmp_path / "kept", study / back)
    (study / "derived" / "windows.npy").unlink()
    faults = [f for f in check_study(study, workers=1).faults if f.code == "erased-is-back"]
    assert [f.table for f in faults] == [f"receipts/{receipt.name}"]
    assert faults[0].first[0].startswith(back.split("/s01")[0])
    forget_person(study, PERSON, NOW)
    assert not ids_left(study)


def test_nobody_and_somebody_erased_get_one_line(study: Path) -> None:
    with pytest.raises(FormatError, match="nobody called 'p99'"):
        forget_person(study, "p99", NOW)
    receipt = forget_person(study, PERSON, NOW)
    with pytest.raises(FormatError, match=f"p1 was erased at .*receipts/{receipt.name}"):
        forget_person(study, PERSON, NOW)


def test_a_name_of_a_folder_or_table_is_nobody(study: Path) -> None:
    for name in ("signals", "derived", "events", "receipts"):
        with pytest.raises(FormatError, match="nobody called"):
            forget_person(study, name, NOW)
    assert len(list((study / "signals").iterdir())) == 10


def test_a_table_that_cannot_be_searched_stops_it_before_it_starts(study: Path) -> None:
    path = study / "derived" / "windows.parquet"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(FormatError, match=r"windows.parquet cannot be searched"):
        forget_person(study, PERSON, NOW)
    assert (study / "signals/s01.parquet").exists()
    assert not (study / JOURNAL).exists()


def test_an_array_that_does_not_fit_its_table_stops_it_before_it_starts(study: Path) -> None:
    np.save(study / "derived" / "windows.npy", np.zeros((5, 2)))
    with pytest.raises(FormatError, match=r"windows.npy has not the rows of windows.parquet"):
        forget_person(study, PERSON, NOW)
    assert ids_left(study) == THEIRS


def test_no_space_leaves_the_study_as_it_was(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {p: p.read_bytes() for p in study.rglob("*") if p.is_file()}
    monkeypatch.setattr(pq.ParquetWriter, "write_batch", _full_disk)
    with pytest.raises(FormatError, match=r"cannot write .*No space left on device: free some space"):
        forget_person(study, PERSON, NOW)
    assert {p: p.read_bytes() for p in study.rglob("*") if p.is_file()} == before


def _full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_read_only_folder_gets_one_line(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *_: object, **__: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(FormatError, match="Permission denied: choose a folder that you may write to"):
        forget_person(study, PERSON, NOW)
    assert ids_left(study) == THEIRS


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


@pytest.mark.slow
def test_stopped_at_every_single_step_and_run_again(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (study / "signals").iterdir():
        shutil.copy(
            study / "derived/totals.parquet", path
        )  # only their names matter here, and small is quick
    steps = 0
    while True:
        folder = Path(shutil.copytree(study, tmp_path / f"run{steps}"))
        with monkeypatch.context() as patch:
            finished = _run_until(folder, steps, patch)
        if finished:
            break
        if (folder / JOURNAL).exists():
            with pytest.raises(FormatError, match=r"erasure of p1 was stopped .*forget .* p1' first"):
                forget_person(folder, "p2", NOW)
            assert "unfinished-erasure" in {fault.code for fault in file_faults(folder)}
        if ids_left(folder) or (folder / JOURNAL).exists():
            forget_person(folder, PERSON, NOW)
        assert len(np.load(folder / "derived/windows.npy")) == 2
        assert is_clean(folder), f"after a stop before step {steps}"
        assert read_receipts(folder)[0].rows["events.parquet"] == 21
        shutil.rmtree(folder)
        steps += 1
    assert steps > 20


def _run_until(folder: Path, steps: int, patch: pytest.MonkeyPatch) -> bool:
    """Erase, stopping before the `steps`-th change of the folder; whether it came to its end."""
    done = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal done
            if done == steps:
                raise Killed
            done += 1
            return real(*args, **kwargs)

        return step

    for owner, name in ((Path, "replace"), (Path, "unlink"), (Path, "write_text"), (pq, "ParquetWriter")):
        patch.setattr(owner, name, counted(getattr(owner, name)))
    try:
        forget_person(folder, PERSON, NOW)
    except Killed:
        return False
    return True


KILLER = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from telltale.study.forget import forget_person

left = int(sys.argv[2])
def counted(real):
    def step(*args, **kwargs):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return real(*args, **kwargs)
    return step
Path.replace, Path.unlink = counted(Path.replace), counted(Path.unlink)
forget_person(Path(sys.argv[1]), "p1", datetime.now(UTC))
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, 4, 8, 12, 16])
def test_killed_for_good_and_run_again(study: Path, step: int) -> None:
    done = subprocess.run([sys.executable, "-c", KILLER, str(study), str(step)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (study / JOURNAL).exists()
    forget_person(study, PERSON, NOW)
    assert is_clean(study)
    assert check_study(study, workers=1).faults == ()


def test_half_written_files_go_too(study: Path) -> None:
    shutil.copy(study / "events.parquet", study / ".events.parquet.77.part")
    (study / ".derived.x.part").mkdir()
    shutil.copy(study / "events.parquet", study / ".derived.x.part" / "a.parquet")
    forget_person(study, PERSON, NOW)
    assert is_clean(study)


def test_a_receipt_that_cannot_be_read_is_a_fault(study: Path) -> None:
    forget_person(study, PERSON, NOW)
    (study / "receipts" / "erasure-x.json").write_text('{"salt": 1}')
    faults = check_study(study, workers=1).faults
    assert [(f.code, f.table) for f in faults] == [("unverified", "receipts")]


@pytest.mark.usefixtures("command_line")
class TestCommand:
    """`telltale study forget`."""

    def test_it_says_what_went(self, study: Path) -> None:
        result = CliRunner().invoke(app, ["study", "forget", str(study), "p1"])
        assert result.exit_code == 0
        assert "Erased 38 rows and 4 files" in result.stdout
        assert "receipts/erasure-" in result.stdout

    def test_json_is_the_receipt(self, study: Path) -> None:
        (study / "derived" / "notes.csv").write_text("session_id\ns01\n")
        result = CliRunner().invoke(app, ["study", "forget", str(study), "p1", "--json"])
        (receipt,) = read_receipts(study)
        assert json.loads(result.stdout) == json.loads(json.dumps(receipt.to_dict()))
        assert "not searched" in result.stderr
        assert "derived/notes.csv" in result.stderr
        codes = {fault.code for fault in check_study(study, workers=1).faults}
        assert codes == {"unsearched"}
