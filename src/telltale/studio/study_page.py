"""The study page: Table 1 of the study that is open, and the reports beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from telltale.studio.shelf import Shelf
from telltale.study.describe import Row, describe_study


def told(shelf: Shelf) -> dict[str, Any] | None:
    """What the page shows; None where no study is open."""
    if shelf.study is None:
        return None
    description = describe_study(shelf.study)
    return {
        "name": description.name,
        "simulated": description.simulated,
        "table": [
            {"section": row.category, "rows": _cells(row)} for row in (*description.rows, description.total)
        ],
        "reports": [
            {"name": name, "title": title_of(folder / "report.html"), "url": f"/reports/{name}/report.html"}
            for name, folder in shelf.reports.items()
        ],
    }


def _cells(row: Row) -> list[list[str]]:
    return [
        ["Sessions", f"{row.sessions:,}"],
        ["Participants", f"{row.participants:,}"],
        ["Conversion", f"{row.conversion_rate:.1%}"],
        ["Mean minutes", f"{row.mean_minutes:.1f}"],
        ["Median minutes", f"{row.median_minutes:.1f}"],
    ]


def title_of(page: Path) -> str:
    """A report's own title."""
    with page.open(encoding="utf-8", errors="replace") as file:
        found = re.search(r"<title>([^<]{1,200})</title>", file.read(4096))
    return found[1].strip() if found else page.parent.name
