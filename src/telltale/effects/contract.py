"""The one contract of all estimators of an effect: scikit-learn's, over a `Design`.

    estimator.fit(design)  >  estimator.effect()                    one number, its interval, what it means
                           >  estimator.individual(covariates)      one a row, where the method tells them

A constructor only keeps its settings. Rows are put into an order of their own before anything is learnt, so
the order in which they were given changes nothing.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone

from telltale.core.errors import ConfigError, FormatError
from telltale.core.settings import not_share, whole
from telltale.effects.design import Design, Evidence, Unit
from telltale.effects.design_faults import in_one_line
from telltale.effects.drawn import ALONE, Drawn
from telltale.effects.sizes import Size, from_to, plain_words
from telltale.effects.variance import Bools, Floats, Spread, count_clusters

Estimand = Literal["ATE", "ATT", "ATO"]
"""All units; the treated; those for whom both arms were open, weighted by how open."""

_WORDS: dict[str, str] = {
    "ATE": "average effect on all",
    "ATT": "average effect on the treated",
    "ATO": "average effect where both arms were open",
}
_COUNT: Final = re.compile(r"^[\d,]+ (clusters?|person|people|rooms?)(?:: (few, so .*))?$")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a treatment did on average, how sure that is, and of whom it is true."""

    estimand: Estimand
    value: float
    """In the outcome's unit."""
    low: float
    high: float
    """Ends of the interval, NaN where the method has no errors of its own."""
    standard_error: float
    level: float
    method: str
    unit: Unit
    treatment: str
    outcome: str
    treated: int
    """Rows used."""
    control: int
    clusters: int
    left_out: int
    """Rows that were given and not used: trimmed, or without a match."""
    evidence: Evidence
    freedom: float = float("inf")
    """Degrees of freedom of Student's interval."""
    notes: tuple[str, ...] = ()
    drawn: Drawn = ALONE
    """Who a cluster is."""

    def __str__(self) -> str:
        """
        >>> print(Effect("ATE", 0.5, 0.3, 0.7, 0.1, 0.95, "dr", "viewer", "note", "spend",
        ...              40, 60, 100, 0, "observed"))
        ATE (average effect on all) of note on spend, per viewer, by dr: 0.5, 95 % interval 0.3 to 0.7;
        no lot used; 40 got it, 60 did not
        """
        return self.line(plain_words)

    def line(self, size: Size) -> str:
        """The same with words of one's own for a size."""
        sure = "no interval"
        if np.isfinite(self.low):
            sure = f"{100 * self.level:.3g} % interval {from_to(self.low, self.high, size)}"
        out = f", {self.left_out:,} left out" if self.left_out else ""
        # How many were drawn is told of those used; a note that counts all given would say another number.
        notes = (_COUNT.sub(r"\2", note) for note in self.notes)
        told = "".join(f"; {note}" for note in notes if note)
        lot = "no lot used" if self.evidence == "observed" else self.evidence
        of = self.drawn.words(self.clusters, self.treated + self.control, self.unit)
        return (
            f"{self.estimand} ({_WORDS[self.estimand]}) of {self.treatment} on {self.outcome}, "
            f"per {self.unit}, by {self.method}: {size(self.value)}, {sure}; {lot}; "
            f"{self.treated:,} got it, {self.control:,} did not{of}{out}{told}"
        )


@dataclass(frozen=True, slots=True, eq=False)
class IndividualEffects:
    """Effects on n single units: tau_hat_i = E[Y | T = 1, X_i] - E[Y | T = 0, X_i] (equation 2)."""

    value: Floats
    """Shape (n,), in the outcome's unit."""
    low: Floats
    high: Floats
    """Shape (n,): where tau_i lies, not only its mean; NaN where no interval was asked for."""
    level: float
    method: str
    unit: Unit
    estimand: Literal["individual"] = "individual"
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> float:
        """Mean width of the intervals that are finite; NaN when none is."""
        wide = self.high - self.low
        wide = wide[np.isfinite(wide)]
        return float(wide.mean()) if len(wide) else float("nan")

    def __str__(self) -> str:
        if np.isnan(self.low).all():
            sure = "no intervals"
        elif np.isnan(self.width):
            sure = "intervals without end: too few rows to bound a single unit"
        else:
            sure = f"{100 * self.level:.3g} % intervals {self.width:.3g} wide"
        return (
            f"{len(self.value):,} individual effects, per {self.unit}, by {self.method}: "
            f"mean {self.value.mean():.3g}, spread {self.value.std():.3g}; {sure}"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """What a method found, before it is put into words."""

    value: float
    spread: Spread
    used: Bools
    """Shape (N,): rows that count in the estimate."""
    notes: tuple[str, ...] = field(default=())


class EffectEstimator(BaseEstimator, ABC):  # type: ignore[misc]
    """What every estimator is. `estimand`, `level` and `seed` are settings of all of them."""

    kind: ClassVar[str]
    """Its name on the command line and in outputs."""
    says: ClassVar[str]
    """What it is, in one line of a report."""
    estimands: ClassVar[tuple[Estimand, ...]] = ("ATE", "ATT")
    tells_individuals: ClassVar[bool] = False
    uses_logged: ClassVar[bool] = True
    """Whether logged chances take the place of estimated ones."""
    knows_clusters: ClassVar[bool] = True
    """Whether its errors draw a person or a room as a whole."""
    costly: ClassVar[bool] = False
    """Whether a fit takes so long that checks draw fewer by default."""
    estimand: Estimand
    level: float
    seed: int

    def fit(self, design: Design) -> Self:
        """Learn from a design; settings that make no sense are refused before anything runs."""
        if not isinstance(design, Design):
            raise FormatError(f"a {type(design).__name__} is no design", hint="use Design.from_frame")
        problems = list(self._problems(design))
        if problems:
            message, hint = in_one_line(problems)
            raise ConfigError(message, hint=hint)
        self.design_, self.order_ = design.ordered()
        self.estimate_ = self._estimate(self.design_)
        return self

    def effect(self) -> Effect:
        """The average effect with its interval."""
        self._fitted()
        design, found = self.design_, self.estimate_
        low, high = found.spread.interval(found.value, self.level)
        used = found.used
        return Effect(
            self.estimand,
            found.value,
            low,
            high,
            found.spread.standard_error,
            self.level,
            self.method,
            design.unit,
            design.treatment_name,
            design.outcome_name,
            int((used & design.treated).sum()),
            int((used & ~design.treated).sum()),
            count_clusters(design.cluster[used]),
            int((~used).sum()),
            design.evidence,
            found.spread.freedom,
            (*found.notes, *design.notes()),
            design.drawn,
        )

    def individual(self, covariates: npt.ArrayLike | None = None) -> IndividualEffects:
        """Effects on single units with these covariates, shape (n, p); the study's own if not given."""
        if not self.tells_individuals:
            raise self._no_individuals()
        self._fitted()
        if covariates is not None:
            return self._individual(check_covariates(self.design_, covariates))
        found = self._individual(self.design_.covariates)
        back = np.argsort(self.order_)
        return IndividualEffects(
            found.value[back], found.low[back], found.high[back], found.level, found.method, found.unit,
            notes=found.notes,
        )  # fmt: skip

    @property
    def method(self) -> str:
        """The method as an output names it."""
        return self.kind

    def tuned(self) -> Self:
        """A copy without what it learnt, that keeps what this fit chose for itself, such as a ridge.

        A ridge that is chosen anew on a part of the rows falls otherwise now and then, and then an effect
        jumps by far more than the rows that are gone could move it.
        """
        self._fitted()
        found: Self = clone(self)
        return found

    @abstractmethod
    def _estimate(self, design: Design) -> Estimate: ...

    def _individual(self, covariates: Floats) -> IndividualEffects:  # noqa: ARG002
        """A method that tells individual effects has its own."""
        raise self._no_individuals()

    def _no_individuals(self) -> ConfigError:
        return ConfigError(f"{self.kind!r} tells no individual effects", hint="choose 'dr'")

    def _problems(self, design: Design) -> Iterator[tuple[str, str]]:  # noqa: ARG002
        """Settings that make no sense with this design, and what to do; a method adds its own."""
        wrong = self.estimand_problem()
        if wrong:
            yield wrong
        if not_share(level=self.level):
            yield (f"level is {self.level!r}", "choose one between 0 and 1, such as .95")
        if not whole(self.seed, 0):
            yield (f"seed is {self.seed!r}", "choose a whole number, 0 or more")

    def estimand_problem(self) -> tuple[str, str] | None:
        """Why this method cannot tell the effect asked for, and what to do; known without a design."""
        if self.estimand in self.estimands:
            return None
        return f"{self.kind!r} tells no {self.estimand!r}", f"choose {' or '.join(self.estimands)}"

    def _fitted(self) -> None:
        if not hasattr(self, "estimate_"):
            raise ConfigError(f"{self.kind!r} has learnt nothing yet", hint="call fit(design) first")


def check_covariates(design: Design, covariates: npt.ArrayLike) -> Floats:
    """Covariates of new units, shape (n, p); refused where they are not those of the design."""
    found = np.asarray(covariates, dtype=np.float64)
    if found.ndim != 2 or found.shape[1] != len(design.names):
        raise FormatError(
            f"covariates of shape {found.shape}",
            hint=f"give {len(design.names)} columns: {', '.join(design.names)}",
        )
    if not np.isfinite(found).all():
        bad = int((~np.isfinite(found)).any(axis=1).sum())
        raise FormatError(f"{bad:,} rows hold values that are no number", hint="fill or leave out these rows")
    return found


def setting_words(**settings: Any) -> str:
    """Settings that differ from nothing, in brackets behind a method's name.

    >>> setting_words(caliper=0.2, exact=())
    ' (caliper 0.2)'
    """
    told = [f"{name} {value}" if value is not True else name for name, value in settings.items() if value]
    return f" ({', '.join(told)})" if told else ""
