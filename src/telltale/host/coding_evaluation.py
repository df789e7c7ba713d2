"""How well a coder tells which expression is shown, on clips in which that is known.

An expression counts as told when the coder's mean scores over the middle half of it rank it first, or among
the first three. Beside stands the ceiling: the same coder on the units as they truly moved, so that what the
reading loses is told apart from what the table cannot tell. Of rows at rest the share is told in which the
coder abstains (`rest` at least one half), and of all rows how honest its probabilities are
(`coding_calibration`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.core.signal import Signal
from telltale.host.acted_clips import Acted, ActedClip, refuse_unless_shown
from telltale.host.coding_calibration import Calibration, Part, calibrations
from telltale.host.coding_splits import Share, Split, share_of, splits_of
from telltale.signs.coder_prototypes import PrototypeCoder
from telltale.signs.coding import Coder, Coding
from telltale.signs.coding_settings import CodingSettings
from telltale.signs.expressions import Evidence

Array = npt.NDArray[np.float64]

_EXACT: Final = 0.05
"""Noise of a unit at rest that is read without error: faces at rest are not quite still."""
_VARIES: Final = 0.3
"""How much stronger or weaker a unit is acted than the expression, as a share."""


@dataclass(frozen=True, slots=True)
class RowScore:
    """One row of the table."""

    name: str
    evidence: Evidence
    share: Share


@dataclass(frozen=True, slots=True)
class CodingEvaluation:
    """All figures."""

    clips: int
    instances: int
    unread: int
    """Instances that were not coded: they count as missed."""
    rows: tuple[RowScore, ...]
    splits: tuple[Split, ...]
    """The same by how they were acted."""
    calibrations: tuple[Calibration, ...]
    """Of all rows, then of parts of them."""
    quiet_rows: int
    quiet_abstains: float
    """Share of rows at rest, silent, in which it abstains."""
    talking_rows: int
    talking_abstains: float
    """Share of rows that speak and show no expression in which it abstains."""
    shown_abstains: float
    """Share of instances in which it abstains, wrongly."""

    def calibration(self, part: Part) -> Calibration:
        """That of one part of the rows."""
        return next(one for one in self.calibrations if one.part == part)

    def mean(self, what: str, evidence: Evidence | None = None) -> float:
        """Mean over rows, or over those of one evidence, of `first`, `few` or `ceiling`."""
        found = [getattr(row.share, what) for row in self.rows if evidence in (None, row.evidence)]
        return float(np.mean(found)) if found else float("nan")


def evaluate_coding(
    clips: Sequence[ActedClip], coder: Coder, ceiling: Coder | None = None
) -> CodingEvaluation:
    """Hold a coder to clips.

    Parameters
    ----------
    ceiling
        What codes the true units; the coder itself if left out. `exact` makes one of a `PrototypeCoder`.
    """
    refuse_unless_shown(clips)
    shown = [one.expression for clip in clips for one in clip.acted]
    if unknown := sorted(set(shown) - set(coder.names)):
        raise FormatError(
            f"the coder knows no '{unknown[0]}'", hint="evaluate it on clips of the expressions that it tells"
        )
    read = [coder.code(clip.read) for clip in clips]
    true = [(ceiling or coder).code(clip.true) for clip in clips]
    ranks, of_true, abstains = _ranks(clips, read), _ranks(clips, true), _abstains(clips, read)
    return CodingEvaluation(
        clips=len(clips),
        instances=len(shown),
        unread=int(np.isnan(ranks).sum()),
        rows=_by_row(coder, shown, ranks, of_true),
        splits=splits_of(clips, ranks, of_true),
        calibrations=_calibrations(clips, read),
        quiet_rows=abstains.quiet_rows,
        quiet_abstains=abstains.quiet,
        talking_rows=abstains.talking_rows,
        talking_abstains=abstains.talking,
        shown_abstains=abstains.shown,
    )


def exact(coder: PrototypeCoder) -> PrototypeCoder:
    """The same coder for units that are read without error: what is left is how faces vary, and the table."""
    units = tuple(
        replace(
            unit,
            rest=0.0,
            noise=_EXACT,
            gain=1.0,
            scatter=_VARIES,
            speech=unit.speech / unit.gain,
            speech_noise=unit.speech_noise / unit.gain,
        )
        for unit in coder.settings.units
    )
    settings: CodingSettings = replace(coder.settings, units=units)
    return coder.with_settings(settings)


def middle_scores(coding: Coding, signal: Signal, one: Acted) -> Array:
    """Mean scores over the middle of an expression, `rest` last. Shape (E + 1,), NaN if it was not coded."""
    rows = one.middle(signal)
    held = np.column_stack([coding.scores, coding.rest])[rows]
    held = held[np.isfinite(held).all(axis=1)]
    mean: Array = held.mean(axis=0, dtype=np.float64) if len(held) else np.full(len(coding.names) + 1, np.nan)
    return mean


def _ranks(clips: Sequence[ActedClip], codings: Sequence[Coding]) -> Array:
    """Place of what is shown among the expressions, 0 first; NaN if it was not coded. Shape (instances,)."""
    ranks = []
    for clip, coding in zip(clips, codings, strict=True):
        for one in clip.acted:
            scores = middle_scores(coding, clip.read, one)[:-1]
            own = scores[coding.names.index(one.expression)]
            # What ties with it counts as before it: a coder that tells nothing apart finds nothing.
            ranks.append(float((scores >= own).sum() - 1) if np.isfinite(own) else np.nan)
    return np.array(ranks)


def _by_row(coder: Coder, shown: list[str], ranks: Array, true: Array) -> tuple[RowScore, ...]:
    names = np.array(shown)
    return tuple(
        RowScore(name, evidence, share_of(ranks[own], true[own]))
        for name, evidence in zip(coder.names, coder.evidence, strict=True)
        if (own := names == name).any()
    )


def _calibrations(clips: Sequence[ActedClip], codings: Sequence[Coding]) -> tuple[Calibration, ...]:
    """Of rows at rest and of rows in the middle of an expression."""
    labels = np.concatenate([label_rows(clip, codings[0].names) for clip in clips])
    scores = np.concatenate([np.column_stack([coding.scores, coding.rest]) for coding in codings])
    talks = np.concatenate([clip.speaking for clip in clips])
    plain = (labels >= 0) & np.isfinite(scores[:, -1])
    return calibrations(scores[plain].astype(np.float64), labels[plain], talks[plain])


def label_rows(clip: ActedClip, names: tuple[str, ...]) -> npt.NDArray[np.intp]:
    """Place of what each row shows among `names`, after them for rest, -1 where it is not plain. (T,)."""
    label = np.full(len(clip.read), -1)
    label[clip.at_rest] = len(names)
    for one in clip.acted:
        label[one.middle(clip.read)] = names.index(one.expression)
    return label


@dataclass(frozen=True, slots=True)
class _Abstains:
    """How often `rest` is at least one half."""

    quiet_rows: int
    quiet: float
    talking_rows: int
    talking: float
    shown: float


def _abstains(clips: Sequence[ActedClip], codings: Sequence[Coding]) -> _Abstains:
    rest = np.concatenate([coding.rest for coding in codings])
    talks = np.concatenate([clip.speaking for clip in clips])
    still = np.concatenate([clip.at_rest for clip in clips]) & np.isfinite(rest)
    quiet, talking = rest[still & ~talks], rest[still & talks]
    shown = np.array(
        [
            middle_scores(coding, clip.read, one)[-1]
            for clip, coding in zip(clips, codings, strict=True)
            for one in clip.acted
        ]
    )
    told = shown[np.isfinite(shown)]
    return _Abstains(
        len(quiet), _share(quiet >= 0.5), len(talking), _share(talking >= 0.5), _share(told >= 0.5)
    )


def _share(where: npt.NDArray[np.bool_]) -> float:
    return float(where.mean()) if len(where) else float("nan")
