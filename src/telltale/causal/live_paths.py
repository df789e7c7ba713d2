"""Paths as sessions come: questions stay, answers follow the weights, at a cost that does not grow.

    a session's rows > OnlineGraph (sums, replicas of them) > weights > whole, direct way and chains

After k sessions an answer is the one that a batch of the same k gives, but for rounding. Which chains are
strongest is asked anew each time, for that too may change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy.typing as npt

from telltale.causal.online import LiveWeights, OnlineGraph
from telltale.causal.path_intervals import SurePaths, intervals_of
from telltale.causal.paths import find_paths
from telltale.causal.responses import Push
from telltale.core.errors import ConfigError
from telltale.core.settings import not_share


@dataclass(frozen=True, slots=True)
class PathQuestion:
    """What a cause does to an effect, through what.

    >>> PathQuestion("mood", "mood")
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: 'mood' is cause and effect: name two factors
    """

    cause: str
    effect: str
    steps: int = 12
    """How far to look."""
    push: Push = "held"
    strongest: int = 3
    """How many chains to list."""

    def __post_init__(self) -> None:
        if self.cause == self.effect:
            raise ConfigError(f"'{self.cause}' is cause and effect", hint="name two factors")
        if self.steps < 0:
            raise ConfigError(f"{self.steps} steps are none", hint="take 0 or more")


class LivePaths:
    """Answers to chosen questions, session after session.

    Parameters
    ----------
    graph
        What keeps the weights; its resamples give the intervals. It may hold sessions already, and its arrows
        may be set anew at any time.
    standardised
        Whether all is told in standard deviations, as they are by then; else in the factors' own units.
    """

    def __init__(
        self,
        graph: OnlineGraph,
        questions: Sequence[PathQuestion],
        *,
        standardised: bool = True,
        level: float = 0.95,
    ) -> None:
        if faults := not_share(level=level):
            raise ConfigError("; ".join(faults), hint="take one such as .95")
        asked = [name for question in questions for name in (question.cause, question.effect)]
        unknown = [f"'{name}'" for name in dict.fromkeys(asked) if name not in graph.factors]
        if unknown:
            raise ConfigError(
                f"no factor is called {', '.join(unknown)}", hint=f"there are {', '.join(graph.factors)}"
            )
        self.graph, self.questions = graph, tuple(questions)
        self._standardised, self._level = standardised, level

    def add(self, rows: npt.ArrayLike, owner: str | None = None) -> tuple[SurePaths, ...]:
        """Take a session's rows, as `OnlineGraph.add` wants them, and answer each question anew."""
        self.graph.add(rows, owner)
        return self.answers()

    def answers(self, now: LiveWeights | None = None) -> tuple[SurePaths, ...]:
        """What is known now, one answer a question.

        Parameters
        ----------
        now
            The graph's weights, where they are at hand.
        """
        now = now or self.graph.weights(self._level)
        told = now.graph.standardised() if self._standardised else now.graph
        return tuple(
            intervals_of(
                find_paths(
                    told,
                    question.cause,
                    question.effect,
                    steps=question.steps,
                    push=question.push,
                    strongest=question.strongest,
                ),
                now.graph,
                now.drawn,
                standardised=self._standardised,
                level=self._level,
                clusters=now.clusters,
            )
            for question in self.questions
        )
