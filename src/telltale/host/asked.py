"""Which expressions can be asked about: those that show, vary, and can be told from each other.

Those that rise together are asked about as one. Where one falls as another rises, or all shares of a coder
add up to 1, what shows most is what the others are told against: more of a smile is less of a face at rest,
and both at once cannot be asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core.errors import FormatError
from telltale.host.shown import Array

LEAST_SHARE: Final = 0.005
"""An expression that shows less than this share of the time is not tested."""
TOO_ALIKE: Final = 0.9
"""Expressions whose shares are further correlated than this cannot be told apart."""
_ADD_UP: Final = 1e-6
"""Least eigenvalue of the correlations below which shares add up: the last is known from the others."""
_PART: Final = 0.02
"""Share of an eigenvector from which on an expression takes part in that."""
_AGAINST: Final = "cannot be told from what the others leave over: they are asked against it"


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The expressions that can be asked about."""

    names: tuple[str, ...]
    """`a or b` where expressions go together so closely that they cannot be told apart."""
    members: tuple[tuple[int, ...], ...]
    """Their places among the study's expressions."""
    mean: Array
    sd: Array
    """Shapes (E,), over the points whose face was read."""
    notes: tuple[str, ...]

    def of(self, shares: Array) -> Array:
        """All expressions' shares, shape (N, .), as those asked about; merged ones as their mean."""
        return np.column_stack([shares[:, list(one)].mean(axis=1) for one in self.members])

    def standard(self, shares: Array) -> Array:
        """The same in standard deviations from the mean."""
        return (self.of(shares) - self.mean) / self.sd


def asked_of(all_names: tuple[str, ...], shares: Array) -> Asked:
    """What can be asked of stretches: shares of shape (N, E), NaN where the face was not read; what cannot
    stands in the notes."""
    read = shares[np.isfinite(shares).all(axis=1)]
    if not len(read):
        raise FormatError("the host's face was read nowhere", hint="read the broadcasts' video first")
    mean, sd = read.mean(axis=0), read.std(axis=0)
    rare, still = mean < LEAST_SHARE, sd < 1e-6
    groups = _groups(read, np.flatnonzero(~rare & ~still))
    if not groups:
        raise FormatError(
            "no expression varies between points: all shares are the same, or next to nothing shows",
            hint="look at how the faces were read",
        )
    groups, against = _told_apart(read, groups)
    names = tuple(" or ".join(all_names[k] for k in one) for one in groups)
    merged = np.column_stack([read[:, list(one)].mean(axis=1) for one in groups])
    notes = _told(all_names, rare, "show less than 0.5 % of the time and were not tested")
    notes += _told(all_names, still & ~rare, "never change and were not tested")
    notes += [
        f"{name} go together so closely that they cannot be told apart" for name in names if " or " in name
    ]
    notes += _told(all_names, against, _AGAINST)
    return Asked(names, tuple(groups), merged.mean(axis=0), merged.std(axis=0), tuple(notes))


def _groups(shares: Array, places: np.typing.NDArray[np.intp]) -> list[tuple[int, ...]]:
    """Places of expressions, those that go together in one group."""
    if not len(places):
        return []
    close = np.atleast_2d(np.corrcoef(shares[:, places], rowvar=False)) > TOO_ALIKE
    groups: list[tuple[int, ...]] = []
    left = set(range(len(places)))
    while left:
        one = {min(left)}
        while more := {k for k in left - one if close[k, list(one)].any()}:
            one |= more
        left -= one
        groups.append(tuple(int(places[k]) for k in sorted(one)))
    return groups


def _told_apart(
    shares: Array, groups: list[tuple[int, ...]]
) -> tuple[list[tuple[int, ...]], np.typing.NDArray[np.bool_]]:
    """Groups of which none is what the others leave over; and the places of those that are, shape (E,)."""
    against, groups = np.zeros(shares.shape[1], dtype=bool), list(groups)
    while len(groups) > 1:
        asked = np.column_stack([shares[:, list(one)].mean(axis=1) for one in groups])
        alike = np.corrcoef(asked, rowvar=False)
        size, vectors = np.linalg.eigh(alike)
        if alike.min() < -TOO_ALIKE:
            some = np.flatnonzero((alike < -TOO_ALIKE).any(axis=1))
        elif size[0] < _ADD_UP:
            some = np.flatnonzero(np.abs(vectors[:, 0]) > _PART)
        else:
            break
        most = max(some.tolist(), key=lambda k: asked[:, k].mean())
        against[list(groups.pop(most))] = True
    return groups, against


def _told(names: tuple[str, ...], some: np.typing.NDArray[np.bool_], what: str) -> list[str]:
    told = [name for name, one in zip(names, some.tolist(), strict=True) if one]
    return [f"{', '.join(told)} {what}"] if told else []
