"""The page on hosts: what goes with sales, what to try next, and what each of it rests on. Plots first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from html import escape
from pathlib import Path
from typing import Any, Final

from telltale.host.advice_words import Said, say_nothing, say_trial
from telltale.host.driver_words import said
from telltale.host.evidence_words import mark_legend
from telltale.host.report_case import HostCase
from telltale.report.host_closer import closer_figures, closer_section
from telltale.report.host_forest import everything, forest, ladder, silent
from telltale.report.host_minutes import held_table, minutes_figures, minutes_section
from telltale.report.host_numbers import answers_csv, numbers_section
from telltale.report.host_viewers import viewer_figures, viewer_section
from telltale.report.html_parts import figure, simulated_note, soft, three_sentences, unbroken
from telltale.report.page import write_page

_METHOD: Final = (
    "Counts are told as ratios by Poisson regression; busy minutes weigh less than their counts promise, "
    "for they scatter more. Intervals are by a jackknife over hosts; what is corrected for many "
    "questions, by one over broadcasts where hosts are fewer than thirty. Faces are asked about at once "
    "and, where stretches are short enough, half a minute, a minute and two before the count; all late "
    "ones together share a fifth of the chance of error. 'After all' takes out the broadcast, product, "
    "hour, place in the broadcast, promotion, how much was counted and how many watched in the two "
    "minutes (or longer stretches) before, the voice where it is known, and all other expressions. All "
    "questions are corrected together (Benjamini and Hochberg; Benjamini and Bogomolov over counts). What "
    "stays must also pass these checks. Later: the face a minute later must not explain the count. "
    "Around: nor may the minutes before and after. Shifted: the face 20 s later must not fit better than "
    "20 s earlier. Nearby: against the four minutes next to it it must be told once more (p of .005 or "
    "less). Other times: the same faces at other times of the same hosts must not do as well (.005 "
    "again). And where there are four hosts or more it must hold from host to host. What is asked of "
    "viewers is six families of questions, corrected together."
)


def write_host_page(case: HostCase, out: Path) -> Path:
    """Write `report.html`, `report.json` and `figures/` to a new folder; returns the page's path."""
    figures = host_figures(case)
    title = f"What hosts show, and what of it sells: {case.study}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        *map(unbroken, three_sentences(case.sentences)),
        simulated_note(case.points.simulated),
        *_what(case, figures),
        *_advice(case),
        *_did_not_stay(case),
        *_everything(case, figures),
        *closer_section(case, figures),
        *(() if case.viewers is None else viewer_section(case.viewers, figures)),
        *minutes_section(case, figures),
        *_rests(case),
    ]
    tables = {"answers": answers_csv(case)}
    simulated = case.points.simulated
    return write_page(out, title, parts, figures, page_numbers(case), tables=tables, simulated=simulated)


def host_figures(case: HostCase) -> dict[str, str]:
    """SVG by name."""
    drawn = {"forest": forest(case), "ladder": ladder(case), "everything": everything(case)}
    figures = {name: svg for name, svg in drawn.items() if svg is not None}
    figures |= closer_figures(case) | minutes_figures(case)
    return figures if case.viewers is None else figures | viewer_figures(case.viewers)


def _advice(case: HostCase) -> Iterable[str]:
    yield "<h2>What to try next</h2>"
    if not case.said:
        yield f"<p>Nothing. {escape(say_nothing(case.advice))}</p>"
        return
    for one in case.said:
        yield _card(one)
    yield f"<p>{escape(say_trial(case.advice, 'you' if case.self_coaching else 'team'))}</p>"
    if case.advice.left_out:
        yield from soft([f"{case.advice.left_out} more stand in report.json"])


def _card(one: Said) -> str:
    """One line of advice: what to do large, the rest smaller."""
    rest = [one.when, one.expect, one.rests_on, one.test]
    small = "".join(f"<p>{escape(_sentence(part))}</p>" for part in rest if part)
    return unbroken(
        f'<section class="advice"><p class="do">{escape(_sentence(one.what))}</p>{small}</section>'
    )


def _what(case: HostCase, figures: dict[str, str]) -> Iterable[str]:
    yield f"<h2>What goes with {escape(case.outcome)}?</h2>"
    yield figure(
        figures,
        "forest",
        "Each row is told for an expression that shows so much more of the time as the second column says:"
        " from its usual share to as much more as it commonly goes up and down. Rings: at first sight. Dots"
        f" with 95 % intervals: after all that is known is taken out. Where a time before stands at the"
        f" right, the face was so long before the count.{mark_legend(case.evidence.values())}",
    )
    yield figure(
        figures,
        "ladder",
        "From left to right more is taken out, so that minutes are compared that are ever more alike."
        " Each is told for as much more of the time as above. Dashed: what did not stay, or stayed and failed"
        " a check.",
    )
    yield from numbers_section(case)


def _did_not_stay(case: HostCase) -> Iterable[str]:
    # What waits has a card of its own above, as long as there is room for one.
    cards = {line.answer.name for line in case.advice.lines}
    told = [
        one
        for one in case.answers
        if one.verdict == "explained" or (one.verdict == "unresolved" and one.name not in cards)
    ]
    if told:
        yield "<h2>What did not stay</h2>"
        lines = (f"<li>{unbroken(escape(_sentence(said(one))))}</li>" for one in told)
        yield f"<ul>{''.join(lines)}</ul>"


def _everything(case: HostCase, figures: dict[str, str]) -> Iterable[str]:
    yield "<h2>And everything else that was counted</h2>"
    yield figure(
        figures,
        "everything",
        "A full dot stays after all, the larger the stronger; a ring is unresolved; a point is nothing. Blue"
        " comes with more, orange with less.",
    )
    if nothing := silent(case):
        counts = ", ".join(case.drivers.outcomes)
        yield from soft([f"Nothing stays or waits, in any of {counts}: {', '.join(nothing)}"])


def _rests(case: HostCase) -> Iterable[str]:
    yield "<h2>What it rests on</h2>"
    yield held_table(case)
    yield f"<details><summary>How it was reckoned</summary><p>{escape(_METHOD)}</p></details>"
    yield from soft([f"{note[:1].upper()}{note[1:]}" for note in case.notes])
    if case.missing:
        lost = ", ".join(
            f"{name} (AU{', AU'.join(map(str, units))})" for name, units in sorted(case.missing.items())
        )
        yield from soft([f"Coded without units that cannot be seen: {lost}"])
    yield from soft([case.caveat.rstrip(".")] if case.caveat else [])
    if case.self_coaching:
        yield from soft(["This page is for the host alone: whoever else reads it may break the law"])


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def page_numbers(case: HostCase) -> dict[str, Any]:
    """Every number of the page; the points themselves stay in the study."""
    told = {one.name: getattr(case, one.name) for one in fields(case) if one.name != "points"}
    return {"sentences": case.sentences} | told
