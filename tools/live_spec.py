"""Writes the live half of `spec/`: the schema of the messages, and cases of rows as they go over the wire."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np

from telltale.core import channels
from telltale.core.signal import Values, unread_rows
from telltale.live.frames import encode_rows
from telltale.live.messages import schema

SPEC: Final = Path(__file__).resolve().parents[1] / "spec"


def rows(count: int, read: bool) -> Values:
    """Rows whose numbers tell where they stand: channel c of row k is (k + 1) * (c - 64) / 4096."""
    if not read:
        return unread_rows(count)
    values = np.arange(1, count + 1)[:, None] * (np.arange(channels.COUNT) - 64)[None] / 4096
    values[:, channels.VALID] = 1.0
    return values.astype(np.float32)


def cases() -> list[dict[str, Any]]:
    """Messages in base64 of zlib, and what they hold."""
    made = []
    for first, count, read, sent_s in ((1, 10, True, 1.03), (11, 10, False, 2.0), (431, 30, True, 99.5)):
        message = encode_rows(first, rows(count, read), sent_s)
        packed = base64.b64encode(zlib.compress(message, 9)).decode()
        made.append({"first": first, "count": count, "read": read, "sent_s": sent_s, "message": packed})
    return made


def files() -> dict[str, str]:
    """Each file's name and text."""
    told = {"rows": "channel c of row k, from 1, is k (c - 64) / 4096; valid is 1", "cases": cases()}
    return {
        "live.schema.json": json.dumps(schema(), indent=1) + "\n",
        "cases/live_rows.json": json.dumps(told, indent=1) + "\n",
    }


if __name__ == "__main__":
    for name, text in files().items():
        (SPEC / name).write_text(text, encoding="utf-8")
