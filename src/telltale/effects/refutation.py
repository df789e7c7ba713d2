"""What could sink a claim, tried: each check as an object that passes, fails or cannot tell.

A refutation never proves an effect; it had the chance to sink it and did not. Each says what it did and what
it found, in words for who decides.

    Finding = an effect and all of its checks: printed together or not at all
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from telltale.core.errors import ConfigError
from telltale.effects.contract import Effect
from telltale.effects.sizes import Size, from_to, plain_words

Verdict = Literal["pass", "fail", "cannot tell"]


@dataclass(frozen=True, slots=True)
class Refutation:
    """One check."""

    name: str
    verdict: Verdict
    did: str
    """What was done, in a sentence."""
    found: str
    """What came of it, in a sentence."""
    value: float
    low: float
    high: float
    """NaN where the check has no interval."""

    def __str__(self) -> str:
        """
        >>> print(Refutation("placebo outcome", "pass", "Took what was bought before.", "Nothing.", 0, -1, 1))
        pass         placebo outcome: Took what was bought before. Nothing.
        """
        return f"{self.verdict:<12} {self.name}: {self.did} {self.found}"


@dataclass(frozen=True, slots=True)
class Finding:
    """An effect with its checks.

    >>> Finding(None, ())
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: an effect without checks is not told: give its refutations
    """

    effect: Effect
    checks: tuple[Refutation, ...]

    def __post_init__(self) -> None:
        if not self.checks:
            raise ConfigError("an effect without checks is not told", hint="give its refutations")

    @property
    def failed(self) -> tuple[Refutation, ...]:
        """Checks that it did not stand."""
        return tuple(check for check in self.checks if check.verdict == "fail")

    @property
    def stands(self) -> Verdict:
        """fail with any check that fails; pass where all pass; else cannot tell."""
        if self.failed:
            return "fail"
        return "pass" if all(check.verdict == "pass" for check in self.checks) else "cannot tell"

    def __str__(self) -> str:
        return "\n".join([str(self.effect), *(f"  {check}" for check in self.checks)])


def placebo(name: str, did: str, found: Effect, real: Effect, size: Size = plain_words) -> Refutation:
    """Judge the effect on something that the treatment cannot have moved.

    Parameters
    ----------
    name, did
        Which placebo it is and what was done.
    found
        The effect on the placebo: on an outcome from before the treatment, or of one that was not yet.
    real
        The effect that is claimed; in the same unit.
    size
        An effect in words.
    """
    low, high = found.low, found.high
    between = from_to(low, high, size)
    if not (math.isfinite(low) and math.isfinite(high)):
        verdict: Verdict = "cannot tell"
        says = "It has no interval."
    elif not low <= 0 <= high:
        verdict = "fail"
        says = f"There is an effect of {size(found.value)} ({between}) where none can be."
    elif (high - low) / 2 > abs(real.value):
        verdict = "cannot tell"
        says = f"Nothing was found, but {between} would hide an effect as large as the claimed."
    else:
        verdict = "pass"
        says = f"Nothing was found ({between}), and an effect as large as the claimed would be."
    return Refutation(name, verdict, did, says, found.value, low, high)


def untold(name: str, did: str, why: str) -> Refutation:
    """A check that could not be made."""
    return Refutation(name, "cannot tell", did, why, math.nan, math.nan, math.nan)
