"""The model that ships: for trying the software, trained on simulated people."""

from __future__ import annotations

from pathlib import Path
from typing import Final

NAME: Final = "default"
"""By which commands know it."""
FOLDER: Final = Path(__file__).parent / "shipped"


def model_folder(asked: str | Path) -> Path:
    """The folder of a model; of the one that ships for `default`.

    >>> model_folder("default").name, model_folder("models/acts").as_posix()
    ('shipped', 'models/acts')
    """
    return FOLDER if str(asked) == NAME else Path(asked)
