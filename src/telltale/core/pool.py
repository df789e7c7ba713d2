"""Work over many items on local processes, results in the order of the items.

What a worker computes must depend on its item alone (take randomness from `core.rng` by name), so that
one worker and twenty give the same bytes.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Final, TypeVar

from telltale.core.errors import ConfigError, TelltaleError

Item = TypeVar("Item")
Result = TypeVar("Result")


def default_workers() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def imap(
    function: Callable[[Item], Result], items: Sequence[Item], *, workers: int | None = None
) -> Iterator[Result]:
    """Apply `function` to each item, yielding results in the items' order as they come in.

    Parameters
    ----------
    function
        A module-level function (it is sent to other processes).
    workers
        Processes; None takes every core at hand, 1 stays in this process.

    >>> list(imap(abs, [-1, 2, -3], workers=1))
    [1, 2, 3]
    """
    if workers is not None and workers < 1:
        raise ConfigError(f"{workers} workers cannot work", hint="give at least one")
    count = min(workers or default_workers(), max(len(items), 1))
    if count == 1:
        yield from map(function, items)
        return
    # `spawn` starts clean: forking a process that holds Arrow's threads can hang.
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(count, mp_context=context, initializer=_one_core_each) as executor:
            yield from executor.map(function, items, chunksize=1)
    except BrokenProcessPool as error:
        raise TelltaleError(
            "a worker process was ended from outside, most often for want of memory",
            hint="use fewer workers",
        ) from error


_ONE_THREAD: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
"""What the libraries that compute read, when they load, for how many threads to start."""


def _one_core_each() -> None:
    """In a new worker: libraries compute on one core, since there is a worker for each."""
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
