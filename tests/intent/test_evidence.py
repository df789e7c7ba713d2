"""What a model is given: which rows of a face, its affect, and clicks up to the moment and no further."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tests.intent.moments import LENGTH, moments

from telltale.core import channels
from telltale.core.errors import ConfigError, FormatError
from telltale.intent.clicks import CLICK_NAMES, CLICKS, SPANS_S, click_features
from telltale.intent.evidence import FaceRows, Span, as_evidence, face_evidence
from telltale.intent.registry import make_model
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.study.store import Study

NUMBERED = FaceRows(np.arange(600, dtype=np.float32).reshape(2, 100, 3), np.array([1, 0]))


def test_a_span_takes_its_rows_and_no_later_ones() -> None:
    found = NUMBERED.take(slice(None), Span(5.0, 2.0))
    assert found.shape == (2, 30, 3)
    assert found[1, -1, 0] == (100 - 20 - 1) * 3
    assert found[0, 0, 0] == 300 + (100 - 50) * 3


def test_context_and_jitter_reach_back_and_what_was_not_kept_is_unread() -> None:
    found = NUMBERED.take(np.array([1]), Span(5.0), context_steps=60, earlier_steps=[3])
    assert found.shape == (1, 110, 3)
    assert found[0, -1, 0] == (100 - 3 - 1) * 3
    assert np.isnan(found[0, :13]).all()
    assert np.isfinite(found[0, 13:]).all()
    with pytest.raises(ValueError, match="never later"):
        NUMBERED.take(slice(None), Span(5.0), earlier_steps=-1)


def test_affect_of_a_moment_is_that_of_its_rows() -> None:
    from telltale.core.signal import Signal
    from telltale.signs.affect import compute_affect

    some = moments()[np.array([5, 2])]
    affect = some.faces.as_affect()
    assert affect.values.shape == (2, LENGTH, 4)
    times_s = np.arange(1, LENGTH + 1) / channels.RATE_HZ
    alone = compute_affect(Signal(times_s, some.faces.values[2])).values
    np.testing.assert_array_equal(affect.values[1], alone)


def test_some_of_the_moments_are_the_same_moments() -> None:
    evidence = moments()
    rows = np.array([7, 3])
    some = evidence[rows][np.array([True, False])]
    assert some.shape == (1,)
    np.testing.assert_array_equal(some.clicks[0], evidence.clicks[7])
    assert some.people[0] == evidence.people[7]
    assert as_evidence(some) is some


def test_arrays_of_another_form_are_refused() -> None:
    with pytest.raises(FormatError, match="layout telltale-128"):
        face_evidence(np.zeros((2, 128)))
    with pytest.raises(ConfigError, match="from_s must be over until_s"):
        make_model("seconds", from_s=5.0, until_s=5.0).fit(moments())
    with pytest.raises(ConfigError, match="no setting 'witdh'"):
        make_model("tcn", witdh=3)
    with pytest.raises(ConfigError, match="no model 'tcm'"):
        make_model("tcm")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    out: Path = tmp_path_factory.mktemp("clicks") / "study"
    return Study.open(simulate_study(out, load_spec().scaled(24), seed=1, signals="none").study)


def test_clicks_are_counted_up_to_the_moment(study: Study) -> None:
    events = [
        event
        for event in study.table("events", ["session_id", "time_s", "type"]).to_pylist()
        if event["type"] in CLICKS
    ]
    session = events[0]["session_id"]
    mine = [(event["time_s"], event["type"]) for event in events if event["session_id"] == session]
    end_s = mine[len(mine) // 2][0]  # At the very moment of a click, which is not before it.
    asked = pa.table({"session_id": [session, "nobody"], "end_s": [end_s, 50.0]})
    found = dict(zip(CLICK_NAMES, click_features(study, asked)[0].tolist(), strict=True))
    for click in CLICKS:
        times_s = [t for t, kind in mine if kind == click and t < end_s]
        for span in SPANS_S:
            assert found[f"{click} in {span} s"] == sum(t >= end_s - span for t in times_s)
        since = min(end_s - max(times_s), 30.0) if times_s else 30.0
        assert found[f"seconds since {click}"] == pytest.approx(since, abs=1e-4)
    nobody = click_features(study, asked)[1]
    assert nobody[:-7].sum() == 0
    assert (nobody[-7:] == 30.0).all()


def test_the_last_seconds_can_be_left_out_of_the_clicks(study: Study) -> None:
    session = str(study.table("events")["session_id"][0])
    early, late = (pa.table({"session_id": [session], "end_s": [end_s]}) for end_s in (97.0, 100.0))
    np.testing.assert_array_equal(click_features(study, late, until_s=3.0), click_features(study, early))


def test_no_cart_event_is_a_click() -> None:
    from telltale.study.schema import CART_EVENTS

    assert not set(CLICKS) & set(CART_EVENTS)
