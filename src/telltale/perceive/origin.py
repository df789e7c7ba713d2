"""What a file may say of the recording it was read from: its name, no folder and no password."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from telltale import __version__
from telltale.core.provenance import Provenance
from telltale.weights.shipped import shipped


def plain_name(name: str) -> str:
    """The name of a source: where it lay is nobody's business, what follows `?` is often a key.

    >>> plain_name("/disk/p17/session.mp4"), plain_name("rtsp://me:secret@10.0.0.2/live?key=7")
    ('session.mp4', 'rtsp://10.0.0.2/live')
    """
    if "://" not in name:
        # A name that is no text (from another system's archive) is told as far as it can be.
        return (Path(name).name or name).encode(errors="surrogateescape").decode(errors="replace")
    address = urlsplit(name)
    return f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}"


def networks_used(*, retinaface: Path | None, refine: Path | None, head: Path | None) -> dict[str, Path]:
    """The files of the networks that may differ from one reading to the next; None is the one that ships."""
    files = {"refine": refine or shipped("refine"), "head": head or shipped("head")}
    return files | ({"retinaface": retinaface} if retinaface else {})


def provenance_of(source: str, networks: dict[str, Path], **settings: Any) -> Provenance:
    """The step that reads a recording.

    Parameters
    ----------
    source
        As `SourceInfo.name` has it.
    networks
        Files by name, of which the hashes are kept.
    settings
        What else was asked for; None counts as not asked.
    """
    asked = {name: value for name, value in settings.items() if value is not None}
    hashes = {
        name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for name, path in sorted(networks.items())
    }
    software = f"telltale {__version__}"
    return Provenance().then("read", software=software, source=plain_name(source), networks=hashes, **asked)
