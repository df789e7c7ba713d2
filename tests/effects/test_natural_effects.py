"""What goes through a mediator: the product of coefficients where all is linear, the truth where not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest
from scipy.special import expit

from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.effects.contract import Effect
from telltale.effects.doubly_robust import DoublyRobust
from telltale.effects.drawn import Drawn
from telltale.effects.mediated import MediatedDesign
from telltale.effects.natural_effects import NaturalEffects, natural_effects
from telltale.effects.natural_words import natural_answer, natural_doubt, natural_sureness
from telltale.effects.refutation import Finding, Refutation, Verdict

Kind = Literal["linear", "bent", "none", "hidden"]
SEEDS = 30
TRUTH = {"linear": (1.06, 0.5, 0.56), "bent": (2.0, 0.3, 1.7), "none": (0.5, 0.5, 0.0)}
"""Total, direct, indirect, worked out by hand: see `frame`."""


def frame(kind: Kind, n: int, seed: int) -> dict[str, Any]:
    """Rows of a world in which x drives treatment, mediator and outcome.

    linear: m = .8 t + .5 x + e, y = .5 t + .7 m + .4 x + e. bent: m = t + .5 x + e, and
    y = .3 t + .5 m + .8 t m + .4 m^2 + .3 x + e, so that with E m(0) = 0 the direct effect is .3 and the
    indirect .5 + .8 + .4 (E (1 + m(0))^2 - E m(0)^2) = 1.7. none: the treatment does not move m.
    hidden: it does, and u, which no column tells, moves m and y; m does nothing.
    """
    draw = stream(seed, "natural", kind)
    x, u = draw.normal(size=(2, n))
    t = draw.random(n) < expit(0.5 * x)
    m = {"linear": 0.8, "bent": 1.0, "none": 0.0, "hidden": 0.8}[kind] * t + 0.5 * x + draw.normal(size=n)
    y = 0.5 * t + 0.7 * m + 0.4 * x
    if kind == "bent":
        y = 0.3 * t + 0.5 * m + 0.8 * t * m + 0.4 * m**2 + 0.3 * x
    if kind == "hidden":
        m, y = m + u, 0.5 * t + 0.4 * x + u
    return {"t": t.astype(int), "m": m, "y": y + draw.normal(size=n), "x": x}


def mediated(rows: dict[str, Any], **more: Any) -> MediatedDesign:
    return MediatedDesign.from_frame(
        rows, **{"treatment": "t", "mediators": ["m"], "outcome": "y", "covariates": ["x"], **more}
    )


def product(rows: dict[str, Any]) -> tuple[float, float]:
    """Direct and indirect by two regressions, as a textbook has it."""
    one = np.ones(len(rows["t"]))
    with_m = np.linalg.lstsq(np.column_stack([one, rows["t"], rows["m"], rows["x"]]), rows["y"], rcond=None)[
        0
    ]
    on_m = np.linalg.lstsq(np.column_stack([one, rows["t"], rows["x"]]), rows["m"], rcond=None)[0]
    return float(with_m[1]), float(on_m[1] * with_m[2])


def test_where_all_is_linear_it_is_the_product_of_the_arrows() -> None:
    rows = frame("linear", 4000, 1)
    found = natural_effects(mediated(rows), outcome_model="linear")
    direct, indirect = product(rows)
    # Both are right, one of them for more worlds than this: they differ by less than the sampling error.
    assert found.direct.value == pytest.approx(direct, abs=found.direct.standard_error)
    assert found.indirect.value == pytest.approx(indirect, abs=found.indirect.standard_error)
    assert indirect == pytest.approx(0.56, abs=0.06)


def test_the_parts_add_up_and_the_total_is_the_doubly_robust_effect() -> None:
    given = mediated(frame("bent", 500, 2))
    found = natural_effects(given, outcome_model="curved", seed=4)
    assert found.direct.value + found.indirect.value == pytest.approx(found.total.value, abs=1e-12)
    effect = DoublyRobust(outcome_model="curved", seed=4).fit(given.design).effect()
    assert found.total.value == pytest.approx(effect.value, abs=1e-12)
    assert found.total.standard_error == pytest.approx(effect.standard_error, rel=1e-9)
    assert found.total.low == pytest.approx(effect.low)


def test_the_order_of_the_rows_changes_nothing() -> None:
    rows = frame("linear", 200, 2)
    turned = {name: values[::-1] for name, values in rows.items()}
    one, other = (natural_effects(mediated(given), outcome_model="linear") for given in (rows, turned))
    assert one.indirect.value == pytest.approx(other.indirect.value, abs=1e-9)
    assert one.direct.standard_error == pytest.approx(other.direct.standard_error, rel=1e-9)
    assert one.remains[0].value == pytest.approx(other.remains[0].value, abs=1e-9)


def test_intervals_hold_the_truth_where_products_of_coefficients_do_not() -> None:
    held = np.zeros(3)
    for seed in range(SEEDS):
        rows = frame("bent", 500, seed)
        found = natural_effects(mediated(rows), outcome_model="curved", folds=2, seed=seed)
        parts = (found.total, found.direct, found.indirect)
        held += [part.low <= truth <= part.high for part, truth in zip(parts, TRUTH["bent"], strict=True)]
        assert found.indirect.certain
    # With 95 % each, 25 of 30 are reached in 997 of 1,000 such runs.
    assert held.min() >= 25, held
    # What two regressions say is a linear world's answer.
    textbook = np.mean([product(frame("bent", 500, seed))[1] for seed in range(SEEDS)])
    assert abs(textbook - 1.7) > 0.2


def test_what_the_treatment_does_not_move_carries_nothing() -> None:
    found = [
        natural_effects(mediated(frame("none", 400, seed)), outcome_model="linear") for seed in range(14)
    ]
    claims = sum(one.indirect.certain for one in found)
    assert claims <= 3  # 5 % of 14 is .7; more than three come in 4 of 1,000 such runs
    (quiet, *_) = (one for one in found if not one.indirect.certain)
    assert natural_answer(quiet, whole(quiet)).endswith("there is no evidence that any of it went through m.")


def test_several_mediators_and_kinds_at_once() -> None:
    rows = frame("linear", 1500, 3)
    draw = stream(3, "natural", "more")
    rows["liked"] = (draw.random(1500) < expit(rows["t"] - 0.5)).astype(int)
    rows["mood"] = np.where(rows["m"] > 0, "high", "low")
    rows["y"] = rows["y"] + rows["liked"]
    both = natural_effects(mediated(rows, mediators=["m", "liked", "mood"]), outcome_model="linear")
    one = natural_effects(mediated(rows), outcome_model="linear")
    # The chance of a like rises from .38 to .62.
    assert both.indirect.value == pytest.approx(0.56 + 0.245, abs=3 * both.indirect.standard_error)
    assert both.indirect.value > one.indirect.value
    assert both.mediators == ("m", "liked", "mood=low") or both.mediators == ("m", "liked", "mood=high")
    assert len(both.remains) == 3


def test_a_binary_outcome_is_told_in_percentage_points() -> None:
    rows = frame("linear", 1500, 5)
    rows["y"] = (rows["y"] > 0).astype(int)
    found = natural_effects(mediated(rows), outcome_model="linear")
    assert 0.05 < found.indirect.value < 0.4
    assert "percentage points" in natural_answer(found, whole(found))
    assert "percentage points" in natural_sureness(found)


def test_logged_chances_are_used_and_clusters_widen() -> None:
    draw = stream(6, "natural", "lot")
    n = 900
    room = np.repeat(np.arange(90), 10)
    t = draw.random(n) < 0.5
    shared = draw.normal(size=90)[room]
    m = 0.8 * t + draw.normal(size=n)
    rows = {"t": t.astype(int), "m": m, "y": 0.5 * t + 0.7 * m + shared * (2 * t - 1) + draw.normal(size=n),
            "chance": np.full(n, 0.5), "room": room}  # fmt: skip
    alone = natural_effects(mediated(rows, covariates=[], propensity="chance"), outcome_model="linear")
    grouped = natural_effects(
        mediated(rows, covariates=[], propensity="chance", cluster="room"), outcome_model="linear"
    )
    assert alone.evidence == "randomised, logged chances"
    assert alone.indirect.value == pytest.approx(0.56, abs=3 * alone.indirect.standard_error)
    assert grouped.clusters == 90
    assert grouped.total.standard_error > 1.3 * alone.total.standard_error
    assert "by lot" in natural_sureness(alone)
    assert any("by lot" in one for one in alone.assumptions)


def test_how_strong_something_hidden_would_have_to_be_is_told() -> None:
    """In `hidden` all of what goes along is the hidden one's work: the correlation told is just its size."""
    given = mediated(frame("hidden", 3000, 7))
    found = natural_effects(given, outcome_model="linear")
    assert found.indirect.certain  # wrongly, and nothing in the data can say so
    assert found.remains[0].value == pytest.approx(0.5, abs=0.05)  # var u = var e = 1 in both
    assert "0.5" in natural_doubt(found, whole(found))
    true = natural_effects(mediated(frame("none", 3000, 7)), outcome_model="linear")
    assert true.remains[0].value == pytest.approx(0.7 / np.sqrt(1.49), abs=0.05)


def test_a_mediator_that_only_follows_the_outcome_fails() -> None:
    """The outcome's own past drives both: m tells of y only what y told in the same seconds."""
    draw = stream(8, "natural", "follows")
    n = 1500
    t = draw.random(n) < 0.5
    beside = 0.6 * t + draw.normal(size=n)
    rows = {"t": t.astype(int), "m": 0.7 * beside + draw.normal(size=n), "y": beside + draw.normal(size=n),
            "x": draw.normal(size=n)}  # fmt: skip
    given = replace(mediated(rows), outcome_beside=beside)
    found = natural_effects(given, outcome_model="linear")
    assert found.indirect.certain
    assert [check.verdict for check in found.checks] == ["fail"]
    assert natural_answer(found, whole(found)).endswith("of it went through m is not to be relied on.")
    assert natural_doubt(found, whole(found)).startswith(
        "It stands 1 of 1 checks. Do not rely on the way through: Then m tells nothing more of y"
    )
    moves = mediated({**rows, "y": rows["y"] + rows["m"]})
    (check,) = natural_effects(replace(moves, outcome_beside=beside), outcome_model="linear").checks
    assert check.verdict == "pass"
    unlinked = mediated({**rows, "y": draw.normal(size=n)})
    (check,) = natural_effects(replace(unlinked, outcome_beside=beside), outcome_model="linear").checks
    assert check.verdict == "cannot tell"


def test_a_mediator_that_nearly_tells_the_treatment_is_told() -> None:
    draw = stream(4, "natural", "apart")
    t = draw.random(400) < 0.5
    m = 6.0 * t + draw.normal(size=400)
    rows = {"t": t.astype(int), "m": m, "y": m + draw.normal(size=400), "x": draw.normal(size=400)}
    found = natural_effects(mediated(rows), outcome_model="linear")
    assert any("nearly tells who was treated" in note for note in found.notes)
    apart = natural_effects(mediated(frame("linear", 400, 4)), outcome_model="linear")
    assert not any("nearly tells" in note for note in apart.notes)


def test_where_nothing_is_claimed_to_go_through_no_check_fails_it() -> None:
    """What m and y share is the outcome's own past, and the treatment does not move m."""
    draw = stream(9, "natural", "nothing through")
    n = 600
    t = draw.random(n) < 0.5
    beside = draw.normal(size=n)
    rows = {"t": t.astype(int), "m": 0.7 * beside + draw.normal(size=n),
            "y": 0.8 * t + beside + draw.normal(size=n), "x": draw.normal(size=n)}  # fmt: skip
    found = natural_effects(replace(mediated(rows), outcome_beside=beside), outcome_model="linear")
    assert found.remains[0].certain
    assert not found.indirect.certain
    (check,) = found.checks
    assert check.verdict == "cannot tell"
    assert check.found == "Nothing is claimed to go through m that it could sink."


def whole(found: NaturalEffects, *verdicts: Verdict) -> Finding:
    """What it did in all, with checks of these verdicts; one that passes when none are given."""
    part = found.total
    effect = Effect("ATE", part.value, part.low, part.high, part.standard_error, 0.95, "dr", "viewer", "t",
                    "y", found.treated, found.control, found.clusters, 0, "observed")  # fmt: skip
    return Finding(
        effect,
        tuple(
            Refutation(f"check {k}", verdict, "Asked.", "Told.", 0.0, 0.0, 0.0)
            for k, verdict in enumerate(verdicts or ("pass",))
        ),
    )


def told(**parts: tuple[float, float, float]) -> NaturalEffects:
    """A result with other numbers."""
    base = natural_effects(mediated(frame("linear", 100, 1)), outcome_model="mean", folds=2)
    new = {
        name: replace(getattr(base, name), value=v, low=lo, high=hi) for name, (v, lo, hi) in parts.items()
    }
    return replace(base, outcome_sd=2.0, **new)


def test_words() -> None:
    both = told(total=(1.0, 0.5, 1.5), direct=(0.6, 0.2, 1.0), indirect=(0.4, 0.1, 0.7))
    assert natural_answer(both, whole(both)) == (
        "t raised y by 1 (0.5 SD) in all; through m, it raised it by 0.4 (0.2 SD), 40 % of it; past it, it"
        " raised it by 0.6 (0.3 SD)."
    )
    against = told(total=(0.2, -0.3, 0.7), direct=(-0.6, -1.0, -0.2), indirect=(0.8, 0.1, 0.9))
    assert natural_answer(against, whole(against)) == (
        "There is no evidence that t changed y in all, so neither what went through m nor what went past it"
        " is told as found."
    )
    assert np.isnan(against.share)
    apart = told(total=(0.5, 0.1, 0.9), direct=(-0.6, -1.0, -0.2), indirect=(1.1, 0.1, 1.4))
    assert natural_answer(apart, whole(apart)) == (
        "t raised y by 0.5 (0.25 SD) in all; through m, it raised it by 1.1 (0.55 SD); past it, it lowered it"
        " by 0.6 (0.3 SD)."
    )
    unsure = told(total=(0.5, 0.2, 0.7), direct=(0.1, -0.1, 0.3), indirect=(0.4, 0.1, 0.9))
    assert natural_answer(unsure, whole(unsure)).endswith("80 % of it; that any went past it is not certain.")
    nothing = told(total=(0.1, -0.2, 0.4), direct=(0.1, -0.2, 0.4), indirect=(0.0, -0.2, 0.2))
    assert natural_answer(nothing, whole(nothing)) == (
        "There is no evidence that t changed y in all, nor that anything went through m."
    )
    assert "neither for who got it" in natural_sureness(nothing)
    assert "each is for itself, with no correction for the two parts" in natural_sureness(nothing)
    assert natural_doubt(nothing, whole(nothing)) == (
        "It stands 1 of 1 checks. It is wrong if something that no column tells moves both m and y, or drove"
        " who got t and either of them; or if t moved something else that moves both."
    )
    # What sinks it in all sinks its parts, and the first sentence says so.
    sunk = whole(both, "pass", "fail")
    assert natural_answer(both, sunk) == (
        "Not to be relied on: t seems to have raised y by 1 (0.5 SD) in all, but that fails 1 of 2 checks"
        " (check 1), so no part is told as found through m."
    )
    assert natural_doubt(both, sunk).startswith(
        "It is wrong too if something that no column tells moves both"
    )
    followed = replace(both, checks=sunk.failed)
    assert "way through" in natural_doubt(followed, whole(both))
    assert "way through" not in natural_doubt(followed, sunk)
    assert natural_doubt(nothing, whole(nothing, "cannot tell")).startswith(
        "The checks cannot tell: nothing is claimed. It is wrong if"
    )
    # A lot for the treatment is none for the mediator.
    drawn = replace(nothing, evidence="randomised, logged chances")
    assert natural_doubt(drawn, whole(drawn)) == (
        "It stands 1 of 1 checks. It is wrong if something that no column tells moves both m and y, which no"
        " lot for t rules out; or if t moved something else that moves both."
    )
    some = replace(nothing, unlogged="chances are missing for 3 of 90 viewers")
    assert "; chances are missing for 3 of 90 viewers, so no lot is used, neither" in natural_sureness(some)
    people = replace(nothing, treated=1, drawn=Drawn("person"), clusters=7)
    assert ". 1 viewer got it, " in natural_sureness(people)
    assert " did not, of 7 people; no lot" in natural_sureness(people)


@pytest.mark.parametrize(
    ("spoil", "more", "says"),
    [
        (lambda r: r, {"mediators": []}, "no mediators"),
        (lambda r: r, {"mediators": ["x"]}, "'x' named twice"),
        (lambda r: r, {"mediators": ["mood"]}, "no column 'mood'"),
        (lambda r: r, {"covariates": []}, "no covariates and no logged chances"),
        (lambda r: {**r, "m": np.ones(len(r["m"]))}, {}, "constant columns: 'm'"),
        (lambda r: {**r, "m": 2.0 * r["x"]}, {}, "collinear columns"),
        (lambda r: {**r, "m": 3.0 * r["t"]}, {}, "'m' tells the treatment exactly"),
        (lambda r: {**r, "m": np.where(r["x"] > 1, np.nan, r["m"])}, {}, "missing values in 'm'"),
        (lambda r: {name: values[:12] for name, values in r.items()}, {}, "12 rows"),
        (lambda r: {**r, "t": np.ones(len(r["t"]), int)}, {}, "everybody got the treatment"),
    ],
)
def test_what_makes_no_design_is_refused_in_one_line(
    spoil: Callable[[dict[str, Any]], dict[str, Any]], more: dict[str, Any], says: str
) -> None:
    with pytest.raises(FormatError, match=says) as error:
        mediated(spoil(frame("linear", 200, 9)), **more)
    assert "\n" not in str(error.value)


def test_settings_that_make_no_sense_are_refused_at_once() -> None:
    given = mediated(frame("linear", 200, 9))
    with pytest.raises(
        ConfigError, match=r"model 'x' is none of .*; folds must be .*, not 1; level must be .*, not 2"
    ):
        natural_effects(given, outcome_model="x", folds=1, level=2.0)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"folds must be a whole number, .* not 2.5; seed .* not '3'"):
        natural_effects(given, folds=2.5, seed="3")  # type: ignore[arg-type]
    with pytest.raises(FormatError, match="the outcome beside has holes"):
        replace(given, outcome_beside=np.full(200, np.nan))
    with pytest.raises(FormatError, match="mediators have shape"):
        replace(given, mediators=given.mediators[:5])
