"""How well a coder tells which expression is shown, on clips in which that is known.

An expression counts as told when the coder's mean scores over the middle half of it rank it first, or among
the first three. Beside stands the ceiling: the same coder on the units as they truly moved, so that what the
reading loses is told apart from what the table cannot tell. Of rows at rest the share is told in which the
coder abstains (`rest` at least one half), and of all rows how honest its probabilities are
(`coding_calibration`). Means hide the worst face, so both stand by face as well (`coding_spread`).

A coder that names some of what is shown is held to those alone. Of the others it is told how often it
abstains; their rows are part of nothing else, for who knows no love may well call it a smile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.core.signal import Signal
from telltale.host.acted_clips import Acted, ActedClip, refuse_unless_shown
from telltale.host.coding_calibration import Calibration, Part, calibrations
from telltale.host.coding_splits import FEW, Share, Split, share_of, splits_of
from telltale.host.coding_spread import Spread, spread_of
from telltale.signs.coder_prototypes import PrototypeCoder
from telltale.signs.coding import Coder, Coding
from telltale.signs.coding_settings import CodingSettings
from telltale.signs.expressions import Evidence

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.bool_]
Shown = tuple[int, Acted]
"""An expression, and which clip shows it."""

_EXACT: Final = 0.05
"""Noise of a unit at rest that is read without error: faces at rest are not quite still."""
_VARIES: Final = 0.3
"""How much stronger or weaker a unit is acted than the expression, as a share."""
_ABSTAINS: Final = 0.5
_LISTED: Final = 5


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
    names: int
    """How many the coder tells apart: of three, each is among the first three."""
    instances: int
    """Shown expressions that it names."""
    others: int
    """Shown expressions that it does not name."""
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
    others_abstain: float
    """Share of the others in which it abstains, rightly."""
    spreads: tuple[Spread, ...]
    """By face: what is told, then abstaining at rest."""

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
    every = [(k, one) for k, clip in enumerate(clips) for one in clip.acted]
    shown = [(k, one) for k, one in every if one.expression in coder.names]
    others = [(k, one) for k, one in every if one.expression not in coder.names]
    if not shown:
        raise FormatError(
            f"the coder names nothing that these clips show, which is {_listed(one for _, one in every)}",
            hint="give clips of what it names, or hold it against people's codes with 'telltale host agree'",
        )
    read = [coder.code(clip.read) for clip in clips]
    true = [(ceiling or coder).code(clip.true) for clip in clips]
    ranks, of_true = _ranks(clips, shown, read), _ranks(clips, shown, true)
    face, at_rest = np.array([k for k, _ in shown]), _rows_at_rest(clips, read)
    quiet, talking = ~at_rest.talks, at_rest.talks
    return CodingEvaluation(
        clips=len(clips),
        names=len(coder.names),
        instances=len(shown),
        others=len(others),
        unread=int(np.isnan(ranks).sum()),
        rows=_by_row(coder, [one.expression for _, one in shown], ranks, of_true),
        splits=splits_of([(clips[k], one) for k, one in shown], ranks, of_true),
        calibrations=_calibrations(clips, read),
        quiet_rows=int(quiet.sum()),
        quiet_abstains=_share(at_rest.abstains[quiet]),
        talking_rows=int(talking.sum()),
        talking_abstains=_share(at_rest.abstains[talking]),
        shown_abstains=_share(_middles_abstain(clips, shown, read)),
        others_abstain=_share(_middles_abstain(clips, others, read)),
        spreads=(
            spread_of("first", ranks < 1, face),
            spread_of("few", ranks < FEW, face),
            spread_of("quiet", at_rest.abstains[quiet], at_rest.face[quiet]),
            spread_of("talking", at_rest.abstains[talking], at_rest.face[talking]),
        ),
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


def _listed(acted: Iterable[Acted]) -> str:
    """
    >>> _listed([Acted("pain", 0.0, 1.0, 2.0, (4,), (4,)), Acted("awe", 3.0, 4.0, 5.0, (1,), (1,))])
    'awe, pain'
    """
    names = sorted({one.expression for one in acted})
    return ", ".join([*names[:_LISTED], *["..."] * (len(names) > _LISTED)])


def _ranks(clips: Sequence[ActedClip], shown: Sequence[Shown], codings: Sequence[Coding]) -> Array:
    """Place of what is shown among the expressions, 0 first; NaN if it was not coded. Shape (instances,)."""
    ranks = []
    for k, one in shown:
        scores = middle_scores(codings[k], clips[k].read, one)[:-1]
        own = scores[codings[k].names.index(one.expression)]
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
    """Place of what each row shows among `names`, after them for rest, else -1. (T,)."""
    label = np.full(len(clip.read), -1)
    label[clip.at_rest] = len(names)
    for one in clip.acted:
        if one.expression in names:
            label[one.middle(clip.read)] = names.index(one.expression)
    return label


@dataclass(frozen=True, slots=True, eq=False)
class _AtRest:
    """The rows of all clips that show no expression and were coded, each of shape (N,)."""

    face: npt.NDArray[np.intp]
    """Which clip each is of."""
    talks: Rows
    abstains: Rows


def _rows_at_rest(clips: Sequence[ActedClip], codings: Sequence[Coding]) -> _AtRest:
    face = np.repeat(np.arange(len(clips)), [len(clip.read) for clip in clips])
    rest = np.concatenate([coding.rest for coding in codings])
    talks = np.concatenate([clip.speaking for clip in clips])
    still = np.concatenate([clip.at_rest for clip in clips]) & np.isfinite(rest)
    return _AtRest(face[still], talks[still], rest[still] >= _ABSTAINS)


def _middles_abstain(clips: Sequence[ActedClip], acted: Sequence[Shown], codings: Sequence[Coding]) -> Rows:
    """Whether the coder abstains over the middle of each expression that was coded."""
    rest = np.array([middle_scores(codings[k], clips[k].read, one)[-1] for k, one in acted])
    told: Rows = rest[np.isfinite(rest)] >= _ABSTAINS
    return told


def _share(where: Rows) -> float:
    return float(where.mean()) if len(where) else float("nan")
