"""What a face showed, as a Parquet file: one row a tenth of a second, readable by anything.

    time_s                            seconds from the start of the recording
    one column an expression, rest    how probable it is that this shows, or that none does; they add up to 1
    category_NAME                     the seven plain categories
    pleasure, arousal, dominance      -1 to 1, and pad_cover: the share of what showed that has an anchor
    voice                             share of the row in which somebody spoke; only where there is sound

Empty where the face was not read. Each column's own metadata says how well it is known (`evidence`); that of
the file says by whom it was coded, what could not be told, and what must be said where its names are shown.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from telltale.core.errors import FormatError
from telltale.core.files import replacing_file
from telltale.core.provenance import Provenance
from telltale.core.signal import Times, Values
from telltale.signs.coding import Coding
from telltale.signs.expressions import Evidence

LAYOUT: Final = "telltale-codes/1"
CATEGORY: Final = "category_"
PAD: Final = ("pleasure", "arousal", "dominance", "pad_cover")
_OWN: Final = ("time_s", "rest", "voice", *PAD)
_KINDS: Final[tuple[Evidence, ...]] = get_args(Evidence)


@dataclass(frozen=True, slots=True)
class CodedBy:
    """How a face was coded, and what must be told of it."""

    recording: str
    """Its name, without the folder."""
    face: str
    coder: str
    culture: str
    caveat: str
    missing: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """For expressions that lack some: the units that belong to it and cannot be told."""
    provenance: Provenance = field(default_factory=Provenance)


@dataclass(frozen=True, slots=True, eq=False)
class CodedFace:
    """All that is told of one face, row by row."""

    coding: Coding
    evidence: tuple[Evidence, ...]
    """Of each expression."""
    by: CodedBy
    categories: dict[str, Values] = field(default_factory=dict)
    """By name, each of shape (T,)."""
    category_evidence: dict[str, Evidence] = field(default_factory=dict)
    pad: dict[str, Values] = field(default_factory=dict)
    """The four of `PAD`, each of shape (T,)."""
    voice: Times | None = None
    """Shape (T,); None where the recording has no sound."""


def codes_name(face: str) -> str:
    """The name of a face's file."""
    return f"codes-{face}.parquet"


def write_codes(face: CodedFace, path: Path) -> None:
    """Write what a face showed, whole or not at all."""
    if clash := [n for n in face.coding.names if n in _OWN or n.startswith(CATEGORY)]:
        raise FormatError(f"an expression is called {clash[0]}", hint="that is a column of ours: rename it")
    columns = [(pa.field("time_s", pa.float64(), nullable=False), pa.array(face.coding.times_s))]
    for name, evidence, score in zip(face.coding.names, face.evidence, face.coding.scores.T, strict=True):
        columns.append(_column(name, score, {"is": "expression", "evidence": evidence}))
    columns.append(_column("rest", face.coding.rest))
    for name, values in face.categories.items():
        known = {"is": "category", "evidence": face.category_evidence.get(name, "ours")}
        columns.append(_column(f"{CATEGORY}{name}", values, known))
    columns += [_column(name, face.pad[name], {"evidence": "ours"}) for name in PAD if name in face.pad]
    columns += [] if face.voice is None else [_column("voice", face.voice.astype(np.float32))]
    schema = pa.schema([one for one, _ in columns], metadata=_metadata(face.by))
    with replacing_file(path) as beside:
        pq.write_table(pa.table([values for _, values in columns], schema=schema), beside, compression="zstd")


def read_codes(path: Path) -> CodedFace:
    """Read what a face showed; any other file is refused."""
    try:
        table = pq.read_table(path, use_threads=False)
    except FileNotFoundError as error:
        raise FormatError(f"no file at {path}", hint="write it with 'telltale host read'") from error
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"{path} is not a readable Parquet file", hint="write it again") from error
    metadata = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    if metadata.get("telltale.layout") != LAYOUT:
        hint = "give one that 'telltale host read' wrote"
        raise FormatError(f"{path} holds no codes of this version ({LAYOUT})", hint=hint)
    evidence = {name: kind for name, (what, kind) in _known(table.schema).items() if what == "expression"}
    categories = {name: kind for name, (what, kind) in _known(table.schema).items() if what == "category"}
    values = {name: table.column(name).to_numpy() for name in table.column_names}
    scores = np.column_stack([values[name] for name in evidence])
    return CodedFace(
        coding=Coding(values["time_s"], tuple(evidence), scores, values["rest"]),
        evidence=tuple(evidence.values()),
        by=_coded_by(metadata),
        categories={name.removeprefix(CATEGORY): values[name] for name in categories},
        category_evidence={name.removeprefix(CATEGORY): kind for name, kind in categories.items()},
        pad={name: values[name] for name in PAD if name in values},
        voice=values["voice"].astype(np.float64) if "voice" in values else None,
    )


def _known(schema: pa.Schema) -> dict[str, tuple[str, Evidence]]:
    """What the columns say of themselves: whether they are expressions or categories, and how well known."""
    told = {one.name: one.metadata or {} for one in schema}
    return {
        name: (metadata.get(b"is", b"").decode(), kind)
        for name, metadata in told.items()
        for kind in _KINDS
        if metadata.get(b"evidence") == kind.encode()
    }


def _column(name: str, values: Values, metadata: dict[str, str] | None = None) -> tuple[pa.Field, pa.Array]:
    """A column whose NaN are empty: not read."""
    array = pa.array(np.ascontiguousarray(values, dtype=np.float32), from_pandas=True)
    return pa.field(name, pa.float32(), metadata=metadata), array


def _metadata(by: CodedBy) -> dict[str, str]:
    told = {"recording": by.recording, "face": by.face, "coder": by.coder, "culture": by.culture}
    told |= {"caveat": by.caveat, "missing": json.dumps(by.missing), "provenance": by.provenance.to_json()}
    return {f"telltale.{name}": text for name, text in (told | {"layout": LAYOUT}).items()}


def _coded_by(metadata: dict[str, str]) -> CodedBy:
    told = {name: metadata.get(f"telltale.{name}", "") for name in ("recording", "face", "coder", "culture")}
    missing = json.loads(metadata.get("telltale.missing", "{}"))
    return CodedBy(
        **told,
        caveat=metadata.get("telltale.caveat", ""),
        missing={name: tuple(units) for name, units in missing.items()},
        provenance=Provenance.from_json(metadata.get("telltale.provenance", "[]")),
    )
