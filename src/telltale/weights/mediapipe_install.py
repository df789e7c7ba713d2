"""Fetches MediaPipe's face models: its wheel is downloaded as a file, four models are taken out of it.

The wheel is only opened, so it does not matter that it was built for another Python or another system.
"""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telltale.core.errors import FormatError, TelltaleError
from telltale.core.files import replacing_file
from telltale.weights.mediapipe import (
    COMMAND,
    LICENCE,
    LICENCE_FILE,
    MODELS,
    VERSION,
    Member,
    is_right,
    models_folder,
    sha256_of,
)

WHEEL_SHA256: Final = "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"
_MEMBERS: Final = (*MODELS.values(), LICENCE_FILE)
_OFFLINE: Final = f"or fetch mediapipe {VERSION}'s wheel elsewhere and give it with '{COMMAND} --from FILE'"
_LIMIT_S: Final = 900.0

ATTRIBUTION: Final = f"""\
These models are part of MediaPipe {VERSION}, copyright The MediaPipe Authors (Google), licensed under
{LICENCE}; the licence lies beside this file. They were copied unchanged from the wheel published at
https://pypi.org/project/mediapipe/{VERSION}/, SHA-256 {WHEEL_SHA256}:

""" + "".join(f"{member.name}\n    from {member.path}\n    SHA-256 {member.sha256}\n" for member in _MEMBERS)


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation did."""

    folder: Path
    written: tuple[str, ...]
    """Names of the files that were written; none where all was in place."""


def install_models(wheel: Path | None = None) -> Installed:
    """Put the models into the cache folder; where all are there and sound, do nothing and ask no network.

    Parameters
    ----------
    wheel
        MediaPipe's wheel on disk, of any system; None fetches it.

    Raises
    ------
    TelltaleError
        The wheel could not be had, or does not hold what it should.
    """
    folder = models_folder()
    missing = [member for member in _MEMBERS if not is_right(folder / member.name, member)]
    if missing and wheel is not None:
        _take_out(missing, wheel, folder)
    elif missing:
        with tempfile.TemporaryDirectory(prefix="telltale-") as place:
            _take_out(missing, _downloaded(Path(place)), folder)
    note = folder / "ATTRIBUTION"
    if not note.is_file() or note.read_bytes() != ATTRIBUTION.encode():
        _write(note, ATTRIBUTION.encode())
    return Installed(folder, tuple(member.name for member in missing))


def _take_out(members: list[Member], wheel: Path, folder: Path) -> None:
    """Check all that is wanted from the wheel, then write it: a wrong wheel changes nothing."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            contents = [_checked(archive, member, wheel) for member in members]
    except FileNotFoundError as error:
        raise FormatError(f"no file at {wheel}", hint="give the path of the wheel") from error
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise FormatError(f"{wheel} is no wheel that can be read", hint=_wanted()) from error
    for member, content in zip(members, contents, strict=True):
        _write(folder / member.name, content)


def _checked(archive: zipfile.ZipFile, member: Member, wheel: Path) -> bytes:
    try:
        info = archive.getinfo(member.path)
    except KeyError as error:
        raise FormatError(f"{wheel} holds no {member.path}", hint=_wanted()) from error
    # The size is asked first, so that a file made to swell is never unpacked.
    content = archive.read(info) if info.file_size == member.size_bytes else b""
    if hashlib.sha256(content).hexdigest() != member.sha256:
        raise FormatError(f"{member.path} in {wheel} is not the file it should be", hint=_wanted())
    return content


def _wanted() -> str:
    return f"take the wheel of mediapipe {VERSION} from pypi.org"


def _write(path: Path, content: bytes) -> None:
    # Written beside under the process's own name and renamed: two installations at once do no harm.
    with replacing_file(path) as beside:
        beside.write_bytes(content)


def _downloaded(place: Path) -> Path:
    """The wheel, fetched into `place` by pip, which knows the user's proxy and mirror."""
    if importlib.util.find_spec("pip") is None:
        raise TelltaleError("this Python has no pip to fetch models with", hint=f"install pip, {_OFFLINE}")
    try:
        command = _pip_command(place)
        done = subprocess.run(command, capture_output=True, errors="replace", timeout=_LIMIT_S, check=False)
    except subprocess.TimeoutExpired as error:
        why = f"no answer within {_LIMIT_S:.0f} s"
        raise TelltaleError(f"mediapipe {VERSION} was not fetched: {why}", hint=_try_again()) from error
    wheels = list(place.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise TelltaleError(f"mediapipe {VERSION} was not fetched: {_reason(done.stderr)}", hint=_try_again())
    if sha256_of(wheels[0]) != WHEEL_SHA256:
        raise TelltaleError(
            f"the wheel of mediapipe {VERSION} that pip fetched has the wrong SHA-256",
            hint=f"ask who runs your package mirror, {_OFFLINE}",
        )
    return wheels[0]


def _pip_command(place: Path) -> list[str]:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--retries", "2", "--timeout", "20"]
    build = ["--implementation", "cp", "--python-version", "311", "--abi", "cp311"]
    system = ["--platform", "manylinux_2_28_x86_64", "--only-binary=:all:", "--no-deps"]
    wanted = [f"mediapipe=={VERSION}", "--dest", str(place)]
    return [sys.executable, "-m", "pip", "download", *quiet, *build, *system, *wanted]


def _try_again() -> str:
    return f"try again with a network, {_OFFLINE}"


def _reason(complaint: str) -> str:
    """The line of pip's complaint that says most.

    >>> _reason("WARNING: retrying\\nERROR: Could not find a version\\nERROR: No matching distribution\\n")
    'Could not find a version'
    >>> _reason("")
    'pip does not say why'
    """
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return next(iter([*errors, *reversed(lines)]), "pip does not say why").removeprefix("ERROR:").strip()
