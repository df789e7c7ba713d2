"""Reading a figure back: its words, its points, its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import comb
from xml.etree import ElementTree

import numpy as np

Point = tuple[float, float]
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def read(svg: str) -> ElementTree.Element:
    """The picture as a tree; refused where it is no XML."""
    return ElementTree.fromstring(svg)


def parts(root: ElementTree.Element, tag: str) -> list[ElementTree.Element]:
    """All elements of a kind."""
    return [one for one in root.iter() if one.tag.rpartition("}")[2] == tag]


def words(root: ElementTree.Element) -> list[str]:
    """All that is written in it."""
    return [one.text or "" for one in parts(root, "text")]


def number(element: ElementTree.Element, name: str) -> float:
    """An attribute as a number."""
    return float(element.attrib[name])


def curve(path: str, points: int = 24) -> Iterator[Point]:
    """Points along a path of M, L and C."""
    at = (0.0, 0.0)
    for command, rest in re.findall(r"([MLC])([^MLCZ]*)", path):
        values = [float(one) for one in _NUMBER.findall(rest)]
        ends = list(zip(values[::2], values[1::2], strict=True))
        if command != "M":
            yield from (_bezier([at, *ends], float(t)) for t in np.linspace(0, 1, points))
        at = ends[-1]


def _bezier(ends: Sequence[Point], t: float) -> Point:
    """On a line of two ends or a curve of four."""
    degree = len(ends) - 1
    weights = [comb(degree, k) * (1 - t) ** (degree - k) * t**k for k in range(degree + 1)]
    x, y = (sum(w * end[k] for w, end in zip(weights, ends, strict=True)) for k in (0, 1))
    return x, y
