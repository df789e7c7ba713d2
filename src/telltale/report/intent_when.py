"""The report's sections on seconds: which matter, and whether it is only the hand on its way."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import numpy as np

from telltale.intent.evaluation import Evaluation, When
from telltale.intent.intervals import Interval
from telltale.intent.left_out import Seconds
from telltale.intent.when import SECONDS, BySecond, SpanScore
from telltale.report.html_parts import figure, slug
from telltale.report.svg import Chart, intervals_chart, round_ticks

_EDGES = np.arange(SECONDS + 1, dtype=float)


def when_figures(evaluation: Evaluation) -> dict[str, str]:
    """SVG by name."""
    found = {}
    for when in evaluation.when:
        found[f"occlusion-{slug(when.model)}"] = _occlusion_figure(when)
        if when.attention is not None:
            found[f"attention-{slug(when.model)}"] = _attention_figure(when, when.attention)
    if evaluation.attention_over_folds is not None:
        found["attention-folds"] = _folds_figure(evaluation.attention_over_folds, evaluation.folds)
    for place, seconds in enumerate(evaluation.seconds):
        found[f"spans-{place}"] = _spans_figure(seconds)
        found[f"left-out-{place}"] = _left_out_figure(seconds)
    return found


def when_section(evaluation: Evaluation, figures: dict[str, str]) -> Iterable[str]:
    """HTML, piece by piece."""
    yield "<h2>When does it show?</h2>"
    for when in evaluation.when:
        yield f"<h3>{escape(when.model)}</h3><p>{escape(_words(when))}</p>"
        yield figure(
            figures, f"occlusion-{slug(when.model)}", "Log odds of a cart lost when one second is hidden."
        )
        yield figure(
            figures,
            f"attention-{slug(when.model)}",
            "Where attention lies, beside the share that each second has of all that is lost when it is "
            "hidden. Attention alone is weak evidence of what is needed.",
        )
    if evaluation.attention_over_folds is not None:
        over = evaluation.attention_over_folds
        yield f"<h3>Over {evaluation.folds} seeds and folds</h3>"
        yield (
            f"<p>{evaluation.folds} narrow networks, each of another seed and tried on other people: "
            f"{_share(over.near)} of the attention lies at 3 to 8 s, {_share(over.far)} at 12 to 15 s.</p>"
        )
        yield figure(figures, "attention-folds", "Mean and 95 % interval (Student's t) over seeds and folds.")
    else:
        yield (
            "<p>How attention differs over seeds and folds was not asked: <code>train --repeats 5</code>.</p>"
        )
    if evaluation.seconds:
        yield "<h3>Some seconds alone</h3>"
    for place, seconds in enumerate(evaluation.seconds):
        words = f"{seconds.model}, trained on these seconds alone."
        yield figure(figures, f"spans-{place}", words + _best_words(seconds.spans))


def hand_section(evaluation: Evaluation, figures: dict[str, str]) -> Iterable[str]:
    """HTML, piece by piece: the last seconds left out."""
    if not evaluation.seconds:
        return
    yield "<h2>Is it only the hand on its way to the button?</h2>"
    for place, seconds in enumerate(evaluation.seconds):
        if not seconds.left_out:
            continue
        yield f"<p>{escape(_hand_words(seconds))}</p>"
        yield figure(figures, f"left-out-{place}", "AUC by how many of the last seconds are hidden.")


def _hand_words(seconds: Seconds) -> str:
    """What is lost with the last half second, and with all that is left out, and whether that is chance."""
    told = [(score.span.until_s, score.lost) for score in seconds.left_out if score.lost is not None]
    (first_s, first), (last_s, last) = told[0], told[-1]
    words = (
        f"{seconds.model}: AUC {seconds.left_out[0].auc.value:.3f} with all. Trained and tried without the "
        f"last {first_s:g} s it loses {_change(first)}, without the last {last_s:g} s {_change(last)}. "
    )
    if first.low > 0:
        return words + "What goes with the last half second was no expression of intent: it was the hand."
    if last.low > 0:
        return words + "Something of what it knows lies in the last seconds, but not in the very last."
    return words + "None of that can be told from chance: it does not live on the hand."


def _change(lost: Interval) -> str:
    return f"{lost.value:+.3f} ({lost.low:+.3f} to {lost.high:+.3f})"


def _best_words(scores: tuple[SpanScore, ...]) -> str:
    told = [f"{s.span.from_s:g} to {s.span.until_s:g} s {s.best:.3f}" for s in scores if s.best is not None]
    return f" Best possible: {', '.join(told)}." if told else ""


def _words(when: When) -> str:
    lost, by = when.occlusion, when.attention
    words = (
        f"Hidden, seconds 3 to 8 cost {_share(lost.near)} of all that is lost, seconds 12 to 15 cost "
        f"{_share(lost.far)}."
    )
    if by is None:
        return words
    apart = by.value - _shares(lost)
    more, less = int(apart.argmax()), int(apart.argmin())
    return (
        f"{words} Attention lies there with {_share(by.near)} and {_share(by.far)} (even would be 16.7% and "
        f"10.0%). The two disagree most at second {more}, where attention is {apart[more]:.1%} more than "
        f"what hiding costs, and at second {less}, where it is {-apart[less]:.1%} less."
    )


def _share(found: Interval) -> str:
    if np.isnan(found.value):
        return "nothing"
    return f"{found.value:.1%} ({found.low:.1%} - {found.high:.1%})"


def _shares(by: BySecond) -> np.ndarray:
    """Each second's share of all that is above nothing."""
    above = by.value.clip(0)
    shares: np.ndarray = above / above.sum() if above.sum() else np.zeros(len(above))
    return shares


def _occlusion_figure(when: When) -> str:
    by = when.occlusion
    low, high = float(min(by.low.min(), 0)), float(by.high.max())
    margin = 0.08 * (high - low or 1)
    chart = _chart(f"{when.model}: log odds lost when one second is hidden", "log odds lost")
    chart.y_range = (low - margin, high + margin)
    chart.steps(_EDGES, by.value, by.low, by.high, "hidden")
    chart.level(0.0, "")
    return chart.svg(_ticks(), round_ticks(low, high), "{:.2g}".format)


def _attention_figure(when: When, by: BySecond) -> str:
    shares = _shares(when.occlusion)
    top = float(max(by.high.max(), shares.max(), 2 / SECONDS))
    chart = _chart(f"{when.model}: share of attention by second", "share")
    chart.y_range = (0, top * 1.08)
    chart.steps(_EDGES, by.value, by.low, by.high, "attention")
    chart.line(_EDGES[:-1] + 0.5, shares, "lost when hidden")
    chart.level(1 / SECONDS, "even")
    return chart.svg(_ticks(), round_ticks(0, top), "{:.0%}".format)


def _folds_figure(by: BySecond, folds: int) -> str:
    top = float(max(by.high.max(), 2 / SECONDS))
    chart = _chart(f"Attention by second over {folds} seeds and folds", "share of attention")
    chart.y_range = (0, top * 1.08)
    chart.steps(_EDGES, by.value, by.low.clip(0), by.high, "attention")
    chart.level(1 / SECONDS, "even")
    return chart.svg(_ticks(), round_ticks(0, top), "{:.0%}".format)


def _chart(title: str, y_label: str) -> Chart:
    return Chart(title, (SECONDS, 0), (0, 1), x_label="seconds before the cart", y_label=y_label)


def _spans_figure(seconds: Seconds) -> str:
    names = [f"{s.span.from_s:g} to {s.span.until_s:g} s before" for s in seconds.spans]
    return _scores_figure(f"{seconds.model}: AUC of some seconds alone", seconds.spans, names)


def _left_out_figure(seconds: Seconds) -> str:
    names = [f"without the last {s.span.until_s:g} s" for s in seconds.left_out]
    return _scores_figure(f"{seconds.model}: AUC without the last seconds", seconds.left_out, names)


def _scores_figure(title: str, scores: tuple[SpanScore, ...], names: list[str]) -> str:
    rows = [(name, s.auc.value, s.auc.low, s.auc.high) for name, s in zip(names, scores, strict=True)]
    return intervals_chart(title, rows, chance=0.5) if rows else ""


def _ticks() -> list[tuple[float, str]]:
    return [(s, f"{s}") for s in range(0, SECONDS + 1, 5)]
