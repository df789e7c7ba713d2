"""What an evaluation on coded clips says, as tables."""

from __future__ import annotations

from telltale.units.evaluation_emotions import CodedEvaluation
from telltale.units.evaluation_tables import Table, number


def coded_tables(result: CodedEvaluation) -> list[Table]:
    """Classes by data set, classes by themselves, units."""
    return [_sets(result), _classes(result), _units(result)]


def _sets(result: CodedEvaluation) -> Table:
    how = "the head trained further in each fold" if result.fine_tuned else "the head as it is"
    rows = tuple(
        (
            held.name,
            f"{held.expressions:,}",
            f"{held.people:,}",
            f"{held.classes.count:,}",
            number(held.classes.uf1),
            number(held.classes.uar),
            number(held.classes.accuracy),
            number(held.unit_f1),
        )
        for held in result.sets
    )
    title = (
        f"One {result.by} left out, {result.folds} folds, {how}; {result.unread} expressions unread, "
        f"{result.without_class} without one of the classes"
    )
    head = ("data set", "expressions", "people", "with a class", "UF1", "UAR", "accuracy", "units' F1")
    return Table(title, head, rows)


def _classes(result: CodedEvaluation) -> Table:
    rows = tuple(
        (score.name, f"{score.count:,}", number(score.f1), number(score.recall))
        for score in result.sets[0].classes.classes
    )
    return Table("Classes, all data sets", ("class", "expressions", "F1", "recall"), rows)


def _units(result: CodedEvaluation) -> Table:
    rows = tuple(
        (f"AU{unit.unit}", f"{unit.coded:,}", f"{unit.told:,}", f"{unit.hits:,}", number(unit.f1))
        for unit in result.sets[0].units
    )
    return Table("Units, all data sets", ("unit", "coded", "told", "hits", "F1"), rows)
