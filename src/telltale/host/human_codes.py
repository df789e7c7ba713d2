"""Codes by people, from a table in long form: who coded what, when, as which expression.

    coder, recording, start_s, end_s, expression[, intensity]      a stretch, or
    coder, recording, time_s, expression[, intensity]              a moment

The expression is one of the names given, or `none` where the coder looked and saw none of them. What a coder
did not mark was not coded. At each moment one expression shows: two codes of one coder that lie over one
another are refused, for nobody can tell which was meant. Cells are parted by commas, semicolons or tabs; but
in the first of these a number may have a decimal comma. All that is wrong is told at once, with its line.
"""

from __future__ import annotations

import csv
import difflib
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from telltale.core.errors import FormatError

NONE: Final = "none"
_MOST_TOLD: Final = 50
_NEEDED: Final = ("coder", "recording", "expression")
_SLACK_S: Final = 1e-6
_MOST_NAMED: Final = 5
_LONGEST_S: Final = 48 * 3600.0
"""No recording is longer: times beyond are in another unit."""
_DELIMITERS: Final = (",", ";", "\t")
_TIMES: Final = ("start_s", "end_s", "time_s")


@dataclass(frozen=True, slots=True)
class HumanCode:
    """One line of the table."""

    coder: str
    recording: str
    start_s: float
    end_s: float
    """The same as `start_s` for a moment."""
    expression: str
    intensity: float | None
    """0 to 1; None where the coder gave none."""
    line: int


def read_human_codes(path: Path, names: Collection[str]) -> tuple[HumanCode, ...]:
    """Read a table of codes.

    Parameters
    ----------
    names
        The expressions that there are.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = _delimiter(file.readline())
            file.seek(0)
            codes, faults = _read(csv.DictReader(file, delimiter=delimiter), names, delimiter)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no CSV in UTF-8"
        raise FormatError(f"cannot read {path}: {why}", hint="give a CSV file of codes") from error
    faults += list(_overlaps(codes))
    if not codes and not faults:
        faults = [(1, "no codes: give one line for each stretch or moment")]
    if faults:
        told = [f"{path} line {line}: {text}" for line, text in sorted(faults)]
        more = [f"{path}: {len(told) - _MOST_TOLD:,} faults more"] if len(told) > _MOST_TOLD else []
        raise FormatError("\n".join(told[:_MOST_TOLD] + more))
    return tuple(codes)


def _delimiter(head: str) -> str:
    """What parts the names of columns that are known.

    >>> _delimiter("coder;recording;time_s;expression, as seen")
    ';'
    """
    known = {*_NEEDED, *_TIMES, "intensity"}
    return max(_DELIMITERS, key=lambda one: len(known & {cell.strip(' "\r\n') for cell in head.split(one)}))


def _read(
    rows: csv.DictReader[str], names: Collection[str], delimiter: str
) -> tuple[list[HumanCode], list[tuple[int, str]]]:
    held = rows.fieldnames or []
    times = {"start_s", "end_s"} <= set(held) or "time_s" in held
    if missing := [name for name in _NEEDED if name not in held]:
        return [], [(1, f"no column {', '.join(missing)}: the first line names the columns")]
    if not times:
        return [], [(1, "no column of times: give start_s and end_s, or time_s")]
    codes: list[HumanCode] = []
    faults: list[tuple[int, str]] = []
    for row in rows:
        found = _code(row, names, rows.line_num, comma=delimiter != ",")
        if isinstance(found, HumanCode):
            codes.append(found)
        else:
            faults += [(rows.line_num, text) for text in found]
    return codes, faults


def _code(row: dict[str, str], names: Collection[str], line: int, *, comma: bool) -> HumanCode | list[str]:
    """One line, or all that is wrong with it.

    Parameters
    ----------
    comma
        Whether a comma may part the fraction of a number.
    """
    cells = {key: (row.get(key) or "").strip() for key in (*_NEEDED, *_TIMES, "intensity")}
    if comma:
        cells |= {key: cells[key].replace(",", ".") for key in (*_TIMES, "intensity")}
    faults = [f"no {key}: fill it in" for key in _NEEDED if not cells[key]]
    if None in row:
        faults.append("more cells than columns: quote what holds a comma")
    expression = _name(cells["expression"], names)
    if expression and expression != NONE and expression not in names:
        close = difflib.get_close_matches(expression, names, n=1)
        mend = f"did you mean '{close[0]}'?" if close else _take(names)
        faults.append(f"no expression '{cells['expression']}': {mend}")
    is_moment = not cells["start_s"] and not cells["end_s"] and bool(cells["time_s"])
    keys = ("time_s", "time_s") if is_moment else ("start_s", "end_s")
    start_s, end_s = (_number(cells, key, faults) for key in keys)
    intensity = _number(cells, "intensity", faults) if cells["intensity"] else None
    if start_s is not None and end_s is not None:
        if max(start_s, end_s) > _LONGEST_S:
            faults.append(f"lies at {max(start_s, end_s):g} s, beyond 48 hours: are these milliseconds?")
        if start_s < 0:
            faults.append(f"begins at {start_s:g} s: times count from the recording's start")
        if not is_moment and end_s <= start_s:
            faults.append(f"ends at {end_s:g} s, not after its start at {start_s:g} s: mend one of them")
    if intensity is not None and not 0 <= intensity <= 1:
        faults.append(f"intensity {intensity:g}: give 0 to 1")
    if faults or start_s is None or end_s is None:
        return list(dict.fromkeys(faults))
    return HumanCode(cells["coder"], cells["recording"], start_s, end_s, expression, intensity, line)


def _take(names: Collection[str]) -> str:
    """
    >>> _take(("awe", "love", "pride", "fear", "anger", "Smile"))
    'take a name of the table (such as awe, love, pride, fear, anger), one of the readings given, or none'
    """
    first = ", ".join(list(names)[:_MOST_NAMED])
    return f"take a name of the table (such as {first}), one of the readings given, or none"


def _name(cell: str, names: Collection[str]) -> str:
    """The name that a cell means, in whatever case it is written.

    >>> _name("AWE", ("awe", "Smile")), _name("smile", ("awe", "Smile")), _name("None", ())
    ('awe', 'Smile', 'none')
    """
    return cell if cell in names else {name.lower(): name for name in names}.get(cell.lower(), cell.lower())


def _number(cells: dict[str, str], key: str, faults: list[str]) -> float | None:
    try:
        value = float(cells[key])
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value
    faults.append(f"{key} is '{cells[key]}': give a number" if cells[key] else f"no {key}: fill it in")
    return None


def _overlaps(codes: list[HumanCode]) -> Iterator[tuple[int, str]]:
    """Stretches of one coder that lie over one another: only one expression can be the one that shows."""
    ordered = sorted(codes, key=lambda code: (code.coder, code.recording, code.start_s, code.end_s))
    for _, of_one in groupby(ordered, key=lambda code: (code.coder, code.recording)):
        longest: HumanCode | None = None
        for code in of_one:
            if longest is not None and (
                code.start_s < longest.end_s - _SLACK_S or (code.start_s, code.end_s) == _ends(longest)
            ):
                text = (
                    f"{code.coder} coded this time of {code.recording} in line {longest.line} too: keep one"
                )
                yield code.line, text
            if longest is None or code.end_s >= longest.end_s:
                longest = code


def _ends(code: HumanCode) -> tuple[float, float]:
    return code.start_s, code.end_s
