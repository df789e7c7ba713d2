"""Arrows as text: `cause -> effect` within a step, `cause -(1)-> effect` from one step to later ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_ARROW: Final = re.compile(
    r"\s*(?P<cause>.+?)\s*(?P<arrow>-\(\s*(?P<lag>[^)]*?)\s*\)->|->)\s*(?P<effect>.+?)\s*"
)
_HOW: Final = "write 'cause -> effect', or 'cause -(1)-> effect' for a later step"


@dataclass(frozen=True, slots=True)
class Edge:
    """One arrow between two factors."""

    cause: str
    effect: str
    lag: int = 0
    """0 within a step, 1 from an earlier one."""

    def __str__(self) -> str:
        """
        >>> str(Edge("hesitation", "desire", 1))
        'hesitation -(1)-> desire'
        """
        return f"{self.cause} -({self.lag})-> {self.effect}" if self.lag else f"{self.cause} -> {self.effect}"


def parse_edge(text: str) -> Edge:
    """Read one arrow; `ValueError` says what is wrong with it.

    >>> parse_edge("host_doubt -(1)-> hesitation")
    Edge(cause='host_doubt', effect='hesitation', lag=1)
    >>> parse_edge("attention - desire")
    Traceback (most recent call last):
    ValueError: 'attention - desire' is no arrow: write 'cause -> effect', or ...
    """
    found = _ARROW.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is no arrow: {_HOW}")
    if "->" in found["effect"]:
        raise ValueError(f"'{text}' holds two arrows: give each its own")
    lag = found["lag"] if found["lag"] is not None else "0"
    if lag not in ("0", "1"):
        raise ValueError(f"'{text}' has a lag of '{lag}': only 1 is told apart, for all earlier steps")
    edge = Edge(found["cause"], found["effect"], int(lag))
    if edge.cause == edge.effect and not edge.lag:
        raise ValueError(f"'{text}' leads to itself within a step: nothing does")
    return edge
