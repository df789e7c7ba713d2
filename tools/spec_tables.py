"""The tables of `spec/` that Python and the viewer's device are made of: `channels.json`, `face.json`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
from tests.spec.clips import VERSION

from telltale.core import channels
from telltale.face import mean_face, points68
from telltale.motion import head as head_motion
from telltale.motion.regions import REGION_TABLE


def tables() -> dict[str, str]:
    """The files that both sides are made of, by name."""
    told = {"version": VERSION, "layout": channels.LAYOUT, "rate_hz": channels.RATE_HZ}
    told |= {"action_units": list(channels.ACTION_UNITS), "channels": [asdict(c) for c in channels.CHANNELS]}
    return {
        "channels.json": json.dumps(told, indent=1) + "\n",
        "face.json": json.dumps(_face_tables()) + "\n",
    }


def _face_tables() -> dict[str, Any]:
    def short(values: Any) -> Any:
        return [short(v) for v in values] if np.ndim(values) else float(str(np.float32(values)))

    p = points68
    discs = [dict(zip(("points", "up", "radius", "weight"), row, strict=True)) for row in head_motion._STEADY]
    regions = [asdict(region) for region in REGION_TABLE]
    return {
        "version": VERSION,
        "mean": short(mean_face.MEAN),
        "steady": mean_face.STEADY.tolist(),
        "steady_weight": short(mean_face.STEADY_WEIGHT),
        "points68": {
            "first": p.FIRST.tolist(),
            "second": p.SECOND.tolist(),
            "share": short(p.SHARE[:, 0]),
            "mirrored": list(p.MIRRORED_68),
        },
        "regions": [{key: value for key, value in region.items() if key != "anatomy"} for region in regions],
        "steady_discs": discs,
    }
