"""The table of expressions: what it says, what its page says, and what is told of a faulty one."""

import re
from pathlib import Path

import pytest

from telltale.core.channels import ACTION_UNITS
from telltale.core.errors import ConfigError
from telltale.signs.expressions import Expression, ExpressionTable, OtherForm, load_table, units_of
from telltale.signs.facs import BY_NUMBER, UNITS

PAGE = (Path(__file__).parents[2] / "docs" / "expressions.md").read_text(encoding="utf-8")


def page_rows(title: str) -> list[list[str]]:
    """Cells of the table under a title of the page, without its head."""
    section = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    text = next(part for part in section if part.startswith(title))
    rows = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def written(form: Expression | OtherForm) -> str:
    """Units as the page writes them: `6 + 12 + (55 or 56)`."""
    parts = [str(number) for number in form.units]
    if form.either:
        parts.append(f"({' or '.join(map(str, form.either))})")
    return " + ".join(parts)


def written_other(form: OtherForm) -> str:
    name = f'"{form.called}"' if form.called else ""
    return f"{' '.join(filter(None, (written(form), name)))} ({', '.join(form.sources)})"


def test_there_are_28_and_seven() -> None:
    table = load_table()
    assert len(table.expressions) == 28
    assert len(table.categories) == 7
    assert len(table.pad) == 9


def test_the_page_shows_the_table() -> None:
    wanted = [
        [
            e.name,
            written(e) + (f", gaze {e.gaze}" if e.gaze else ""),
            " + ".join(map(str, e.channel_units)),
            "; ".join(map(written_other, e.other)),
            " ".join([e.evidence, *e.sources]),
        ]
        for e in load_table().expressions
    ]
    assert page_rows("The table") == wanted


def test_the_page_shows_the_units_and_the_anchors() -> None:
    units = [[str(u.number), u.name, u.muscle, u.seen, "yes" if u.has_channels else ""] for u in UNITS]
    assert page_rows("The units") == units
    anchors = [
        [a.name, *(f"{v:.2f}" for v in (a.pleasure, a.arousal, a.dominance))] for a in load_table().pad
    ]
    assert page_rows("Pleasure") == anchors


def test_the_page_says_what_is_not_known() -> None:
    assert load_table().caveat in " ".join(PAGE.split())


def test_the_17_come_first_and_are_those_of_the_channels() -> None:
    assert tuple(unit.number for unit in UNITS[:17]) == ACTION_UNITS
    assert len(BY_NUMBER) == len(UNITS)


def test_what_a_signal_cannot_hold_is_said_to_be_missing() -> None:
    table = load_table()
    assert units_of("contentment") == (12,)
    assert table["contentment"].missing == (43,)
    assert table["love"].missing == (55, 56)
    assert table["anger"].missing == ()
    for expression in table.expressions:
        parts = {*expression.channel_units, *expression.missing}
        assert parts == {*expression.units, *expression.either}


def test_every_expression_can_be_drawn_in_part() -> None:
    for expression in load_table().expressions:
        assert expression.channel_units
        assert expression.share_name == f"host_{expression.name}"


def test_only_what_is_ours_goes_without_a_source() -> None:
    for expression in load_table().expressions:
        assert bool(expression.sources) == (expression.evidence != "ours")


OWN = """
caveat = "mine"
categories = []
[sources]
M = "me"
[[expressions]]
name = "glee"
units = [6, 12]
evidence = "recalled"
sources = ["M"]
"""


def own(tmp_path: Path, text: str) -> ExpressionTable:
    path = tmp_path / "own.toml"
    path.write_text(text)
    return load_table(path)


def test_a_table_of_ones_own_takes_its_place(tmp_path: Path) -> None:
    assert own(tmp_path, OWN)["glee"].channel_units == (6, 12)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[6, 12]", "[6, 13]", "line 6: no unit 13"),
        ("[6, 12]", "[12, 6]", "line 6: units [12, 6] want to rise"),
        ("[6, 12]", "[]", "line 6: expression 'glee' has no units"),
        ('["M"]', '["N"]', "no source N: add it to [sources]"),
        ('["M"]', "[]", "line 6: expression 'glee' cites nothing"),
        ('"recalled"', '"ours"', "line 6: expression 'glee' is ours and cites sources"),
        ('"recalled"', '"rumour"', "line 9: 'expressions[0].evidence' is 'rumour'"),
        ("units =", "unit =", "line 8: unknown key 'expressions[0].unit'"),
        ('sources = ["M"]\n', 'sources = ["M"]\n' + OWN[OWN.index("[[") :], "expressions given twice: glee"),
    ],
)
def test_faults_of_a_table_are_told_with_their_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        own(tmp_path, OWN.replace(old, new))
    assert told in str(caught.value)


def test_anchors_lie_between_minus_one_and_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="anchor 'joy' lies outside -1 to 1"):
        own(tmp_path, OWN + '[[pad]]\nname = "joy"\npleasure = 2.0\narousal = 0.0\ndominance = 0.0\n')
