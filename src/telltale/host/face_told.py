"""What a coded face comes to, in numbers and in plain words: what showed most, and what could not be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from telltale.core.channels import RATE_HZ
from telltale.host.evidence_words import worded
from telltale.signs.coding_file import CodedFace
from telltale.signs.expressions import Evidence
from telltale.signs.leading import NONE, UNREAD, leader
from telltale.signs.micro_macro import Event
from telltale.signs.posed import PosedScore

MOST_TOLD: Final = 5
"""Expressions told by name."""
_LEAST_TOLD: Final = 0.005
"""Share of the time from which an expression is told."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One expression."""

    expression: str
    evidence: Evidence
    share: float
    """Of the time that was coded: how much of it this expression led."""


@dataclass(frozen=True, slots=True)
class FaceTold:
    """One face."""

    face: str
    minutes: float
    """From its first row to its last."""
    unread: float
    """Share of that time in which it could not be coded."""
    none: float
    """Share of the time coded in which none of the expressions led."""
    shown: tuple[Shown, ...]
    """Most first; those that never led are left out."""
    missing: dict[str, tuple[int, ...]]
    """Expressions of which units cannot be told, and which."""
    micro: int
    macro: int
    """Facial events, of whatever expression."""
    smiles: int
    """Seen from beginning to end, so that they could be scored."""
    over_half: int
    """Smiles that look more posed than the middle: scored above 1/2."""
    over_own: int | None
    """Above 1/2 against this face's own other smiles; None where it showed too few."""
    spoke: float | None
    """Share of the time with sound in which somebody spoke; None without sound."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For a person: what showed most, what could not be told, smiles, voice."""
        told = [
            f"face {self.face}: {self.minutes:.1f} minutes, {1 - self.unread:.1%} of them coded; "
            f"{self.micro:,} micro- and {self.macro:,} macro-events"
        ]
        if self.unread < 1:
            told.append(f"  {self._most()}")
        if self.missing:
            units = sorted({unit for units in self.missing.values() for unit in units})
            told.append(
                f"  {', '.join(f'AU{unit}' for unit in units)} cannot be told from a video: "
                f"{', '.join(sorted(self.missing))} were judged without"
            )
        told.append(f"  {self._smiles()}")
        if self.spoke is not None:
            told.append(f"  somebody spoke for {self.spoke:.0%} of the time")
        return told

    def _most(self) -> str:
        often = [one for one in self.shown if one.share >= _LEAST_TOLD]
        names = [f"{worded(one.expression, one.evidence)} {one.share:.1%}" for one in often[:MOST_TOLD]]
        others = len(often) - MOST_TOLD
        more = f" and {others} other{'s' if others > 1 else ''}" if others > 0 else ""
        most = f"showed most: {', '.join(names)}{more}; " if names else ""
        return f"{most}none of them {self.none:.1%} of the time"

    def _smiles(self) -> str:
        if not self.smiles:
            return "no smile was seen from its beginning to its end"
        smiles = "1 smile" if self.smiles == 1 else f"{self.smiles:,} smiles"
        own = "" if self.over_own is None else f", {self.over_own:,} above this face's usual smile"
        return f"{smiles} seen from beginning to end; posed score above the middle: {self.over_half:,}{own}"


def tell_face(coded: CodedFace, events: Sequence[Event], smiles: Sequence[PosedScore]) -> FaceTold:
    """Sum up one face."""
    leads = leader(coded.coding)
    read = leads != UNREAD
    count = max(int(read.sum()), 1)
    shares = np.array([(leads == k).sum() / count for k in range(len(coded.coding.names))])
    order = [k for k in np.argsort(-shares, kind="stable").tolist() if shares[k] > 0]
    own = [smile.usual for smile in smiles if smile.usual is not None]
    voice = coded.voice
    heard = voice is not None and bool(np.isfinite(voice).any())
    return FaceTold(
        face=coded.by.face,
        minutes=len(leads) / RATE_HZ / 60,
        unread=1.0 if not len(leads) else float((~read).mean()),
        none=float((leads == NONE).sum() / count),
        shown=tuple(Shown(coded.coding.names[k], coded.evidence[k], float(shares[k])) for k in order),
        missing=coded.by.missing,
        micro=sum(event.kind == "micro" for event in events),
        macro=sum(event.kind == "macro" for event in events),
        smiles=len(smiles),
        over_half=sum(smile.score > 0.5 for smile in smiles),
        over_own=sum(value > 0.5 for value in own) if own else None,
        spoke=float(np.nanmean(voice)) if voice is not None and heard else None,
    )
