"""The one contract of all models: scikit-learn's, over `Evidence`.

    model.fit(evidence, label)  >  model.predict_proba(evidence)[:, 1]  >  save_model(model, folder)

A model's constructor only keeps its settings; what was learnt has names that end in `_`. `portable()` is
what is left of it without its library: a graph for onnxruntime, arrays, settings. `saved.py` writes it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal, Protocol

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin

from telltale.core.errors import FormatError
from telltale.intent.evidence import Array, Evidence, as_evidence

Source = Literal["face", "clicks", "survey"]
Labels = npt.NDArray[np.int8]
Arrays = Mapping[str, npt.NDArray[Any]]

CLASSES: Final = np.array([0, 1])
_FEWEST_PEOPLE: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Portable:
    """A fitted model as data."""

    graph: bytes
    """ONNX; gives `probability`, shape (n,)."""
    arrays: Arrays = field(default_factory=dict)
    """What makes the graph's inputs from evidence: scaler, kernels."""
    stream: Mapping[str, bytes] = field(default_factory=dict)
    """Graphs by which the model runs row by row (`stream.py`), for those that can."""
    parts: Mapping[str, Portable] = field(default_factory=dict)
    """Models inside the model, by kind."""


class Predictor(Protocol):
    """Whatever tells probabilities: a model, or one that was saved."""

    def predict_proba(self, evidence: Any) -> npt.NDArray[np.float64]:
        """Shape (n, 2)."""
        ...


class IntentModel(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """What every model is."""

    kind: ClassVar[str]
    """Its name on the command line and in files."""
    reads: ClassVar[tuple[Source, ...]]
    says: ClassVar[str]
    """What it is, in one line of a report."""
    classes_ = CLASSES

    def fit(self, evidence: Any, label: npt.ArrayLike | None = None) -> IntentModel:
        """Learn from evidence whose outcome is known.

        Parameters
        ----------
        evidence
            `Evidence`, or an array of faces (n, steps, 128).
        label
            Shape (n,), 0 or 1; the evidence's own when not given.
        """
        given = as_evidence(evidence)
        self._learn(given, check_labels(given, given.label if label is None else label))
        return self

    def predict_proba(self, evidence: Any) -> npt.NDArray[np.float64]:
        """Shape (n, 2): that no product, that a product goes into the cart at the moment."""
        found = self._probability(as_evidence(evidence)).astype(np.float64)
        return np.column_stack([1.0 - found, found])

    def predict(self, evidence: Any) -> npt.NDArray[np.int64]:
        """Shape (n,): which of both is more probable."""
        more: npt.NDArray[np.int64] = (self.predict_proba(evidence)[:, 1] >= 0.5).astype(np.int64)
        return more

    @abstractmethod
    def _learn(self, evidence: Evidence, label: Labels) -> None: ...

    @abstractmethod
    def _probability(self, evidence: Evidence) -> Array: ...

    @abstractmethod
    def inputs(self, evidence: Evidence) -> Iterator[dict[str, npt.NDArray[Any]]]:
        """What the graph of `portable` takes for these moments, a few hundred at a time."""

    @abstractmethod
    def portable(self) -> Portable:
        """The fitted model as data."""

    def restore(self, arrays: Arrays, parts: Mapping[str, Predictor]) -> None:
        """Take what `inputs` needs from a model that was saved."""


def check_labels(evidence: Evidence, label: npt.ArrayLike) -> Labels:
    """Labels as an array; what nobody could learn from is refused."""
    found = np.asarray(label)
    if found.shape != (len(evidence),):
        raise FormatError(
            f"{found.shape} labels for {len(evidence)} moments", hint="give one of 0 and 1 for each"
        )
    if not np.isin(found, (0, 1)).all():
        raise FormatError("labels other than 0 and 1", hint="1 is a moment at which something is bought")
    for value, words in ((0, "without a cart"), (1, "with a cart")):
        if not (found == value).any():
            raise FormatError(
                f"no moment {words} to learn from", hint="a model wants both; see `telltale study windows`"
            )
    if len(np.unique(evidence.people)) < _FEWEST_PEOPLE:
        raise FormatError(
            "all moments are of one person", hint="a model of one person says nothing of others"
        )
    return found.astype(np.int8)
