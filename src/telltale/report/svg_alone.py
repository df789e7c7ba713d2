"""A figure as a file of its own: it brings the paper and the ink that a page would have given it."""

from __future__ import annotations

from html import escape
from importlib import resources
from typing import Final

_PAPER: Final = "svg { background: var(--paper); color: var(--ink); }"


def alone(svg: str) -> str:
    """The figure with the page's colours, for light and for dark.

    >>> alone('<svg viewBox="0 0 1 1"></svg>').startswith('<svg color="#23272b" viewBox="0 0 1 1"><style>')
    True
    """
    style = resources.files("telltale.report").joinpath("page.css").read_text(encoding="utf-8")
    head, inside = svg.split(">", 1)
    # What reads no styles at least has dark ink.
    head = head.replace("<svg ", '<svg color="#23272b" ', 1)
    return f"{head}><style>{escape(style + _PAPER, quote=False)}</style>{inside}\n"
