"""A graph that is asked: what its answers must say beside their numbers.

A cause that is on or off is moved from 0 to 1, any other by one standard deviation; one word among several,
such as a device, stands instead of another; what is held at a value is compared with its mean; and an arrow
that the data do not turn is told where it may carry what was asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from telltale.causal.discovery import FactorEdge, FactorGraph
from telltale.causal.path_intervals import Band, SurePaths
from telltale.core.errors import ConfigError
from telltale.factors.panel import FactorPanel


@dataclass(frozen=True, slots=True, eq=False)
class AskedGraph:
    """A graph and what is known of its factors."""

    graph: FactorGraph
    switches: frozenset[str] = frozenset()
    """Factors that are 0 or 1 and nothing else."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Those that are one word among several, and what they are called: `device laptop`."""

    def called(self, name: str) -> str:
        """A factor in a sentence."""
        return self.words.get(name, name)

    def moved(self, cause: str) -> str:
        """The step by which paths move a cause, in words."""
        if cause not in self.switches:
            return f"one standard deviation more of {cause}"
        return f"{self.called(cause)} {'instead of another' if cause in self.words else 'on instead of off'}"

    def held(self, name: str, value: float) -> str:
        """Where a factor is held, in words."""
        if name in self.words and value in (0, 1):
            return "for all" if value else "for nobody"
        return f"at {value:g}"

    def mean(self, name: str) -> float:
        """Of a factor, in its own unit."""
        return float(self.graph.linear.mean[self.graph.linear.place(name)])

    def sd(self, name: str) -> float:
        """The same of its standard deviation."""
        return float(self.graph.linear.sd[self.graph.linear.place(name)])

    def step(self, cause: str) -> float:
        """By how much paths move a cause, in its own unit."""
        return 1.0 if cause in self.switches else self.sd(cause)

    def compared_with(self, name: str) -> str:
        """What a value that is held is compared with: that the factor goes on as it does."""
        if name in self.switches:
            share = 100 * self.mean(name)
            return f"instead of its mean, {f'{share:.0f}' if share >= 10 else f'{share:.2g}'} % of the time"
        return f"against its mean {self.mean(name):.3g}"

    def left_open(self, causes: Collection[str], effects: Collection[str]) -> tuple[str, ...]:
        """Arrows on any way asked for that the data do not turn, in words."""
        return tuple(
            f"{edge.cause} - {edge.effect}: the data do not say which way"
            for edge in open_arrows(self.graph.edges, causes, effects)
        )

    def notes(self, causes: Collection[str], effects: Collection[str]) -> tuple[str, ...]:
        """The same, whether arrows were held against half samples, and what was left out or changed on the
        way to the graph."""
        return (*self.left_open(causes, effects), *self.unasked, *self.graph.rows.notes)

    @property
    def unasked(self) -> tuple[str, ...]:
        """What is to be said where no half sample told how stable an arrow is."""
        if self.graph.settings.halves:
            return ()
        return ("how stable an arrow is was not asked: --halves 20 leaves out what half samples do not find",)

    def for_step(self, found: SurePaths) -> SurePaths:
        """Paths for the step of their cause: a switch is moved from 0 to 1, others by one standard deviation.

        Parameters
        ----------
        found
            In standard deviations, as `path_intervals` tells them.
        """
        cause = found.paths.cause
        return _times(found, self.step(cause) / self.sd(cause)) if cause in self.switches else found


def switches_of(panel: FactorPanel) -> frozenset[str]:
    """Factors that hold 0 and 1 alone; what pools a step to a share between them is none."""
    return frozenset(
        factor.name
        for factor, values in zip(panel.factors, panel.values.T, strict=True)
        if factor.kind == "binary" and np.isin(values[~np.isnan(values)], (0, 1)).all()
    )


def refuse_held(panel: FactorPanel, held: Mapping[str, float]) -> None:
    """Values that a factor that is on or off cannot take: between 0 and 1 it is on a share of the time."""
    faults = [
        f"'{name}' is on or off and is set to {value:g}"
        for name, value in held.items()
        if _on_or_off(panel, name) and not 0 <= value <= 1
    ]
    if faults:
        raise ConfigError("; ".join(faults), hint="set it to 0, to 1 or to a share between them")


def _on_or_off(panel: FactorPanel, name: str) -> bool:
    """Whether a factor is that in each row, or a share of it where a step was pooled."""
    values = panel.column(name)
    return panel.factor(name).kind == "binary" and not ((values < 0) | (values > 1)).any()


def words_of(panel: FactorPanel) -> dict[str, str]:
    """Factors that are one word among several, and what they are called."""
    return {factor.name: factor.called for factor in panel.factors if factor.one_of}


def open_arrows(
    edges: Sequence[FactorEdge], causes: Collection[str], effects: Collection[str]
) -> tuple[FactorEdge, ...]:
    """Arrows that are not oriented and that, drawn one way or the other, carry a cause to an effect.

    >>> def edge(cause: str, effect: str, oriented: bool) -> FactorEdge:
    ...     return FactorEdge(cause, effect, 0, 0.5, 0.4, 0.6, 1.0, 0.5, oriented)
    >>> edges = [edge("a", "b", True), edge("c", "b", False), edge("c", "d", True), edge("x", "y", False)]
    >>> [(one.cause, one.effect) for one in open_arrows(edges, ["a"], ["d"])]
    [('c', 'b')]
    """
    found = []
    for arrow in edges:
        if arrow.oriented:
            continue
        ways = [way for edge in edges if edge is not arrow for way in _ways(edge)]
        from_cause = _reached(ways, causes)
        to_effect = _reached([(b, a) for a, b in ways], effects)
        if any(a in from_cause and b in to_effect for a, b in _ways(arrow)):
            found.append(arrow)
    return tuple(found)


def _ways(edge: FactorEdge) -> list[tuple[str, str]]:
    forwards = (edge.cause, edge.effect)
    return [forwards] if edge.oriented else [forwards, forwards[::-1]]


def _reached(ways: Sequence[tuple[str, str]], starts: Collection[str]) -> set[str]:
    """The starts and all that arrows lead to from them."""
    reached, fresh = set(starts), set(starts)
    while fresh:
        fresh = {b for a, b in ways if a in fresh} - reached
        reached |= fresh
    return reached


def _times(found: SurePaths, factor: float) -> SurePaths:
    def band(one: Band) -> Band:
        return Band(factor * one.low, factor * one.high)

    paths, missed = found.paths, found.undrawn
    return replace(
        found,
        paths=replace(
            paths,
            total=factor * paths.total,
            direct=factor * paths.direct,
            chains=tuple(replace(one, response=factor * one.response) for one in paths.chains),
        ),
        total=band(found.total),
        direct=band(found.direct),
        indirect=band(found.indirect),
        chains=tuple(map(band, found.chains)),
        other_chains=band(found.other_chains),
        undrawn=missed
        and replace(
            missed, weight=factor * missed.weight, low=factor * missed.low, high=factor * missed.high
        ),
    )
