"""docs/study-format.md is the contract: it says what the schema, the channels and the checker say."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from telltale.core import channels
from telltale.study import schema
from telltale.study.faults_signals import TELLING
from telltale.study.signal_scan import HIGH, LOW

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "study-format.md").read_text(encoding="utf-8")
KINDS = {
    "id": "text",
    "text": "text",
    "whole": "whole number",
    "number": "number",
    "flag": "true or false",
    "utc": "UTC time",
}


def section(heading: str) -> str:
    """The text below a heading, up to the next one."""
    text = PAGE.split(f"\n{heading}\n", 1)[1]
    return re.split(r"\n##+ ", text, maxsplit=1)[0]


def tables(text: str) -> list[list[list[str]]]:
    """Every Markdown table of a text: rows of cells, without head and rule."""
    blocks = re.findall(r"(?:^\|.*\n?)+", text, flags=re.MULTILINE)
    return [
        [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in block.splitlines()[2:]]
        for block in blocks
    ]


def row_of(column: schema.Column) -> list[str]:
    """How the page must tell a column."""
    needed = ("yes, may be null" if column.empty_allowed else "yes") if column.required else "no"
    return [f"`{column.name}`", needed, ", ".join(values_of(column)), column.meaning]


def values_of(column: schema.Column) -> list[str]:
    parts = [KINDS[column.kind]]
    if column.refers_to:
        parts.append(f"in `{column.refers_to}`")
    if column.allowed == schema.EVENT_TYPES:
        parts.append("one of the events below")
    elif column.allowed:
        parts.append("one of " + " ".join(f"`{word}`" for word in column.allowed))
    if column.low is not None:
        parts.append(
            f"{column.low:g} or more" if column.high is None else f"{column.low:g} to {column.high:g}"
        )
    return parts


@pytest.mark.parametrize("table", schema.TABLES, ids=lambda t: t.name)
def test_every_table_and_column_is_told(table: schema.Table) -> None:
    text = section(f"### {table.name}")
    assert tables(text)[0] == [row_of(column) for column in table.columns]
    assert text.strip().startswith("Optional.") != table.required
    assert (f"`{table.key}`\nis unique" in text or f"`{table.key}` is unique" in text) == bool(table.key)
    assert f"  {table.name}.parquet" in section("## The folder")
    # "may be left out, and may be null where they are there"
    assert all(column.empty_allowed for column in table.columns if not column.required)


def test_no_table_is_told_that_is_not_there() -> None:
    told = re.findall(r"^### ([a-z_]+)$", PAGE, flags=re.MULTILINE)
    assert told == [table.name for table in schema.TABLES]


def test_every_event_has_a_meaning() -> None:
    events = tables(section("### events"))[1]
    assert [row[0].strip("`") for row in events] == list(schema.EVENT_TYPES)
    assert {row[0].strip("`") for row in events if row[2] == "yes"} == set(schema.PRODUCT_EVENTS)
    assert all(row[1] for row in events)


def test_the_channels_follow_from_the_rules() -> None:
    text = section("### The 128 channels")
    numbers = [int(n) for n in re.search(r"one of ((?:\d\d ?)+)", text)[1].split()]  # type: ignore[index]
    of_units, of_face = tables(text)
    rows = [
        (name.replace("NN", f"{au:02d}"), cells)
        for au in numbers
        for cells in of_units
        for name in re.findall(r"`(.*?)`", cells[0])
    ]
    rows += [(cells[0].strip("`"), cells) for cells in of_face]
    assert tuple(name for name, _ in rows) == channels.NAMES
    for channel, (_, cells) in zip(channels.CHANNELS, rows, strict=True):
        assert cells[1] == channel.unit
        assert cells[2].replace(" ", "_") == channel.pooling


def test_the_plausible_ranges_are_those_of_the_checker() -> None:
    of_units, of_face = tables(section("### The 128 channels"))
    for cells in of_units + of_face:
        name = re.findall(r"`(.*?)`", cells[0])[0].replace("NN", "04")
        low, high = re.split(" to | or ", cells[3].replace("pi", "3.14159"))
        column = channels.INDEX[name]
        assert abs(LOW[column] - float(low)) < 0.02
        assert abs(HIGH[column] - float(high)) < 0.02


def test_every_code_of_the_checker_is_told_with_its_severity() -> None:
    told = {}
    for cell, meaning in tables(section("## What the check says"))[0]:
        told[cell.split("`")[1]] = cell.endswith("(warning)")
        assert meaning
    source = "".join(path.read_text() for path in (ROOT / "src/telltale/study").glob("*.py"))
    calls = re.findall(r"""code="([a-z-]+)"(.*?)\n +\)""", source, flags=re.DOTALL)
    found = {code: 'severity="warning"' in rest for code, rest in calls}
    found |= {
        code: "warning" in rest
        for code, rest in re.findall(r"""Fault\(\s*"([a-z-]+)",(.*?)\)\]?\n""", source, flags=re.DOTALL)
    }
    found |= {code: severity == "warning" for code, (_, _, severity) in TELLING.items()}
    assert told == found


def test_the_manifest_on_the_page_is_one() -> None:
    text = re.search(r"```toml\n(.*?)```", section("## The manifest"), flags=re.DOTALL)
    assert text
    manifest = tomllib.loads(text[1])
    assert (manifest["format"], manifest["version"]) == (schema.FORMAT, schema.VERSION)
    assert f"This page is version {schema.VERSION}." in section("## Versions")


def test_purposes_and_folders_are_told() -> None:
    assert all(f"`{purpose}`" in section("### consents") for purpose in schema.PURPOSES)
    for folder in (schema.SIGNALS, schema.HOST_SIGNALS, schema.DERIVED, schema.RECEIPTS):
        assert f"  {folder}/" in section("## The folder")


def test_the_example_imports_no_telltale() -> None:
    source = (ROOT / "examples" / "write_a_study.py").read_text(encoding="utf-8")
    assert set(re.findall(r"^(?:import|from) (\w+)", source, flags=re.MULTILINE)) == {
        "sys",
        "pathlib",
        "numpy",
        "pandas",
    }
