"""Specs: what is wrong is told with its key and its line, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from telltale.core import config
from telltale.core.errors import ConfigError
from telltale.simulate import spec_checks
from telltale.simulate.acts import LEAD_S, build_act_table
from telltale.simulate.panel import build_panel
from telltale.simulate.spec import EXOGENOUS, Spec
from telltale.simulate.spec_file import load_spec, shipped_specs, to_toml
from telltale.study.schema import EVENT_TYPES


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
        "line 2: 'effects[0].units' is [3]: choose different ones from 1 2 4",
    ),
    "seconds that fall": (
        "effects = [{ units = [9], seconds = [10, 5], factor = 2.0 }]",
        "line 2: 'effects[0].seconds' is [10.0, 5.0]: choose two that rise",
    ),
    "an act that is not listed": (
        "effects = [{ units = [9, 10], seconds = [5, 10], factor = 2.0 }]",
        "line 2: 'effects[0].units' is [9, 10]: no act has exactly these units: list it in acts",
    ),
    "an unknown cause": (
        "edges = [{ cause = 'joy', effect = 'desire', weight = 0.1 }]",
        "line 2: 'edges[0].cause' is an unknown cause 'joy': choose one of ",
    ),
    "a viewer who moves the room": (
        "edges = [{ cause = 'taste', effect = 'chat_mood', weight = 0.1 }]",
        "line 2: 'edges[0].cause' is wrong: 'taste' is one viewer's and cannot move the room's 'chat_mood'",
    ),
    "an unknown weight": (
        "[cart.weights]\njoy = 1.0",
        "line 3: 'cart.weights.joy' is no factor and no cause",
    ),
    "chance and choice": (
        "strategies = [{ name = 'a', target = 'desire', effect = 0.1, chosen_by = { taste = 1.0 } }]",
        "line 2: 'strategies[0].chosen_by' is {'taste': 1.0}: choose nothing here, for what chance assigns",
    ),
    "an unknown target": (
        "strategies = [{ name = 'a', target = 'joy', effect = 0.1 }]",
        "line 2: 'strategies[0].target' is an unknown target 'joy': choose one of ",
    ),
    "a conversion of 1": (
        "[[categories]]\nname = 'a'\nsessions = 9\npeople = 3\nconversion = 1.0\nminutes = 20.0",
        "line 6: 'categories[0].conversion' is 1.0: choose a share between 0 and 1",
    ),
    "shares over 1": (
        "[people.genders]\nfemale = 0.9",
        "line 2: 'people.genders' is {'female': 0.9}: the shares must be 0 or more and add up to 1",
    ),
    "no spec to extend": ('extends = "defalt"', "extends = 'defalt' is no spec: choose one of"),
}


@pytest.mark.parametrize(("text", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    start = "" if text.startswith("extends") else 'extends = "default"\n'
    with pytest.raises(ConfigError) as told:
        load_spec(write(tmp_path, start + text))
    assert words in str(told.value)


CATEGORY = "[[categories]]\nname = 'a'\nsessions = 9\npeople = 3\nconversion = 0.3\nminutes = 20.0\n"
STRATEGY = "{ name = 'a', target = 'desire', effect = 0.1 }"


def faces(unit: str) -> str:
    return f"[faces.affect.desire]\n{unit} = 0.1"


def strategy(more: str) -> str:
    return f"strategies = [{STRATEGY[:-1]}, {more} }}]"


def subgroup(column: str, value: str) -> str:
    return f"{{ column = '{column}', value = '{value}', strength = 0.5 }}"


def factor(name: str, level: str = "viewer") -> str:
    return f"{{ name = '{name}', level = '{level}' }}"


BARRED: list[tuple[str, str, int]] = [
    ("[clicks.lift]\nview_itm = 5", "clicks.lift.view_itm", 3),
    ("[clicks.lift]\ngift = 2.0", "clicks.lift.gift", 3),
    ("[clicks.lift]\nlike = -1", "clicks.lift.like", 3),
    ("[clicks.per_minute]\nlik = 5", "clicks.per_minute.lik", 3),
    ("[clicks.per_minute]\nadd_to_cart = 5", "clicks.per_minute.add_to_cart", 3),
    ("[clicks.per_minute]\nlike = -0.1", "clicks.per_minute.like", 3),
    *((faces(unit), f"faces.affect.desire.{unit}", 3) for unit in ("au99", "smile", "au45", "au4", "AU04")),
    ("[faces.affect.joy]\nau12 = 0.1", "faces.affect.joy", 2),
    ("[faces]\nunread_per_minute = -1", "faces.unread_per_minute", 3),
    ("[faces]\nunread_s = 0", "faces.unread_s", 3),
    ("[faces]\nspeech_share = 1", "faces.speech_share", 3),
    ("[faces]\nspeech_share = -0.1", "faces.speech_share", 3),
    ("[faces]\nblinks_per_minute = -1", "faces.blinks_per_minute", 3),
    (f"subgroups = [{subgroup('gender', 'femal')}]", "subgroups[0].value", 2),
    (f"subgroups = [{subgroup('age_band', 'female')}]", "subgroups[0].value", 2),
    (f"subgroups = [{subgroup('gender', 'male')}, {subgroup('gender', 'male')}]", "subgroups[1].value", 2),
    (strategy("at_s = -10"), "strategies[0].at_s", 2),
    (strategy("effect_sd = -0.1"), "strategies[0].effect_sd", 2),
    (strategy("share = 1"), "strategies[0].share", 2),
    (strategy("effect_by = { joy = 1.0 }"), "strategies[0].effect_by.joy", 2),
    (strategy("randomised = false, chosen_by = { price = 1.0 }"), "strategies[0].chosen_by.price", 2),
    (f"strategies = [\n{STRATEGY},\n{STRATEGY},\n]", "strategies[1].name", 4),
    *(
        (f"strategies = [{{ name = '{name}', target = 'cart', effect = 0.1 }}]", "strategies[0].name", 2)
        for name in ("", "a b", "a/b", "..", "ü", "a,b")
    ),
    ("survey = [{ name = 'a', separation = 1 }, { name = 'a', separation = 2 }]", "survey[1].name", 2),
    ("survey = [{ name = '', separation = 1 }]", "survey[0].name", 2),
    *((f"factors = [{factor(name)}]\nedges = []", "factors[0].name", 2) for name in (*EXOGENOUS, "cart", "")),
    (f"factors = [{factor('a')}, {factor('a')}]\nedges = []", "factors[1].name", 2),
    (f"factors = [{factor('host_elation')}]\nedges = []", "factors[0].level", 2),
    ("factors = [{ name = 'a', level = 'room', persistence = 1 }]", "factors[0].persistence", 2),
    ("edges = [{ cause = 'cart', effect = 'desire', weight = 0.1 }]", "edges[0].cause", 2),
    ("edges = [{ cause = 'taste', effect = 'cart', weight = 0.1 }]", "edges[0].effect", 2),
    ("[cart.weights]\ncart = 1", "cart.weights.cart", 3),
    ("[cart]\npurchase_share = 0", "cart.purchase_share", 3),
    ("categories = []", "categories", 2),
    ("acts = []", "acts", 2),
    ("acts = [{ units = [9], per_minute = 0 }]", "acts[0].per_minute", 2),
    ("acts = [{ units = [45], per_minute = 1 }]", "acts[0].units", 2),
    (
        "effects = []\nacts = [{ units = [1, 2], per_minute = 1 }, { units = [2, 1], per_minute = 1 }]",
        "acts[1].units",
        3,
    ),
    (CATEGORY + CATEGORY, "categories[1].name", 9),
    (CATEGORY.replace("'a'", "''"), "categories[0].name", 3),
    (CATEGORY.replace("'a'", "'a/b'"), "categories[0].name", 3),
    (CATEGORY + "prices = [0, 100]", "categories[0].prices", 8),
    (CATEGORY + "prices = [100, 10]", "categories[0].prices", 8),
    (CATEGORY + "prices = [10, 10]", "categories[0].prices", 8),
    (CATEGORY.replace("people = 3", "people = 10"), "categories[0].people", 5),
    (CATEGORY.replace("people = 3", "people = 0"), "categories[0].people", 5),
    (CATEGORY.replace("20.0", "37.0"), "categories[0].minutes", 7),
    (CATEGORY.replace("20.0", "4.0"), "categories[0].minutes", 7),
    (CATEGORY + "spread = 0", "categories[0].spread", 8),
    (CATEGORY + "strength = -1", "categories[0].strength", 8),
    ("[clock]\nskew_sd_s = -1", "clock.skew_sd_s", 3),
    ("[clock]\nskewed_share = 2", "clock.skewed_share", 3),
    ("[people]\nexpressivity_sd = -0.1", "people.expressivity_sd", 3),
    ("[people]\nexpressivity_sd = 1.1", "people.expressivity_sd", 3),
    ("[people]\nexpressivity_sd = nan", "people.expressivity_sd", 3),
    ("[people.devices]\nphone = 1.1\nlaptop = -0.1", "people.devices", 2),
    ("[rooms]\nmessages_per_minute = -1", "rooms.messages_per_minute", 3),
    ("[rooms]\ndisplay_s = [44, 90]", "rooms.display_s", 3),
    ("[rooms]\ndisplay_s = [90, 60]", "rooms.display_s", 3),
    ("[rooms]\ngap_s = [0, 5]", "rooms.gap_s", 3),
    ("[rooms]\nviewers = 0", "rooms.viewers", 3),
    ("[rooms]\nhosts = 0", "rooms.hosts", 3),
    ("[rooms]\nminutes = 9", "rooms.minutes", 3),
    ("[rooms]\npromotion_share = 1.1", "rooms.promotion_share", 3),
    ("effects = [{ units = [9], seconds = [30, 40], factor = 2.0 }]", "effects[0].seconds", 2),
    ("effects = [{ units = [9], seconds = [-1, 5], factor = 2.0 }]", "effects[0].seconds", 2),
    ("effects = [{ units = [9], seconds = [5, 10], factor = 0 }]", "effects[0].factor", 2),
    (
        "effects = [{ units = [9], seconds = [15, 20], factor = 2.0 }]\n" + CATEGORY + "spread = 2",
        "effects[0].seconds",
        2,
    ),
]


@pytest.mark.parametrize(("text", "key", "line"), BARRED)
def test_what_cannot_be_is_refused_once_with_key_and_line(
    tmp_path: Path, text: str, key: str, line: int
) -> None:
    path = write(tmp_path, 'extends = "default"\n' + text)
    with pytest.raises(ConfigError) as told:
        load_spec(path)
    (about_key,) = (fault for fault in str(told.value).splitlines() if f"'{key}' " in fault)
    assert about_key.startswith(f"{path} line {line}: '{key}' ")
    assert ": " in about_key.split(f"'{key}' ")[1]  # says what to do
    if "factors" not in text:  # without its factors the default's cart and strategies are wrong too
        assert str(told.value) == about_key


def test_an_effect_that_reaches_some_category_stays(tmp_path: Path) -> None:
    text = "effects = [{ units = [9], seconds = [25, 30], factor = 2.0 }]"
    assert load_spec(write(tmp_path, 'extends = "default"\n' + text)).effects[0].seconds == (25.0, 30.0)


def test_what_the_extended_spec_says_has_no_line(tmp_path: Path) -> None:
    path = write(tmp_path, 'extends = "default"\n[rooms]\nminutes = 40')
    with pytest.raises(ConfigError) as told:
        load_spec(path)
    mend = "choose up to 24 (0.6 x rooms.minutes), or raise rooms.minutes"
    assert str(told.value) == f"{path}: 'categories[1].minutes' is 27.1: {mend}"


def test_contradictions_are_told_all_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = (
        'extends = "default"\nedges = [\n  { cause = "joy", effect = "desire", weight = 0.1 },\n'
        '  { cause = "taste", effect = "joy", weight = 0.1 },\n]\n'
        f"subgroups = [{subgroup('culture', 'mars')}]\n[cart.weights]\njoy = 1.0\n"
    )
    with pytest.raises(ConfigError) as told:
        load_spec(write(tmp_path, text))
    found = [line.split("spec.toml ")[1].split("' ")[0] for line in str(told.value).splitlines()]
    assert found == [
        "line 3: 'edges[0].cause",
        "line 4: 'edges[1].effect",
        "line 6: 'subgroups[0].value",
        "line 8: 'cart.weights.joy",
    ]


def test_the_reach_of_effects_is_that_of_the_acts() -> None:
    assert spec_checks.REACH_S == LEAD_S


def test_the_clicks_are_events_of_the_log() -> None:
    assert set(spec_checks.CLICKS) <= set(EVENT_TYPES)


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
    with pytest.raises(ConfigError, match="no spec named 'spring': choose one of au9-au17, default, hosts"):
        load_spec("spring")
    with pytest.raises(ConfigError, match="No such file"):
        load_spec(str(tmp_path / "gone.toml"))
