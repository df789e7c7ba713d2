"""Many viewers at once, a probability each second, at the price of the newest rows.

    ten new rows > what the model keeps of them, beside what it kept before > probability

The result is that of the whole model on the same rows with real context, to rounding. Nothing here reads a
clock or does I/O: rows go in, probabilities come out. Viewers and their places are in `stream_places.py`, how
a network carries its past in `stream_network.py`, how a line on seconds does in `stream_seconds.py`.
"""

from __future__ import annotations

from pathlib import Path

from telltale.core.errors import FormatError
from telltale.core.stages import Timer, untimed
from telltale.intent.evidence import Span
from telltale.intent.saved import read_about
from telltale.intent.stream_network import NetworkStream
from telltale.intent.stream_places import IntentStream
from telltale.intent.stream_seconds import FEATURES, SecondsStream


def open_stream(folder: Path, capacity: int, *, timer: Timer = untimed) -> IntentStream:
    """A saved model that runs row by row.

    Parameters
    ----------
    folder
        Of a model that can: `tcn-stream`, `seconds` or `acts`, trained on all 30 s.
    capacity
        Viewers at most.
    """
    about = read_about(folder)
    if (folder / "stream_rows.onnx").is_file():
        return NetworkStream(folder, about, capacity, timer)
    span = Span(about.settings.get("from_s", 0.1), about.settings.get("until_s", 0.0))
    if about.kind in FEATURES and span == Span():
        return SecondsStream(folder, about, capacity, timer)
    raise FormatError(
        f"{folder} cannot run row by row",
        hint=f"give one of tcn-stream, {', '.join(FEATURES)} that was trained on all 30 s",
    )


def can_stream(folder: Path) -> bool:
    """Whether `open_stream` takes it."""
    try:
        open_stream(folder, 0)
    except FormatError:
        return False
    return True
