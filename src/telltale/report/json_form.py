"""Results as JSON: every number of a report, unrounded; what is not a number is null."""

from __future__ import annotations

import dataclasses
import math
from datetime import datetime
from typing import Any

import numpy as np

from telltale.core.clock import iso


def jsonable(value: Any) -> Any:
    """Frozen results, arrays and tuples as dictionaries and lists; moments as ISO 8601.

    >>> from telltale.intent.intervals import Interval
    >>> jsonable(Interval(0.7, 0.6, float("nan"), 0.95, 10, 0))["high"] is None
    True
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: jsonable(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return [jsonable(item) for item in value.tolist()]
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [jsonable(item) for item in value]
    if isinstance(value, np.generic):
        return jsonable(value.item())
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
