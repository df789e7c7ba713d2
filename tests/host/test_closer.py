"""A closer look: at drivers, at what somebody asks about, and at lags as finely as was counted."""

from __future__ import annotations

import numpy as np
import pytest
from tests.host.replanted import NAMES, Made, made_points, replanted, shown_before

from telltale.core.errors import ConfigError
from telltale.host.closer import look_closer
from telltale.host.drivers import find_drivers

FACES = made_points(3, Made(expressions=4))
TESTED = NAMES[3]


def test_what_somebody_asks_about_is_looked_at_whatever_was_found() -> None:
    """An inverted U has no slope, so it is no driver; asked about, its curve is found."""
    shown = shown_before(FACES, 0.0, TESTED)
    points = replanted(FACES, -0.3 * shown**2, 1)
    study = find_drivers(points, ("purchases",))
    assert look_closer(points, study).dose_of("purchases", NAMES[0]) is None
    closer = look_closer(points, study, look=(NAMES[0], TESTED, TESTED))
    dose = closer.dose_of("purchases", NAMES[0])
    assert dose is not None
    assert len({(one.outcome, one.expression) for one in closer.doses}) == len(closer.doses)
    assert any(f"{NAMES[0]}, purchases: looked at because you asked" in one for one in closer.refused)
    with pytest.raises(ConfigError, match=r"joy cannot be looked at here: there are amusement"):
        look_closer(points, study, look=("joy",))
    meant = NAMES[0][:-2] + NAMES[0][-1]
    told = (
        rf"^{meant}, {TESTED.upper()} cannot be looked at here: did you mean '{NAMES[0]}' and '{TESTED}'\?$"
    )
    with pytest.raises(ConfigError, match=told):
        look_closer(points, study, look=(meant, TESTED.upper()))
    with pytest.raises(ConfigError, match=rf"^{meant}, joy cannot be looked at here: there are "):
        look_closer(points, study, look=(meant, "joy"))


def test_lags_are_as_fine_as_the_counts() -> None:
    planted = np.log(1.4) * shown_before(FACES, 20.0, TESTED)
    fine = replanted(FACES, planted, 2, every_s=10.0)
    coarse = replanted(FACES, planted, 2)
    study = find_drivers(coarse, ("purchases",))
    assert study.of("purchases", TESTED).verdict == "driver"
    (by_minute,), (finer,) = look_closer(coarse, study).lags, look_closer(coarse, study, fine).lags
    assert by_minute.bin_s == 20
    assert finer.bin_s == 10
    assert finer.when is not None
    assert finer.when.low_s <= 20 <= finer.when.high_s
