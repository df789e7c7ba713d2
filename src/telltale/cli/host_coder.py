"""Which coder codes a host: Telltale's by a table and a culture, or the user's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from telltale.core.errors import ConfigError

if TYPE_CHECKING:
    from telltale.signs.coding import Coder
    from telltale.signs.expressions import ExpressionTable
    from telltale.study.store import Study

TableFile = Annotated[
    Path | None,
    typer.Option("--table", metavar="FILE", help="Another table of expressions than Telltale's."),
]
CultureName = Annotated[
    str, typer.Option("--culture", metavar="NAME", help="none, east_asia, or a profile of your own (.toml).")
]
OwnCoder = Annotated[
    str | None,
    typer.Option("--coder", metavar="MODULE:CLASS", help="A classifier of your own (or FILE.py:CLASS)."),
]


@dataclass(frozen=True, slots=True)
class HostCoder:
    """A coder, and what must be told of it wherever its scores are shown."""

    coder: Coder
    name: str
    culture: str
    table: ExpressionTable
    """Whose categories and anchors hold."""
    caveat: str
    missing: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """For expressions that lack some: the units that belong to it and cannot be told."""


def refuse_unused(study: Study, table: Path | None, culture: str, own: str | None) -> None:
    """Shares that a study holds are taken as they are: nothing codes them again."""
    from telltale.factors.source_face import has_host_faces

    given = [("--table", table is not None), ("--culture", culture != "none"), ("--coder", own is not None)]
    named = [option for option, there in given if there]
    if named and not has_host_faces(study):
        raise ConfigError(
            f"{study.folder} holds shares of its hosts' expressions and no signals: nothing is left to code",
            hint=f"leave {' and '.join(named)} out, or add signals (telltale host read VIDEO --into STUDY)",
        )


def host_coder(table: Path | None = None, culture: str = "none", own: str | None = None) -> HostCoder:
    """The coder that the options ask for; each fault of them is told in one line.

    >>> host_coder().missing["triumph"], host_coder().name
    ((27,), 'prototypes')
    """
    from telltale.signs.coder_own import load_coder
    from telltale.signs.coder_prototypes import PrototypeCoder
    from telltale.signs.expressions import load_table

    if own is not None and (table is not None or culture != "none"):
        option = "--table" if table is not None else "--culture"
        raise ConfigError(f"{option} is for Telltale's own coder", hint=f"leave {option} or --coder out")
    known = load_table(table)
    if own is not None:
        caveat = f"Coded by {own}, a classifier of the user's own: what its names mean is its maker's to say."
        return HostCoder(load_coder(own), own, "none", known, caveat)
    coder = PrototypeCoder(known, culture=culture)
    untold = {name: units for name in coder.names if (units := coder.untold(name))}
    profile = coder.culture
    caveat = known.caveat if profile.name == "none" else f"{known.caveat} {profile.caveat}"
    return HostCoder(coder, "prototypes", profile.name, known, caveat, untold)
