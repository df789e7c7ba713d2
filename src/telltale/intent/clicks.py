"""What a viewer's hands did in the half minute before a moment: counts and recency, from the log alone.

Cart events are left out, and so is all that came earlier: labelled windows come from sessions that convert
and from sessions that do not, so an earlier cart would tell the label, and so would the time of the visit or
since a product was shown. For each click and each span of s seconds before the moment

    count = events of that type in [moment - until - s, moment - until)

and for each click the seconds since the last one, 30 where there was none.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from telltale.study.store import Study

CLICKS: Final = ("view_item", "like", "chat", "pause", "resume", "share", "gift")
SPANS_S: Final = (5, 10, 20, 30)
LONGEST_S: Final = 30.0

CLICK_NAMES: Final = tuple(
    [f"{click} in {span} s" for click in CLICKS for span in SPANS_S]
    + [f"seconds since {click}" for click in CLICKS]
)


def click_features(study: Study, moments: pa.Table, *, until_s: float = 0.0) -> npt.NDArray[np.float32]:
    """Counts and recency of clicks before each moment. Shape (n, len(CLICK_NAMES)).

    Parameters
    ----------
    moments
        Has `session_id` and `end_s`.
    until_s
        So many seconds before the moment are not looked at.
    """
    times_s = _times_by_session(study)
    counts = np.zeros((moments.num_rows, len(CLICKS), len(SPANS_S)), np.float32)
    since_s = np.full((moments.num_rows, len(CLICKS)), LONGEST_S, np.float32)
    ends = zip(moments["session_id"].to_pylist(), moments["end_s"].to_pylist(), strict=True)
    for row, (session, end_s) in enumerate(ends):
        for kind, at_s in times_s.get(session, {}).items():
            stop_s = end_s - until_s
            stop = np.searchsorted(at_s, stop_s, side="left")
            starts = np.searchsorted(at_s, stop_s - np.array(SPANS_S), side="left")
            counts[row, kind] = stop - starts
            if stop:
                since_s[row, kind] = min(stop_s - at_s[stop - 1], LONGEST_S)
    return np.concatenate([counts.reshape(len(counts), -1), since_s], axis=1)


def _times_by_session(study: Study) -> dict[str, dict[int, npt.NDArray[np.float64]]]:
    """For each session and kind of click its times in order."""
    found: dict[str, dict[int, list[float]]] = {}
    table = study.table("events", ["session_id", "time_s", "type"])
    rows = zip(*(table.column(name).to_pylist() for name in table.column_names), strict=True)
    for session, time_s, kind in rows:
        if kind in CLICKS:
            found.setdefault(str(session), {}).setdefault(CLICKS.index(kind), []).append(float(time_s))
    return {
        session: {kind: np.sort(np.array(times_s)) for kind, times_s in kinds.items()}
        for session, kinds in found.items()
    }
