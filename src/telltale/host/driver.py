"""What was found of one expression and one outcome, and of all of them: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from telltale.host.estimate import Estimate
from telltale.host.rungs import Rung

Verdict = Literal["driver", "unresolved", "explained", "none"]
Reason = Literal[
    "later", "around", "shifted", "nearby", "permuted", "few", "between", "within", "weak", "kin", "coarse"
]
"""Why something is unresolved: `placebo.py` tells the first four, `permute.py` the fifth; over hosts it is
not sure (few); only between broadcasts, only within them; too weak once all questions are counted; what the
outcome is made of fails (kin); stretches too long for the checks of time (coarse)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of the ladder."""

    rung: Rung
    estimate: Estimate
    """Log of the ratio of the outcome for one SD of the share; errors by the jackknife over clusters."""
    p: float
    """The p that `q` corrects: where hosts are few and all expressions stand together, the jackknife's over
    broadcasts; else that of the estimate."""
    q: float
    """Corrected for all expressions and outcomes at this rung."""


@dataclass(frozen=True, slots=True)
class Checks:
    """What could sink a candidate; see `placebo.py`, `permute.py`, `wild.py`."""

    later: Estimate
    around: Estimate
    shifted: Estimate
    nearby: Estimate
    permutation_p: float
    wild_p: float
    """Of the last rung; told beside where there are 30 clusters or more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One expression and one outcome."""

    outcome: str
    name: str
    """The expression."""
    mean: float
    sd: float
    """Of its share over the points."""
    correlation: Estimate
    """Pearson's r with the outcome by minute, nothing else taken into account."""
    steps: tuple[Step, ...]
    negbin: Estimate | None
    """The last rung by negative binomial; None for amounts, and for outcomes without a candidate."""
    ols: Estimate
    """The last rung by least squares: change of the outcome as a share of its mean, for one SD."""
    checks: Checks | None
    """Of candidates alone."""
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    """Of what is unresolved."""
    gone_at: Rung | None = None
    """Of what is explained: the rung from which on nothing is left."""
    lag_s: float = 0.0
    """How long before the count the face was that this is about: 0 is at once, within its own minute."""

    @property
    def last(self) -> Step:
        """The rung that takes most into account."""
        return self.steps[-1]

    @property
    def for_ten_points(self) -> Estimate:
        """The last rung for ten percentage points of its share."""
        by, one = 0.1 / self.sd, self.last.estimate
        return Estimate(by * one.value, by * one.low, by * one.high, one.p)


@dataclass(frozen=True, slots=True)
class DriverStudy:
    """All answers of a study."""

    answers: tuple[Answer, ...]
    """Outcome by outcome, expressions in the study's order."""
    outcomes: tuple[str, ...]
    refused: dict[str, str]
    """Outcomes that could not be asked about, and why."""
    notes: dict[str, tuple[str, ...]]
    """By outcome: what was left out."""
    points: dict[str, int]
    """By outcome: rows that were used."""
    overdispersion: dict[str, float]
    """By outcome: theta of the negative binomial where it was fitted."""
    clusters: int
    clustered_by: Literal["host", "broadcast"]
    hosts: int
    broadcasts: int
    level: float
    seed: int
    simulated: bool
    questions: int
    """How many were asked and corrected together on the last rung: each answer at once and late."""

    def of(self, outcome: str, name: str) -> Answer:
        """One answer."""
        return next(one for one in self.answers if (one.outcome, one.name) == (outcome, name))

    def with_verdict(self, verdict: Verdict) -> tuple[Answer, ...]:
        """All answers of a kind, the surest first."""
        some = [one for one in self.answers if one.verdict == verdict]
        return tuple(sorted(some, key=lambda one: (one.last.q, one.last.estimate.p)))
