"""From the host's face to the viewer's to the purchase, in studies where it does and where it does not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from tests.host.planted_path import Watched, apart_spec, path_spec, through_by_equations, watched

from telltale.core import clock
from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.host.contagion import (
    REACH,
    Contagion,
    Contagions,
    Pairs,
    find_contagion,
    host_surprises,
    unforetold,
)
from telltale.host.face_path import FacePaths, PathSettings, find_paths, none_p
from telltale.host.shown import HostShown
from telltale.host.viewer_faces import STEP_S, ViewerFaces, viewer_faces
from telltale.host.viewer_words import path_assumptions, path_line

SPEC = path_spec()
SETTINGS = PathSettings(most_rows=8_000)
ByPair = dict[tuple[str, str], Contagion]


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    return watched(tmp_path_factory.mktemp("path") / "study", SPEC, 400, 1)


@pytest.fixture(scope="module")
def faces(together: Watched) -> ViewerFaces:
    found = viewer_faces(together.study, together.visits, clock.now())
    return only(found, "desire", "surprise")


def only(faces: ViewerFaces, *names: str) -> ViewerFaces:
    columns = [faces.names.index(name) for name in names]
    return replace(faces, names=names, values=faces.values[:, columns])


@pytest.fixture(scope="module")
def followed(together: Watched, faces: ViewerFaces) -> Contagions:
    return find_contagion(together.visits, together.seen.shown, faces, 0)


def pairs(found: tuple[Contagion, ...]) -> ByPair:
    return {(one.expression, one.affect): one for one in found}


def test_viewers_follow_as_planted(followed: Contagions) -> None:
    found = pairs(followed.found)
    surprise = found["surprise", "surprise"]
    assert surprise.verdict == "follows"
    assert 0 <= surprise.best_lag_s <= 5
    assert surprise.best_r > 0.1
    # Its arrow takes a step of 5 s.
    elation = found["elation", "desire"]
    assert elation.verdict == "follows"
    assert 5 <= elation.best_lag_s <= 15
    assert elation.best_r > 0.1
    # No arrow leads from the other expressions to desire, as the panel has been cut.
    others = [one for (name, affect), one in found.items() if affect == "desire" and name != "elation"]
    assert sum(one.verdict != "none" for one in others) <= 3


def test_nothing_is_told_where_nothing_goes_over(tmp_path: Path) -> None:
    studies, p = 0, []
    for seed in range(3):
        apart = watched(tmp_path / f"study{seed}", apart_spec(), 120, seed)
        affects = only(viewer_faces(apart.study, apart.visits, clock.now()), "desire", "surprise")
        found = find_contagion(apart.visits, apart.seen.shown, affects, seed).found
        studies += any(one.verdict != "none" for one in found)
        p += [one.p_after for one in found] + [one.p_before for one in found]
    # One study in twenty may; two of three do once in 140.
    assert studies <= 1
    assert np.mean(np.array(p) < 0.05) < 0.09
    assert 0.4 < np.mean(p) < 0.6


def test_viewers_of_another_broadcast_follow_nobody(together: Watched, faces: ViewerFaces) -> None:
    shown = together.seen.shown
    rolled = np.roll(shown.shares.reshape(len(shown.room_ids), -1), 1, axis=0).reshape(shown.shares.shape)
    found = find_contagion(together.visits, replace(shown, shares=rolled), faces, 0).found
    assert all(one.verdict == "none" for one in found)


def test_what_reaches_viewers_first_is_no_contagion(together: Watched, faces: ViewerFaces) -> None:
    later = shown_later(together.seen.shown, steps=4)
    one = pairs(find_contagion(together.visits, later, faces, 0).found)["surprise", "surprise"]
    assert one.p_before < 0.01
    assert one.before > 1
    assert one.verdict != "follows"
    lags = dict(zip(one.lags_s.tolist(), one.r.tolist(), strict=True))
    assert max(lags, key=lambda lag: abs(lags[lag])) in (-20.0, -15.0)


def shown_later(shown: HostShown, steps: int) -> HostShown:
    """The same face some steps later: viewers then change before their host does."""
    by_room = shown.shares.reshape(len(shown.room_ids), -1, len(shown.names))
    late = np.concatenate([by_room[:, :1].repeat(steps, axis=1), by_room[:, :-steps]], axis=1)
    return replace(shown, shares=late.reshape(shown.shares.shape))


def test_r_is_the_correlation_written_out(
    together: Watched, faces: ViewerFaces, followed: Contagions
) -> None:
    """One pair at one lag, viewer by viewer, by plain loops."""
    shown, visits = together.seen.shown, together.visits
    here, room = np.unique(visits.room, return_inverse=True)
    host, asked = host_surprises(shown, here)
    e, a, lag = asked.names.index("surprise"), 1, 2
    over = top = under = 0.0
    for v in range(len(visits)):
        own = faces.values[faces.first[v] : faces.first[v + 1], a]
        moment = round(visits.start_s[v] / STEP_S) + np.arange(len(own))
        own = own - own.mean()
        back = moment - lag
        top += float(own[back >= 0] @ host[room[v], back[back >= 0], e])
        # Moments at which the host is not known say nothing, and count in neither.
        over += float((own[(host[room[v], moment] != 0).any(axis=1)] ** 2).sum())
        under += float((host[room[v], moment, e] ** 2).sum())
    found = pairs(followed.found)["surprise", "surprise"]
    assert found.r[REACH + lag] == pytest.approx(top / np.sqrt(over * under), rel=1e-9)


def test_what_is_left_of_an_autoregression_is_its_noise() -> None:
    rng = stream(1, "contagion")
    noise = rng.standard_normal((20, 2000))
    values = np.zeros_like(noise)
    for t in range(1, noise.shape[1]):
        values[:, t] = 0.8 * values[:, t - 1] + noise[:, t]
    rest = unforetold(values)
    assert np.corrcoef(rest[:, 100:].ravel(), noise[:, 100:].ravel())[0, 1] > 0.999
    values[0, 50] = np.nan
    assert not unforetold(values)[0, 50:57].any()


def test_few_broadcasts_cannot_be_paired(together: Watched, faces: ViewerFaces) -> None:
    room = np.minimum(together.visits.room, 5)
    with pytest.raises(FormatError, match="6 broadcasts are too few"):
        find_contagion(replace(together.visits, room=room), together.seen.shown, faces, 0)


@pytest.fixture(scope="module")
def ways(together: Watched, faces: ViewerFaces, followed: Contagions) -> FacePaths:
    return find_paths(together.visits, together.seen.shown, faces, followed, SETTINGS, "UTC", 0)


def test_the_way_holds_what_the_equations_say(ways: FacePaths) -> None:
    truth = through_by_equations(SPEC, ways.settings, "host_elation", "desire")
    assert 0.05 < truth < 0.15
    one = next(one for one in ways.found if (one.expression, one.affect) == ("elation", "desire"))
    assert np.log(one.through.low) < truth < np.log(one.through.high)
    assert np.log(one.through.high / one.through.low) < 0.25
    assert one.first > 0.1
    assert one.second.low > 1
    assert ways.outcome == "purchase"
    # Three parts of the whole are told of one fit each, and add up.
    assert one.through.value * one.past.value == pytest.approx(one.whole.value, rel=1e-9)


def test_surprise_moves_no_cart_and_no_way_is_told(ways: FacePaths) -> None:
    assert not any(one.certain for one in ways.found if one.affect == "surprise")


def test_pairs_that_are_not_followed_count_among_those_asked(ways: FacePaths) -> None:
    assert ways.asked == 2 * 28
    assert len(ways.found) < ways.asked
    for one in ways.found:
        as_good = sum(other.through.p <= one.through.p for other in ways.found)
        assert one.q <= min(one.through.p * ways.asked / as_good, 1.0) * (1 + 1e-9)
        assert one.q >= min(one.through.p * ways.asked / len(ways.found), 1.0) * (1 - 1e-9)


def test_words_say_the_way_and_what_it_rests_on(ways: FacePaths) -> None:
    one = next(one for one in ways.found if (one.expression, one.affect) == ("elation", "desire"))
    line = path_line(one, ways.outcome, ways.settings.host_s)
    assert line.startswith("Through viewers' desire, ")
    assert f"for {one.sd * 30:.0f} s more of 30 s" in line
    surely = replace(one, share=0.5, share_low=0.21, share_high=1.3)
    assert path_line(surely, ways.outcome, 30.0).endswith("so 50 % of it goes this way (21 to 130 %, 95 %).")
    assert "more purchases" in line
    assert "elation" in line
    assert "cause" not in line
    assert sum("noise" in said for said in path_assumptions(ways)) == 1
    assert 0.8 < ways.kept["desire"] < 1


def test_few_purchases_give_way_to_carts(together: Watched, faces: ViewerFaces, followed: Contagions) -> None:
    acts, shown = together.visits.acts, together.seen.shown
    few = replace(together.visits, acts=acts | {"purchase": acts["purchase"][::8]})
    found = find_paths(few, shown, faces, followed, PathSettings(most_rows=3_000), "UTC", 0)
    assert found.outcome == "add_to_cart"
    assert "are few, so products put into the cart are counted instead" in found.notes[0]
    none = replace(together.visits, acts={name: np.zeros(0) for name in acts})
    with pytest.raises(FormatError, match="too few to follow a way"):
        find_paths(none, shown, faces, followed, SETTINGS, "UTC", 0)


def test_windows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ConfigError, match="viewer_s is 7"):
        PathSettings(viewer_s=7)
    with pytest.raises(ConfigError, match="parts of 20 s do not fill"):
        PathSettings(part_s=20)


def test_none_p_is_the_t_test_of_one() -> None:
    assert none_p(np.array([0.5]), np.array([[0.04]]), 11.0) == pytest.approx(2 * stats.t.sf(2.5, 11))


def test_pairings_of_broadcasts_of_many_lengths_spread_as_the_true_one_does() -> None:
    steps = np.where(np.arange(16) % 2, 60, 480)
    there = (np.arange(480) < steps[:, None]).astype(float)
    lags, own = np.arange(-REACH, REACH + 1), np.arange(16)
    true, lots = [], []
    for seed in range(60):
        rng = stream(seed, "lengths")
        host = rng.standard_normal((16, 480, 2)) * there[..., None]
        viewers = rng.standard_normal((16, 480, 3)) * there[..., None]
        found = Pairs.of(host, viewers, there, viewers**2)
        true.append(found.correlations(own, lags))
        lots += [found.correlations(rng.permutation(16), lags) for _ in range(3)]
    true_sd, lots_sd = np.std(true), np.std(lots)
    assert true_sd == pytest.approx(1 / np.sqrt(steps.sum()), rel=0.1)
    assert lots_sd == pytest.approx(true_sd, rel=0.05)
