"""Specs: what is wrong is told with its key and its line, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from telltale.core import config
from telltale.core.errors import ConfigError
from telltale.simulate.acts import build_act_table
from telltale.simulate.panel import build_panel
from telltale.simulate.spec import Spec
from telltale.simulate.spec_file import load_spec, shipped_specs, to_toml


def write(folder: Path, text: str) -> str:
    path = folder / "spec.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", shipped_specs())
def test_shipped_specs_can_be_read_and_written_again(name: str) -> None:
    spec = load_spec(name)
    assert spec.name == name
    assert config.parse(Spec, to_toml(spec), source="again") == spec
    build_act_table(spec)
    build_panel(spec)


WRONG = {
    "a misspelt key": ('nmae = "x"', "line 2: unknown key 'nmae': did you mean 'name'?"),
    "a misspelt key in a list": (
        "effects = [\n  { units = [9], seconds = [5, 10], factor = 2.0 },\n"
        "  { units = [9], secnds = [5, 10], factor = 2.0 },\n]",
        "line 4: unknown key 'effects[1].secnds': did you mean 'seconds'?",
    ),
    "a word for a number": ("[rooms]\nviewers = 'ten'", "line 3: 'rooms.viewers' wants int, not 'ten'"),
    "a unit that is none": (
        "effects = [{ units = [3], seconds = [5, 10], factor = 2.0 }]",
        "line 2: units [3]: choose different ones from 1 2 4",
    ),
    "seconds that fall": (
        "effects = [{ units = [9], seconds = [10, 5], factor = 2.0 }]",
        "line 2: effect: seconds must rise",
    ),
    "an act that is not listed": (
        "effects = [{ units = [9, 10], seconds = [5, 10], factor = 2.0 }]",
        "effects: no act has exactly the units [9, 10]",
    ),
    "an unknown cause": (
        "edges = [{ cause = 'joy', effect = 'desire', weight = 0.1 }]",
        "unknown cause 'joy'",
    ),
    "a viewer who moves the room": (
        "edges = [{ cause = 'taste', effect = 'chat_mood', weight = 0.1 }]",
        "'taste' is one viewer's and cannot move the room's 'chat_mood'",
    ),
    "an unknown weight": ("[cart.weights]\njoy = 1.0", "cart.weights: unknown 'joy'"),
    "chance and choice": (
        "strategies = [{ name = 'a', target = 'desire', effect = 0.1, chosen_by = { taste = 1.0 } }]",
        "strategy a: what chance assigns nothing chooses",
    ),
    "an unknown target": (
        "strategies = [{ name = 'a', target = 'joy', effect = 0.1 }]",
        "strategies: unknown target 'joy'",
    ),
    "a conversion of 1": (
        "[[categories]]\nname = 'a'\nsessions = 9\npeople = 3\nconversion = 1.0\nminutes = 20.0",
        "line 2: category a: conversion is 1.0: choose between 0 and 1",
    ),
    "shares over 1": ("[people.genders]\nfemale = 0.9", "people.genders: the shares must add up to 1"),
    "no spec to extend": ('extends = "defalt"', "extends = 'defalt' is no spec: choose one of"),
}


@pytest.mark.parametrize(("text", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    start = "" if text.startswith("extends") else 'extends = "default"\n'
    with pytest.raises(ConfigError) as told:
        load_spec(write(tmp_path, start + text))
    assert words in str(told.value)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        load_spec(write(tmp_path, 'extends = "default"\nnmae = "x"\n[rooms]\nviewers = "ten"\nhosst = 3'))
    assert len(str(told.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("edges", "words"),
    [
        (
            "{ cause = 'desire', effect = 'attention', weight = 0.1 }, "
            "{ cause = 'attention', effect = 'desire', weight = 0.1 }",
            "a circle within one step",
        ),
        (
            "{ cause = 'chat_mood', effect = 'desire', weight = 1.5 }",
            "'desire' is explained by more than all",
        ),
        (
            "{ cause = 'desire', effect = 'attention', weight = 0.9, lag = 1 }, "
            "{ cause = 'attention', effect = 'desire', weight = 0.9, lag = 1 }",
            "feed each other without end",
        ),
    ],
)
def test_impossible_graphs_are_refused(tmp_path: Path, edges: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        build_panel(load_spec(write(tmp_path, f'extends = "default"\nedges = [{edges}]')))


def test_acts_without_pause_are_refused(tmp_path: Path) -> None:
    text = 'extends = "default"\neffects = [{ units = [9], seconds = [0, 5], factor = 900.0 }]'
    with pytest.raises(ConfigError, match="they come too often"):
        build_act_table(load_spec(write(tmp_path, text)))


def test_scaling_keeps_the_number_and_the_proportions() -> None:
    small = load_spec().scaled(300)
    assert sum(c.sessions for c in small.categories) == 300
    assert [c.sessions for c in small.categories] == [104, 98, 98]
    assert [c.people for c in small.categories] == [33, 26, 19]
    with pytest.raises(ConfigError, match="too few"):
        load_spec().scaled(5)


def test_a_spec_that_is_nowhere(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no spec named 'spring': choose one of au9-au17, default, null"):
        load_spec("spring")
    with pytest.raises(ConfigError, match="No such file"):
        load_spec(str(tmp_path / "gone.toml"))
