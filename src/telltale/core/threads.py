"""One thread for linear algebra: many small products are slower on several, much slower on shared cores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Inside, BLAS and OpenMP take one thread; before and after what they took.

    >>> @one_thread()
    ... def work() -> int:
    ...     return 1 + 1
    >>> work()
    2
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield
