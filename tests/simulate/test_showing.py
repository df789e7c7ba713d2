"""A host's face: one expression at a time, as often as its latent asks for, with head and eyes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from telltale.core.channels import ACTION_UNITS
from telltale.core.provenance import Provenance
from telltale.core.signal import Signal
from telltale.core.signal_file import read_signal
from telltale.signs.expressions import load_table, units_of
from telltale.simulate.acts import build_act_table
from telltale.simulate.sessions import HostTask, make_host
from telltale.simulate.showing import LEAST, MOST, POSTURES, REST, SHARPNESS, draw_showing
from telltale.simulate.spec_file import load_spec

NAMES = tuple(expression.name for expression in load_table().expressions)
NEVER = -50.0


def rng() -> np.random.Generator:
    return np.random.default_rng(4)


def latents(steps: int, **high: float) -> npt.NDArray[np.float32]:
    """Expressions that never lead, but those named. Shape (steps, 28)."""
    x = np.full((steps, len(NAMES)), NEVER, dtype=np.float32)
    for name, value in high.items():
        x[:, NAMES.index(name)] = value
    return x


def test_turns_are_taken_as_often_as_the_latents_ask() -> None:
    x = latents(4000, anger=2.0, interest=1.5)
    shown = draw_showing(rng(), x, NAMES, 200_000)
    middles = shown.drive[5::10]  # the sixth of ten rows: no step is eased there
    weight = np.exp([SHARPNESS * 2.0, SHARPNESS * 1.5, REST])
    angry, keen = (middles[:, ACTION_UNITS.index(unit)] > 0 for unit in (23, 2))
    assert not (angry & keen).any()
    found = [angry.mean(), keen.mean(), 1 - angry.mean() - keen.mean()]
    assert found == pytest.approx(weight / weight.sum(), abs=0.012)  # three standard errors of 20,000 seconds
    assert (middles[~angry & ~keen] == 0).all()


def test_of_28_usual_latents_none_shows_three_tenths_of_the_time() -> None:
    x = rng().standard_normal((5000, 28)).astype(np.float32)
    middles = draw_showing(rng(), x, NAMES, 250_000).drive[5::10]
    assert (middles.sum(axis=1) == 0).mean() == pytest.approx(0.31, abs=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_what_leads_shows_by_its_own_units(name: str) -> None:
    shown = draw_showing(rng(), latents(10, **{name: 10.0}), NAMES, 500).drive[250]
    units = {*units_of(name), *({45} if 43 in load_table()[name].units else ())}
    assert {unit for unit, size in zip(ACTION_UNITS, shown.tolist(), strict=True) if size} == units
    assert shown.max() == MOST


def test_it_shows_more_the_higher_it_stands() -> None:
    sizes = []
    for value in (0.0, 1.0, 2.0):
        drive = draw_showing(rng(), latents(400, interest=value), NAMES, 20_000).drive
        sizes.append(float(drive[:, ACTION_UNITS.index(2)].max()))
    assert sizes == pytest.approx([LEAST, LEAST + 0.2, LEAST + 0.4])


@pytest.mark.parametrize(
    ("name", "what", "sign"),
    [
        ("pride", "pitch", 1),
        ("shame", "pitch", -1),
        ("embarrassment", "yaw", -1),
        ("confusion", "roll", -1),
        ("sympathy", "size", 1),
    ],
)
def test_the_head_takes_part(name: str, what: str, sign: int) -> None:
    posture = draw_showing(rng(), latents(10, **{name: 10.0}), NAMES, 500).posture[:, 250]
    assert np.sign(posture[POSTURES.index(what)]) == sign
    others = [i for i, posed in enumerate(POSTURES) if posed not in (what, "pitch")]
    assert (posture[others] == 0).all()


def test_the_eyes_look_away_and_love_leans_to_one_side() -> None:
    away = draw_showing(rng(), latents(10, contemplation=10.0), NAMES, 500).posture[POSTURES.index("gaze_x")]
    assert abs(away[250]) > 0.3
    roll = [
        float(draw_showing(np.random.default_rng(k), latents(10, love=10.0), NAMES, 500).posture[2, 250])
        for k in range(12)
    ]
    assert {np.sign(r) for r in roll} == {-1.0, 1.0}


def shown_by(folder: Path, x: npt.NDArray[np.float32]) -> Signal:
    spec = load_spec()
    task = HostTask(
        seed=1,
        room=0,
        host=0,
        rows=len(x) * 50,
        expressions=x,
        names=NAMES,
        light_steps_s=np.zeros(0),
        file=folder / "r.parquet",
    )
    make_host(task, spec, build_act_table(spec), Provenance())
    return read_signal(task.file)


def test_a_signal_holds_what_was_shown(tmp_path: Path) -> None:
    """Two minutes of nothing, two of pride, two of desire: head, smile and closed eyes come and go."""
    x = np.concatenate([latents(24), latents(24, pride=8.0), latents(24, desire=8.0)])
    signal = shown_by(tmp_path, x)

    def means(name: str) -> list[float]:
        parts = np.split(signal.channel(name), 3)
        return [float(np.nanmean(part)) for part in parts]

    rest, proud, longing = means("pitch")
    assert proud - rest > 0.15
    assert abs(longing - rest) < 0.1
    rest, proud, longing = means("au12_intensity_left")
    assert proud - rest > 0.5
    assert abs(longing - rest) < 0.1
    rest, proud, longing = means("au45_intensity_right")
    assert longing - rest > 0.5
    assert abs(proud - rest) < 0.1
