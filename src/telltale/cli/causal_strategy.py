"""What the commands about a strategy share: their options, and how an answer begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from telltale.cli import console

if TYPE_CHECKING:
    from telltale.effects.refutation import Refutation

Strategy = Annotated[str, typer.Option(help="A strategy of the study's exposures.")]
Outcome = Annotated[str, typer.Option(help="A factor, such as desire, add_to_cart or purchase.")]
Covariates = Annotated[
    list[str] | None,
    typer.Option(
        "--covariate",
        help="Adjust for this factor; may be repeated. When not given for all, or, where sessions are too"
        " few for all, for those that go along most with who got it or with the outcome.",
    ),
]
Together = Annotated[
    Literal["auto", "person", "room"],
    typer.Option(
        "--cluster",
        help="Whose sessions count as one draw: a person's, or a room's where its viewers move each other;"
        " auto: a room's where whole rooms got it, else a person's.",
    ),
]


def tell(sentences: Sequence[str], warnings: Iterable[str]) -> None:
    """The answer, how sure it is, what would make it wrong; then what to know before believing it."""
    for sentence in sentences:
        console.out.print(console.escape(sentence), soft_wrap=True)
    for warning in warnings:
        console.out.print(f"[bold]Careful:[/] {console.escape(warning)}.", soft_wrap=True)


def print_checks(title: str, checks: Iterable[Refutation]) -> None:
    """Each check, what was done and what was found."""
    rows = [(one.name, one.verdict, f"{one.did} {one.found}") for one in checks]
    console.print_table(f"\n{title}", ("check", "verdict", "what was done and found"), rows, left=3)
