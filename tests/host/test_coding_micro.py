"""Names of micro-expressions: of rendered faces, and of made-up events that can be done by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.host.acted_faces import made_clip
from tests.host.heldout_readings import heldout_clips

from telltale.core.signal import Signal
from telltale.host.acted_clips import ActedClip
from telltale.host.coding_micro import evaluate_micro
from telltale.signs.coder_prototypes import PrototypeCoder
from telltale.signs.coding import Coder, Coding
from telltale.signs.expressions import Evidence
from telltale.signs.micro_macro import Event

DATA = Path(__file__).parents[1] / "data" / "expressions"
MICRO, HELD_OUT = DATA / "micro.npz", DATA / "heldout.npz"


class RowsAlone:
    """The default coder as one of a user's own: it has no way of its own with brief events."""

    names = PrototypeCoder().names
    evidence: tuple[Evidence, ...] = PrototypeCoder().evidence

    def code(self, signal: Signal) -> Coding:
        return PrototypeCoder().code(signal)


@pytest.fixture(scope="module")
def micro() -> list[ActedClip]:
    return heldout_clips(MICRO)


def test_brief_events_of_rendered_faces_are_named(micro: list[ActedClip]) -> None:
    found, before = evaluate_micro(micro, PrototypeCoder()), evaluate_micro(micro, RowsAlone())
    assert (found.acted, found.spotted) == (before.acted, before.spotted)
    assert (found.silent.events, found.talking.events) == (before.silent.events, before.talking.events)
    assert found.spotted > 150
    assert before.few < 0.12  # what half a second's mean leaves of them
    assert found.few >= 0.45
    assert found.first >= 0.22
    assert found.named >= 0.37
    assert found.silent.named + found.talking.named <= 0.2 * (found.silent.events + found.talking.events)


def test_names_at_rest_are_told_of_clips_that_act_no_micro_expression() -> None:
    found = evaluate_micro(heldout_clips(HELD_OUT), PrototypeCoder())
    assert (found.acted, found.spotted) == (0, 0)
    assert np.isnan([found.first, found.few, found.named]).all()
    assert (found.silent.events, found.talking.events) == (21, 13)
    assert found.silent.minutes > 6
    assert found.silent.named_a_minute <= 1.2  # reached: 7 in 7 minutes of silence, 2 in 1.2 of speech
    assert found.talking.named_a_minute <= 2.8


def clip_with(*events: Event) -> ActedClip:
    """Interest first of all that is acted, as if it were brief."""
    clip = made_clip(3)
    one = replace(clip.acted[0], expression="interest", kind="micro")
    return replace(clip, acted=(one,), spotted=events)


class SaysInterest:
    """Interest at .6 in every row."""

    names = ("anger", "interest")
    evidence: tuple[Evidence, ...] = ("published", "published")

    def code(self, signal: Signal) -> Coding:
        scores = np.tile(np.array([[0.1, 0.6]], dtype=np.float32), (len(signal), 1))
        return Coding(signal.times_s, self.names, scores, np.full(len(signal), 0.3, dtype=np.float32))


def at(onset_s: float, length_s: float) -> Event:
    return Event(onset_s, onset_s + length_s / 2, onset_s + length_s, ((12, "left"),), 0.3, 0.9)


def test_shares_are_of_what_was_spotted_and_of_what_was_not_acted() -> None:
    coder: Coder = SaysInterest()
    none = evaluate_micro([clip_with()], coder)
    assert (none.acted, none.spotted, none.silent.events) == (1, 0, 0)
    assert np.isnan(none.first)
    assert none.silent.named_a_minute == 0
    # One event in it, one that is macro, one right after it, two far away.
    found = evaluate_micro(
        [clip_with(at(4.5, 0.3), at(4.5, 0.9), at(6.1, 0.2), at(9, 0.2), at(12, 0.4))], coder
    )
    assert (found.acted, found.spotted, found.silent.events) == (1, 1, 2)
    assert (found.first, found.few, found.named, found.silent.named) == (1, 1, 1, 2)
    # 28 s, less two acted and two tenths on either side.
    assert found.silent.minutes == pytest.approx((28 - 2.4) / 60, abs=0.2 / 60)


def test_events_of_speech_are_told_apart() -> None:
    clip = clip_with(at(9, 0.2), at(12, 0.4))
    spoke = replace(clip, speaking=clip.read.times_s > 11)
    found = evaluate_micro([spoke], SaysInterest())
    assert (found.silent.events, found.talking.events) == (1, 1)
    assert found.talking.minutes == pytest.approx(17 / 60)
    assert found.talking.named_a_minute == pytest.approx(60 / 17)
    assert np.isnan(evaluate_micro([clip], SaysInterest()).talking.events_a_minute)


def test_what_a_coder_does_not_name_is_not_counted() -> None:
    clip = clip_with(at(4.5, 0.3))
    stranger = replace(clip, acted=(replace(clip.acted[0], expression="awe"),))
    found = evaluate_micro([clip, stranger], SaysInterest())
    assert (found.acted, found.others, found.spotted, found.first) == (1, 1, 1, 1)
