"""`telltale device` writes all that a page loads, and nothing that only the page for trying needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from telltale.core.errors import FormatError
from telltale.live import device_files
from telltale.live.device_files import FOR_TRYING, write_device

built = pytest.mark.skipif(not device_files.BUILT.is_dir(), reason="'make edge' builds it")


@built
def test_script_runtime_networks_and_licences_are_written(tmp_path: Path) -> None:
    paths = write_device(tmp_path / "telltale")
    names = {path.relative_to(tmp_path / "telltale").as_posix() for path in paths}
    assert {"telltale.js", "worker.js", "telltale.css", "models/mesh.onnx", "models/LICENSE"} <= names
    assert any(name.endswith(".wasm") for name in names)
    assert not names & FOR_TRYING
    assert all(path.stat().st_size for path in paths)


@built
def test_the_script_names_no_other_host(tmp_path: Path) -> None:
    for path in write_device(tmp_path):
        if path.suffix == ".css":
            assert "http" not in path.read_text(encoding="utf-8")
        if path.name in ("telltale.js", "telltale.module.js"):
            text = path.read_text(encoding="utf-8")
            assert "https://" not in text
            assert "http://www.w3.org" in text or "http://" not in text


@built
def test_it_is_written_over_itself_and_over_nothing_else(tmp_path: Path) -> None:
    write_device(tmp_path / "telltale")
    write_device(tmp_path / "telltale")
    with pytest.raises(FormatError, match="holds something else"):
        write_device(tmp_path)


def test_what_is_not_built_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_files, "BUILT", tmp_path / "none")
    with pytest.raises(FormatError, match="not built"):
        write_device(tmp_path / "out")
    assert not (tmp_path / "out").exists()
