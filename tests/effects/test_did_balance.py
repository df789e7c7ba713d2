"""What is said of balance: what matching did alone, and what a line took out after it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.effects.did_worlds import make_did

from telltale.effects.balance import Balance
from telltale.effects.did import DidSettings, History, MatchedDid, matched_did
from telltale.effects.did_balance import balance_line, far_from, unlike


def balance(**after: float) -> Balance:
    """Covariates that differed by .6 SD before."""
    ones = np.ones(len(after))
    return Balance(tuple(after), 0.6 * ones, np.array(list(after.values())), ones, ones)


@pytest.fixture(scope="module")
def did() -> MatchedDid:
    return matched_did(make_did("trend", 300, 7).panel)


def test_a_line_gets_no_praise_for_what_it_took_out_itself(did: MatchedDid) -> None:
    """In the end every covariate that was matched on agrees, whatever the matches were worth."""
    apart = [int((np.abs(each) > 0.1).sum()) for each in (did.alone.before, did.alone.after)]
    assert apart[0] > 0
    assert np.abs(did.balance.after[:2]).max() < 1e-9
    poor = replace(did, alone=replace(did.alone, after=np.array([0.3, -0.3])))
    assert "2 after matching alone; a straight line takes out the rest" in balance_line(poor)
    line = balance_line(did)
    assert line.startswith(f"{apart[0]} of 2 covariates differ by more than 0.1 SD before, {apart[1]} after")
    bare = matched_did(make_did("trend", 300, 7).panel, DidSettings(adjust=False))
    assert (did.balanced_by, bare.balanced_by) == ("matching and regression", "matching")
    assert "straight line" not in balance_line(bare)
    # Without a line, what is in the end is what matching did.
    np.testing.assert_allclose(bare.balance.after[:2], bare.alone.after)


def test_what_was_not_matched_on_stands_apart(did: MatchedDid) -> None:
    ends = balance(x1=0.0, x2=0.0, level=0.24, trend=-0.02)
    assert balance_line(replace(did, balance=ends)).endswith("still apart: 'level' (0.24 SD)")
    assert "not matched on" not in balance_line(replace(did, balance=balance(x1=0.0, x2=0.4)))


def test_what_is_left_is_said_of_what_left_it() -> None:
    assert not list(unlike(balance(a=0.05, b=-0.08)))
    (left,) = unlike(balance(a=0.05, b=-0.2), "matching and regression")
    assert left.startswith(
        "after matching and regression both arms still differ by more than 0.1 SD in 1 of 2"
    )
    assert left.endswith("most in 'b' (0.20 SD)")
    before = np.array([0.04, 0.02])
    (worse,) = unlike(replace(balance(a=0.05, b=-0.09), before=before), "matching and regression")
    assert worse.startswith("matching and regression made both arms less alike")
    assert worse.endswith("is 0.09 SD and was 0.04 SD")
    # A hair more is nothing to be careful about.
    assert not list(unlike(replace(balance(a=0.0849, b=0.02), before=np.array([0.0801, 0.02]))))


def test_what_a_line_took_out_is_asked_name_by_name() -> None:
    """The past that was not matched on is further apart than any covariate, and hides none of them."""
    (told,) = far_from(balance(price=0.4), balance(price=0.0, past=0.5))
    assert told.startswith("matching alone left both arms 0.40 SD apart in 'price': that a straight line")
    (told,) = far_from(balance(price=-0.4, mood=0.3, taste=0.2), balance(price=0.0, mood=0.0, taste=0.0))
    assert "0.40 SD apart in 'price', and over 0.25 SD in 1 more: that" in told
    # Not enough to mistrust a line, or no line: then it is no regression that is trusted.
    assert not list(far_from(balance(price=0.24), balance(price=0.0)))
    assert not list(far_from(balance(price=0.4), balance(price=np.nextafter(0.4, 0))))


@pytest.mark.parametrize("history", ["level", "trend"])
def test_of_a_short_past_that_was_matched_on_balance_is_told(history: History) -> None:
    """Of one period before, level says what the last says: what was matched on is the one that is kept."""
    panel = make_did("trend", 300, 7).panel
    settings = DidSettings(before=1 if history == "level" else 2, history=(history,))
    did = matched_did(panel, settings)
    assert set(did.alone.names) <= set(did.balance.names)
    far = replace(did.alone, after=np.full(len(did.alone.names), 0.5))
    assert list(far_from(far, did.balance))
