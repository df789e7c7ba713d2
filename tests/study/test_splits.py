"""Splits: shares, strata, and nobody on both sides."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.study.builder import Plan, Visit, build

from telltale.core.errors import FormatError
from telltale.study.splits import Split, SplitSettings, split_sessions, write_split
from telltale.study.store import Study, read_table

PAPER_CATEGORIES = [
    ("fashion", 1680, 531, 0.368),
    ("electronics", 1560, 412, 0.294),
    ("beauty", 1560, 304, 0.366),
]


def visit(number: int, person: str, category: str, bought: bool) -> Visit:
    acts = [(50.0, "purchase", "sku")] if bought else []
    return Visit(f"s{number:05d}", person, category, acts=acts)


def paper_size_visits() -> list[Visit]:
    numbers = np.random.default_rng(5)
    visits: list[Visit] = []
    for category, sessions, people, conversion in PAPER_CATEGORIES:
        # Everyone comes once; further visits fall to people as unevenly as in life.
        eager = numbers.dirichlet(np.full(people, 0.7))
        who = np.concatenate([np.arange(people), numbers.choice(people, sessions - people, p=eager)])
        bought = numbers.permutation(sessions) < round(conversion * sessions)
        visits += [
            visit(len(visits) + i, f"{category}-{person}", category, bool(b))
            for i, (person, b) in enumerate(zip(who.tolist(), bought, strict=True))
        ]
    return visits


@pytest.fixture(scope="module")
def paper_size_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return build(tmp_path_factory.mktemp("splits") / "s", Plan(paper_size_visits()))


def parts_of_people(split: Split, column: str = "part") -> dict[str, set[Any]]:
    found: dict[str, set[Any]] = defaultdict(set)
    for row in split.table.to_pylist():
        found[row["participant_id"]].add(row[column])
    return found


@pytest.mark.parametrize("seed", range(3))
def test_by_person_at_paper_size_every_stratum_is_within_a_point_of_a_fifth(
    paper_size_study: Study, seed: int
) -> None:
    split = split_sessions(paper_size_study, SplitSettings(seed=seed))
    for stratum in split.strata:
        assert abs(stratum.in_parts[1] / stratum.sessions - 0.2) < 0.01
    assert all(len(parts) == 1 for parts in parts_of_people(split).values())
    assert split.sessions_seen_elsewhere == 0


def test_by_session_960_of_4800_and_most_of_them_of_people_seen_in_training(paper_size_study: Study) -> None:
    split = split_sessions(paper_size_study, SplitSettings(by="session"))
    assert split.sizes == (3840, 960)
    for stratum in split.strata:
        assert abs(stratum.in_parts[1] - 0.2 * stratum.sessions) < 1
    both = {person for person, parts in parts_of_people(split).items() if len(parts) == 2}
    test = [row for row in split.table.to_pylist() if row["part"] == "test"]
    assert split.sessions_seen_elsewhere == sum(row["participant_id"] in both for row in test) > 480


@pytest.mark.parametrize("by", ["person", "session"])
def test_folds_are_alike(paper_size_study: Study, by: Any) -> None:
    split = split_sessions(paper_size_study, SplitSettings(folds=5, by=by))
    assert set(split.table.column("fold").to_pylist()) == set(range(5))
    for stratum in split.strata:
        assert all(abs(n / stratum.sessions - 0.2) < 0.01 for n in stratum.in_parts)
    alone = all(len(folds) == 1 for folds in parts_of_people(split, "fold").values())
    assert alone == (by == "person")
    assert (split.sessions_seen_elsewhere == 0) == (by == "person")


POPULATIONS = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["fashion", "beauty"]), st.booleans()),
    min_size=1,
    max_size=40,
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(POPULATIONS, st.integers(0, 9), st.sampled_from([None, 2, 3]))
def test_nobody_stands_on_both_sides_whoever_came(
    tmp_path_factory: pytest.TempPathFactory, population: Any, seed: int, folds: int | None
) -> None:
    visits = [visit(i, *facts) for i, facts in enumerate(population)]
    study = build(tmp_path_factory.mktemp("p") / "s", Plan(visits))
    asked = SplitSettings(folds=folds, seed=seed)
    if len({person for person, _, _ in population}) < len(asked.shares):
        with pytest.raises(FormatError, match="cannot be dealt"):
            split_sessions(study, asked)
        return
    split = split_sessions(study, asked)
    assert split.table.num_rows == len(visits)
    assert all(len(parts) == 1 for parts in parts_of_people(split, split.table.column_names[-1]).values())


@pytest.mark.parametrize("by", ["person", "session"])
def test_the_seed_alone_decides(tmp_path: Path, by: Any) -> None:
    visits = [visit(i, f"p{i % 23}", "fashion", i % 3 == 0) for i in range(90)]
    studies = [build(tmp_path / str(i), Plan(visits, shuffle_seed=i)) for i in (1, 2)]
    first, second = (split_sessions(study, SplitSettings(by=by, seed=4)).table for study in studies)
    assert first.equals(second)
    assert not first.equals(split_sessions(studies[0], SplitSettings(by=by, seed=5)).table)


def test_a_study_without_sessions_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="0 sessions cannot be dealt"):
        split_sessions(build(tmp_path / "s", Plan([])))


def test_the_split_is_written_under_derived(tmp_path: Path) -> None:
    study = build(tmp_path / "s", Plan([visit(i, f"p{i}", "fashion", False) for i in range(10)]))
    split = split_sessions(study)
    path = write_split(study, split)
    assert path == study.folder / "derived" / "split.parquet"
    assert read_table(path).equals(split.table)
    assert write_split(study, split_sessions(study, SplitSettings(folds=2))).name == "folds.parquet"


@pytest.mark.parametrize(
    "wrong",
    [{"test_share": 0.0}, {"by": "people"}, {"folds": 1}, {"folds": 4, "test_share": 0.3}, {"seed": -1}],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SplitSettings(**wrong)
