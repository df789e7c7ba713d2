"""Pieces that pages of reports are made of: tables, figures, names of files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_COLUMNS: Final = 7
"""More want more room than text does."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Words with smaller ones under them, such as a value and its interval."""

    words: str
    under: str


def slug(name: str) -> str:
    """A name as part of a file's, whatever signs it holds.

    >>> slug("skin tone / Fitzpatrick"), slug("../etc"), slug("")
    ('skin-tone-Fitzpatrick', 'etc', 'unnamed')
    """
    return re.sub(r"[^\w]+", "-", name).strip("-") or "unnamed"


def figure(figures: Mapping[str, str], name: str, words: str) -> str:
    """A figure by name with its caption; empty where there is none of that name.

    >>> figure({"roc": "<svg/>"}, "roc", "All models.")
    '<figure><svg/><figcaption>All models.</figcaption></figure>'
    """
    if name not in figures:
        return ""
    caption = f"<figcaption>{escape(words)}</figcaption>" if words else ""
    return f"<figure>{figures[name]}{caption}</figure>"


def simulated_note(simulated: bool) -> str:
    """What a reader has to know before any figure, where people are simulated."""
    if not simulated:
        return ""
    return (
        '<p class="simulated">These people are <strong>simulated</strong>: what is found here says nothing '
        "about real ones, and what was planted stands in the truth folder.</p>"
    )


def unbroken(html: str) -> str:
    """HTML in which no line ends within `12 %` or `24 to 37 %`.

    >>> unbroken("<p>12 % more (8 to 16 %)</p>")
    '<p>12&nbsp;% more (8&nbsp;to&nbsp;16&nbsp;%)</p>'
    """
    html = re.sub(r"(?<=\d) to (?=[\d.]+ %)", "&nbsp;to&nbsp;", html)
    return re.sub(r"(?<=\d) %", "&nbsp;%", html)


def three_sentences(sentences: Sequence[str]) -> Iterable[str]:
    """The answer, how sure it is and what would make it wrong; the answer first and large.

    >>> list(three_sentences(["It rose.", "Surely."]))
    ['<p class="first">It rose.</p>', '<p>Surely.</p>']
    """
    for place, sentence in enumerate(sentences):
        yield f"<p>{escape(sentence)}</p>" if place else f'<p class="first">{escape(sentence)}</p>'


def careful(warnings: Sequence[str]) -> str:
    """What a reader should know before believing a number; empty where there is nothing."""
    if not warnings:
        return ""
    listed = "".join(f"<li>{escape(warning)}.</li>" for warning in warnings)
    return f'<div class="careful"><strong>Careful</strong><ul>{listed}</ul></div>'


def soft(notes: Sequence[str]) -> Iterable[str]:
    """What was left out or changed on the way, each a quiet line.

    >>> list(soft(["3 rows left out"]))
    ['<p class="soft">3 rows left out.</p>']
    """
    for note in notes:
        yield f'<p class="soft">{escape(note)}.</p>'


def table(head: Sequence[str], rows: Iterable[Sequence[str | Cell]]) -> str:
    """A table of words, the first column the names of its rows.

    >>> table(("model", "AUC"), [("tcn", Cell("0.7", "0.6 - 0.8"))])
    '<div class="table"><table>...<tr><td>tcn</td><td>0.7<small>0.6 - 0.8</small></td></tr>...</div>'
    """
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{_told(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    room = "wide" if len(head) > _COLUMNS else "table"
    return f'<div class="{room}"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _told(cell: str | Cell) -> str:
    if isinstance(cell, str):
        return escape(cell)
    return f"{escape(cell.words)}<small>{escape(cell.under)}</small>"
