"""Work over many items on local processes, results in the order of the items.

What a worker computes must depend on its item alone (take randomness from `core.rng` by name), so that
one worker and twenty give the same bytes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
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
        with ProcessPoolExecutor(count, mp_context=context, initializer=_begin) as executor:
            try:
                yield from executor.map(partial(_do, function), items, chunksize=1)
            except BaseException:
                # Whoever has had enough does not want what still waits, nor what has just begun.
                executor.shutdown(wait=False, cancel_futures=True)
                _stop_all(executor)
                raise
    except BrokenProcessPool as error:
        raise TelltaleError(
            "a worker process was ended from outside, most often for want of memory",
            hint="use fewer workers",
        ) from error


_ONE_THREAD: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
"""What the libraries that compute read, when they load, for how many threads to start."""


def _stop_all(executor: ProcessPoolExecutor) -> None:
    """Ask the workers to end, so that each can tidy up what it had begun."""
    for process in list((getattr(executor, "_processes", None) or {}).values()):
        if process.is_alive():
            process.terminate()


def _begin() -> None:
    """In a new worker: it ends tidily when asked to, and libraries compute on one core of several."""
    # Ctrl-C goes to every process of a terminal: the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")


_asked_to_end = False


def _end(number: int, frame: object) -> None:
    global _asked_to_end
    del number, frame
    _asked_to_end = True
    raise SystemExit(143)


def _do(function: Callable[[Item], Result], item: Item) -> Result:
    """In a worker: the executor takes an end for the item's own, and would hand out the next one."""
    if _asked_to_end:
        raise SystemExit(143)
    return function(item)
