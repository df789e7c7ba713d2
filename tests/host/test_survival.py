"""Curves of who has not bought yet."""

from dataclasses import replace

import numpy as np
import pytest
from tests.host.made_visits import WINDOW_S, made_shown, made_visits

from telltale.core.errors import ConfigError
from telltale.core.rng import stream
from telltale.host.person_time import TimeSettings
from telltale.host.survival import curves_by_thirds, kaplan_meier


def test_as_statsmodels_has_it() -> None:
    library = pytest.importorskip("statsmodels.duration.survfunc")
    rng = stream(1, "survival")
    time = rng.integers(1, 20, 200).astype(float)
    died = rng.random(200) < 0.6
    n = np.array([(time >= t).sum() for t in range(1, 20)], dtype=float)
    d = np.array([(died & (time == t)).sum() for t in range(1, 20)], dtype=float)
    without, low, high = kaplan_meier(d, n)
    theirs = library.SurvfuncRight(time, died.astype(float))
    np.testing.assert_allclose(without[d > 0], theirs.surv_prob, rtol=1e-12)
    # Their error is Greenwood's; log(-log S) has it over |S log S|.
    inside = (theirs.surv_prob > 0) & (theirs.surv_prob < 1)
    s = theirs.surv_prob[inside]
    half = 1.959963984540054 * theirs.surv_prob_se[inside] / (s * np.abs(np.log(s)))
    np.testing.assert_allclose(low[d > 0][inside], s ** np.exp(half), rtol=1e-9)
    np.testing.assert_allclose(high[d > 0][inside], s ** np.exp(-half), rtol=1e-9)


def test_thirds_part_where_the_hazard_does() -> None:
    shown = made_shown(40, 3)
    settings = TimeSettings(window_s=WINDOW_S)
    visits = made_visits(shown, 1, buying=(0.6, 0.0, 0.0, 0.0))
    little, _, much = curves_by_thirds(visits, shown, "purchase", "amusement", settings).thirds
    at = np.searchsorted(little.minutes, 12)
    assert much.share > little.share + 0.1
    assert much.high[at] < little.low[at]
    little, _, much = curves_by_thirds(visits, shown, "purchase", "pride", settings).thirds
    assert much.low[at] < little.high[at]
    assert little.low[at] < much.high[at]


def test_an_expression_that_is_not_there() -> None:
    shown = made_shown(8, 3)
    with pytest.raises(ConfigError, match="no expression 'joy'"):
        curves_by_thirds(made_visits(shown, 1), shown, "purchase", "joy", TimeSettings())


def test_a_rare_expression_has_windows_without_it() -> None:
    shown = made_shown(40, 3)
    place = shown.names.index("amusement")
    shares = shown.shares.copy()
    shares[:, place] = np.where(shares[:, place] > np.quantile(shares[:, place], 0.9), 0.6, 0.0)
    rare = replace(shown, shares=shares)
    found = curves_by_thirds(
        made_visits(rare, 1), rare, "purchase", "amusement", TimeSettings(window_s=WINDOW_S)
    )
    assert [one.third for one in found.thirds] == ["none", "some", "much"]
    assert found.thirds[0].share == 0
    assert found.thirds[1].share < found.thirds[2].share
    never = replace(
        shown, shares=np.where(np.arange(len(shown.names)) == place, 0.0, shares).astype(np.float32)
    )
    alone = curves_by_thirds(
        made_visits(rare, 1), never, "purchase", "amusement", TimeSettings(window_s=WINDOW_S)
    )
    assert [one.third for one in alone.thirds] == ["none"]
