"""Which models there are, fetched and shipped: where, how large, under which licence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from telltale.weights import mediapipe, shipped


@dataclass(frozen=True, slots=True)
class Listed:
    """One model as a user should know it."""

    name: str
    what: str
    path: Path
    state: str
    """"ready", "missing" or "damaged"."""
    size_bytes: int | None
    """None where it is missing."""
    sha256: str
    """What its file's SHA-256 is, or should be where it is missing or damaged."""
    licence: str
    source: str


def listed() -> list[Listed]:
    """Every model, those that ship first."""
    return [_shipped(name) for name in shipped.names()] + [_fetched(name) for name in mediapipe.MODELS]


def _shipped(name: str) -> Listed:
    path = shipped.shipped(name)
    parts = shipped.card_parts(shipped.card(name))
    what, licence = (_first_line(parts[heading]) for heading in ("What it does", "Licence"))
    size_bytes, sha256 = path.stat().st_size, mediapipe.sha256_of(path)
    return Listed(name, what, path, "ready", size_bytes, sha256, licence, "ships with Telltale")


def _fetched(name: str) -> Listed:
    member = mediapipe.MODELS[name]
    path = mediapipe.models_folder() / member.name
    there = path.is_file()
    right = there and mediapipe.is_right(path, member)
    state = "ready" if right else "damaged" if there else "missing"
    size_bytes = path.stat().st_size if there else None
    source = f"MediaPipe {mediapipe.VERSION}"
    return Listed(name, member.what, path, state, size_bytes, member.sha256, mediapipe.LICENCE, source)


def _first_line(text: str) -> str:
    return text.partition("\n")[0].strip()
