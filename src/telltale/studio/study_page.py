"""The study page: Table 1 of the study that is open, and the reports beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from telltale.studio.shelf import Shelf
from telltale.study.describe import Row, describe_study


def told(shelf: Shelf) -> dict[str, Any] | None:
    """What the page shows, reports of a stream without a study too; None where there is neither."""
    if shelf.study is None:
        reports = _reports(shelf)
        return {"name": None, "simulated": False, "table": [], "reports": reports} if reports else None
    description = describe_study(shelf.study)
    return {
        "name": description.name,
        "simulated": description.simulated,
        "table": [
            {"section": row.category, "rows": _cells(row)} for row in (*description.rows, description.total)
        ],
        "reports": _reports(shelf),
    }


def _reports(shelf: Shelf) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "title": title_of(folder / "report.html"),
            "url": f"/reports/{quote(name)}/report.html",
            "reload_s": reload_of(folder / "report.html"),
        }
        for name, folder in shelf.reports.items()
    ]


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
    found = re.search(r"<title>([^<]{1,200})</title>", _head(page))
    return found[1].strip() if found else page.parent.name


def reload_of(page: Path) -> int | None:
    """Seconds after which a report wants to be loaded again; None of one that is finished.

    Shown in the studio it cannot do so itself, for nothing in it may run: the page around it does.
    """
    found = re.search(r'<meta http-equiv="refresh" content="(\d{1,6})">', _head(page))
    return max(1, int(found[1])) if found else None


def _head(page: Path) -> str:
    with page.open(encoding="utf-8", errors="replace") as file:
        return file.read(4096)
