"""Codes of a face on disk, stretches in which something leads, and what events looked like."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from telltale.core.errors import FormatError
from telltale.core.provenance import Provenance
from telltale.signs.coding import Coding
from telltale.signs.coding_file import PAD, CodedBy, CodedFace, read_codes, write_codes
from telltale.signs.coding_tables import write_coded_events, write_stretches
from telltale.signs.leading import coded_events, led_stretches
from telltale.signs.micro_macro import Event
from telltale.signs.posed import Cue, PosedScore

SHOWN = "..aaaaa.bbb??bb...a."
"""One character a tenth of a second: which of two expressions leads, none, or not read."""


def coding(shown: str = SHOWN) -> Coding:
    scores = {"a": (0.8, 0.1), "b": (0.2, 0.6), ".": (0.1, 0.1), "?": (np.nan, np.nan)}
    rows = np.array([scores[one] for one in shown], dtype=np.float32).reshape(-1, 2)
    return Coding(np.arange(1, len(shown) + 1) / 10, ("awe", "love"), rows, 1 - rows.sum(axis=1))


def coded(voice: bool = True) -> CodedFace:
    found = coding()
    return CodedFace(
        coding=found,
        evidence=("published", "ours"),
        by=CodedBy(
            "show.mp4", "1", "prototypes", "none", "a caveat", {"love": (55, 56)}, Provenance().then("code")
        ),
        categories={"happiness": found.scores[:, 1]},
        category_evidence={"happiness": "ours"},
        pad=dict.fromkeys(PAD, found.scores[:, 0]),
        voice=np.where(np.arange(20) < 10, 1.0, np.nan) if voice else None,
    )


def smile(start_s: float, end_s: float) -> PosedScore:
    return PosedScore(start_s, start_s + 0.1, end_s, 0.7, {"size": Cue(0.6, 0.2)}, 0.4)


def test_codes_come_back_as_they_were(tmp_path: Path) -> None:
    path, face = tmp_path / "codes-1.parquet", coded()
    write_codes(face, path)
    again = read_codes(path)
    assert again.by == face.by
    assert (again.evidence, again.category_evidence) == (face.evidence, face.category_evidence)
    assert again.coding.names == face.coding.names
    np.testing.assert_array_equal(again.coding.scores, face.coding.scores)
    np.testing.assert_array_equal(again.coding.rest, face.coding.rest)
    np.testing.assert_array_equal(again.categories["happiness"], face.categories["happiness"])
    np.testing.assert_array_equal(again.pad["dominance"], face.pad["dominance"])
    np.testing.assert_array_equal(again.voice, face.voice)
    table = pq.read_table(path)
    assert table.column("awe").null_count == 2
    assert table.schema.field("love").metadata[b"evidence"] == b"ours"


def test_a_recording_without_sound_has_no_column_of_voice(tmp_path: Path) -> None:
    write_codes(coded(voice=False), tmp_path / "c.parquet")
    assert "voice" not in pq.read_schema(tmp_path / "c.parquet").names
    assert read_codes(tmp_path / "c.parquet").voice is None


def test_another_file_is_refused_in_one_line(tmp_path: Path) -> None:
    pq.write_table(pa.table({"time_s": [0.1]}), tmp_path / "other.parquet")
    (tmp_path / "text.parquet").write_text("no", encoding="utf-8")
    for name, told in (("other", "no codes"), ("text", "no readable|not a readable"), ("none", "no file")):
        with pytest.raises(FormatError, match=told):
            read_codes(tmp_path / f"{name}.parquet")


def test_an_expression_may_not_be_called_as_a_column_of_ours(tmp_path: Path) -> None:
    face = coded()
    clash = Coding(face.coding.times_s, ("awe", "rest"), face.coding.scores, face.coding.rest)
    with pytest.raises(FormatError, match="an expression is called rest"):
        write_codes(CodedFace(clash, face.evidence, face.by), tmp_path / "c.parquet")


def test_stretches_end_where_another_leads_or_nothing_was_read() -> None:
    found = led_stretches(coding())
    assert [(led.expression, round(led.start_s, 3), round(led.end_s, 3)) for led in found] == [
        ("awe", 0.2, 0.7),
        ("love", 0.8, 1.1),
        ("love", 1.3, 1.5),
        ("awe", 1.8, 1.9),
    ]
    assert found[0].mean_score == pytest.approx(0.8)
    assert [led.kind for led in found] == [None] * 4
    assert led_stretches(coding("")) == ()


def test_rows_that_are_missing_part_a_stretch() -> None:
    whole = coding("aaaa")
    apart = Coding(np.array([0.1, 0.2, 0.9, 1.0]), whole.names, whole.scores, whole.rest)
    assert [(round(led.start_s, 3), round(led.end_s, 3)) for led in led_stretches(apart)] == [
        (0, 0.2),
        (0.8, 1.0),
    ]


def test_a_stretch_is_as_brief_as_the_movement_it_goes_with() -> None:
    long = Event(0.1, 0.5, 1.2, ((12, "left"),), 0.5, 0.9)
    brief = Event(1.75, 1.8, 1.95, ((1, "left"),), 0.2, 0.9)
    found = led_stretches(coding(), (long, brief), (smile(0.1, 0.8),))
    assert [led.kind for led in found] == ["macro", "macro", None, "micro"]
    assert [led.smile is not None for led in found] == [True, False, False, False]


def test_an_event_looks_like_what_scores_most_within_it() -> None:
    events = (
        Event(0.25, 0.4, 0.65, ((12, "left"),), 0.5, 0.9),
        Event(0.72, 0.75, 0.78, ((12, "left"),), 0.5, 0.9),
        Event(1.12, 1.2, 1.28, ((1, "left"),), 0.5, 0.9),
    )
    first, second, third = coded_events(coding(), events, (smile(0.2, 0.7),))
    assert (first.expression, first.smile is not None) == ("awe", True)
    assert first.mean_score == pytest.approx(0.8)
    assert (second.mean_rest > second.mean_score, second.smile) == (True, None)
    assert (third.expression, np.isnan(third.mean_score)) == (None, True)


def test_both_tables_hold_the_smile_and_its_cues(tmp_path: Path) -> None:
    events = (
        Event(0.2, 0.4, 0.75, ((12, "left"), (12, "right")), 0.5, 0.9),
        Event(1.12, 1.2, 1.28, ((1, "left"),), 0.5, 0.9),
    )
    evidence, by = {"awe": "published", "love": "ours"}, Provenance().then("code")
    smiles = (smile(0.2, 0.7),)
    write_stretches(led_stretches(coding(), events, smiles), evidence, tmp_path / "e.parquet", by)  # type: ignore[arg-type]
    write_coded_events(coded_events(coding(), events, smiles), evidence, tmp_path / "v.parquet", by)  # type: ignore[arg-type]
    first, second, *_ = pq.read_table(tmp_path / "e.parquet").to_pylist()
    assert (first["expression"], first["evidence"], first["kind"]) == ("awe", "published", "macro")
    assert (first["posed"], first["posed_usual"], first["size"], first["size_adds"]) == (0.7, 0.4, 0.6, 0.2)
    assert (second["evidence"], second["posed"]) == ("ours", None)
    one, other = pq.read_table(tmp_path / "v.parquet").to_pylist()
    assert (one["units"], one["expression"], one["posed"]) == ("12L+12R", "awe", 0.7)
    assert (other["expression"], other["mean_score"]) == (None, None)


def test_tables_of_a_face_that_showed_nothing_are_there_and_empty(tmp_path: Path) -> None:
    write_stretches((), {}, tmp_path / "e.parquet", Provenance())
    table = pq.read_table(tmp_path / "e.parquet")
    assert (table.num_rows, table.schema.field("start_s").type) == (0, pa.float64())
