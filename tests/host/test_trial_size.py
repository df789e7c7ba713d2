"""Size of a trial: what it promises is what simulated trials keep."""

import dataclasses

import numpy as np
import pytest
from scipy import stats
from tests.host.replanted import Made, made_points, replanted

from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.host.points import HostPoints
from telltale.host.shown import Array
from telltale.host.trial_size import BlockNoise, block_noise, least_ratio, trial_size

STUDY = made_points(1, Made(expressions=1))
ROOMS, STEPS = 25, 720


def usual(seed: int) -> HostPoints:
    return replanted(STUDY, np.zeros((ROOMS, STEPS)), seed)


def typical() -> BlockNoise:
    """Of many studies: one tells its own noise to a fifth or so."""
    seen = [block_noise(usual(9000 + seed), "purchases") for seed in range(40)]
    mean = float(np.mean([one.mean for one in seen]))
    return dataclasses.replace(
        seen[0], mean=mean, phi=mean * float(np.mean([one.phi / one.mean for one in seen]))
    )


def trial(seed: int, ratio: float) -> bool:
    """One switchback: 25 broadcasts of 6 blocks; whether it finds something."""
    coin = stream(seed, "coin").integers(0, 2, (ROOMS, 3))
    show = np.stack([coin, 1 - coin], axis=2).reshape(ROOMS, 6)
    points = replanted(STUDY, np.log(ratio) * np.repeat(show, 120, axis=1), seed)

    def blocks(values: Array) -> Array:
        found: Array = values.reshape(ROOMS, 6, 10)[:, :, 2:].sum(axis=2).reshape(-1, 2)
        return found

    y, exposed, first = blocks(points.counts["purchases"]), blocks(points.viewers), coin.ravel() == 1
    total = y.sum(axis=1)
    with_it = np.where(first, y[:, 0], y[:, 1])
    share = np.where(first, exposed[:, 0], exposed[:, 1]) / exposed.sum(axis=1)
    away = with_it - share * total
    t = np.sqrt(len(away)) * away.mean() / away.std(ddof=1)
    return bool(2 * stats.t.sf(abs(t), len(away) - 1) <= 0.05)


def test_power_is_as_promised() -> None:
    noise = typical()
    ratio = least_ratio(noise, 75)
    assert trial_size(noise, ratio).blocks == pytest.approx(150, abs=2)
    assert trial_size(noise, ratio).broadcasts == pytest.approx(25, abs=1)
    found = np.mean([trial(seed, ratio) for seed in range(300)])
    assert 0.75 <= found <= 0.85
    assert np.mean([trial(seed, 1.0) for seed in range(400, 600)]) <= 0.085


def test_sales_that_bunch_cost_more_blocks() -> None:
    even = block_noise(replanted(STUDY, np.zeros((ROOMS, STEPS)), 1, theta=1e6, demand_sd=0.0), "purchases")
    bunched = block_noise(usual(1), "purchases")
    assert even.phi == pytest.approx(1.0, abs=0.3)
    assert bunched.phi > 1.8
    assert trial_size(bunched, 1.15).blocks > 1.3 * trial_size(even, 1.15).blocks
    assert trial_size(bunched, 1 / 1.15).blocks == pytest.approx(trial_size(bunched, 1.15).blocks, rel=0.2)
    assert (bunched.pairs, bunched.block_s, bunched.skipped_s) == (75, 600.0, 120.0)


def test_blocks_with_gaps_are_left_out_and_too_few_refused() -> None:
    points = usual(1)
    counts = points.counts["purchases"].copy()
    counts[5] = np.nan  # of the first block of the first broadcast
    counts[60] = np.nan  # in minutes that are not counted anyhow
    holes = dataclasses.replace(points, counts={"purchases": counts})
    assert block_noise(holes, "purchases").pairs == 74
    short = made_points(1, Made(rooms=20, minutes=15, hosts=4, expressions=1))
    with pytest.raises(FormatError, match="0 pairs of blocks of 10 minutes"):
        block_noise(short, "purchases")
