"""A study of a few broadcasts whose hosts show what a test says, as signals or shares, and a coder for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tests.factors.studies import Row, granted, room, visit, write

from telltale.core.channels import COUNT, INDEX, RATE_HZ, VALID
from telltale.core.signal import Signal, unread_rows
from telltale.signs.coding import Coding
from telltale.signs.expressions import Evidence
from telltale.study.store import Study

Array = npt.NDArray[np.float64]
_SMILE, _BROW = INDEX["au12_intensity_left"], INDEX["au04_intensity_left"]


@dataclass(frozen=True)
class PlainCoder:
    """Says elation as strongly as one unit shows and anger as another does."""

    names: tuple[str, ...] = ("elation", "anger")
    evidence: tuple[Evidence, ...] = ("ours", "published")

    def code(self, signal: Signal) -> Coding:
        """No sooner said than done."""
        scores = signal.values[:, [_SMILE, _BROW]]
        return Coding(signal.times_s, self.names, scores, 1 - scores.sum(axis=1))


def face(shown: Array, read: npt.NDArray[np.bool_], first_s: float = 0.1) -> Signal:
    """A signal of rows ten a second that `PlainCoder` codes as `shown`, shape (T, 2), where it was read."""
    values = np.zeros((len(shown), COUNT), dtype=np.float32)
    values[:, VALID] = 1.0
    values[:, [_SMILE, _BROW]] = shown
    values[~read] = unread_rows(1)[0]
    return Signal(first_s + np.arange(len(shown)) / RATE_HZ, values)


def study_of(
    folder: Path,
    rooms: Sequence[Row],
    tables: Mapping[str, Sequence[Row]] | None = None,
    faces: Mapping[str, Signal] | None = None,
) -> Study:
    """A study with one visit to each of these broadcasts, whose hosts all agreed."""
    whole = [room(**row) for row in rooms]
    hosts = sorted({row["host_id"] for row in whole})
    visits = [visit(f"s{i}", "ann", row["room_id"]) for i, row in enumerate(whole)]
    given: dict[str, Sequence[Row]] = {
        "rooms": whole,
        "hosts": [{"host_id": host} for host in hosts],
        "host_consents": [granted(host, "host_id") for host in hosts],
    }
    return write(folder, visits, {**given, **(tables or {})}, host_signals=faces)


def counted(where: str, minutes: int, **more: object) -> list[Row]:
    """A row of counts for each minute."""
    return [
        {"room_id": where, "time_s": 60.0 * (k + 1), "length_s": 60.0, "purchases": k} | more
        for k in range(minutes)
    ]
