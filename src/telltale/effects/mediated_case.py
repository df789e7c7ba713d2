"""One question of what carried an effect, answered whole: its parts, and the checks that could sink it.

    a `MediatedStrategy` > MediatedCase

What a strategy did in all is the doubly robust effect of `doubly_robust.py` on the outcome after the
mediators' seconds, so it gets every check that such an effect gets. What sinks it sinks its parts.
"""

from __future__ import annotations

from dataclasses import dataclass

from telltale.core.progress import Progress, silent
from telltale.effects.doubly_robust import DoublyRobust
from telltale.effects.mediated_strategy import MediatedStrategy
from telltale.effects.natural_effects import NaturalEffects, natural_effects
from telltale.effects.natural_words import natural_answer, natural_doubt, natural_sureness
from telltale.effects.outcome_models import Choice
from telltale.effects.refutation import Finding
from telltale.effects.sizes import held_unit
from telltale.effects.strategy_case import strategy_case


@dataclass(frozen=True, slots=True, eq=False)
class MediatedCase:
    """How much of what a strategy did went through something, and everything that speaks against it."""

    effects: NaturalEffects
    finding: Finding
    """What it did in all, with its checks; those of the way through are among `effects`."""
    sentences: tuple[str, str, str]
    """What went where, how sure that is, what would make it wrong."""
    warnings: tuple[str, ...]
    """What a reader should know before believing the number."""

    @property
    def unit(self) -> str:
        """Of the outcome's values that are held here, whatever they are told in."""
        return held_unit(self.effects.outcome_kind, self.effects.unit)


def mediated_case(
    asked: MediatedStrategy,
    *,
    outcome_model: Choice = "auto",
    draws: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> MediatedCase:
    """Answer one question.

    Parameters
    ----------
    outcome_model
        Of outcome and mediators, as in `natural_effects`.
    draws
        Of each check that draws, as in `strategy_case`.
    """
    found = natural_effects(asked.given, outcome_model=outcome_model, seed=seed)
    estimator = DoublyRobust(outcome_model=outcome_model, learner="dr", intervals="none", seed=seed)
    whole = strategy_case(asked.asked, estimator, draws=draws, gains=False, seed=seed, progress=progress)
    sentences = (
        natural_answer(found, whole.finding),
        natural_sureness(found),
        natural_doubt(found, whole.finding),
    )
    return MediatedCase(found, whole.finding, sentences, whole.warnings)
