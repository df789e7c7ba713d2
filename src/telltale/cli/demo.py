"""`telltale demo`: the main job, from nothing, on a small simulated study."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from telltale.cli import console
from telltale.core.errors import FormatError

SESSIONS = 60
SEED = 7


def demo(
    out: Annotated[Path, typer.Option(help="Folder to write the study to.")] = Path("demo-study"),
) -> None:
    """Simulate a small study, check it, print its Table 1 and say what to try next."""
    from telltale.cli import study_check, study_describe
    from telltale.simulate.spec_file import load_spec
    from telltale.simulate.study import simulate_study
    from telltale.simulate.truth import truth_folder

    _make_room(out, truth_folder(out))
    console.out.print(f"[bold]1. Simulate[/] {SESSIONS} sessions of live shopping with a planted truth")
    made = simulate_study(out, load_spec().scaled(SESSIONS), seed=SEED, progress=console.progress)
    console.out.print(f"   written to {out}/ and {truth_folder(out)}/\n", soft_wrap=True)
    console.out.print("[bold]2. Check[/] it as a study of your own would be checked")
    study_check.check(out)
    console.out.print("\n[bold]3. Describe[/] it as the paper's Table 1 does")
    study_describe.describe(out)
    scored = made.summary["oracle"]
    console.out.print(
        f"\nThese people are simulated. {scored['windows']} half minutes were cut from their sessions; in "
        f"{scored['positives']} a product\ngoes into the cart at the end. Whoever knew all that was planted "
        f"could tell them apart with AUC {scored['auc']:.2f}.\n\n[bold]Try next[/]\n{_next(out)}",
        soft_wrap=True,
    )


def _next(study: Path) -> str:
    ideas = {
        f"telltale study windows {study}": "cut the labelled half minutes",
        f"telltale study split {study}": "train and test, no person on both sides",
        f"telltale simulate {study}-null --spec null --sessions {SESSIONS}": "nothing to find in this one",
        "docs/study-format.md": "write a study of your own",
    }
    width = max(len(idea) for idea in ideas)
    return "\n".join(f"  {idea:{width}}  {why}" for idea, why in ideas.items())


def _make_room(study: Path, truth: Path) -> None:
    """Delete an earlier demo, and only that."""
    from telltale.study.manifest import read_any_version

    for folder, mark in ((study, "study.toml"), (truth, "summary.json")):
        if not folder.exists():
            continue
        if not (folder / mark).is_file() or (folder == study and not read_any_version(study).simulated):
            raise FormatError(f"{folder} exists and is no earlier demo", hint="choose another with --out")
        shutil.rmtree(folder)
