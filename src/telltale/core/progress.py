"""How a long job shows how far it is, without knowing who watches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Progress(Protocol):
    """Passes items on and shows how far they are, such as `telltale.cli.console.progress`."""

    def __call__(self, items: Iterable[Item], *, total: int, label: str) -> Iterator[Item]:
        """Pass on `items`, of which there will be `total`."""
        ...


def silent(items: Iterable[Item], *, total: int, label: str) -> Iterator[Item]:  # noqa: ARG001 (shows neither)
    """Pass items on and show nothing.

    >>> list(silent([1, 2], total=2, label="numbers"))
    [1, 2]
    """
    yield from items
