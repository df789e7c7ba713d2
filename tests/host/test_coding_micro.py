"""Names of micro-expressions: of rendered faces, and of made-up events that can be done by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.host.acted_faces import made_clip
from tests.host.heldout_readings import heldout_clips

from telltale.core.errors import FormatError
from telltale.core.signal import Signal
from telltale.host.acted_clips import ActedClip
from telltale.host.coding_micro import evaluate_micro
from telltale.signs.coder_prototypes import PrototypeCoder
from telltale.signs.coding import Coder, Coding
from telltale.signs.expressions import Evidence
from telltale.signs.micro_macro import Event

MICRO = Path(__file__).parents[1] / "data" / "expressions" / "micro.npz"


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
    assert (found.acted, found.spotted, found.at_rest) == (before.acted, before.spotted, before.at_rest)
    assert found.spotted > 150
    assert before.few < 0.12  # what half a second's mean leaves of them
    assert found.few >= 0.45
    assert found.first >= 0.22
    assert found.named >= 0.37
    assert found.named_at_rest <= 0.2


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
    assert (none.acted, none.spotted, none.at_rest) == (1, 0, 0)
    assert np.isnan(none.first)
    # One event in it, one that is macro, one right after it, two far away.
    found = evaluate_micro(
        [clip_with(at(4.5, 0.3), at(4.5, 0.9), at(6.1, 0.2), at(9, 0.2), at(12, 0.4))], coder
    )
    assert (found.acted, found.spotted, found.at_rest) == (1, 1, 2)
    assert (found.first, found.few, found.named, found.named_at_rest) == (1, 1, 1, 1)


def test_clips_without_any_are_told() -> None:
    with pytest.raises(FormatError, match="render some with --preset expressions-micro"):
        evaluate_micro([made_clip(1)], PrototypeCoder())
