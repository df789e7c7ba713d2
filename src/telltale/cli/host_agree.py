"""`telltale host agree`: people's codes against one another, and Telltale's against theirs."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from telltale.cli import console
from telltale.core.errors import ConfigError, FormatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telltale.host.agreement import Agreement, OnOne
    from telltale.host.code_grid import CodeGrid
    from telltale.host.human_codes import HumanCode
    from telltale.host.kappa import Interval
    from telltale.host.readings import Matched, Reading
    from telltale.signs.expressions import Evidence

_FINEST_S: Final = 0.1
_MOST_PRINTED: Final = 10
_MOST_NAMED: Final = 5
_MEANING = (
    "kappa is agreement beyond chance: 1 is perfect, 0 is chance; how much is enough depends on the use",
    "alpha, of more than two people, reads the same; yes, no: of all who said so, how many another joined",
    "ICC: 1 if strengths are given alike; (2,1) wants the same numbers, (3,1) the same but for a constant; "
    "intervals take cells as independent, so they are too narrow; a score says how probable, not how strong",
)


def agree(
    codes: Annotated[
        Path,
        typer.Argument(
            help="CSV (, ; or tab): coder, recording, start_s and end_s (or time_s), expression[, intensity]."
        ),
    ],
    against: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of 'telltale host read', or a CSV of Telltale's codes; may be repeated."),
    ] = None,
    every_s: Annotated[
        float, typer.Option("--every", min=_FINEST_S, help="Seconds of a cell of the grid.")
    ] = 1.0,
    unmarked: Annotated[
        str, typer.Option(help="What time is that a coder did not mark: uncoded, or none (none showed).")
    ] = "uncoded",
    table: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Another table of expressions than Telltale's.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Print every expression, also those that were seldom seen.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare people's codes with one another, and Telltale's with theirs: kappa, alpha, ICC, intervals."""
    from telltale.host.agreement import MACHINE
    from telltale.host.agreement import agree as agreement_of
    from telltale.host.code_grid import lay
    from telltale.host.human_codes import read_human_codes
    from telltale.host.readings import own_names, read_reading
    from telltale.signs.expressions import load_table

    if unmarked not in ("uncoded", "none"):
        raise ConfigError(f"no such meaning of unmarked time: '{unmarked}'", hint="choose uncoded or none")
    if lost := next((path for path in against or [] if not path.exists()), None):
        hint = "--against takes a folder that 'telltale host read' wrote, or a CSV of Telltale's codes"
        raise FormatError(f"there is no folder {lost}", hint=hint)
    folders = [path for path in against or [] if path.is_dir()]
    tables = [path for path in against or [] if not path.is_dir()]
    readings = [read_reading(folder) for folder in folders]
    evidence = {row.name: row.evidence for row in load_table(table).expressions}
    evidence |= own_names(readings, evidence)
    names = tuple(evidence)
    given = read_human_codes(codes, names)
    sources = bool(folders) + len(tables) + any(code.coder == MACHINE for code in given)
    if sources > 1:
        hint = "give either readings, or one table, or the codes of that coder among the people's"
        raise ConfigError(f"codes of '{MACHINE}' come from several places", hint=hint)
    _check_people(given, codes)
    for path in tables:
        given += _machine_codes(path, names)
    grid = lay(given, names, every_s=every_s, unmarked_is_none=unmarked == "none")
    read = _faces(readings, grid) if readings else None
    found = agreement_of(grid, None if read is None else read.faces)
    notes = [*_beyond(given, read, every_s), *_notes(found, given, unmarked, read)]
    if as_json:
        console.print_json({**_plain(dataclasses.asdict(found)), "notes": notes})
        return
    more = 0 if everything else len(found.expressions) - _MOST_PRINTED
    if more > 0:
        found = dataclasses.replace(found, expressions=found.expressions[:_MOST_PRINTED])
        notes.append(f"{more} expressions that were seen less often: --all prints them, --json holds them")
    _print(found, evidence, notes)


def _check_people(given: tuple[HumanCode, ...], path: Path) -> None:
    from telltale.host.agreement import MACHINE

    if all(code.coder == MACHINE for code in given):
        raise FormatError(f"{path} holds codes of nobody but '{MACHINE}'", hint="add what people coded")


def _machine_codes(path: Path, names: tuple[str, ...]) -> tuple[HumanCode, ...]:
    """A table of Telltale's own codes, whatever it calls their coder."""
    from telltale.host.agreement import MACHINE
    from telltale.host.human_codes import read_human_codes

    found = read_human_codes(path, names)
    if len(coders := {code.coder for code in found}) > 1:
        told = f"{path} holds codes of {len(coders)} coders"
        raise FormatError(told, hint="--against takes those of one; people's belong to the first table")
    return tuple(dataclasses.replace(code, coder=MACHINE) for code in found)


def _faces(readings: list[Reading], grid: CodeGrid) -> Matched:
    """Telltale's codes by recording as people name it."""
    from telltale.host.readings import match_readings

    found = match_readings(grid.recordings, readings)
    if not found.faces:
        read = ", ".join(dict.fromkeys(one.recording for one in readings))
        hint = f"the codes name {', '.join(grid.recordings[:5])}; the readings are of {read}"
        raise FormatError("no reading is of a recording that was coded", hint=hint)
    return found


def _notes(found: Agreement, given: tuple[HumanCode, ...], unmarked: str, read: Matched | None) -> list[str]:
    from telltale.host.kappa import LEAST

    notes = []
    if read is not None and read.unread:
        which = f"{len(read.unread)} of the {len(found.recordings)} recordings that were coded"
        notes.append(f"no reading is of {which}: {_listed(read.unread)}; Telltale is not compared there")
    if read is not None and (lacking := _lacking(given, read)):
        told = "people saw what a reading's coder does not name, so that it cannot agree there"
        notes.append(f"{told}: {_listed(lacking)}")
    if unmarked == "uncoded" and all(code.expression != "none" for code in given):
        notes.append(
            "no line says none, so cells in which a coder saw nothing are not compared: "
            "if unmarked time means none, say --unmarked none"
        )
    intervals = _intervals(found)
    which = "recording" if found.by_recording else "block"
    over = f"{found.clusters} {which}{'' if found.clusters == 1 else 's'}"
    over += "" if found.by_recording else f" of {found.block_s:g} s"
    if any(math.isfinite(one.low) for one in intervals):
        few = "" if found.by_recording else "; with so few recordings they say nothing of others"
        notes.append(f"intervals, 95 %: jackknife over {over}{few}")
        if any(math.isfinite(one.value) and not math.isfinite(one.low) for one in intervals):
            why = f"what was compared differs in fewer than {LEAST} {which}s, or rests on one"
            notes.append(f"no interval: {why}")
    elif any(math.isfinite(one.value) for one in intervals):
        why = f"they need {LEAST} {which}s in which what was compared differs, and must not rest on one"
        notes.append(f"no intervals: what was coded lies in {over}; {why}")
    if found.no_majority > 0 and found.machine:
        notes.append(f"the majority leaves out {found.no_majority:.1%} of cells, in which people are split")
    return notes


def _beyond(given: tuple[HumanCode, ...], read: Matched | None, every_s: float) -> list[str]:
    """Codes that go on where the reading of their recording has ended, by more than a cell."""
    if read is None:
        return []
    last_s = {one: max(c.end_s for c in given if c.recording == one) for one in read.faces}
    ends_s = read.ends_s()
    beyond = [one for one in last_s if last_s[one] > ends_s[one] + every_s]
    notes = [
        f"codes of {one} run to {_seconds(last_s[one])}, its reading ends at {_seconds(ends_s[one])}: "
        "what lies beyond is not compared with Telltale"
        for one in beyond[:_MOST_NAMED]
    ]
    if more := beyond[_MOST_NAMED:]:
        notes.append(f"codes run beyond the reading's end in {len(more)} more: {_listed(more)}")
    return notes


def _seconds(time_s: float) -> str:
    """
    >>> _seconds(900.0), _seconds(14.03), _seconds(172_800.0)
    ('900 s', '14 s', '172800 s')
    """
    return f"{round(time_s, 1):.10g} s"


def _lacking(given: tuple[HumanCode, ...], read: Matched) -> list[str]:
    """What people saw in a recording whose coder has no such name."""
    from telltale.host.human_codes import NONE

    names = {recording: {*face.coding.names, NONE} for recording, face in read.faces.items()}
    seen = [c.expression for c in given if c.expression not in names.get(c.recording, {c.expression})]
    return sorted(set(seen))


def _listed(names: Sequence[str]) -> str:
    """
    >>> _listed(["a", "b", "c", "d", "e", "f", "g"])
    'a, b, c, d, e and 2 more'
    """
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"


def _intervals(found: Agreement) -> list[Interval]:
    """Of every kappa and alpha."""
    told = [pair.kappa for pair in (*found.pairs, *found.machine)]
    told += [] if found.alpha is None else [found.alpha]
    return told + [of.measure for one in found.expressions for of in (one.people, one.machine) if of]


def _print(found: Agreement, evidence: dict[str, Evidence], notes: list[str]) -> None:
    from telltale.host.evidence_words import word_legend, worded

    where = f"{len(found.recordings)} recording{'s' if len(found.recordings) > 1 else ''}"
    people = f"{len(found.people)} {'people' if len(found.people) > 1 else 'person'}"
    _tell(f"{people} ({', '.join(found.people)}), {where}, {found.cells:,} cells of {found.every_s:g} s")
    pairs = [
        (f"{pair.one} - {pair.other}", f"{pair.cells:,}", _share(pair.same), _told(pair.kappa))
        for pair in (*found.pairs, *found.machine)
    ]
    if pairs:
        console.print_table("All names at once", ("who", "cells", "same", "kappa"), pairs)
    if found.alpha is not None:
        _tell(f"all people: alpha {_told(found.alpha)}, Fleiss' kappa {_number(found.fleiss)}")
    names = {one.name: worded(one.name, evidence[one.name]) for one in found.expressions}
    _print_expressions(found, names)
    any_strength = _print_strengths(found, names)
    notes = [*notes, *word_legend(evidence[name] for name in names)]
    for line in (*notes, *_MEANING[: 3 if any_strength else 2]):
        _tell(line)


def _print_expressions(found: Agreement, names: dict[str, str]) -> None:
    """How often each expression was seen, and agreement on it: among people, then Telltale with them."""
    measure = "alpha" if len(found.people) > 2 else "kappa"
    if len(found.people) > 1:
        rows = [
            (names[one.name], _share(one.people_share), *_on_one(one.people)) for one in found.expressions
        ]
        console.print_table("Among people", ("expression", "seen", measure, "yes", "no"), rows)
        if rows:
            _tell("seen: share of the cells people coded in which they gave it, all people's cells together")
    if found.machine:
        own_rows = [
            (names[one.name], _share(one.majority_share), _share(one.machine_share), *_on_one(one.machine))
            for one in found.expressions
        ]
        who = "people's majority" if len(found.people) > 1 else found.people[0]
        head = ("expression", "seen", "Telltale", "kappa", "yes", "no")
        console.print_table(f"Telltale with {who}", head, own_rows)
        if own_rows:
            own = "Telltale: of all cells it read, those in which it did"
            _tell(f"seen: share of the cells compared in which {who} gave it; {own}")


def _print_strengths(found: Agreement, names: dict[str, str]) -> bool:
    """How strong each was; says whether anybody told."""
    told = False
    for title, kind in (
        ("How strong, among people", "strength"),
        ("How strong: people's mean beside Telltale's score", "strength_machine"),
    ):
        rows = [
            (names[one.name], f"{of.things:,}", _told(of.absolute), _told(of.consistent))
            for one in found.expressions
            if (of := getattr(one, kind)) is not None
        ]
        if rows:
            console.print_table(title, ("expression", "cells", "ICC(2,1)", "ICC(3,1)"), rows)
        told = told or bool(rows)
    return told


def _on_one(of: OnOne | None) -> tuple[str, str, str]:
    return ("", "", "") if of is None else (_told(of.measure), _share(of.yes), _share(of.no))


def _told(interval: Interval) -> str:
    """
    >>> from telltale.host.kappa import Interval
    >>> _told(Interval(0.414, 0.3, 0.528)), _told(Interval(float("nan"), float("nan"), float("nan")))
    ('0.41 (0.30 to 0.53)', '-')
    """
    if not math.isfinite(interval.low):
        return _number(interval.value)
    return f"{_number(interval.value)} ({_number(interval.low)} to {_number(interval.high)})"


def _number(value: float) -> str:
    # Added to 0 a rounded -0.0 loses its sign.
    return f"{round(value, 2) + 0.0:.2f}" if math.isfinite(value) else "-"


def _share(value: float) -> str:
    return f"{value:.1%}" if math.isfinite(value) else "-"


def _plain(value: Any) -> Any:
    """As JSON can hold it: what cannot be told is null."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _tell(line: str) -> None:
    console.out.print(console.escape(line), soft_wrap=True)
