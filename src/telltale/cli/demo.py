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
        f"\nThese people are simulated. Of {scored['windows']} half minutes, {scored['positives']} end with a product "
        f"going into the cart; whoever knew all that was planted could tell them apart with AUC {scored['auc']:.2f}.\n"
        "\n[bold]Try next[/]\n"
        f"  telltale study windows {out}        cut the labelled half minutes\n"
        f"  telltale study split {out}          train and test, no person on both sides\n"
        "  telltale simulate null-study --spec null --sessions 60   the same world with nothing to find\n"
        "  docs/study-format.md                write your own study in this form",
        soft_wrap=True,
    )


def _make_room(study: Path, truth: Path) -> None:
    """Delete an earlier demo, and only that."""
    from telltale.study.manifest import read_any_version

    for folder, mark in ((study, "study.toml"), (truth, "summary.json")):
        if not folder.exists():
            continue
        if not (folder / mark).is_file() or (folder == study and not read_any_version(study).simulated):
            raise FormatError(f"{folder} exists and is no earlier demo", hint="choose another with --out")
        shutil.rmtree(folder)
