"""How alike matching made both arms, and what it left to the regression, in words.

What a straight line took out is 0 in the end whatever the matches were worth: how good they are is told by
matching alone. What was not matched on, such as the outcome's own past, no line took out.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from telltale.effects.balance import BALANCED, TRUSTED, Balance
from telltale.effects.did import MatchedDid
from telltale.effects.variance import Floats


def balance_line(did: MatchedDid) -> str:
    """How many covariates differ before and after matching alone, and what was not matched on and differs."""
    alone, found = did.alone, did.balance
    line = (
        f"{_over(alone.before)} of {len(alone.names)} covariates differ by more than {BALANCED:g} SD before,"
        f" {_over(alone.after)} after matching alone"
    )
    if did.adjusted:
        line += "; a straight line takes out the rest"
    still = [
        f"'{name}' ({abs(after):.2f} SD)"
        for name, after in zip(found.names, found.after.tolist(), strict=True)
        if name not in alone.names and abs(after) > BALANCED
    ]
    return f"{line}; not matched on and still apart: {', '.join(still)}" if still else line


def _over(apart: Floats) -> int:
    return int((np.abs(apart) > BALANCED).sum())


def unlike(balance: Balance, balanced_by: str = "matching") -> Iterator[str]:
    """What matching left unlike, or made so, in words.

    Parameters
    ----------
    balanced_by
        What made both arms alike, in words.

    >>> balance = Balance(("price",), np.array([0.2]), np.array([-0.3]), np.ones(1), np.ones(1))
    >>> list(unlike(balance))[1]
    'matching made both arms less alike: the largest difference is 0.30 SD and was 0.20 SD'
    """
    before, after = np.abs(balance.before), np.abs(balance.after)
    if not np.isfinite(after).any():
        return
    worst = int(np.nanargmax(after))
    left = float(after[worst])
    if left > BALANCED:
        yield (
            f"after {balanced_by} both arms still differ by more than {BALANCED:g} SD in {_over(after)} of"
            f" {len(after)} covariates, most in '{balance.names[worst]}' ({left:.2f} SD)"
        )
    was = float(np.nanmax(before))
    # To as many digits as are told: a hair more is nothing to be careful about.
    if round(left, 2) > round(was, 2):
        sizes = f"{left:.2f} SD and was {was:.2f} SD"
        yield f"{balanced_by} made both arms less alike: the largest difference is {sizes}"


def far_from(alone: Balance, found: Balance) -> Iterator[str]:
    """What matching left to the regression, where that is more than it may be trusted with.

    >>> alone = Balance(("price",), np.array([0.6]), np.array([0.3]), np.ones(1), np.ones(1))
    >>> next(far_from(alone, Balance(("price",), np.array([0.6]), np.zeros(1), np.ones(1), np.ones(1))))
    "matching alone left both arms 0.30 SD apart in 'price': that a straight line takes this out is trusted"
    """
    end = dict(zip(found.names, np.abs(found.after).tolist(), strict=True))
    left = zip(np.abs(alone.after).tolist(), alone.names, strict=True)
    # Without a regression both are the same but for their last digits.
    far = [(size, name) for size, name in left if size > TRUSTED and round(end[name], 2) < round(size, 2)]
    if far:
        size, name = max(far)
        others = f", and over {TRUSTED:g} SD in {len(far) - 1} more" if len(far) > 1 else ""
        yield (
            f"matching alone left both arms {size:.2f} SD apart in '{name}'{others}: that a straight line"
            " takes this out is trusted"
        )
