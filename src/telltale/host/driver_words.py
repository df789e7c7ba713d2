"""What was found, in words: what goes with what, never what causes what."""

from __future__ import annotations

import math
from typing import Final

from telltale.host.driver import Answer, Reason
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
    name, outcome = answer.name, answer.outcome
    if answer.verdict == "driver":
        return (
            f"{name} comes with {size(answer.last.estimate, outcome)} per standard deviation of its share"
            f" ({100 * answer.sd:.2g} points), also after host, product, hour, promotion, what came before"
            " and the broadcast are taken into account; test it"
        )
    if answer.verdict == "unresolved":
        seen = next(step for step in (answer.last, *reversed(answer.steps)) if step.q <= 0.05)
        why = "; ".join(why_words(reason, outcome) for reason in answer.reasons)
        return f"{name} goes with {size(seen.estimate, outcome)} per standard deviation, but {why}"
    if answer.verdict == "explained" and answer.gone_at is not None:
        first = size(answer.steps[0].estimate, outcome)
        return (
            f"{name} goes with {first} per standard deviation at first sight; it cannot be told from nothing"
            f" once {RUNG_WORDS[answer.gone_at]} {_is(answer.gone_at)} taken into account"
        )
    last = answer.last.estimate
    if not math.isfinite(last.low):
        return f"whether {name} goes with {outcome} cannot be told from these broadcasts"
    return (
        f"no sign that {name} goes with {outcome}: between {percent(last.low)} and {percent(last.high)}"
        " per standard deviation would fit"
    )


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
