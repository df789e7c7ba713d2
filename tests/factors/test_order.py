"""What may cause what: time's order by the rules in words, a user's arrows, and what contradicts itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telltale.core.errors import ConfigError
from telltale.factors.edges import Edge, parse_edge
from telltale.factors.factor import LEVELS, Factor, Level
from telltale.factors.order import Background, allowed, required

QUICK = settings(max_examples=80, deadline=None)


def factor(name: str, level: Level, tier: int) -> Factor:
    return Factor(name, "test", level, "continuous", tier)


DEVICE = factor("device", "session", 0)
PROMOTION = Factor("promotion", "test", "session", "binary", 0, shared=True)
PRICE = factor("price", "room", 0)
CHAT = factor("chat_rate", "room", 1)
BADGE = factor("badge", "viewer", 1)
DESIRE = factor("desire", "viewer", 2)
DOUBT = factor("host-doubt", "viewer", 2)
CLICK = factor("click", "viewer", 3)
CART = factor("cart", "viewer", 4)
ALL = (CART, DESIRE, DEVICE, PROMOTION, CHAT, DOUBT, PRICE, CLICK, BADGE)


def told(mask: np.ndarray, factors: tuple[Factor, ...]) -> set[str]:
    """Arrows as text."""
    return {f"{factors[j].name}>{factors[i].name}" for i, j in np.argwhere(mask)}


def test_time_orders_a_step() -> None:
    now = told(allowed(ALL).now, ALL)
    assert {
        "device>cart",
        "price>desire",
        "chat_rate>desire",
        "badge>cart",
        "desire>host-doubt",
        "click>cart",
    } <= now
    assert {"host-doubt>desire", "promotion>price", "price>chat_rate", "chat_rate>badge"} <= now
    assert {"promotion>device", "promotion>chat_rate", "promotion>cart"} <= now
    for arrow in (
        "cart>click", "cart>desire", "click>desire", "desire>chat_rate", "desire>badge", "desire>price",
        "badge>chat_rate", "price>device", "chat_rate>price", "desire>desire",
        "device>chat_rate", "device>price", "device>promotion", "price>promotion",
    ):  # fmt: skip
        assert arrow not in now


VIEWERS_MOVE_ROOMS = Background(viewers_move_rooms=True)


def test_an_earlier_step_may_cause_all_but_what_was_there_before() -> None:
    before = allowed(ALL, VIEWERS_MOVE_ROOMS).before
    for i, one in enumerate(ALL):
        others = np.delete(before[i], i)
        assert others.all() == others.any() == (one.tier > 0)


def test_what_changes_lasts_whatever_its_tier() -> None:
    first = Background(tiers={"desire": 0, "chat_rate": 0})
    for background in (Background(), VIEWERS_MOVE_ROOMS, first):
        arrows = allowed(ALL, background)
        lasts = {factor.name for factor, own in zip(ALL, np.diagonal(arrows.before), strict=True) if own}
        assert lasts == {factor.name for factor in ALL if factor.level != "session"}
    assert told(arrows.before, ALL) >= {"desire>desire"}
    assert not any(arrow.endswith(">desire") for arrow in told(arrows.before, ALL) - {"desire>desire"})
    needed = required(ALL, Background(required=("price -(1)-> price",)))
    assert told(needed.before, ALL) == {"price>price"}


FACTORS = st.lists(
    st.tuples(st.sampled_from(LEVELS), st.integers(0, 4)).map(
        lambda x: (x[0], 0 if x[0] == "session" else x[1])
    ),
    min_size=1,
    max_size=7,
).map(lambda rows: tuple(factor(f"x{i}", level, tier) for i, (level, tier) in enumerate(rows)))


@QUICK
@given(FACTORS)
def test_what_is_later_never_causes_what_is_earlier(factors: tuple[Factor, ...]) -> None:
    now, before = allowed(factors, VIEWERS_MOVE_ROOMS)
    for i, effect in enumerate(factors):
        for j, cause in enumerate(factors):
            if now[i, j]:
                assert i != j
                assert cause.tier <= effect.tier
                assert not (effect.level == "room" and cause.level in ("viewer", "session"))
                assert not (effect.level == "session" and cause.level != "session")
            assert before[i, j] == (effect.tier > 0 or (i == j and effect.level != "session"))


def test_a_user_forbids_requires_and_orders() -> None:
    background = Background(
        forbidden=("desire -> host-doubt", "cart -(1)-> desire"),
        required=("chat_rate -> desire", "host-doubt -(1)-> desire"),
        tiers={"click": 2},
    )
    free, arrows = allowed(ALL), allowed(ALL, background)
    assert told(free.now & ~arrows.now, ALL) == {"desire>host-doubt"}
    assert told(arrows.now & ~free.now, ALL) == {"click>desire", "click>host-doubt"}
    assert told(free.before & ~arrows.before, ALL) == {"cart>desire"}
    needed = required(ALL, background)
    assert (told(needed.now, ALL), told(needed.before, ALL)) == ({"chat_rate>desire"}, {"host-doubt>desire"})
    assert not (needed.now & ~arrows.now).any()


def test_viewers_too_many_to_move_the_broadcast() -> None:
    free, arrows = allowed(ALL, VIEWERS_MOVE_ROOMS), allowed(ALL)
    assert np.array_equal(free.now, arrows.now)  # within a step they never do
    own = ("cart", "desire", "device", "host-doubt", "click", "badge")
    assert told(free.before & ~arrows.before, ALL) == {f"{name}>chat_rate" for name in own}
    with pytest.raises(ConfigError, match="goes against time"):
        required(ALL, Background(required=("desire -(1)-> chat_rate",)))
    assert Background() == Background(viewers_move_rooms=False)


def test_all_contradictions_are_told_at_once() -> None:
    background = Background(
        forbidden=("chat_rate -> desire", "chatrate -> desire"),
        required=(
            "chat_rate -> desire",
            "desire -> host-doubt",
            "host-doubt -> desire",
            "cart -> desire",
            "desire -(1)-> price",
            "mood -> cart",
        ),
        tiers={"clicks": 3},
    )
    for function in (allowed, required):
        with pytest.raises(ConfigError) as caught:
            function(ALL, background)
        message = str(caught.value)
        assert "\n" not in message
        for part in (
            "'chatrate' (did you mean 'chat_rate'?)",
            "'mood'",
            "'clicks' (did you mean 'click'?)",
            "'chat_rate -> desire' is both required and forbidden",
            "'cart -> desire' goes against time (cart: viewer, tier 4, desire: viewer, tier 2)",
            "'desire -(1)-> price' goes against time",
            "close a circle within a step",
        ):
            assert part in message


def test_a_circle_over_time_is_none() -> None:
    background = Background(required=("desire -> host-doubt", "host-doubt -(1)-> desire"))
    assert required(ALL, background).now.sum() == 1


NAMES = st.from_regex(r"[a-z][a-z0-9_ -]{0,8}[a-z0-9]", fullmatch=True)


@QUICK
@given(NAMES, NAMES, st.integers(0, 1))
def test_an_arrow_is_read_as_it_is_written(cause: str, effect: str, lag: int) -> None:
    edge = Edge(cause, effect, lag)
    if cause == effect and not lag:
        with pytest.raises(ValueError, match="leads to itself"):
            parse_edge(str(edge))
    else:
        assert parse_edge(str(edge)) == edge
        assert parse_edge(f"  {edge} ") == edge


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("desire", "is no arrow"),
        ("-> desire", "is no arrow"),
        ("desire ->", "is no arrow"),
        ("desire -(2)-> cart", "a lag of '2'"),
        ("desire -()-> cart", "a lag of ''"),
        ("desire -> cart -> click", "two arrows"),
    ],
)
def test_what_is_no_arrow_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_edge(text)


def test_a_file_is_read_and_its_faults_have_lines(tmp_path: Path) -> None:
    path = tmp_path / "background.toml"
    path.write_text(
        'forbidden = ["desire -> cart"]\nrequired = ["chat_rate -(1)-> desire"]\n[tiers]\nclick = 2\n',
        encoding="utf-8",
    )
    found = Background.load(path)
    assert found == Background(("desire -> cart",), ("chat_rate -(1)-> desire",), {"click": 2})
    path.write_text('forbidden = ["desire - cart"]\n\n[tiers]\nclick = -2\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        Background.load(path)
    message = str(caught.value)
    assert "line 1" in message
    assert "'desire - cart' is no arrow" in message
    assert "line 4" in message
    path.write_text("forbiden = []\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="did you mean 'forbidden'"):
        Background.load(path)
