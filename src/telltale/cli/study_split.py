"""`telltale study split`: deal the sessions into training and test, or into folds."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from telltale.cli import console
from telltale.cli.options import made

if TYPE_CHECKING:
    from telltale.study.splits import Split


def split(
    folder: Annotated[Path, typer.Argument(help="Folder of a study.")],
    by: Annotated[
        Literal["person", "session"],
        typer.Option(help="person: nobody on both sides; session: as in the paper."),
    ] = "person",
    test_share: Annotated[float, typer.Option(help="Share of the sessions for the test.")] = 0.2,
    folds: Annotated[int | None, typer.Option(help="So many folds instead.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides who goes where.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Deal sessions into training and test, alike in category and conversion, nobody on both sides."""
    from telltale.study.splits import SplitSettings, split_sessions, write_split
    from telltale.study.store import Study

    settings = made(SplitSettings, test_share=test_share, by=by, folds=folds, seed=seed)
    study = Study.open(folder)
    dealt = split_sessions(study, settings)
    path = write_split(study, dealt)
    if as_json:
        console.print_json(_facts(dealt))
    else:
        _print(study.manifest.name, dealt, path)


def _facts(dealt: Split) -> dict[str, object]:
    return {
        "settings": asdict(dealt.settings),
        "parts": dict(zip(dealt.parts, dealt.sizes, strict=True)),
        "strata": [asdict(stratum) for stratum in dealt.strata],
        "sessions_seen_elsewhere": dealt.sessions_seen_elsewhere,
    }


def _print(name: str, dealt: Split, path: Path) -> None:
    folds = dealt.settings.folds is not None
    head = ["category", "outcome", "sessions", *(f"fold {part}" if folds else part for part in dealt.parts)]
    rows = [
        [
            stratum.category,
            "converted" if stratum.converted else "not converted",
            f"{stratum.sessions:,}",
            *(f"{n:,} ({n / stratum.sessions:.1%})" for n in stratum.in_parts),
        ]
        for stratum in dealt.strata
    ]
    rows.append(["all", "", f"{sum(dealt.sizes):,}", *(f"{n:,}" for n in dealt.sizes)])
    console.print_table(f"Split of {name} by {dealt.settings.by}", head, rows, left=2)
    asked = (
        "sessions whose person is in another fold" if folds else "test sessions whose person is in training"
    )
    console.out.print(f"{asked}: {dealt.sessions_seen_elsewhere:,}")
    console.out.print(f"written to {console.escape(str(path))}", soft_wrap=True)
