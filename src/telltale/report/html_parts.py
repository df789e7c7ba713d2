"""Pieces that pages of reports are made of: tables, figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape


def figure(figures: Mapping[str, str], name: str, words: str) -> str:
    """A figure by name with its caption; empty where there is none of that name.

    >>> figure({"roc": "<svg/>"}, "roc", "All models.")
    '<figure><svg/><figcaption>All models.</figcaption></figure>'
    """
    if name not in figures:
        return ""
    return f"<figure>{figures[name]}<figcaption>{escape(words)}</figcaption></figure>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of words, the first column the names of its rows.

    >>> table(("model", "AUC"), [("tcn", "0.7")])
    '<table><thead><tr><th>model</th><th>AUC</th></tr></thead><tbody><tr><td>tcn</td><td>0.7</td></tr>...'
    """
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
