"""`telltale study align`: how far the clocks of video and log are apart, and put it right."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from telltale.cli import console
from telltale.cli.options import made

if TYPE_CHECKING:
    from telltale.study.align import StudyAlignment
    from telltale.study.align_estimate import Offset

_SHOWN = 20


def align(
    folder: Annotated[Path, typer.Argument(help="Folder of a study.")],
    apply: Annotated[
        bool, typer.Option("--apply", help="Record the offsets that are sure enough in the sessions table.")
    ] = False,
    evidence: Annotated[
        Literal["both", "screen", "touch"],
        typer.Option(help="screen: light on the face at pins; touch: dips of the head at clicks."),
    ] = "both",
    max_lag_s: Annotated[float, typer.Option("--max-lag", min=1.0, help="Largest offset looked for.")] = 10.0,
    seed: Annotated[int, typer.Option(min=0, help="For the bootstrap and the random moves.")] = 0,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; every core when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Estimate the offset between video and log in each session, with its uncertainty."""
    from telltale.core.pool import default_workers
    from telltale.study.align import align_study, apply_alignment, write_alignment
    from telltale.study.align_session import AlignSettings
    from telltale.study.store import Study

    settings = made(AlignSettings, max_lag_s=max_lag_s, evidence=evidence, seed=seed)
    study = Study.open(folder)
    found = align_study(
        study,
        settings,
        workers=workers or default_workers(),
        progress=console.progress,
    )
    write_alignment(study, found)
    changed = apply_alignment(study, found) if apply else 0
    if as_json:
        console.print_json(_facts(found, changed))
    else:
        _print(study.manifest.name, found, changed, applied=apply)


def _facts(found: StudyAlignment, changed: int) -> dict[str, object]:
    return {
        "settings": asdict(found.settings),
        "pooled": {name: asdict(offset) for name, offset in found.pooled.items()},
        "pooled_disagree": found.study.disagree,
        "sessions": [asdict(s) | {"corrected_s": s.corrected_s} for s in found.sessions],
        "changed": changed,
    }


def _print(name: str, found: StudyAlignment, changed: int, *, applied: bool) -> None:
    rows = _study_rows(found)
    to_correct = [session for session in found.sessions if session.correct]
    rows += [
        [session.session_id, f"{session.events}", *_cells(session.left)]
        for session in to_correct[:_SHOWN]
        if session.left is not None
    ]
    head = ["session", "events", "video - log (s)", "SD (s)", "95 % interval (s)", "p"]
    if rows:
        console.print_table(f"Clocks of {name}: offset left beside the recorded one", head, rows)
    if len(to_correct) > _SHOWN:
        console.out.print(f"... and {len(to_correct) - _SHOWN:,} sessions more; see --json")
    counts = Counter(session.verdict for session in found.sessions)
    words = {"told": "told apart from chance", "kinds disagree": "with screen and touch at odds"}
    counted = [f"{number:,} {words.get(verdict, verdict)}" for verdict, number in counts.most_common()]
    console.out.print(f"{len(found.sessions):,} sessions: {', '.join(counted)}", soft_wrap=True)
    if applied:
        console.out.print(f"{changed:,} sessions corrected" + ("; cut the windows anew" if changed else ""))
    elif to_correct:
        console.out.print(f"{len(to_correct):,} sessions have an offset worth correcting: use --apply")


def _study_rows(found: StudyAlignment) -> list[list[str]]:
    """The study's offsets; every kind is one look and must stand out as such."""
    looks = max(len(found.study.kinds), 1)
    rows = []
    for name, offset in found.pooled.items():
        level = found.settings.false_share / (1 if name == "both" else looks)
        rows.append([f"study, {name}", "", *_cells(offset, told=offset.p_value <= level)])
    if found.study.disagree:
        rows.append(["study, both", "", "screen and touch disagree", "", "", ""])
    return rows


def _cells(offset: Offset, *, told: bool = True) -> list[str]:
    if not told:
        return ["cannot tell", "", "", f"{offset.p_value:.2g}"]
    interval = f"{offset.low_s:+.3f} to {offset.high_s:+.3f}"
    return [f"{offset.seconds:+.3f}", f"{offset.sd_s:.3f}", interval, f"{offset.p_value:.2g}"]
