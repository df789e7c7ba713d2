"""Small nets with a shared representation, two heads of the outcome and one of the chance of treatment.

    z > two shared layers > control's head, treated's head, chance's head > a number each

TARNet's form (Shalit, Johansson & Sontag 2017) with DragonNet's third head (Shi, Blei & Veitch 2019). A net
tells what is to be added to the lines it starts from, so at its first step it is nearly these lines. Layers
bend softly and start flat: what is bent has to be learnt. Here nets are arrays, told from with numpy alone;
they learn in `neural_training.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core.errors import ConfigError
from telltale.core.settings import finite, whole
from telltale.effects.variance import Floats

CONTROL, TREATED, CHANCE = 0, 1, 2
"""The three heads."""
_CHUNK: Final = 4096


@dataclass(frozen=True, slots=True)
class NetSettings:
    """How nets are built and trained."""

    members: int = 3
    """Nets for each fold, averaged."""
    width: int = 32
    head_width: int = 16
    rate: float = 2e-3
    batch: int = 100
    steps: int = 3000
    """At most; training ends when clusters that were held out are forecast no better for a while."""
    every: int = 50
    """Steps between two looks at them."""
    patience: int = 4
    """Looks without a gain."""
    flat: float = 0.25
    """How large the first layer's weights start, of what keeps variances as they are."""
    chance_weight: float = 0.1
    """Of the chance's loss beside the outcome's."""

    def __post_init__(self) -> None:
        counts = ("members", "width", "head_width", "batch", "steps", "every", "patience")
        wrong = [f"{name} is {value!r}" for name in counts if not whole(value := getattr(self, name), 1)]
        sizes = (("rate", self.rate), ("flat", self.flat))
        wrong += [f"{name} is {value!r}" for name, value in sizes if not (finite(value) and value > 0)]
        if not (finite(self.chance_weight) and self.chance_weight >= 0):
            wrong.append(f"chance_weight is {self.chance_weight!r}")
        if wrong:
            raise ConfigError(
                "; ".join(wrong),
                hint="counts are whole numbers, 1 or more; rate and flat above 0, weights from 0",
            )


@dataclass(frozen=True, slots=True, eq=False)
class Nets:
    """E trained nets; each layer is weights (E, in, out) and a bias (E, 1, out)."""

    shared: tuple[tuple[Floats, Floats], ...]
    heads: tuple[tuple[tuple[Floats, Floats], ...], ...]
    """Of control, treated and chance."""

    def add(self, z: Floats) -> Floats:
        """What each net adds at z of shape (n, p): (3, E, n)."""
        parts = [self._add(z[at : at + _CHUNK]) for at in range(0, max(len(z), 1), _CHUNK)]
        return np.concatenate(parts, axis=2)

    def _add(self, z: Floats) -> Floats:
        inner: Floats = np.broadcast_to(z, (len(self.shared[0][0]), *z.shape))
        for weight, bias in self.shared:
            inner = _bend(inner @ weight + bias)
        out = []
        for layers in self.heads:
            value = inner
            for k, (weight, bias) in enumerate(layers):
                value = (_bend(value) if k else value) @ weight + bias
            out.append(value[..., 0])
        return np.stack(out)


def _bend(value: Floats) -> Floats:
    """log((1 + e^v) / 2): 0 at 0, and a line on either side."""
    found: Floats = np.logaddexp(0.0, value) - np.log(2.0)
    return found
