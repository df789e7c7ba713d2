"""The live half of `spec/`: what is written there is what the code does."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import numpy as np
import pytest
from tools.live_spec import SPEC, files, rows

from telltale.live.frames import decode_rows
from telltale.live.messages import FROM_SERVICE


def unpacked(text: str) -> Any:
    """JSON, its messages as bytes: zlib of another version may pack them otherwise."""
    told = json.loads(text)
    for case in told.get("cases", []):
        case["message"] = zlib.decompress(base64.b64decode(case["message"]))
    return told


def test_the_files_are_those_that_the_code_would_write() -> None:
    for name, text in files().items():
        kept = (SPEC / name).read_text(encoding="utf-8")
        assert unpacked(kept) == unpacked(text), "run 'python -m tools.live_spec'"


@pytest.mark.parametrize("k", range(3))
def test_rows_on_the_wire_are_read_as_they_were_written(k: int) -> None:
    case = json.loads((SPEC / "cases" / "live_rows.json").read_text(encoding="utf-8"))["cases"][k]
    found = decode_rows(zlib.decompress(base64.b64decode(case["message"])))
    assert (found.first, found.sent_s, len(found.values)) == (case["first"], case["sent_s"], case["count"])
    assert np.array_equal(found.values, rows(case["count"], case["read"]), equal_nan=True)


def test_the_page_names_every_message() -> None:
    page = (SPEC / "live.md").read_text(encoding="utf-8")
    schema = json.loads((SPEC / "live.schema.json").read_text(encoding="utf-8"))
    kinds = {
        *schema["from_device"]["discriminator"]["mapping"],
        *schema["from_service"]["discriminator"]["mapping"],
    }
    assert len(kinds) == 6 + len(FROM_SERVICE)
    assert not [kind for kind in kinds if f"`{kind}`" not in page]
