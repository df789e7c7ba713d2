"""How well expressions are coded: figures that can be done by hand, and those of rendered faces."""

from pathlib import Path

import numpy as np
import pytest
from tests.host.acted_faces import ROWS, made_clip
from tests.host.heldout_readings import heldout_clips

from telltale.core.errors import FormatError
from telltale.core.signal import Signal, unread_rows
from telltale.host.acted_clips import ActedClip, acted_units
from telltale.host.coding_evaluation import CodingEvaluation, evaluate_coding, exact, middle_scores
from telltale.signs.coder_prototypes import PrototypeCoder
from telltale.signs.coding import Coding
from telltale.signs.expressions import Evidence, load_table

HELD_OUT = Path(__file__).parents[1] / "data" / "expressions" / "heldout.npz"


class AlwaysAnger:
    """Says anger at .6 and interest at .3 while anything is read, whatever shows."""

    def __init__(self, names: tuple[str, ...] = ROWS) -> None:
        self.names = names
        self.evidence: tuple[Evidence, ...] = tuple("published" for _ in names)

    def code(self, signal: Signal) -> Coding:
        scores = np.zeros((len(signal), len(self.names)), dtype=np.float32)
        scores[:, 0], scores[:, 1] = 0.6, 0.3
        rest = np.where(signal.valid, 0.1, np.nan).astype(np.float32)
        scores[~signal.valid] = np.nan
        return Coding(signal.times_s, self.names, scores, rest)


def test_figures_of_a_coder_that_always_says_the_same() -> None:
    clips = [made_clip(seed) for seed in range(4)]
    found = evaluate_coding(clips, AlwaysAnger())
    of = {row.name: row for row in found.rows}
    assert [(of[name].first, of[name].few) for name in ROWS[:3]] == [(1, 1), (0, 1), (0, 0)]
    assert found.mean("first") == pytest.approx(1 / len(ROWS))
    assert (found.instances, found.unread, found.shown_abstains) == (4 * len(ROWS), 0, 0)
    assert found.quiet_abstains == 0
    assert np.isnan(found.talking_abstains)
    sure = next(one for one in found.bins if one.rows)
    middle = sum(int(one.middle(clip.read).sum()) for clip in clips for one in clip.acted)
    angry = sum(
        int(one.middle(clip.read).sum()) for clip in clips for one in clip.acted if one.expression == "anger"
    )
    rest = sum(int(clip.at_rest.sum()) for clip in clips)
    assert sure.right == pytest.approx(angry / (middle + rest))
    assert found.calibration_error == pytest.approx(abs(0.6 - sure.right), abs=1e-6)


class TellsNothingApart(AlwaysAnger):
    """Gives every expression the same score."""

    def code(self, signal: Signal) -> Coding:
        scores = np.full((len(signal), len(self.names)), 0.5 / len(self.names), dtype=np.float32)
        rest = np.where(signal.valid, 0.5, np.nan).astype(np.float32)
        scores[~signal.valid] = np.nan
        return Coding(signal.times_s, self.names, scores, rest)


def test_a_coder_that_tells_nothing_apart_finds_nothing() -> None:
    found = evaluate_coding([made_clip(0)], TellsNothingApart())
    assert (found.mean("first"), found.mean("few")) == (0, 0)


def test_what_was_not_read_counts_as_missed() -> None:
    clip = made_clip(1)
    values = clip.read.values.copy()
    unseen = clip.acted[0].middle(clip.read)
    values[unseen] = unread_rows(int(unseen.sum()))
    gone = ActedClip("gone", Signal(clip.read.times_s, values), clip.true, clip.acted, clip.speaking)
    found = evaluate_coding([gone], PrototypeCoder())
    assert found.unread == 1
    assert {row.name: row.few for row in found.rows}[clip.acted[0].expression] == 0
    assert np.isnan(middle_scores(PrototypeCoder().code(gone.read), gone.read, clip.acted[0])).all()


def test_the_default_coder_tells_what_is_read_well() -> None:
    coder = PrototypeCoder()
    found = evaluate_coding([made_clip(seed) for seed in range(6)], coder, exact(coder))
    assert found.mean("few") > 0.9
    assert found.mean("ceiling") > 0.95
    assert found.quiet_abstains > 0.95


def test_clips_without_expressions_or_with_strangers_are_told() -> None:
    clip = made_clip(1)
    still = ActedClip("still", clip.read, clip.true, (), clip.speaking)
    with pytest.raises(FormatError, match="no expression is shown"):
        evaluate_coding([still], PrototypeCoder())
    with pytest.raises(FormatError, match=f"knows no '{ROWS[5]}'"):
        evaluate_coding([clip], AlwaysAnger(ROWS[:5]))


def test_units_of_an_event_are_understood() -> None:
    assert acted_units("", "52+54") == (52, 54)
    assert acted_units("1+2R+12", "") == (1, 2, 12)


@pytest.fixture(scope="module")
def held_out() -> CodingEvaluation:
    """What the shipped networks read of rendered faces that nothing was fitted on."""
    coder = PrototypeCoder()
    return evaluate_coding(heldout_clips(HELD_OUT), coder)


def test_rendered_faces_never_seen_before_are_coded(held_out: CodingEvaluation) -> None:
    published = [row for row in held_out.rows if row.evidence == "published"]
    assert len(published) == 14
    assert min(row.instances for row in published) >= 20
    assert {row.name for row in held_out.rows} == {row.name for row in load_table().expressions}
    assert held_out.mean("few", "published") >= 0.7


def test_rendered_faces_at_rest_show_nothing(held_out: CodingEvaluation) -> None:
    assert held_out.quiet_rows > 1500
    assert held_out.quiet_abstains >= 0.9
    assert held_out.talking_rows > 300
    assert held_out.talking_abstains >= 0.8


def test_probabilities_on_rendered_faces_are_honest(held_out: CodingEvaluation) -> None:
    assert held_out.calibration_error < 0.1
