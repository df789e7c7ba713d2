"""Staggered adoption by the library pyfixest, beside our own: loaded when asked for, not before.

saturated   Sun & Abraham (2021): a coefficient for each start and relative period, averaged by share
did2s       Gardner (2022): unit and period effects from untreated rows, then the mean of what is left over
"""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.effects.contract import Effect
from telltale.effects.did_panel import DidPanel
from telltale.effects.event_study import REFERENCE
from telltale.effects.variance import Floats, Ints, count_clusters, student

Library = Literal["saturated", "did2s"]


def sun_abraham(panel: DidPanel) -> tuple[Ints, Floats, Floats]:
    """Relative periods (K,) without the reference, effects (K,) and clustered errors (K,)."""
    pyfixest = _load()
    _refuse(panel)
    frame = _frame(panel)
    with warnings.catch_warnings():
        # The library warns that this estimator is young; our own beside it says whether it is right.
        warnings.simplefilter("ignore")
        model = pyfixest.event_study(
            data=frame, yname="outcome", idname="unit", tname="period", gname="start", cluster="cluster",
            estimator="saturated",
        )  # fmt: skip
        table = model.aggregate(agg="period", weighting="shares")
    keep = table.index.to_numpy(dtype=np.float64) != REFERENCE
    return (
        table.index.to_numpy(dtype=np.int64)[keep],
        table["Estimate"].to_numpy(dtype=np.float64)[keep],
        table["Std. Error"].to_numpy(dtype=np.float64)[keep],
    )


def did2s(panel: DidPanel, level: float = 0.95) -> Effect:
    """The overall effect on the treated, in two steps."""
    if not 0 < level < 1:
        raise ConfigError(f"level is {level}", hint="choose one between 0 and 1, such as .95")
    pyfixest = _load()
    _refuse(panel)
    frame = _frame(panel)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = pyfixest.did2s(
            frame, yname="outcome", first_stage="~ 0 | unit + period", second_stage="~ 0 + on",
            treatment="on",
            cluster="cluster",
        )  # fmt: skip
    value, error = float(model.coef()["on"]), float(model.se()["on"])
    freedom = count_clusters(panel.cluster) - 1.0
    wide = student(freedom, (1 + level) / 2) * error
    return Effect(
        "ATT", value, value - wide, value + wide, error, level, "did2s (pyfixest)", panel.kind,
        panel.treatment_name,
        panel.outcome_name, int(panel.treated.sum()), int((~panel.treated).sum()),
        count_clusters(panel.cluster),
        0, "observed", freedom, panel.facts,
    )  # fmt: skip


def _refuse(panel: DidPanel) -> None:
    if panel.treated.all():
        raise FormatError(
            "every unit is treated at some time", hint="ask staggered() with controls='not-yet' instead"
        )


def _load() -> Any:
    try:
        import pyfixest
    except ImportError as error:
        raise ConfigError(
            "pyfixest is not installed", hint="pip install pyfixest, or ask staggered()"
        ) from error
    return pyfixest


def _frame(panel: DidPanel) -> Any:
    """A pandas table; never is 0 there, so periods count from 1."""
    import pandas as pd

    start = panel.start[panel.unit]
    return pd.DataFrame(
        {
            "unit": panel.unit,
            "period": panel.period + 1,
            "outcome": panel.outcome,
            "start": np.where(np.isfinite(start), start + 1, 0).astype(np.int64),
            "cluster": panel.cluster[panel.unit],
            "on": (panel.period >= start).astype(np.int64),
        }
    )
