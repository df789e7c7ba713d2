"""What was found, in words: what goes with what, never what causes what.

Every ratio is told with what it is per: one standard deviation of an expression's share, said as the change
of time that it is (`when it shows 13 points more of the time (24 to 37 %)`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from telltale.host.driver import Answer, Reason, Verdict
from telltale.host.estimate import Estimate
from telltale.host.rungs import Rung

RUNG_WORDS: Final[dict[Rung, str]] = {
    "alone": "nothing",
    "host": "host and platform",
    "product": "product, hour and place in the broadcast",
    "promotion": "promotions",
    "before": "what came before, voice and the other expressions",
    "within": "the broadcast itself",
}
"""What each rung adds."""
REASON_WORDS: Final[dict[Reason, str]] = {
    "later": "it comes after {outcome} as much as before: they may make the face, or something makes both",
    "around": "the face of minutes before and after goes with {outcome} too: something slow may make both",
    "shifted": "{outcome} go best with the face shortly after them: they may make the face",
    "nearby": "against the points next to it nothing is left: something slow may make both",
    "permuted": "the same faces at other times of the same hosts go with {outcome} as well",
    "few": "these hosts are too few, or too unlike, to tell whether it holds from host to host",
    "between": "it shows only between broadcasts, not from minute to minute within them",
    "within": "it shows only within broadcasts, or the other way round between them",
    "weak": "it is too weak to be told from chance among so many questions",
    "coarse": "counted in such long stretches nobody can tell whether {outcome} make the face",
    "kin": "with what {outcome} are made of a check of time fails",
}
_VERDICTS: Final[dict[Verdict, str]] = {
    "driver": "stays", "unresolved": "unresolved", "explained": "explained away", "none": "",
}  # fmt: skip
_SPANS: Final = {30.0: "half a minute", 60.0: "a minute"}
_MASS: Final = ("revenue", "engagement")
"""Outcomes that are no plural."""
_SINGLE: Final = (
    ("go best", "goes best"), ("after them", "after it"), ("they may", "it may"), (" are made", " is made"),
)  # fmt: skip


def said(answer: Answer) -> str:
    """One answer as a sentence.

    >>> percent(math.log(1.15)), percent(math.log(0.9))
    ('15 % more', '10 % less')
    """
    name, outcome, when = answer.name, answer.outcome, when_more(answer)
    if answer.verdict == "driver":
        return (
            f"{name} comes with {size(answer.last.estimate, outcome)} {when}, also after host, product, hour,"
            " promotion, what came before and the broadcast are taken into account; test it"
        )
    if answer.verdict == "unresolved":
        stood = (step for step in (answer.last, *reversed(answer.steps)) if step.q <= 0.05)
        seen = next(stood, answer.last)
        why = "; ".join(why_words(reason, outcome) for reason in answer.reasons)
        return f"{name} goes with {size(seen.estimate, outcome)} {when}, but {why}"
    if answer.verdict == "explained" and answer.gone_at is not None:
        return (
            f"{name} goes with {size(answer.steps[0].estimate, outcome)} {when} at first sight; it cannot be"
            f" told from nothing once {RUNG_WORDS[answer.gone_at]} {_is(answer.gone_at)} taken into account"
        )
    last = answer.last.estimate
    if not math.isfinite(last.low):
        return f"whether {name} goes with {outcome} cannot be told from these broadcasts"
    return (
        f"no sign that {name} goes with {outcome}: between {percent(last.low)} and {percent(last.high)}"
        f" {when} would fit"
    )


def headline(found: Sequence[Answer]) -> str:
    """What goes with one outcome, and per how much more of it; all of one outcome, the surest first."""
    first, *others = found
    outcome = first.outcome
    told = [f"{first.name} goes with {change(first.last.estimate.value, outcome)} {when_more(first)}"]
    for one in others:
        more = change(one.last.estimate.value, outcome).removesuffix(f" {outcome}")
        beside = when_beside(one, first)
        when = f",{beside}{' the count' if one.lag_s else ''}" if beside else ""
        told.append(f"{one.name} with {more} ({of_the_time(one)}{when})")
    return f"{told[0][:1].upper()}{told[0][1:]}" + "".join(f", {one}" for one in told[1:])


def when_more(answer: Answer) -> str:
    """Per how much more of an expression a ratio is told: one standard deviation, as the time that it is.

    Such as `when it shows 13 points more of the time (24 to 37 %)`.
    """
    if answer.lag_s:
        shown = f"{more_points(answer)} more of the time {before(answer.lag_s)}"
        return f"when it showed {shown} ({of_the_time(answer)})"
    return f"when it shows {more_points(answer)} more of the time ({of_the_time(answer)})"


def when_beside(answer: Answer, first: Answer) -> str:
    """When the face was of what is told after another; empty where both are at once."""
    if answer.lag_s:
        return f" {before(answer.lag_s)}"
    return " at once" if first.lag_s else ""


def before(lag_s: float) -> str:
    """How long before the count a late face was.

    >>> before(30.0), before(60.0), before(120.0), before(45.0)
    ('half a minute before', 'a minute before', '2 minutes before', '45 s before')
    """
    return f"{span(lag_s)} before"


def span(lag_s: float) -> str:
    """
    >>> span(30.0), span(120.0)
    ('half a minute', '2 minutes')
    """
    if lag_s in _SPANS:
        return _SPANS[lag_s]
    return f"{lag_s:g} s" if lag_s % 60 else f"{lag_s / 60:.0f} minutes"


def verdict_words(answer: Answer) -> str:
    """Its verdict as it stands beside a row; empty where there is no sign."""
    late = f", {before(answer.lag_s)}" if answer.lag_s else ""
    told = _VERDICTS[answer.verdict]
    return f"{told}{late}" if told else ""


def more_points(answer: Answer) -> str:
    """A standard deviation of its share, such as `13 points`, as the ends of `of_the_time` lie apart."""
    low, high = _swing(answer)
    apart = f"{high - low:.{_digits(answer)}f}"
    return f"{apart} point{'s' * (apart != '1')}"


def of_the_time(answer: Answer) -> str:
    """From its usual share of the time to a standard deviation more, such as `24 to 37 %`."""
    low, high = _swing(answer)
    digits = _digits(answer)
    return f"{low:.{digits}f} to {high:.{digits}f} %"


def _swing(answer: Answer) -> tuple[float, float]:
    """Both ends in percent, as they are told; up to the usual share where there is no room above it."""
    low, high = answer.mean, answer.mean + answer.sd
    if high > 1:
        low, high = answer.mean - answer.sd, answer.mean
    digits = _digits(answer)
    return round(100 * low, digits), round(100 * high, digits)


def _digits(answer: Answer) -> int:
    """So many that a small step is still told."""
    return 0 if answer.sd >= 0.03 else 1 if answer.sd >= 0.003 else 2


def why_words(reason: Reason, outcome: str) -> str:
    """Why something is unresolved.

    >>> why_words("shifted", "purchases")
    'purchases go best with the face shortly after them: they may make the face'
    """
    words = REASON_WORDS[reason].format(outcome=outcome)
    if outcome in _MASS:
        for plural, single in _SINGLE:
            words = words.replace(plural, single)
    return words


def size(estimate: Estimate, outcome: str) -> str:
    """A ratio and its interval.

    >>> size(Estimate(0.14, 0.077, 0.199, 0.001), "purchases")
    '15 % more purchases (8 to 22 % more)'
    >>> size(Estimate(-0.1, -0.2, 0.1, 0.2), "likes")
    '10 % fewer likes (18 % fewer to 11 % more)'
    """
    told = _size(estimate, outcome)
    return told if outcome in _MASS else told.replace(" less", " fewer")


def change(value: float, outcome: str) -> str:
    """A log ratio alone.

    >>> change(math.log(0.9), "likes"), change(math.log(0.9), "revenue")
    ('10 % fewer likes', '10 % less revenue')
    """
    told = f"{percent(value)} {outcome}"
    return told if outcome in _MASS else told.replace(" less", " fewer")


def _size(estimate: Estimate, outcome: str) -> str:
    ends = sorted((estimate.low, estimate.high), key=abs)
    if not all(map(math.isfinite, ends)):
        return f"{percent(estimate.value)} {outcome}"
    if ends[0] * ends[1] > 0:
        low, word = percent(ends[0]).split(" ")[0], percent(ends[1])
        return f"{percent(estimate.value)} {outcome} ({low} to {word})"
    return f"{percent(estimate.value)} {outcome} ({percent(estimate.low)} to {percent(estimate.high)})"


def percent(value: float) -> str:
    """A log ratio as a percentage; a whole number, with one digit more where it is small."""
    change = 100 * math.expm1(value)
    told = f"{abs(change):.0f}" if abs(change) >= 2 else f"{abs(change):.1f}"
    return f"{told} % {'more' if change >= 0 else 'less'}"


def _is(rung: Rung) -> str:
    return "is" if rung == "within" else "are"
