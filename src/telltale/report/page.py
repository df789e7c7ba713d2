"""A report as a folder: one page that opens without a server, its figures beside it, every number as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from telltale.core.files import new_folders, replacing_file
from telltale.report.json_form import jsonable
from telltale.report.svg import text
from telltale.report.svg_alone import alone


def write_page(
    out: Path,
    title: str,
    parts: Iterable[str],
    figures: Mapping[str, str],
    numbers: Any,
    *,
    tables: Mapping[str, str] | None = None,
    simulated: bool = False,
    again: bool = False,
    reload_s: float | None = None,
) -> Path:
    """Write `report.html`, `report.json` and `figures/` to a new folder; returns the page's path.

    Parameters
    ----------
    parts
        HTML, piece by piece; empty pieces are left out.
    figures
        SVG by name.
    numbers
        A result or a dictionary of them, as `jsonable` takes it.
    tables
        CSV by name, for who wants to go on with the numbers.
    simulated
        Whether people are: a figure that is taken out of the page, and the numbers, say so too.
    again
        Whether the folder holds this page from before: each file takes the place of the old one, whole, the
        page last, so whoever reads meanwhile reads the old or the new one.
    reload_s
        After how many seconds a browser asks for the page again; never if left out.
    """
    files = {
        f"figures/{name}.svg": alone(_marked(svg) if simulated else svg) for name, svg in figures.items()
    }
    told = json.dumps({"simulated": simulated} | jsonable(numbers), indent=1, ensure_ascii=False)
    files |= {f"{name}.csv": rows for name, rows in (tables or {}).items()}
    files |= {"report.json": told + "\n", "report.html": _page(title, parts, reload_s)}
    if again:
        for name, words in files.items():
            with replacing_file(out / name) as beside:
                beside.write_text(words, encoding="utf-8")
        for left in (out / "figures").glob("*.svg"):
            if left.stem not in figures:
                left.unlink()
        return out / "report.html"
    with new_folders(out) as (beside,):
        (beside / "figures").mkdir()
        for name, words in files.items():
            (beside / name).write_text(words, encoding="utf-8")
    return out / "report.html"


def _marked(svg: str) -> str:
    """A figure that says in its lower right corner that people are simulated.

    >>> _marked('<svg viewBox="0 0 90 90"></svg>').endswith("simulated people</text></svg>")
    True
    """
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if size is None:
        raise ValueError("a figure without a viewBox has no corner")
    x, y = (float(side) - 4 for side in size.groups())
    mark = text(x, y, "simulated people", anchor="end", size=10, more='font-style="italic" opacity="0.7"')
    return f"{svg.removesuffix('</svg>')}{mark}</svg>"


def _page(title: str, parts: Iterable[str], reload_s: float | None) -> str:
    reload = "" if reload_s is None else f'<meta http-equiv="refresh" content="{max(1, round(reload_s))}">'
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>{reload}<style>\n{_style()}</style></head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body></html>\n"
    )


def _style() -> str:
    return resources.files("telltale.report").joinpath("page.css").read_text(encoding="utf-8")
