"""What `telltale host evaluate` says: for a person, as JSON, and as a CSV of every row and split."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from math import isnan
from typing import TYPE_CHECKING, Any, Final

from telltale.cli import console
from telltale.host.coding_splits import FEW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telltale.host.coding_calibration import Calibration
    from telltale.host.coding_evaluation import CodingEvaluation
    from telltale.host.coding_micro import AtRest, MicroEvaluation
    from telltale.host.coding_splits import Share

_SHARES: Final = ("shown", "first", "top three", "from", "to", "from true units")
_SPREADS: Final = {
    "first": "right one first",
    "few": "right one among the first three",
    "quiet": "abstains at rest, silent",
    "talking": "abstains at rest, talking",
}
_COLUMNS: Final = ("by", "which", "evidence", "instances", "first", "few", "low", "high", "ceiling")


def print_evaluation(found: CodingEvaluation) -> None:
    """For a person."""
    rows = [(row.name, row.evidence, *_shares(row.share)) for row in found.rows]
    for evidence in ("published", "recalled", "ours", None):
        held = [row for row in found.rows if evidence in (None, row.evidence)]
        if held:
            first, few, ceiling = (
                f"{found.mean(what, evidence):.2f}" for what in ("first", "few", "ceiling")
            )
            count = str(sum(row.share.instances for row in held))
            rows.append((f"mean of {len(held)}", evidence or "all", count, first, few, "", "", ceiling))
    title = f"Expressions of {found.clips:,} rendered faces: share told, with its 95 % interval"
    console.print_table(title, ("row", "evidence", *_SHARES), rows)
    ways = [(split.by, split.which, *_shares(split.share)) for split in found.splits]
    console.print_table("How they were acted", ("by", "which", *_SHARES), ways, left=2)
    parts = [
        (one.part, f"{one.rows:,}", _three(one.error), _three(one.of_honest)) for one in found.calibrations
    ]
    console.print_table("Calibration error", ("part", "rows", "error", "of an honest coder"), parts)
    bins = [row for one in found.calibrations for row in _bins(one)]
    console.print_table("Calibration", ("part", "probability", "rows", "mean", "right"), bins, left=2)
    spreads = [
        (_SPREADS[one.of], f"{one.faces:,}", *(_two(value) for value in (one.least, one.low, one.median)))
        for one in found.spreads
    ]
    console.print_table("By face", ("share", "faces", "least", "5 % quantile", "median"), spreads)
    for line in (
        f"abstains at rest in {_percent(found.quiet_abstains)} of {found.quiet_rows:,} silent rows, "
        f"in {_percent(found.talking_abstains)} of {found.talking_rows:,} rows that speak and show nothing; "
        f"wrongly in {_percent(found.shown_abstains)} of {found.instances:,} expressions",
        f"{found.unread:,} expressions were not read: they count as missed",
        *_of_few_names(found),
    ):
        console.out.print(line, soft_wrap=True)


def _of_few_names(found: CodingEvaluation) -> Iterator[str]:
    """What must be known of a coder that does not name all that is shown."""
    if found.others:
        yield (
            f"{found.others:,} expressions more are shown that the coder does not name: they are part of no "
            f"figure above; it abstains in {_percent(found.others_abstain)} of them, rightly"
        )
    if found.names <= FEW:
        yield (
            "its one name is first whatever shows: go by where it abstains"
            if found.names == 1
            else f"each of its {found.names} names is among the first three whatever shows: "
            "go by which is first, and by where it abstains"
        )


def evaluation_facts(found: CodingEvaluation) -> dict[str, Any]:
    """The same as JSON can hold it: a share of no rows is not a number, and JSON has no word for that."""
    facts = asdict(found)
    for told in (*facts["rows"], *facts["splits"]):
        told |= told.pop("share")
    for told, one in zip(facts["calibrations"], found.calibrations, strict=True):
        told |= {"rows": one.rows, "error": one.error}
    plain: dict[str, Any] = _without_nan(facts)
    return plain


def evaluation_csv(found: CodingEvaluation) -> str:
    """One line a row of the table of expressions, then one a split."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(_COLUMNS)
    for name, evidence, share in ((row.name, row.evidence, row.share) for row in found.rows):
        out.writerow(["expression", name, evidence, *asdict(share).values()])
    for split in found.splits:
        out.writerow([split.by, split.which, "", *asdict(split.share).values()])
    return text.getvalue()


def print_micro(found: MicroEvaluation) -> None:
    """For a person."""
    lines = [f"{found.acted:,} micro-expressions acted, {found.spotted:,} of them spotted as micro-events"]
    if found.spotted:
        lines.append(
            f"of these the right expression ranks first in {_percent(found.first)}, among the first three in "
            f"{_percent(found.few)}; {_percent(found.named)} get a name"
        )
    if found.others:
        lines.append(f"{found.others:,} more are acted that the coder does not name: not counted")
    for line in lines:
        console.out.print(line, soft_wrap=True)
    rows = [
        (which, f"{of.minutes:.1f}", f"{of.events:,}", f"{of.named:,}", *map(_two, _a_minute(of).values()))
        for which, of in (("silent", found.silent), ("talking", found.talking))
    ]
    title = "Micro-events where nothing was acted: each name is wrong"
    head = ("face", "minutes", "events", "named", "events a minute", "named a minute")
    console.print_table(title, head, rows)


def micro_facts(found: MicroEvaluation) -> dict[str, Any]:
    """The same as JSON can hold it."""
    facts = asdict(found)
    facts["silent"] |= _a_minute(found.silent)
    facts["talking"] |= _a_minute(found.talking)
    plain: dict[str, Any] = _without_nan(facts)
    return plain


def _a_minute(of: AtRest) -> dict[str, float]:
    return {"events_a_minute": of.events_a_minute, "named_a_minute": of.named_a_minute}


def _shares(share: Share) -> tuple[str, ...]:
    shares = (share.first, share.few, share.low, share.high, share.ceiling)
    return (str(share.instances), *(f"{value:.2f}" for value in shares))


def _bins(one: Calibration) -> Iterator[tuple[str, ...]]:
    for b in one.bins:
        between = f"{b.low:.1f} - {b.low + 0.1:.1f}"
        yield one.part, between, f"{b.rows:,}", f"{b.probability:.2f}", f"{b.right:.2f}"


def _two(value: float) -> str:
    return "" if isnan(value) else f"{value:.2f}"


def _percent(value: float) -> str:
    return "-" if isnan(value) else f"{value:.1%}"


def _three(value: float) -> str:
    return "" if isnan(value) else f"{value:.3f}"


def _without_nan(facts: Any) -> Any:
    if isinstance(facts, dict):
        return {key: _without_nan(value) for key, value in facts.items()}
    if isinstance(facts, list | tuple):
        return [_without_nan(value) for value in facts]
    return None if isinstance(facts, float) and isnan(facts) else facts
