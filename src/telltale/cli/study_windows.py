"""`telltale study windows`: cut and label the half minutes of a study."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from telltale.cli import console
from telltale.cli.options import made

if TYPE_CHECKING:
    from telltale.study.store import Study
    from telltale.study.window_tensors import ReadableWindows, Reason
    from telltale.study.windows import LabelledWindows


def windows(
    folder: Annotated[Path, typer.Argument(help="Folder of a study.")],
    length_s: Annotated[float, typer.Option("--length", help="Length of a window in seconds.")] = 30.0,
    ratio: Annotated[float, typer.Option(help="Negatives for each positive.")] = 2.4,
    margin_s: Annotated[float, typer.Option("--margin", help="Free seconds before each, for jitter.")] = 0.5,
    guard_s: Annotated[
        float, typer.Option("--guard", help="Seconds after a negative without a cart action.")
    ] = 30.0,
    seed: Annotated[int, typer.Option(min=0, help="Decides which negatives stay.")] = 0,
    matched: Annotated[
        bool, typer.Option("--matched", help="Negatives from sessions with a purchase: the same people.")
    ] = False,
    tensor: Annotated[
        bool, typer.Option("--tensor", help="Also write the windows' channels as a NumPy file.")
    ] = False,
    half: Annotated[bool, typer.Option("--half", help="Write them as float16.")] = False,
    leave_out_no_consent: Annotated[
        bool, typer.Option(help="Leave people without consent out of the NumPy file, else refuse.")
    ] = False,
    leave_out_no_signal: Annotated[
        bool, typer.Option(help="Leave sessions without a signal out of the NumPy file, else refuse.")
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; every core when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Cut 30 s windows: positive ones end at a cart, negative ones lie in a display without one."""
    from telltale.core.pool import default_workers
    from telltale.study import schema
    from telltale.study.store import Study, write_table
    from telltale.study.window_tensors import write_window_tensor
    from telltale.study.windows import WindowSettings, label_windows

    settings = made(
        WindowSettings,
        length_s=length_s,
        negatives_per_positive=ratio,
        margin_s=margin_s,
        guard_s=guard_s,
        seed=seed,
        negatives_from="converted" if matched else "unconverted",
    )
    study = Study.open(folder)
    cut = label_windows(study, settings)
    derived = folder / schema.DERIVED
    write_table(derived / "windows.parquet", cut.table)
    written = None
    asked: dict[Reason, bool] = {"no-consent": leave_out_no_consent, "no-signal": leave_out_no_signal}
    left_out = tuple(reason for reason, wanted in asked.items() if wanted)
    if tensor:
        written = write_window_tensor(
            study,
            cut.table,
            derived / "window_tensor.npy",
            dtype="float16" if half else "float32",
            leave_out=left_out,
            workers=workers or default_workers(),
            progress=console.progress,
        )
    if as_json:
        console.print_json(_facts(cut, written))
    else:
        _print(study, cut, written)


def _facts(cut: LabelledWindows, written: ReadableWindows | None) -> dict[str, object]:
    from telltale.study.windows import count_by_category

    facts: dict[str, object] = {"settings": asdict(cut.settings), "counts": asdict(cut.counts)}
    facts["categories"] = [
        {"category": name, "positives": positives, "negatives": negatives}
        for name, positives, negatives in count_by_category(cut.table)
    ]
    if written is not None:
        facts["tensor"] = {
            "windows": len(written.rows),
            "no_consent": written.no_consent,
            "no_signal": written.no_signal,
        }
    return facts


def _print(study: Study, cut: LabelledWindows, written: ReadableWindows | None) -> None:
    from telltale.study.windows import count_by_category

    counts = cut.counts
    rows = [(name, f"{p:,}", f"{n:,}") for name, p, n in count_by_category(cut.table)]
    rows.append(("all", f"{counts.positives:,}", f"{counts.negatives:,}"))
    console.print_table(f"Windows of {study.manifest.name}", ["category", "positive", "negative"], rows)
    for number, what in (
        (counts.carts_too_early, "carts too early in their session for a whole window"),
        (counts.carts_at_one_moment, "carts at the moment of another of their session"),
        (counts.displays_too_short, "displays too short for a negative"),
        (counts.negatives_not_drawn, "possible negatives not drawn"),
        (counts.negatives_wanting, "negatives short of the ratio: the study holds no more"),
    ):
        if number:
            console.out.print(f"{number:,} {what}")
    if written is not None:
        console.out.print(
            f"{len(written.rows):,} windows written as numbers; left out: {written.no_consent:,} without "
            f"consent, {written.no_signal:,} without signal",
            soft_wrap=True,
        )
