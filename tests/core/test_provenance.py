"""Provenance: steps in order, the same after a journey through a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.core.errors import FormatError
from telltale.core.provenance import Provenance

text = st.text(st.characters(codec="utf-8"), max_size=12)
plain = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), text)
settings = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=6), plain | st.lists(plain, max_size=3), max_size=4
)


@given(st.lists(st.tuples(text, text, settings), max_size=4))
def test_what_was_written_is_read(steps: list[tuple[str, str, dict[str, object]]]) -> None:
    provenance = Provenance()
    for what, software, chosen in steps:
        provenance = provenance.then(what, software=software, **chosen)
    assert Provenance.from_json(provenance.to_json()) == provenance
    assert [step.what for step in provenance.steps] == [what for what, _, _ in steps]


def test_adding_a_step_leaves_the_old_one_as_it_was() -> None:
    first = Provenance().then("simulate", seed=7)
    first.then("flip")
    assert [step.what for step in first.steps] == ["simulate"]


def test_the_order_of_settings_does_not_show() -> None:
    assert Provenance().then("a", x=1, y=2).to_json() == Provenance().then("a", y=2, x=1).to_json()


@pytest.mark.parametrize("text", ["", "nothing", "{}x", "3", "[1]", '[{"what": "a"}]', "null", '{"what": 1}'])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="provenance cannot be read"):
        Provenance.from_json(text)
