"""Telltale reads the small signs on a face during live commerce and finds out what they mean for a sale."""

from importlib.metadata import version as _version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telltale.perceive.perceiver import new_perceiver as new_perceiver
    from telltale.perceive.session import Reading as Reading
    from telltale.perceive.session import read as read

__version__ = _version("telltale-live")

DOORS = {
    "Reading": "telltale.perceive.session",
    "new_perceiver": "telltale.perceive.perceiver",
    "read": "telltale.perceive.session",
}
"""Names that are fetched from their part when they are first asked for: importing Telltale stays quick."""


def __getattr__(name: str) -> object:
    if name not in DOORS:
        raise AttributeError(f"module 'telltale' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(DOORS[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *DOORS})
