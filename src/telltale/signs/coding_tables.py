"""What a face showed as two tables: stretches in which an expression led, and what its events looked like.

    expressions-FACE  start_s, end_s, expression, evidence, mean_score, kind (of its event)
    events-FACE       onset_s, apex_s, offset_s, kind, units, peak, expression, evidence, mean_score,
                      mean_rest

and in both, for a smile that was seen from beginning to end: posed (0 to 1), posed_usual (against this face's
other smiles), and of each cue its value and what it adds. `posed` is no verdict on what somebody feels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from telltale.core.files import replacing_file
from telltale.core.provenance import Provenance
from telltale.signs.expressions import Evidence
from telltale.signs.leading import CodedEvent, Led
from telltale.signs.micro_macro import write_units
from telltale.signs.posed import CUES, PosedScore

LAYOUT: Final = "telltale-expressions/1"
EVENTS_LAYOUT: Final = "telltale-coded-events/1"


def _fields(names: str, kind: pa.DataType) -> list[pa.Field]:
    return [pa.field(name, kind) for name in names.split()]


_SMILE: Final = _fields(
    " ".join(("posed", "posed_usual", *CUES, *(f"{name}_adds" for name in CUES))), pa.float64()
)
_STRETCHES: Final = pa.schema(
    _fields("start_s end_s", pa.float64())
    + _fields("expression evidence", pa.string())
    + _fields("mean_score", pa.float64())
    + _fields("kind", pa.string())
    + _SMILE
)
_EVENTS: Final = pa.schema(
    _fields("onset_s apex_s offset_s", pa.float64())
    + _fields("kind units", pa.string())
    + _fields("peak", pa.float64())
    + _fields("expression evidence", pa.string())
    + _fields("mean_score mean_rest", pa.float64())
    + _SMILE
)


def write_stretches(
    stretches: Sequence[Led], evidence: Mapping[str, Evidence], path: Path, provenance: Provenance
) -> None:
    """Write the stretches of a face, whole or not at all."""
    rows = [
        {
            "start_s": led.start_s,
            "end_s": led.end_s,
            "expression": led.expression,
            "evidence": evidence[led.expression],
            "mean_score": led.mean_score,
            "kind": led.kind,
            **_smile(led.smile),
        }
        for led in stretches
    ]
    _write(rows, _STRETCHES, LAYOUT, path, provenance)


def write_coded_events(
    events: Sequence[CodedEvent], evidence: Mapping[str, Evidence], path: Path, provenance: Provenance
) -> None:
    """Write the events of a face, whole or not at all; no expression where the face was not coded."""
    rows = [
        {
            "onset_s": one.event.onset_s,
            "apex_s": one.event.apex_s,
            "offset_s": one.event.offset_s,
            "kind": one.event.kind,
            "units": write_units(one.event.units),
            "peak": one.event.peak,
            **_looks(one, evidence),
            **_smile(one.smile),
        }
        for one in events
    ]
    _write(rows, _EVENTS, EVENTS_LAYOUT, path, provenance)


def _looks(one: CodedEvent, evidence: Mapping[str, Evidence]) -> dict[str, Any]:
    if one.expression is None:
        return {}
    return {
        "expression": one.expression,
        "evidence": evidence[one.expression],
        "mean_score": one.mean_score,
        "mean_rest": one.mean_rest,
    }


def _smile(smile: PosedScore | None) -> dict[str, float | None]:
    if smile is None:
        return {}
    told: dict[str, float | None] = {"posed": smile.score, "posed_usual": smile.usual}
    for name, cue in smile.cues.items():
        told |= {name: cue.value, f"{name}_adds": cue.adds}
    return told


def _write(
    rows: list[dict[str, Any]], schema: pa.Schema, layout: str, path: Path, provenance: Provenance
) -> None:
    whole = [{name: row.get(name) for name in schema.names} for row in rows]
    metadata = {"telltale.layout": layout, "telltale.provenance": provenance.to_json()}
    with replacing_file(path) as beside:
        pq.write_table(
            pa.Table.from_pylist(whole, schema=schema.with_metadata(metadata)), beside, compression="zstd"
        )
