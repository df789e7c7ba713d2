"""Sections that the pages about a strategy share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from telltale.effects.balance import BALANCED
from telltale.effects.refutation import Finding, Refutation
from telltale.report.html_parts import careful, figure, simulated_note, table, three_sentences


def head(
    title: str, sentences: tuple[str, str, str], warnings: Sequence[str] = (), *, simulated: bool
) -> Iterable[str]:
    """How a page begins: the answer in three sentences, then what to know before believing it."""
    yield f"<h1>{escape(title)}</h1>"
    yield from three_sentences(sentences)
    yield simulated_note(simulated)
    yield careful(warnings)


def checks_section(finding: Finding, figures: dict[str, str]) -> Iterable[str]:
    """The effect among its checks, and each check in words."""
    yield "<h2>Does it stand?</h2>"
    yield figure(
        figures,
        "checks",
        f"The effect with its {100 * finding.effect.level:.3g} % interval (shaded), and what each check "
        "found. What must be nothing should meet 0; what must stay should lie in the shade.",
    )
    yield checks_table(finding.checks)


def checks_table(checks: Sequence[Refutation]) -> str:
    """Each check in words."""
    rows = [(one.name, one.verdict, f"{one.did} {one.found}") for one in checks]
    return f'<div class="words">{table(("check", "verdict", "what was done and found"), rows)}</div>'


def balance_words(balanced_by: str, words: str, *, by_lot: bool = False) -> str:
    """What stands under the figure of balance."""
    if by_lot:
        return (
            f"The covariates that differ most, as the lot left them (before) and after {balanced_by}; under "
            f"{BALANCED:g} (shaded) counts as alike. A lot needs no adjustment: what both differ in is "
            "chance."
        )
    return (
        f"The covariates that differ most, before and after {balanced_by}; under {BALANCED:g} (shaded) "
        f"counts as alike. {sentence(words)}"
    )


def sentence(words: str) -> str:
    """Words of a result as a sentence.

    >>> sentence("it stands")
    'It stands.'
    """
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."
