"""`telltale host evaluate`: how well expressions are coded on rendered clips, and numbers fitted on them."""

from __future__ import annotations

from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from telltale.cli import console

if TYPE_CHECKING:
    from telltale.host.coding_evaluation import CodingEvaluation


def evaluate(
    clips: Annotated[
        list[Path], typer.Argument(help="Folders that `telltale rig render --preset expressions...` wrote.")
    ],
    readings: Annotated[
        Path | None,
        typer.Option(help="Folder of what was read of them, and is read now; CLIPS/readings if not given."),
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The coder's numbers; Telltale's if not given.")
    ] = None,
    culture: Annotated[str, typer.Option(help="none, east_asia or a .toml of your own.")] = "none",
    coder: Annotated[
        str | None,
        typer.Option(metavar="MODULE:CLASS", help="A coder of your own, or path.py:Class; it is run."),
    ] = None,
    fit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Fit the numbers on these clips first; written here.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; every core when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how well the 28 expressions are coded on rendered faces, whose truth is known.

    Never give clips that the numbers were fitted on when you want to know how well they do.
    """
    from telltale.cli.host_evaluate_clips import load_acted
    from telltale.core.errors import ConfigError
    from telltale.host.coding_evaluation import evaluate_coding, exact
    from telltale.host.coding_fit import fit_settings
    from telltale.signs.coder_own import load_coder
    from telltale.signs.coder_prototypes import PrototypeCoder
    from telltale.signs.coding_settings import load_settings, to_toml

    if coder is not None and (fit is not None or settings is not None or culture != "none"):
        raise ConfigError(
            "--coder has no numbers of ours", hint="leave --fit, --settings and --culture out with it"
        )
    if fit is not None and fit.exists():
        raise ConfigError(f"{fit} exists", hint="choose another file")
    own = load_coder(coder) if coder is not None else None
    # Made before anything is read, which takes minutes: what is wrong with a setting is told at once.
    default = PrototypeCoder(settings=load_settings(settings), culture=culture)
    acted = load_acted(clips, readings, workers)
    if fit is not None:
        shown = sum(len(clip.acted) for clip in acted)
        words = f"{shown:,} expressions of {len(acted):,} rendered faces: no human being, and no host"
        default = default.with_settings(fit_settings(acted, default.settings, words))
        fit.write_text(to_toml(default.settings), encoding="utf-8")
    found = evaluate_coding(acted, own) if own else evaluate_coding(acted, default, exact(default))
    if as_json:
        facts = asdict(found) | {"calibration_error": found.calibration_error}
        # A share of no rows is not a number, and JSON has no word for that.
        console.print_json({k: None if isinstance(v, float) and isnan(v) else v for k, v in facts.items()})
    else:
        _print(found)


def _print(found: CodingEvaluation) -> None:
    rows = [
        (row.name, row.evidence, str(row.instances), *(f"{v:.2f}" for v in (row.first, row.few, row.ceiling)))
        for row in found.rows
    ]
    for evidence in ("published", "recalled", "ours", None):
        held = [row for row in found.rows if evidence in (None, row.evidence)]
        if held:
            means = (found.mean(what, evidence) for what in ("first", "few", "ceiling"))
            count = str(sum(row.instances for row in held))
            rows.append((f"mean of {len(held)}", evidence or "all", count, *(f"{v:.2f}" for v in means)))
    title = f"Expressions of {found.clips:,} rendered faces: share told"
    console.print_table(title, ("row", "evidence", "shown", "first", "top three", "from true units"), rows)
    bins = [
        (f"{b.low:.1f} - {b.low + 0.1:.1f}", f"{b.rows:,}", f"{b.probability:.2f}", f"{b.right:.2f}")
        for b in found.bins
    ]
    console.print_table("Calibration", ("probability", "rows", "mean", "right"), bins)
    for line in (
        f"calibration error {found.calibration_error:.3f}",
        f"abstains at rest in {found.quiet_abstains:.1%} of {found.quiet_rows:,} silent rows, "
        f"in {found.talking_abstains:.1%} of {found.talking_rows:,} rows that speak and show nothing; "
        f"wrongly in {found.shown_abstains:.1%} of {found.instances:,} expressions",
        f"{found.unread:,} expressions were not read: they count as missed",
    ):
        console.out.print(line, soft_wrap=True)
