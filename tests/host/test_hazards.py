"""Time to the sale and staying, in worlds whose hazards are known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from tests.host.made_visits import NAMES, SECONDS, WINDOW_S, made_shown, made_visits

from telltale.core.errors import FormatError
from telltale.host.hazards import Hazards, find_hazards, hazard_rows
from telltale.host.person_time import Event, TimeSettings, at_risk, person_time, steps_at_risk
from telltale.host.shown import HostShown
from telltale.host.viewer_traits import alike_p, find_moderations
from telltale.host.visits import Visits

SETTINGS = TimeSettings(window_s=WINDOW_S, most_rows=8_000)


@pytest.fixture(scope="module")
def shown() -> HostShown:
    return made_shown(48, 1)


def asked(visits: Visits, shown: HostShown, event: Event, settings: TimeSettings = SETTINGS) -> Hazards:
    rows = hazard_rows(visits, shown, person_time(visits, shown, event, settings, 0), "UTC")
    return find_hazards(rows, shown, settings.window_s)


def test_ratios_hold_what_was_planted(shown: HostShown) -> None:
    buying, leaving = (0.35, 0.0, 0.0, -0.2), (0.0, 0.3, 0.0, 0.0)
    visits = made_visits(shown, 2, buying=buying, leaving=leaving)
    both: tuple[tuple[Event, tuple[float, ...]], ...] = (("purchase", buying), ("leave", leaving))
    for event, planted in both:
        found = asked(visits, shown, event)
        assert found.clusters == 12
        assert found.clustered_by == "host"
        for one, truth in zip(found.found, planted, strict=True):
            # Of four intervals at 95 % each: wide enough for every one of them by half as much again.
            half = 0.75 * (np.log(one.within.high) - np.log(one.within.low))
            assert abs(np.log(one.within.value) - truth) < half
            assert one.certain == (truth != 0)


def test_a_broadcast_of_its_own_kind_makes_no_ratio(shown: HostShown) -> None:
    visits = made_visits(shown, 3, room_effect=0.8)
    elation = asked(visits, shown, "purchase").found[NAMES.index("elation")]
    assert not elation.certain
    assert elation.across.low > 1


def test_nothing_planted_nothing_told() -> None:
    p = []
    for seed in range(10):
        few = made_shown(24, 100 + seed)
        visits = made_visits(few, seed, each=30, room_effect=0.5)
        p += [one.within.p for one in asked(visits, few, "purchase").found]
    # 40 of them: 2 are expected under .05, and 7 or more come once in 250.
    assert (np.array(p) < 0.05).sum() <= 6
    assert 0.3 < np.mean(p) < 0.7


def test_a_part_of_the_steps_says_what_all_say(shown: HostShown) -> None:
    visits = made_visits(shown, 4, buying=(0.35, 0.0, 0.0, 0.0))
    part, whole = (
        asked(visits, shown, "purchase", TimeSettings(window_s=WINDOW_S, most_rows=most))
        for most in (5_000, 1_000_000)
    )
    for one, other in zip(part.found, whole.found, strict=True):
        error = np.log(other.within.high / other.within.low) / 4
        assert abs(np.log(one.within.value / other.within.value)) < 1.5 * error
    assert (part.events, part.minutes, part.visits) == (whole.events, whole.minutes, whole.visits)


def test_steps_add_up_to_the_time_at_risk(shown: HostShown) -> None:
    visits = made_visits(shown, 5)
    entry_s, exit_s, done = at_risk(visits, "purchase", WINDOW_S)
    steps = steps_at_risk(entry_s, exit_s, done, 7.0)
    total = np.bincount(steps.visit, steps.exposure_s, len(visits))
    there = exit_s > entry_s
    np.testing.assert_allclose(total[there], (exit_s - entry_s)[there], atol=0.11)
    assert steps.happened.sum() == done[there].sum()
    # Nobody is at risk before the whole window was seen, nor after buying.
    assert (steps.start_s >= visits.start_s[steps.visit] + WINDOW_S).all()
    assert (steps.start_s + steps.exposure_s <= visits.first("purchase")[steps.visit] + 0.11).all()


def test_what_the_host_showed_is_from_before_the_step(shown: HostShown) -> None:
    visits = made_visits(shown, 6)
    time = person_time(visits, shown, "purchase", SETTINGS, 0)
    expected = shown.over(visits.room[time.visit], time.start_s - WINDOW_S, time.start_s)[0]
    np.testing.assert_array_equal(time.shares, expected)


def test_visits_of_one_length_say_nothing_of_staying(shown: HostShown) -> None:
    visits = made_visits(shown, 7)
    same = replace(
        visits,
        start_s=np.zeros(len(visits)),
        stop_s=np.full(len(visits), 900.0),
        left=np.ones(len(visits), bool),
    )
    with pytest.raises(FormatError, match="all visits last 900 s, so what keeps viewers cannot be asked"):
        person_time(same, shown, "leave", SETTINGS, 0)
    stayed = replace(visits, stop_s=np.full(len(visits), float(SECONDS)), left=np.zeros(len(visits), bool))
    with pytest.raises(FormatError, match="every visit ends with its broadcast"):
        person_time(stayed, shown, "leave", SETTINGS, 0)
    assert person_time(stayed, shown, "purchase", SETTINGS, 0).events > 100


def test_no_purchase_is_told_in_a_line(shown: HostShown) -> None:
    visits = replace(made_visits(shown, 8), acts={"purchase": np.zeros(0), "add_to_cart": np.zeros(0)})
    with pytest.raises(FormatError, match="no viewer bought after the first moments"):
        person_time(visits, shown, "purchase", SETTINGS, 0)
    assert person_time(visits, shown, "leave", SETTINGS, 0).events > 100


def test_one_host_is_told_and_broadcasts_take_the_place(shown: HostShown) -> None:
    for hosts, told in ((1, "1 host: errors are by broadcast"), (3, "3 hosts: errors are by broadcast")):
        found = asked(made_visits(shown, 9, hosts=hosts), shown, "purchase")
        assert found.clustered_by == "broadcast"
        assert any(note.startswith(told) for note in found.notes)


def test_groups_that_differ_are_found_and_told_apart(shown: HostShown) -> None:
    visits = made_visits(shown, 10, each=60, more_for_women=0.7)
    rows = hazard_rows(visits, shown, person_time(visits, shown, "purchase", SETTINGS, 0), "UTC")
    found = {one.expression: one for one in find_moderations(rows, visits).found}
    assert [name for name, one in found.items() if one.certain] == [NAMES[0]]
    women, men = found[NAMES[0]].ratios
    assert women.low < np.exp(0.7) < women.high
    assert men.low < 1 < men.high


def test_alike_p_is_the_t_test_of_two_groups() -> None:
    cov = np.array([[0.04, 0.01], [0.01, 0.09]])
    t = (0.5 - 0.1) / np.sqrt(0.04 + 0.09 - 0.02)
    assert alike_p(np.array([0.5, 0.1]), cov, 21) == pytest.approx(2 * stats.t.sf(t, 20))
