"""Which units tell a cart: where log odds come from, what is lost without a unit, which count together.

attributions          log odds by unit and side, signed (`gradients.py`)
importance            AUC lost when a unit is exchanged between moments
interactions          pairs of units tested in the moments, no model asked (`interactions.py`)
model interactions    what a model takes from a pair beyond its parts
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.errors import FormatError, TelltaleError
from telltale.core.rng import stream
from telltale.intent.baselines import log_odds
from telltale.intent.contract import Predictor
from telltale.intent.evidence import Evidence, FaceRows
from telltale.intent.feature_models import chunks
from telltale.intent.gradients import (
    LINES,
    MOST,
    Attributions,
    chosen_moments,
    integrated_gradients,
    linear_contributions,
)
from telltale.intent.interactions import PAPER_PAIRS, Pair, UnitInteraction, distinct_pairs, unit_interactions
from telltale.intent.intervals import Interval, interval_of
from telltale.intent.metrics import Ranking, rank, ranked_auc
from telltale.intent.network_models import TcnAttention, TcnMean, TcnStream
from telltale.intent.saved import SavedModel
from telltale.intent.saved_torch import KINDS

Array = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Alter = Callable[[Array, slice], None]
"""Changes faces (b, steps, 128) in place; is told which of the moments they are."""

NETWORKS: Final = (TcnAttention.kind, TcnStream.kind, TcnMean.kind)
"""Of which the first that is there is explained beside the best model."""
MOST_IMPORTANT: Final = 4
"""Units whose pairs are all tested."""
_EXCHANGED: Final = 5
"""So many times more moments are told with units exchanged than are asked for gradients, which cost more."""
_AT_ONCE: Final = 128
"""Moments whose faces are altered at a time: 40 MB."""

COLUMNS: Final[dict[int | None, npt.NDArray[np.intp]]] = {
    unit: np.array([i for i, channel in enumerate(channels.CHANNELS) if channel.action_unit == unit])
    for unit in (*channels.ACTION_UNITS, None)
}
"""Channels of each unit, both sides and all kinds; under None what is of no unit."""


@dataclass(frozen=True, slots=True)
class UnitImportance:
    """What a model loses without one unit."""

    unit: int | None
    """FACS number; None for all that is of no unit: head, gaze, picture."""
    lost: Interval
    """AUC, the mean over repeats."""
    spread: float
    """Standard deviation over repeats."""


@dataclass(frozen=True, slots=True)
class ModelInteraction:
    """What a model takes from two units beyond what it takes from each."""

    units: Pair
    log_odds: Interval
    """Mean over carts; 0 for a model that adds units up."""


@dataclass(frozen=True, slots=True)
class What:
    """Which units."""

    best: str
    """The model whose importance this is."""
    attributions: tuple[Attributions, ...]
    importance: tuple[UnitImportance, ...]
    """The greatest loss first."""
    interactions: tuple[UnitInteraction, ...]
    """The least p first."""
    interactions_of: str
    """The model of the next."""
    model_interactions: tuple[ModelInteraction, ...]
    """In the order of `interactions`."""
    note: str
    """Which attributions were left out and why; empty where none was."""


def explain(
    models: Mapping[str, SavedModel],
    evidence: Evidence,
    *,
    best: str,
    seed: int,
    most: int = MOST,
    tested_in: Evidence | None = None,
) -> What:
    """Which units tell a cart, by the best model of faces, the first network there is, and no model at all.

    Parameters
    ----------
    evidence
        Of people whom no model has seen.
    best
        Kind of the best model that reads faces.
    most
        Moments of which networks are asked their gradients and what they take from pairs.
    tested_in
        Moments in which pairs of units are tested, which asks no model; those of `evidence` when not given.
    """
    network = next((kind for kind in NETWORKS if kind in models), best)
    attributions, notes = [], []
    for kind in dict.fromkeys((best, network)):
        try:
            told = attributed(models[kind], evidence, seed=seed, most=most)
            # By the name it has in the report, which need not be its kind.
            attributions.append(replace(told, model=kind))
        except TelltaleError as error:
            notes.append(f"{kind}: {error}")
    exchanged = evidence[chosen_moments(evidence.label, _EXCHANGED * most, seed)]
    importance = permutation_importance(models[best], exchanged, seed=seed)
    first = [found.unit for found in importance if found.unit is not None][:MOST_IMPORTANT]
    pairs = (*PAPER_PAIRS, *itertools.combinations(first, 2))
    interactions = unit_interactions(evidence if tested_in is None else tested_in, pairs=pairs)
    asked = evidence[chosen_moments(evidence.label, most, seed)]
    return What(
        best=best,
        attributions=tuple(attributions),
        importance=importance,
        interactions=interactions,
        interactions_of=network,
        model_interactions=model_interactions(
            models[network], asked, [found.units for found in interactions], seed=seed
        ),
        note="; ".join(notes),
    )


def attributed(model: SavedModel, evidence: Evidence, *, seed: int, most: int = MOST) -> Attributions:
    """A model's log odds by unit and side, by the way that its kind allows."""
    if model.kind in LINES:
        return linear_contributions(model, evidence, seed=seed)
    if model.kind in KINDS:
        return integrated_gradients(model, evidence, most=most, seed=seed)
    raise FormatError(
        "neither a line on units nor a network on their channels",
        hint="its importance is told, its attributions are not",
    )


def permutation_importance(
    model: Predictor, evidence: Evidence, *, repeats: int = 5, seed: int
) -> tuple[UnitImportance, ...]:
    """AUC that is lost when a unit's channels, whole windows of both sides, are exchanged between moments.

    What stays are the unit's values, what goes is what they have to do with the moment. Units that say the
    same stand in for one another: neither may seem to matter.
    """
    label, people = evidence.label, evidence.people
    whole = rank(label, _told(model, evidence))
    found = []
    for unit, columns in COLUMNS.items():
        orders = [
            stream(seed, "intent", "exchanged", str(unit), turn).permutation(len(evidence))
            for turn in range(repeats)
        ]
        others = [
            rank(label, _told(model, evidence, _exchange(evidence, columns, order))) for order in orders
        ]
        lost = interval_of(functools.partial(_lost, whole, others), people, seed)
        spread = np.std([_lost(whole, [other], np.ones(len(label))) for other in others])
        found.append(UnitImportance(unit, lost, float(spread)))
    return tuple(sorted(found, key=lambda importance: -importance.lost.value))


def _lost(whole: Ranking, others: Sequence[Ranking], weight: Floats) -> Floats:
    """AUC less the mean of others, under each weighting. Shape (...) of weights (..., n)."""
    left: Floats = np.mean([ranked_auc(other, weight) for other in others], axis=0)
    return ranked_auc(whole, weight) - left


def model_interaction(model: Predictor, evidence: Evidence, pair: Pair, *, seed: int = 0) -> Interval:
    """`model_interactions` of one pair."""
    return model_interactions(model, evidence, [pair], seed=seed)[0].log_odds


def model_interactions(
    model: Predictor, evidence: Evidence, pairs: Sequence[Pair], *, seed: int = 0
) -> tuple[ModelInteraction, ...]:
    """What a model takes from two units i and j beyond their parts, the mean over carts of

        f(whole) - f(without i) - f(without j) + f(without both)

    in log odds. Without a unit its channels are the mean of all moments given, row by row: a quiet unit as
    cameras see it. An energy of 0 stands in no data, for no camera is without noise.
    """
    carts = evidence[np.flatnonzero(evidence.label == 1)]
    mean = _mean_rows(evidence)

    @functools.cache
    def told(*units: int) -> Floats:
        quiet = np.concatenate([COLUMNS[unit] for unit in units]) if units else np.zeros(0, np.intp)
        return log_odds(_told(model, carts, _replace(quiet, mean)))

    found = []
    for i, j in distinct_pairs(pairs):
        beyond = told() - told(i) - told(j) + told(i, j)
        value = interval_of(functools.partial(_mean, beyond), carts.people, seed)
        found.append(ModelInteraction((i, j), value))
    return tuple(found)


def _mean(values: Floats, weight: Floats) -> Floats:
    mean: Floats = weight @ values / weight.sum(axis=1)
    return mean


def _mean_rows(evidence: Evidence) -> Array:
    """The mean of all moments of what was read. Shape (steps, 128), NaN where nothing was."""
    total, count = np.zeros(evidence.faces.values.shape[1:]), np.zeros(evidence.faces.values.shape[1:])
    for rows in chunks(len(evidence), _AT_ONCE):
        values = evidence.faces.values[evidence.faces.places[rows]]
        there = np.isfinite(values)
        total += np.where(there, values, 0).sum(axis=0, dtype=np.float64)
        count += there.sum(axis=0)
    mean: Array = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0).astype(
        np.float32
    )
    return mean


def _replace(columns: npt.NDArray[np.intp], mean: Array) -> Alter:
    """Some channels at the mean, where the face was read."""

    def alter(values: Array, rows: slice) -> None:
        del rows
        read = np.isfinite(values[..., columns])
        values[..., columns] = np.where(read, mean[:, columns], np.nan)

    return alter


def _exchange(evidence: Evidence, columns: npt.NDArray[np.intp], order: npt.NDArray[np.intp]) -> Alter:
    """Some channels those of other moments."""

    def alter(values: Array, rows: slice) -> None:
        others = evidence.faces.places[order[rows]]
        values[..., columns] = evidence.faces.values[others][..., columns]

    return alter


def _told(model: Predictor, evidence: Evidence, alter: Alter | None = None) -> Floats:
    """Probability of a cart, with faces altered. Shape (n,)."""
    found = []
    for rows in chunks(len(evidence), _AT_ONCE):
        some = evidence[rows]
        values = np.array(some.faces.values[some.faces.places], np.float32)
        if alter is not None:
            alter(values, rows)
        altered = replace(some, faces=FaceRows(values, np.arange(len(values))))
        found.append(model.predict_proba(altered)[:, 1])
    return np.concatenate(found)
