"""What a shop's own host serves to its viewers' browsers: script, worker, styles, runtime and networks."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from telltale.core.errors import FormatError
from telltale.core.files import replacing_file, told_plainly
from telltale.weights.edge_models import write_edge_models

BUILT: Final = Path(__file__).parent / "edge"
"""The built device, packed into the wheel."""
MODELS: Final = "models"
"""Where the script looks for the networks, beside itself."""
SCRIPT: Final = "telltale.js"
"""What a page loads; it loads the others."""
FOR_TRYING: Final = frozenset({"index.html", "try.js", "try.css"})
"""The service's own page, which no shop needs."""


def write_device(out: Path) -> list[Path]:
    """Write the device and its networks, with their licences, into a folder that a shop's host serves.

    Parameters
    ----------
    out
        A folder, made if need be; files of the same names are replaced.

    Returns
    -------
    The files, those of the networks last.

    Raises
    ------
    FormatError
        The device is not built, MediaPipe's models are not installed, or the folder holds something else.
    """
    files = sorted(path for path in built().iterdir() if path.is_file() and path.name not in FOR_TRYING)
    _refuse_what_is_not_ours(out)
    with told_plainly(out):
        networks = write_edge_models(out / MODELS)
        written = [_copy(path, out / path.name) for path in files]
    return [*written, *networks]


def built() -> Path:
    """The folder of the built device.

    Raises
    ------
    FormatError
        In a checkout where nobody built it.
    """
    if not BUILT.is_dir():
        raise FormatError("the viewer's device is not built", hint="run 'make edge' (Node 20 or newer)")
    return BUILT


def _refuse_what_is_not_ours(out: Path) -> None:
    """A folder that holds something and no device: a file of somebody's might be replaced."""
    if out.is_file():
        raise FormatError(f"{out} is a file", hint="give a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / SCRIPT).is_file():
        raise FormatError(f"{out} holds something else", hint="give the device a folder of its own")


def _copy(path: Path, to: Path) -> Path:
    with replacing_file(to) as beside:
        shutil.copyfile(path, beside)
    return to
