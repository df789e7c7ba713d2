"""One value of theirs to one value of ours; what cannot be turned is told, never guessed."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from telltale.study import schema
from telltale.study.import_mapping import ColumnMap

_YES = {"true", "1", "yes", "y", "是"}
_NO = {"false", "0", "no", "n", "否"}


class UnmappableError(ValueError):
    """A value that cannot be mapped; the message says why."""


def map_value(
    row: dict[str, Any],
    column: ColumnMap,
    kind: schema.Kind,
    empty: tuple[str, ...],
    meanings: dict[str, str],
) -> Any:
    """The value of one of our columns for a row of theirs, None when there is none.

    Parameters
    ----------
    kind
        What our column holds.
    empty
        Words that mean there is no value.
    meanings
        The lookup's keys and values; empty when the column has no lookup.

    >>> map_value({"fen": "19,900"}, ColumnMap("fen", remove=",", scale=0.01), "number", ("",), {})
    199.0
    """
    value = row.get(column.column) if column.column else column.constant
    if isinstance(value, str):
        value = _bare(value, column.remove)
    if value is None or (isinstance(value, str) and value in empty) or _is_nan(value):
        return None
    if column.values:
        value = _meaning(value, column.values)
    elif column.lookup:
        value = _meaning(value, meanings)
    if column.time:
        return read_moment(value, column)
    return _KINDS[kind](value, column)


def read_moment(value: Any, column: ColumnMap) -> datetime:
    """A moment in UTC to the millisecond.

    >>> read_moment("2026-03-01 20:00", ColumnMap("t", time="%Y-%m-%d %H:%M", timezone="Asia/Shanghai"))
    datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.timezone.utc)
    """
    try:
        moment = _parsed(value, column.time)
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise UnmappableError(f"{value!r} is no moment written as {column.time}") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(column.timezone))
        if moment.utcoffset() != moment.replace(fold=1).utcoffset():
            raise UnmappableError(f"{value!r} comes twice or never in {column.timezone}, as clocks changed")
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _parsed(value: Any, form: str) -> datetime:
    if isinstance(value, datetime):
        return value
    if form in ("epoch_s", "epoch_ms"):
        return datetime.fromtimestamp(float(value) / (1000 if form == "epoch_ms" else 1), UTC)
    return datetime.fromisoformat(value) if form == "iso" else datetime.strptime(value, form)


def _bare(value: str, remove: str) -> str:
    for character in remove:
        value = value.replace(character, "")
    return value.strip()


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _meaning(value: Any, meanings: dict[str, Any]) -> Any:
    if str(value) not in meanings:
        raise UnmappableError(f"{value!r} is not among the values that the mapping names")
    return meanings[str(value)]


def _text(value: Any, _: ColumnMap) -> str:
    if isinstance(value, float):
        if not value.is_integer():
            raise UnmappableError(f"{value!r} is a number, not a name")
        return str(int(value))
    return str(value)


def _number(value: Any, column: ColumnMap) -> float:
    """
    >>> wan = ColumnMap("likes", suffixes={"w": 1e4, "万": 1e4})
    >>> _number("1.2w", wan), _number("3.4万", wan), _number("87", wan)
    (12000.0, 34000.0, 87.0)
    >>> _number("1.234,5", ColumnMap("sales", thousands=".", decimal=","))
    1234.5
    """
    digits, factor = _without_suffix(value.strip(), column) if isinstance(value, str) else (value, 1.0)
    try:
        number = float(_plain_digits(digits, column) if isinstance(digits, str) else digits)
    except (ValueError, TypeError) as error:
        raise UnmappableError(f"{value!r} is no number{_why_no_number(column)}") from error
    if not math.isfinite(number):
        raise UnmappableError(f"{value!r} is no finite number")
    # 19,900 fen times 0.01 is 199 and not 199.00000000000003.
    return float(f"{number * factor * column.scale:.15g}")


def _without_suffix(value: str, column: ColumnMap) -> tuple[str, float]:
    """A number's digits and what its ending multiplies by; of endings that end alike the longest is meant."""
    found = [ending for ending in column.suffixes if value.endswith(ending)]
    if not found:
        return value, 1.0
    ending = max(found, key=len)
    return value.removesuffix(ending).rstrip(), column.suffixes[ending]


def _plain_digits(value: str, column: ColumnMap) -> str:
    """As Python writes the number; digits that are not parted in threes are none."""
    whole, mark, fraction = value.partition(column.decimal)
    if column.thousands and column.thousands in whole:
        first, *others = whole.lstrip("+-").split(column.thousands)
        if not 1 <= len(first) <= 3 or any(len(group) != 3 for group in others):
            raise ValueError(value)
        whole = whole.replace(column.thousands, "")
    if column.decimal != "." and "." in whole + fraction:
        raise ValueError(value)
    return f"{whole}.{fraction}" if mark else whole


def _why_no_number(column: ColumnMap) -> str:
    """What the mapping knows of how numbers are written."""
    known = [f"its ending is none of {', '.join(column.suffixes)}"] if column.suffixes else []
    known += [f"'{column.thousands}' parts groups of three"] if column.thousands else []
    return f" ({'; '.join(known)})" if known else ""


def _whole(value: Any, column: ColumnMap) -> int:
    number = _number(value, column)
    if not number.is_integer():
        raise UnmappableError(f"{value!r} is no whole number")
    return int(number)


def _flag(value: Any, _: ColumnMap) -> bool:
    word = str(value).lower()
    if word not in _YES | _NO:
        raise UnmappableError(f"{value!r} is neither yes nor no: map its values")
    return word in _YES


def _utc(value: Any, column: ColumnMap) -> datetime:
    if isinstance(value, datetime):
        return read_moment(value, column)
    raise UnmappableError(f"{value!r}: set 'time' to how the moment is written")


_KINDS: dict[schema.Kind, Callable[[Any, ColumnMap], Any]] = {
    "id": _text,
    "text": _text,
    "number": _number,
    "whole": _whole,
    "flag": _flag,
    "utc": _utc,
}
