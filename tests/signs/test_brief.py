"""Brief events: their shape is read, whatever their size, and stands where a mean of rows shows nothing."""

import numpy as np
import pytest
from tests.signs.faces import face_of, hidden, then, unread

from telltale.core.signal import Signal
from telltale.signs.brief import magnified
from telltale.signs.coder_prototypes import PrototypeCoder, brief_coding
from telltale.signs.coding_units import TOLD
from telltale.signs.leading import coded_events
from telltale.signs.micro_macro import Event

CODER = PrototypeCoder()
EVENT = Event(3.0, 3.1, 3.2, ((1, "left"), (2, "left"), (12, "left")), 0.2, 0.9)


def flash(size: float, rest: float = 0.0) -> Signal:
    """Two rows of interest between rest; the brows have a level of their own throughout."""
    units = {1: 0.9 * size + rest, 2: size + rest, 12: size}
    still = {1: rest, 2: rest}
    return then(face_of(30, still), face_of(2, units), face_of(30, still))


@pytest.mark.parametrize("size", [0.1, 0.2, 0.4])
@pytest.mark.parametrize("rest", [0.0, 0.25])
def test_the_shape_is_read_above_what_was_before_and_after(size: float, rest: float) -> None:
    found = magnified(flash(size, rest), [EVENT], 1.0)
    told = {n: float(found.values[0, TOLD.index(n)]) for n in (1, 2, 12, 4, 53)}
    assert told == pytest.approx({1: 0.9, 2: 1.0, 12: 1.0, 4: 0.0, 53: 0.0}, abs=1e-4)


def test_noise_is_not_stretched_into_a_shape() -> None:
    assert magnified(flash(0.002), [EVENT], 1.0).values.max() == pytest.approx(0.1, abs=1e-4)


def test_a_micro_event_is_named_where_a_mean_of_rows_shows_nothing() -> None:
    signal = flash(0.2)
    coding = CODER.code(signal)
    (before,), (after,) = (
        coded_events(coding, [EVENT], (), brief) for brief in (None, brief_coding(CODER, signal, [EVENT]))
    )
    assert before.mean_rest > 0.8
    assert after.expression == "interest"
    assert after.mean_score > after.mean_rest


def test_a_macro_event_goes_by_its_rows_and_so_does_a_coder_of_ones_own() -> None:
    signal = flash(0.2)
    coding = CODER.code(signal)
    long = Event(2.5, 3.1, 3.7, EVENT.units, 0.2, 0.9)
    assert coded_events(coding, [long], (), CODER.code_brief(signal, [long])) == coded_events(coding, [long])

    class Own:
        names, evidence = CODER.names, CODER.evidence
        code = CODER.code

    assert brief_coding(Own(), signal, [EVENT]) is None


def test_what_was_hidden_or_unread_says_nothing() -> None:
    covered = magnified(hidden(flash(0.2), 12), [EVENT], 1.0)
    assert np.isnan(covered.values[0, TOLD.index(12)])
    assert covered.values[0, TOLD.index(2)] == pytest.approx(1.0)
    lost = then(face_of(30), unread(2), face_of(30))
    assert np.isnan(CODER.code_brief(lost, [EVENT]).rest).all()
    far = Event(30.0, 30.1, 30.2, EVENT.units, 0.2, 0.9)
    assert np.isnan(CODER.code_brief(flash(0.2), [far]).rest).all()
    assert len(CODER.code_brief(flash(0.2), []).rest) == 0
