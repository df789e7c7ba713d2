"""Faults: what a check found, where it was first seen, how often, and what to do.

A check lists everything that is wrong at once; nobody should have to mend one fault to learn of the next.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault in one place of a study."""

    code: str
    """Stable short name, such as `missing-consent`."""
    table: str
    """Table or file, as the person who wrote it would name it."""
    column: str
    """Column, or an empty string when the fault is of the whole table."""
    message: str
    """What is wrong, in one line."""
    hint: str
    """What to do about it."""
    count: int = 1
    """Rows (or files) with this fault."""
    first: tuple[str, ...] = ()
    """Where the first ones stand: `row 12`, `s0001 at 3.2 s`; at most five."""
    severity: Severity = "error"

    def line(self) -> str:
        """The fault in one line.

        >>> Fault("no-product", "events", "product_id", "no such product", "add it", 2, ("row 4",)).line()
        'events.product_id: no such product (2; first row 4): add it'
        """
        place = f"{self.table}.{self.column}" if self.column else self.table
        many = f" ({self.count}; first {', '.join(self.first)})" if self.first else ""
        return f"{place}: {self.message}{many}: {self.hint}"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All faults of a study, and how much was looked at."""

    faults: tuple[Fault, ...]
    rows_checked: dict[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """True when nothing worse than a warning was found."""
        return not any(fault.severity == "error" for fault in self.faults)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return {
            "passed": self.passed,
            "faults": [asdict(fault) for fault in self.faults],
            "rows_checked": self.rows_checked,
        }
