"""One seed, named streams: the same name gives the same numbers, whatever else has drawn before.

A stream belongs to a name such as `("session", "s00012", "acts")`. No order of work, number of workers
or added feature can move the numbers of another stream.
"""

from __future__ import annotations

import hashlib

import numpy as np

from telltale.core.errors import ConfigError
from telltale.core.settings import not_whole


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """The generator of a named stream.

    Parameters
    ----------
    seed
        The study's or the run's one seed, not negative.
    names
        What the numbers are for, from the general to the particular.

    >>> stream(2.5, "people")
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: seed must be a whole number, 0 or more, not 2.5: take one such as 0
    >>> float(stream(7, "people").random()) == float(stream(7, "people").random())
    True
    >>> float(stream(7, "people").random()) == float(stream(7, "hosts").random())
    False
    """
    faults = not_whole(0, seed=seed)
    if faults:
        raise ConfigError(faults[0], hint="take one such as 0")
    digest = hashlib.sha256("\x1f".join(str(name) for name in names).encode()).digest()
    words = np.frombuffer(digest, dtype="<u4")
    # SFC64 is numpy's fastest generator; the session traces draw millions of normals.
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, *words.tolist()])))
