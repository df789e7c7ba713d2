"""The default is the strictest policy, two are at least as strict as each, and no source means no rule."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategy.builder import DEFAULT, EU, US_IL

from telltale.core.errors import ConfigError
from telltale.strategy.policy import Policy, load_policy, most_strict, shipped_policies, weaker_rules
from telltale.strategy.policy_rules import STRICTER, Flag, Number, Rule, Words, at_least_as_strict, stricter

FOLDER = Path(str(resources.files("telltale.strategy"))) / "policies"
OTHERS = shipped_policies().others


@pytest.mark.parametrize("other", OTHERS, ids=lambda policy: policy.name)
@pytest.mark.parametrize("rule", STRICTER)
def test_default_is_at_least_as_strict_in_each_rule(rule: str, other: Policy) -> None:
    assert at_least_as_strict(rule, getattr(DEFAULT, rule), getattr(other, rule))


def test_every_file_but_the_template_ships() -> None:
    names = {path.stem for path in FOLDER.glob("*.toml")}
    assert names == {*shipped_policies().by_name, "template"}


def test_every_rule_says_where_it_is_from() -> None:
    for policy in shipped_policies().by_name.values():
        for rule in STRICTER:
            assert len(getattr(policy, rule).source) > 10


def test_the_template_is_refused_until_it_is_filled_in(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no facts, no policy") as told:
        load_policy(FOLDER / "template.toml")
    assert len(str(told.value).splitlines()) == len(STRICTER)
    filled = (
        (FOLDER / "template.toml").read_text(encoding="utf-8").replace('source = ""', 'source = "ours: x"')
    )
    (tmp_path / "mine.toml").write_text(filled, encoding="utf-8")
    assert weaker_rules(load_policy(tmp_path / "mine.toml"), DEFAULT) == []


def test_the_european_rules() -> None:
    assert set(EU.kinds_from_affect.value) == {"preloaded_checkout", "product_fact"}
    assert EU.kinds_if_shown_anyway.value == ("limited_time_badge",)
    assert not EU.may_read_host(only_host_sees=False)
    assert EU.may_read_host(only_host_sees=True)
    assert not DEFAULT.may_read_host(only_host_sees=True)
    assert US_IL.release_needed.value
    assert all(policy.disclosure_needed.value for policy in shipped_policies().by_name.values())


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("DE", "eu"), ("de", "eu"), ("EU", "eu"), ("DE-BY", "eu"), ("US-IL", "us-il"), ("US", "default"),
        ("US-TX", "default"), ("GB", "default"), ("", "default"), ("IL", "default"), ("XX", "default"),
        ("DEU", "default"),
    ],
)  # fmt: skip
def test_each_place_has_its_policy(place: str, name: str) -> None:
    assert shipped_policies().for_place(place).name == name
    assert shipped_policies().for_place(place).holds_in(place)


def test_a_policy_of_ones_own_cannot_weaken() -> None:
    loose = replace(
        EU, name="loose", places=("DE",), most_per_day=Number(100, "ours"), least_age=Number(16, "ours")
    )
    both = shipped_policies().with_own([loose]).for_place("DE")
    assert both.name == "eu+loose"
    assert weaker_rules(both, EU) == []
    assert both.least_age.value == 18


def test_a_policy_of_everywhere_stands_beside_the_default() -> None:
    loose = replace(EU, name="loose", places=("*",))
    policies = shipped_policies().with_own([loose])
    assert weaker_rules(policies.for_place("GB"), DEFAULT) == []
    assert policies.for_place("DE").name == "eu+loose"
    own = replace(EU, name="gb", places=("GB",))
    assert shipped_policies().with_own([own]).for_place("GB") == own


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"personalise"]', '"sell"]', "holds 'sell': choose of"),
        ('["read_face", "personalise"]', '["read_face"]', "lacks 'personalise'"),
        ('"product_fact"]', '"price_cut"]', "'kinds_from_affect' holds 'price_cut'"),
        ('"product_fact"]', '"limited_time_badge"]', "belongs to 'kinds_if_shown_anyway'"),
        ("22:00-08:00", "22-8", "'22-8' is no range of a day"),
        ("value = 365", "value = 30", "keep decisions 183 days at least"),
        ("value = 0.7", "value = 70", "is over 1"),
        ("value = 120", "value = -1", "is -1.0"),
        ('version = "1"', 'version = ""', "wants 'name', 'version' and 'places'"),
        ("[quiet_hours]", "[quiet_hour]", "unknown key 'quiet_hour': did you mean 'quiet_hours'"),
    ],
)
def test_a_policy_that_will_not_do_is_told(old: str, new: str, told: str, tmp_path: Path) -> None:
    text = (FOLDER / "eu.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "eu.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"eu\.toml") as refused:
        load_policy(tmp_path / "eu.toml")
    assert told in str(refused.value)


_HOURS = st.tuples(st.integers(0, 23), st.integers(0, 23)).map(
    lambda ends: f"{ends[0]:02}:00-{ends[1]:02}:30"
)


def rules(rule: str) -> st.SearchStrategy[Rule]:
    """Any rule of a kind."""
    direction = STRICTER[rule]
    if direction == "more hours":
        return st.lists(_HOURS, max_size=3).map(lambda words: Words(tuple(words), "a"))
    if direction in ("more words", "fewer words"):
        return st.lists(st.sampled_from("abcd"), unique=True).map(lambda words: Words(tuple(words), "b"))
    if direction in ("yes", "no"):
        return st.booleans().map(lambda flag: Flag(flag, "c"))
    return st.floats(0, 1000).map(lambda number: Number(number, "d"))


@given(st.sampled_from(sorted(STRICTER)), st.data())
def test_of_two_rules_the_stricter_is_at_least_as_strict_as_both(rule: str, data: st.DataObject) -> None:
    one, other = data.draw(rules(rule)), data.draw(rules(rule))
    both = stricter(rule, one, other)  # type: ignore[type-var]
    assert at_least_as_strict(rule, both, one)
    assert at_least_as_strict(rule, both, other)
    assert stricter(rule, other, one).source  # type: ignore[type-var]


def test_two_policies_together_are_at_least_as_strict_as_each() -> None:
    both = most_strict(EU, US_IL)
    assert weaker_rules(both, EU) == weaker_rules(both, US_IL) == []
    assert both.holds_in("FR")
    assert both.holds_in("US-IL")
    assert "social_proof_note" not in both.kinds_from_affect.value
