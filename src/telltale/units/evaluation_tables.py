"""What an evaluation says, as tables: printed for a person, as Markdown for a page, as JSON for a program."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from telltale.units.evaluation_result import Evaluation, Group
from telltale.units.head import CLOSE


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a head."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """The table in Markdown, its first column to the left and the others to the right.

        >>> print(Table("Units", ("unit", "r"), (("AU1", "0.90"),)).markdown())
        **Units**
        <BLANKLINE>
        | unit | r |
        |---|---:|
        | AU1 | 0.90 |
        """
        lines = [" | ".join(cells) for cells in (self.head, *self.rows)]
        rule = "|---" + "|---:" * (len(self.head) - 1) + "|"
        head, *rows = (f"| {line} |" for line in lines)
        return "\n".join([f"**{self.title}**", "", head, rule, *rows])


def tables(result: Evaluation) -> list[Table]:
    """All tables of an evaluation."""
    return [
        _about(result),
        _units(result.everyone),
        _velocity(result.everyone),
        _tones("By skin tone, groups of the Monk scale", result.tone_groups),
        _tones("By skin tone, each of the Monk scale", result.tones),
        _tone_units(result.tone_groups),
        _landmarks(result),
        _events(result),
        _calibration(result),
    ]


def to_json(value: Any) -> Any:
    """Numbers, texts, lists and dictionaries of all that an evaluation holds and says; unknown is null.

    >>> from telltale.units.scores_events import EventScores
    >>> to_json(EventScores(true=4, spotted=2, hits=1))["precision"], to_json((1.5, float("nan")))
    (0.5, [1.5, None])
    """
    if is_dataclass(value) and not isinstance(value, type):
        said = [name for name, of in vars(type(value)).items() if isinstance(of, property)]
        return {name: to_json(getattr(value, name)) for name in (*(f.name for f in fields(value)), *said)}
    if isinstance(value, dict):
        return {str(key): to_json(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(held) for held in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _about(result: Evaluation) -> Table:
    about, seen = result.about, result.coverage
    least, mean, most = about.face_width_px
    rows = (
        ("clips", f"{about.clips:,}"),
        ("people", f"{about.identities:,}"),
        ("minutes", f"{about.minutes:.1f}"),
        ("presets", ", ".join(about.presets)),
        ("makers of looks", ", ".join(about.makers)),
        ("pictures", ", ".join(about.sizes)),
        ("frames a second", ", ".join(f"{rate:g}" for rate in about.rates_hz)),
        ("kbit/s", ", ".join(map(str, about.bitrates_kbps))),
        ("face width", f"{least:.0f} - {most:.0f} px, mean {mean:.0f}"),
        ("frames with a face", f"{seen.with_face:,} of {seen.frames:,}"),
        ("of these read", _share(seen.read, seen.with_face)),
        ("frames without a face that were read", f"{seen.read_without_face:,}"),
        ("units in sight that were read", _share(seen.units_read, seen.unit_frames)),
        ("covered units, left out of the scores", f"{seen.units_hidden:,}"),
        ("of these read nevertheless", _share(seen.hidden_but_read, seen.units_hidden)),
        ("faces told apart", f"{seen.faces:,}"),
    )
    return Table("What was read", ("", "all clips"), rows)


def _share(part: float, whole: float) -> str:
    return f"{_percent(part / whole)} ({part:,} of {whole:,})" if whole else "none"


_NUMBERS = ("correlation", "icc", "mae")


def _units(group: Group) -> Table:
    sides = ("left", "right", "both")
    head = ("unit", *(f"{name} {side}" for name in ("r", "ICC(3,1)", "MAE") for side in sides), "pairs")
    rows = [
        (
            f"AU{score.unit}",
            *(number(getattr(getattr(score, side), name)) for name in _NUMBERS for side in sides),
            f"{score.both.count:,}",
        )
        for score in group.units
    ]
    means = [
        _mean([getattr(getattr(score, side), name) for score in group.units])
        for name in _NUMBERS
        for side in sides
    ]
    rows.append(("mean", *map(number, means), f"{sum(score.both.count for score in group.units):,}"))
    return Table("Intensity of each unit", head, tuple(rows))


def _velocity(group: Group) -> Table:
    rows = [
        (f"AU{score.unit}", *(number(getattr(score.velocity, name)) for name in _NUMBERS))
        for score in group.units
    ]
    means = (_mean([getattr(score.velocity, name) for score in group.units]) for name in _NUMBERS)
    rows.append(("mean", *map(number, means)))
    head = ("unit", "r", "ICC(3,1)", "MAE")
    return Table("Velocity of each unit, 1/s over the last tenth of a second", head, tuple(rows))


def _tones(title: str, groups: Sequence[Group]) -> Table:
    head = ("tone", "people", "minutes", "mean r", "least r", "mean ICC(3,1)", "mean MAE")
    rows = []
    for group in groups:
        lowest = min(
            (score for score in group.units if math.isfinite(score.both.correlation)),
            key=lambda score: score.both.correlation,
            default=None,
        )
        least = f"{lowest.both.correlation:.3f} (AU{lowest.unit})" if lowest else number(math.nan)
        means = (number(group.mean(name)) for name in _NUMBERS)
        mean_r, mean_icc, mean_mae = means
        people = f"{group.identities:,}"
        rows.append((group.name, people, f"{group.minutes:.1f}", mean_r, least, mean_icc, mean_mae))
    return Table(title, head, tuple(rows))


def _tone_units(groups: Sequence[Group]) -> Table:
    head = ("unit", *(f"{name} {group.name}" for name in ("r", "MAE") for group in groups))
    rows = [
        (
            f"AU{scores[0].unit}",
            *(number(score.both.correlation) for score in scores),
            *(number(score.both.mae) for score in scores),
        )
        for scores in zip(*(group.units for group in groups), strict=True)
    ]
    return Table("Each unit by skin tone", head, tuple(rows))


def _landmarks(result: Evaluation) -> Table:
    marks = result.landmarks
    rows = (
        ("refined", _percent(marks.refined)),
        ("FaceMesh alone", _percent(marks.mesh)),
        ("less than FaceMesh by", _percent(marks.less)),
        ("frames", f"{marks.frames:,}"),
    )
    return Table(
        "Mean error of the 68 points, shares of the distance of the outer eye corners",
        ("points", "error"),
        rows,
    )


def _events(result: Evaluation) -> Table:
    head = (
        "events", "true", "spotted", "hits", "F1", "precision", "recall", "false / min", "apex hit", "minutes"
    )  # fmt: skip
    rows = tuple(
        (
            f"{group.kind}, {group.clips}",
            f"{group.scores.true:,}",
            f"{group.scores.spotted:,}",
            f"{group.scores.hits:,}",
            number(group.scores.f1),
            number(group.scores.precision),
            number(group.scores.recall),
            number(group.scores.false_alarms_per_min),
            number(group.scores.apex_rate),
            f"{group.minutes:.1f}",
        )
        for group in result.events
    )
    return Table("Events: a hit from IoU 0.5; apex hit within a frame, whatever the overlap", head, rows)


def _calibration(result: Evaluation) -> Table:
    head = ("confidence", "readings", "mean confidence", f"both sides within {CLOSE:g}")
    rows = tuple(
        (
            f"{held.low:.1f} - {held.high:.1f}",
            f"{held.count:,}",
            number(held.confidence),
            number(held.close),
        )
        for held in result.calibration
    )
    return Table("Is confidence honest", head, rows)


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan


def number(value: float) -> str:
    """A score with three digits, a dash where it is not known."""
    return f"{value:.3f}" if math.isfinite(value) else "-"


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %" if math.isfinite(value) else "-"
