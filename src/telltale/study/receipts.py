"""Receipts of erasures: what was erased, provable later, with no id in clear.

A receipt holds salted SHA-256 digests of the erased ids. Whoever knows an id can see that the receipt
speaks of it, and the checker can see that no id in the study is one of them. Pseudonyms are short, so a
digest hides an id from a glance and not from someone who tries all candidates: keep receipts as
carefully as the study.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from telltale.core.clock import iso
from telltale.core.errors import FormatError
from telltale.core.files import replacing_file
from telltale.study import schema


def digest(salt: str, name: str) -> str:
    """The salted digest of an id.

    >>> digest("00ff", "p1") == digest("00ff", "p1"), digest("00ff", "p1") == digest("00fe", "p1")
    (True, False)
    """
    return hashlib.sha256(f"{salt}\x1f{name}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an erasure took away."""

    erased_at: str
    """ISO 8601 in UTC."""
    salt: str
    """Sixteen random bytes in hexadecimal, this receipt's own."""
    digests: tuple[str, ...]
    """Of the person's id and of each of their sessions', sorted."""
    rows: dict[str, int]
    """Rows erased by table, as a path within the study."""
    files: dict[str, int]
    """Files deleted by folder."""

    @classmethod
    def of(
        cls, ids: Iterable[str], *, rows: dict[str, int], files: dict[str, int], salt: str, now: datetime
    ) -> Receipt:
        """The receipt for erasing these ids."""
        return cls(iso(now), salt, tuple(sorted(digest(salt, name) for name in ids)), rows, files)

    @property
    def name(self) -> str:
        """Its file's name."""
        moment = self.erased_at.replace(":", "-").replace(".", "-")
        return f"erasure-{moment}-{self.salt[:8]}.json"

    def speaks_of(self, name: str) -> bool:
        """Whether this id is one of those erased."""
        return digest(self.salt, name) in self.digests

    def to_dict(self) -> dict[str, Any]:
        """The receipt as its file holds it."""
        return asdict(self)


def write_receipt(folder: Path, receipt: Receipt) -> None:
    """Put a receipt into the study's folder of receipts."""
    path = folder / schema.RECEIPTS / receipt.name
    with replacing_file(path) as beside:
        beside.write_text(json.dumps(receipt.to_dict(), indent=2) + "\n", encoding="utf-8")


def read_receipts(folder: Path) -> list[Receipt]:
    """All receipts of a study, oldest first."""
    return [_read(path) for path in sorted((folder / schema.RECEIPTS).glob("*.json"))]


def _read(path: Path) -> Receipt:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Receipt(
            str(data["erased_at"]),
            str(data["salt"]),
            tuple(map(str, data["digests"])),
            {str(name): int(count) for name, count in data["rows"].items()},
            {str(name): int(count) for name, count in data["files"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormatError(f"{path} is not a receipt", hint="restore it from a copy") from error
