"""Which coder codes a host: Telltale's by a table and a culture, or the user's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

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
    str | None,
    typer.Option(
        "--culture",
        metavar="NAME",
        help="none, east_asia, a profile of your own (.toml), or auto: each host's as the study names it; "
        "auto where a study names any.",
    ),
]
AUTO: Final = "auto"
"""Each host by their own culture."""
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
    by_host: dict[str | None, HostCoder] = field(default_factory=dict)
    """Whoever is coded in another way than the rest; None is a face that nobody has named."""

    def of(self, host: str | None) -> HostCoder:
        """Who codes a host, without a word on anybody else."""
        return self.by_host.get(host) or self.by_host.get(None) or self


def refuse_unused(study: Study, table: Path | None, culture: str | None, own: str | None) -> None:
    """Shares that a study holds are taken as they are: nothing codes them again."""
    asked = culture not in (None, "none")
    given = [("--table", table is not None), ("--culture", asked), ("--coder", own is not None)]
    named = [option for option, there in given if there]
    if named and not study.holds_host_signals:
        raise ConfigError(
            f"{study.folder} holds shares of its hosts' expressions and no signals: nothing is left to code",
            hint=f"leave {' and '.join(named)} out, or add signals (telltale host read VIDEO --into STUDY)",
        )


def host_coder(
    table: Path | None = None,
    culture: str | None = None,
    own: str | None = None,
    study: Study | None = None,
) -> HostCoder:
    """The coder that the options ask for; each fault of them is told in one line.

    Parameters
    ----------
    culture
        A profile, or `auto`: each host's own, as the study names it. If left out `auto` where the study names
        any, else none.
    study
        Whose hosts are coded, where they are a study's.

    >>> host_coder().missing["triumph"], host_coder().name
    ((27,), 'prototypes')
    """
    from telltale.signs.coder_own import load_coder
    from telltale.signs.expressions import load_table

    if own is not None and (table is not None or culture not in (None, "none")):
        option = "--table" if table is not None else "--culture"
        raise ConfigError(f"{option} is for Telltale's own coder", hint=f"leave {option} or --coder out")
    known = load_table(table)
    if own is not None:
        caveat = f"Coded by {own}, a classifier of the user's own: what its names mean is its maker's to say."
        return HostCoder(load_coder(own), own, "none", known, caveat)
    words = {} if study is None or culture not in (None, AUTO) else _cultures(study)
    if culture == AUTO and not words:
        told = "a video tells no culture" if study is None else f"{study.folder} tells no host's culture"
        hint = "name a profile" if study is None else "fill hosts.culture, or name a profile"
        raise ConfigError(f"--culture {AUTO}: {told}", hint=hint)
    return _by_host(known, words) if words else _plain(known, culture or "none")


def _cultures(study: Study) -> dict[str, str]:
    """Each host's culture as the study names it; empty where it names none."""
    table = study.table("hosts")
    if "culture" not in table.column_names:
        return {}
    pairs = zip(table.column("host_id").to_pylist(), table.column("culture").to_pylist(), strict=True)
    return {str(host): str(word) for host, word in pairs if word}


def _plain(known: ExpressionTable, culture: str) -> HostCoder:
    """By one profile, whoever it is."""
    from telltale.signs.coder_prototypes import PrototypeCoder

    coder = PrototypeCoder(known, culture=culture)
    untold = {name: units for name in coder.names if (units := coder.untold(name))}
    profile = coder.culture
    caveat = known.caveat if profile.name == "none" else f"{known.caveat} {profile.caveat}"
    return HostCoder(coder, "prototypes", profile.name, known, caveat, untold)


def _by_host(known: ExpressionTable, words: dict[str, str]) -> HostCoder:
    """Each host by the profile of their culture, where there is one."""
    from telltale.host.coders import HostCoders
    from telltale.signs.cultures import SHIPPED

    plain = _plain(known, "none")
    of_profile = {name: _plain(known, name) for name in SHIPPED if name != "none"}
    named = {host: word.strip().lower().replace(" ", "_").replace("-", "_") for host, word in words.items()}
    profiles = {
        host: name if name in SHIPPED else f"none (no profile of {words[host]})"
        for host, name in named.items()
    }
    ways: dict[str | None, HostCoder] = {h: of_profile[n] for h, n in named.items() if n in of_profile}
    used = dict.fromkeys(by.caveat.removeprefix(known.caveat).strip() for by in ways.values())
    coders = HostCoders(plain.coder, {host: by.coder for host, by in ways.items() if host}, profiles)
    caveat = " ".join([known.caveat, *used])
    ways[None] = plain
    return HostCoder(coders, "prototypes", AUTO, known, caveat, plain.missing, ways)
