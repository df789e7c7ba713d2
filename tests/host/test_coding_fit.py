"""Numbers of the coder from clips whose readings are bent on purpose: what was planted comes back."""

from dataclasses import replace

import pytest
from tests.host.acted_faces import WEAK, WEAKER, made_clip

from telltale.core.errors import FormatError
from telltale.host.coding_evaluation import evaluate_coding
from telltale.host.coding_fit import fit_settings
from telltale.signs.coder_prototypes import PrototypeCoder
from telltale.signs.coding_settings import CodingSettings, load_settings, to_toml

CLIPS = [made_clip(seed, speaks=seed % 3 == 0) for seed in range(9)]
UNSEEN = [made_clip(seed, speaks=seed % 3 == 0) for seed in range(100, 106)]


@pytest.fixture(scope="module")
def fitted() -> CodingSettings:
    return fit_settings(CLIPS, load_settings(), "made-up faces", steps=60)


def test_gains_that_were_planted_are_found(fitted: CodingSettings) -> None:
    # All gains are multiplied by one factor in the end, so it is their ratios that tell.
    full = sum(fitted.unit(n).gain for n in (1, 2, 5, 9, 17, 23)) / 6
    for number in (1, 2, 4, 5, 9, 15, 17, 23):
        planted = WEAKER if number in WEAK else 1.0
        assert fitted.unit(number).gain / full == pytest.approx(planted, abs=0.05)


def test_units_that_were_never_acted_keep_their_numbers(fitted: CodingSettings) -> None:
    before = load_settings().unit(55)
    assert fitted.unit(55).floor == before.floor
    assert fitted.unit(55).rest == before.rest
    assert fitted.reading == load_settings().reading
    assert fitted.fitted_on == "made-up faces"


def test_speech_moves_lips_and_jaw_alone(fitted: CodingSettings) -> None:
    assert fitted.unit(25).speech > 0.15
    assert fitted.unit(25).speech > fitted.unit(26).speech > 0.05
    assert abs(fitted.unit(4).speech) < 0.02


def test_fitted_numbers_make_what_was_shown_more_probable_on_faces_not_fitted_on(
    fitted: CodingSettings,
) -> None:
    coarse = replace(load_settings(), temperature=8.0, rest=0.05)
    before, after = (evaluate_coding(UNSEEN, PrototypeCoder(settings=s)) for s in (coarse, fitted))
    assert after.calibration("all").error < before.calibration("all").error
    assert after.mean("few") > 0.9
    assert after.quiet_abstains > 0.9


def test_a_fit_is_the_same_every_time_and_can_be_written(fitted: CodingSettings) -> None:
    again = fit_settings(CLIPS[:3], load_settings(), "some", steps=12)
    assert again == fit_settings(CLIPS[:3], load_settings(), "some", steps=12)
    assert 'fitted_on = "made-up faces"' in to_toml(fitted)


def test_odds_are_from_faces_that_the_other_numbers_do_not_know(fitted: CodingSettings) -> None:
    # Numbers that fit faces which no others are like are told to be worth less.
    alike = [made_clip(seed, gain=0.7) for seed in range(6)]
    unlike = [made_clip(seed, gain=gain) for seed, gain in enumerate((0.2, 0.7, 1.2) * 2)]
    same, other = (fit_settings(clips, load_settings(), "", steps=60) for clips in (alike, unlike))
    assert other.temperature > 1.5 * same.temperature


def test_two_faces_are_too_few_to_try_a_third_of_them() -> None:
    with pytest.raises(FormatError, match="2 clips: too few"):
        fit_settings(CLIPS[:2], load_settings(), "none")


def test_clips_that_show_nothing_cannot_be_fitted_on() -> None:
    clip = CLIPS[0]
    with pytest.raises(FormatError, match="no expression is shown"):
        fit_settings([replace(clip, acted=())], load_settings(), "none")
