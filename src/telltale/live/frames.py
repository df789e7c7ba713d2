"""Rows on the wire: one binary message, a head of 16 bytes and then numbers. `spec/live.md` says it in words.

byte  0       version, 1
      1       what it holds, 1: rows
      2 - 3   how many rows
      4 - 7   number of the first; row k stands for time k / 10 of the session, the others follow it
      8 - 15  the device's session clock when it sent them, seconds
     16 -     rows of 128 float32, NaN where unread; all little-endian
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.signal import Values

VERSION: Final = 1
KIND_ROWS: Final = 1
MOST_ROWS: Final = 560
"""Of one message: 56 s, what a device sends again after a break."""
_HEAD: Final = struct.Struct("<BBHId")
_ROW_BYTES: Final = 4 * channels.COUNT
MOST_BYTES: Final = _HEAD.size + MOST_ROWS * _ROW_BYTES
_LAST_ROW: Final = 7 * 24 * 3600 * 10
"""A week: no session is longer."""
_GREATEST: Final = 1e6
"""Beyond every channel's range, and still small enough for a network to square."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What a message of rows says."""

    first: int
    """Number of the first row."""
    sent_s: float
    """The device's session clock."""
    values: Values
    """Shape (n, 128)."""

    @property
    def end(self) -> int:
        """Number of the last row."""
        return self.first + len(self.values) - 1


def encode_rows(first: int, values: Values, sent_s: float) -> bytes:
    """A message.

    >>> from telltale.core.signal import unread_rows
    >>> rows = encode_rows(1, unread_rows(10), 1.05)
    >>> len(rows), decode_rows(rows).end
    (5136, 10)
    """
    head = _HEAD.pack(VERSION, KIND_ROWS, len(values), first, sent_s)
    return head + np.ascontiguousarray(values, dtype="<f4").tobytes()


def decode_rows(message: bytes) -> Rows:
    """What a message says; one that breaks a rule is refused whole."""
    if len(message) < _HEAD.size:
        raise FormatError(
            f"{len(message)} bytes are no message of rows", hint="send a head of 16 bytes first"
        )
    version, kind, count, first, sent_s = _HEAD.unpack_from(message)
    if version != VERSION or kind != KIND_ROWS:
        raise FormatError(
            f"a message of version {version} and kind {kind}",
            hint=f"send version {VERSION}, kind {KIND_ROWS}",
        )
    if not 1 <= count <= MOST_ROWS or len(message) != _HEAD.size + count * _ROW_BYTES:
        raise FormatError(
            f"{count} rows in {len(message)} bytes",
            hint=f"send 1 to {MOST_ROWS} rows of {channels.COUNT} float32 each",
        )
    if not 1 <= first <= _LAST_ROW or not 0 <= sent_s <= _LAST_ROW / channels.RATE_HZ:
        raise FormatError(
            f"row {first} sent at {sent_s:g} s",
            hint="count rows from 1, a tenth of a second each, since the session began",
        )
    values = np.frombuffer(message, dtype="<f4", offset=_HEAD.size).reshape(count, channels.COUNT)
    _check(values)
    return Rows(first, sent_s, values.astype(np.float32, copy=False))


def _check(values: Values) -> None:
    """Read rows hold numbers within all measure, others hold none."""
    others = values[:, : channels.VALID]
    # fmax leaves NaN out; an infinity is too great.
    if np.fmax.reduce(np.abs(others), axis=None) > _GREATEST:
        raise FormatError("a channel is beyond all measure", hint="send NaN where nothing was read")
    unread = values[:, channels.VALID] != 1
    if unread.any() and ((values[unread, channels.VALID] != 0).any() or not np.isnan(others[unread]).all()):
        raise FormatError("valid is 0 or 1, and a row that was not read holds numbers", hint="send NaN")


if channels.VALID != channels.COUNT - 1:  # pragma: no cover
    raise AssertionError("the check above takes valid for the last channel")
