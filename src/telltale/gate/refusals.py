"""What a route answers when it refuses: one clear line, whatever the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel


class Refusal(BaseModel):
    """Of every status of 400 and above."""

    detail: str


_WHY: Final = {
    400: "not asked in a way that can be read",
    401: "who asks did not show what lets them in",
    403: "who asks may not",
    404: "there is no such thing",
    413: "the body is too large",
    422: "what was sent does not fit",
    429: "too many requests: wait as `retry-after` says",
    503: "the database is busy: wait as `retry-after` says",
}
REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Refusal, "description": why} for status, why in _WHY.items()
}
"""For the description of all routes."""


def in_a_line(problems: Iterable[Mapping[str, Any]]) -> str:
    """What is wrong with what was sent; nothing of what it held, which may be personal.

    >>> in_a_line([{"loc": ("body", "why"), "type": "string_too_short"}, {"loc": (), "type": "missing"}])
    'why: string too short; message: missing'
    """
    told = [
        f"{'.'.join(map(str, problem['loc'][1:])) or 'message'}: {problem['type'].replace('_', ' ')}"
        for problem in list(problems)[:5]
    ]
    return "; ".join(told)
