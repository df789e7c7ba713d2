"""The four affect signals: what raises each, what is unread, and contributions that add up."""

import re
from pathlib import Path

import numpy as np
import pytest

from telltale.core import channels
from telltale.core.errors import ConfigError
from telltale.core.signal import Signal, unread_rows
from telltale.signs.affect import NAMES, AffectSignals, compute_affect, load_table

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "affect.md").read_text(encoding="utf-8")
OWN = (ROOT / "src" / "telltale" / "signs" / "affect.toml").read_text(encoding="utf-8")


def signal(*, both: dict[int, float] | None = None, **values: float) -> Signal:
    """One read row: units on both sides, and channels by name."""
    row = np.zeros((1, 128), dtype=np.float32)
    row[0, channels.VALID] = 1.0
    for number, value in (both or {}).items():
        for side in ("left", "right"):
            row[0, channels.INDEX[f"au{number:02d}_intensity_{side}"]] = value
    for name, value in values.items():
        row[0, channels.INDEX[name]] = value
    return Signal(np.array([0.1]), row)


def value_of(name: str, given: Signal) -> float:
    return float(compute_affect(given).values[0, NAMES.index(name)])


REST = signal()


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("hesitation", signal(both={4: 0.4, 20: 0.4})),
        ("desire", signal(both={6: 0.4, 12: 0.4})),
        ("surprise", signal(both={1: 0.4, 2: 0.4, 5: 0.4})),
        ("disengagement", signal(yaw=0.6, gaze_x=0.3)),
    ],
)
def test_each_is_raised_by_its_own_and_is_then_the_highest(name: str, given: Signal) -> None:
    values = compute_affect(given).values[0]
    assert values[NAMES.index(name)] == values.max() > 0.3
    assert values[NAMES.index(name)] > value_of(name, REST) + 0.3


def test_a_face_at_rest_shows_next_to_nothing() -> None:
    values = compute_affect(REST).values[0]
    assert values[:3].tolist() == [0, 0, 0]
    assert 0 < values[3] < 0.2


def test_a_smile_takes_from_hesitation() -> None:
    worried, smiling = signal(both={4: 0.4, 20: 0.4}), signal(both={4: 0.4, 20: 0.4, 12: 0.5})
    assert value_of("hesitation", smiling) < value_of("hesitation", worried)
    assert value_of("desire", smiling) > value_of("desire", worried)


def test_a_brief_act_counts_by_its_energy() -> None:
    assert value_of("surprise", signal(au05_energy_left=0.3)) == pytest.approx(0.12)


def test_values_are_monotone_in_what_raises_them_and_stay_in_bounds() -> None:
    steps = [value_of("desire", signal(both={6: x, 12: x})) for x in np.linspace(0, 1.5, 16)]
    assert (np.diff(steps) >= 0).all()
    assert steps[0] == 0
    assert steps[-1] == 1


def total(affect: AffectSignals, name: str) -> float:
    return sum(affect.explain(0, name).values())


def test_contributions_add_up() -> None:
    random = np.random.default_rng(5).uniform(0, 0.3, (1, 128)).astype(np.float32)
    random[0, channels.VALID] = 1.0
    affect = compute_affect(Signal(np.array([0.1]), random))
    for k, name in enumerate(NAMES):
        assert affect.values[0, k] == pytest.approx(np.clip(total(affect, name), 0, 1), abs=1e-6)
    with pytest.raises(ConfigError, match="no affect signal 'joy'"):
        affect.explain(0, "joy")


def test_what_is_unread_is_nan_and_only_where_it_is_needed() -> None:
    hidden = signal(au12_intensity_left=np.nan)
    values = compute_affect(hidden).values[0]
    assert np.isnan(values[[NAMES.index("hesitation"), NAMES.index("desire")]]).all()
    assert np.isfinite(values[[NAMES.index("surprise"), NAMES.index("disengagement")]]).all()
    lost = compute_affect(Signal(np.array([0.1]), unread_rows(1)))
    assert np.isnan(lost.values).all()


def test_gaze_behind_shut_lids_is_away_but_unread_gaze_is_unread() -> None:
    unseen = signal(gaze_x=np.nan, gaze_y=np.nan)
    assert np.isnan(value_of("disengagement", unseen))
    shut = signal(both={45: 1.0}, gaze_x=np.nan, gaze_y=np.nan)
    assert value_of("disengagement", shut) == pytest.approx(0.3 + 0.35 + 0.15)


def test_disengagement_is_ours_and_the_others_rest_on_the_paper() -> None:
    for formula in load_table().signals:
        sources = {term.source for term in formula.terms}
        assert ("paper" in sources) == (formula.name != "disengagement")
        assert all(re.match(r"\d(\.\d)?: ", t.says) for t in formula.terms if t.source == "paper")


def test_the_page_shows_the_table() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    shown = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[1:]]
    wanted = [
        [formula.name, term.name, f"{term.weight:+g}", term.source, term.says]
        for formula in load_table().signals
        for term in formula.terms
    ]
    assert shown == wanted
    assert load_table().caveat in " ".join(PAGE.split())


def test_a_table_of_ones_own_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace("weight = 0.5", "weight = 0.25", 1), encoding="utf-8")
    affect = compute_affect(signal(both={20: 0.4}), table=load_table(path))
    assert affect.explain(0, "hesitation")["AU20 intensity"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("units = [4, 20]", "units = [4]", "'together' takes 2 units, not 1"),
        ("units = [20]", "units = [24]", "no channels for unit 24"),
        ("weight = 1.0", "weight = 0.0", "has weight 0.0"),
        ('name = "desire"', 'name = "lust"', "they want to be hesitation, desire, surprise, disengagement"),
        ('reading = "stillness"', 'reading = "silence"', "reading' is 'silence'"),
        ('source = "ours"', 'source = "rumour"', "source' is 'rumour'"),
    ],
)
def test_faults_of_a_table_are_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_table(path)
    assert told in str(caught.value)
