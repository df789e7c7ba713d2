"""Seven categories and pleasure, arousal, dominance: sums and means of scores that can be done by hand."""

from pathlib import Path

import numpy as np
import pytest

from telltale.core.errors import ConfigError
from telltale.core.signal import Values
from telltale.signs.categories import category_scores, load_categories
from telltale.signs.coding import Coding
from telltale.signs.expressions import PadAnchor, load_table
from telltale.signs.pad import load_links, pad_of


def coding(**scores: list[float]) -> Coding:
    """Scores of some expressions, row by row; what is left is rest."""
    values: Values = np.array(list(scores.values()), dtype=np.float32).T
    rest = 1 - values.sum(axis=1)
    return Coding(np.arange(len(values)) / 10, tuple(scores), values, rest)


def test_every_link_is_of_an_expression_and_of_a_category_or_an_anchor() -> None:
    table = load_table()
    names = {row.name for row in table.expressions}
    assert {link.expression for link in load_categories().links} <= names
    assert {link.category for link in load_categories().links} == set(table.categories)
    assert {link.expression for link in load_links().links} <= names
    assert {link.anchor for link in load_links().links} == {anchor.name for anchor in table.pad}


def test_categories_are_sums() -> None:
    found = category_scores(
        coding(amusement=[0.3, 0.0], elation=[0.2, 0.1], anger=[0.1, 0.6], awe=[0.1, 0.1])
    )
    happiness, anger = (found.scores[:, found.names.index(name)] for name in ("happiness", "anger"))
    assert happiness.tolist() == pytest.approx([0.5, 0.1])
    assert anger.tolist() == pytest.approx([0.1, 0.6])
    assert found.other.tolist() == pytest.approx([0.1, 0.1])
    assert found.scores.sum(axis=1) + found.other + found.rest == pytest.approx(np.ones(2))
    assert (found.evidence("anger"), found.evidence("happiness")) == ("published", "ours")


def test_a_table_with_fewer_categories_and_anchors_of_its_own() -> None:
    shown = coding(anger=[0.5], fear=[0.3])
    found = category_scores(shown, categories=("anger", "calm"))
    assert found.scores.tolist() == [[0.5, 0.0]]
    assert found.other.tolist() == pytest.approx([0.3])
    placed = pad_of(shown, anchors=(PadAnchor("angry", -1.0, 1.0, 0.5),))
    assert [float(v[0]) for v in (placed.pleasure, placed.arousal, placed.dominance)] == [-1.0, 1.0, 0.5]
    assert placed.covered.tolist() == pytest.approx([0.625])


def test_unread_stays_unread() -> None:
    nothing = Coding(
        np.array([0.1]), ("anger",), np.full((1, 1), np.nan, np.float32), np.full(1, np.nan, np.float32)
    )
    assert np.isnan(category_scores(nothing).scores).all()
    placed = pad_of(nothing)
    assert np.isnan([placed.pleasure, placed.arousal, placed.dominance, placed.covered]).all()


def test_what_shows_lies_between_its_anchors() -> None:
    placed = pad_of(coding(anger=[0.6, 0.2], sadness=[0.2, 0.6], awe=[0.1, 0.1]))
    assert placed.pleasure.tolist() == pytest.approx(
        [(0.6 * -0.51 + 0.2 * -0.63) / 0.8, (0.2 * -0.51 + 0.6 * -0.63) / 0.8]
    )
    assert placed.dominance[0] == pytest.approx((0.6 * 0.25 + 0.2 * -0.33) / 0.8)
    assert placed.covered.tolist() == pytest.approx([0.8 / 0.9] * 2)


def test_nothing_is_placed_where_little_shows_or_has_an_anchor() -> None:
    placed = pad_of(coding(anger=[0.1, 0.1, 0.4], awe=[0.1, 0.7, 0.4]))
    assert np.isnan(placed.pleasure).tolist() == [True, True, False]
    assert np.isnan(placed.covered).tolist() == [True, False, False]
    assert placed.covered[1:].tolist() == pytest.approx([0.125, 0.5])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('caveat = ""\n[[links]]\nexpression = "awe"\ncategory = "joy"\nevidence = "us"', "line 5"),
        ('caveat = ""\nlinks = [{expression="a", category="fear", evidence="ours", says=""}, '
         '{expression="a", category="anger", evidence="ours", says=""}]', "two categories"),
    ],
)  # fmt: skip
def test_faults_of_categories_are_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=told):
        load_categories(path)


def test_unknown_categories_and_anchors_are_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('caveat = ""\nlinks = [{expression="awe", category="joy", evidence="ours", says=""}]')
    with pytest.raises(ConfigError, match="no category 'joy'"):
        category_scores(coding(awe=[1.0]), load_categories(path))
    path.write_text(
        'caveat = ""\nleast_shown = 0.3\nleast_covered = 0.5\n'
        'links = [{expression="awe", anchor="joyful", evidence="ours", says=""}]'
    )
    with pytest.raises(ConfigError, match="no anchor 'joyful'"):
        pad_of(coding(awe=[1.0]), load_links(path))
    path.write_text('caveat = ""\nleast_shown = 0\nleast_covered = 0.5\nlinks = []')
    with pytest.raises(ConfigError, match="over 0"):
        load_links(path)
