"""Training and test: sessions dealt into parts, stratified by category and conversion.

By person (the default) nobody stands on both sides: people are shuffled by the seed, taken from the one
with most sessions to the one with fewest, and each goes to the part that falls furthest short. With N_kc
sessions of stratum c in part k and T_kc wanted, a person with v_c sessions goes where

    sum over c of ((N_kc + v_c - T_kc)^2 - (N_kc - T_kc)^2) / T_kc

is least, the whole counting as one stratum more. By session (the paper's way) the sessions of each
stratum are shuffled and dealt in turn: shares are exact, and most people stand on both sides, so that a
model may know a face instead of an intent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from telltale import __version__
from telltale.core.errors import FormatError
from telltale.core.provenance import Provenance
from telltale.core.rng import stream
from telltale.study import schema
from telltale.study.display import session_facts
from telltale.study.store import Study, write_table

By = Literal["person", "session"]
Stratum = tuple[str, bool]
"""Category, and whether the session converted."""

PAPER_TEST_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True)
class SplitSettings:
    """How sessions are dealt.

    >>> SplitSettings(test_share=1.0)
    Traceback (most recent call last):
    ValueError: test_share must lie between 0 and 1, not 1.0
    """

    test_share: float = PAPER_TEST_SHARE
    by: By = "person"
    folds: int | None = None
    """So many parts of equal size, each the test part once, instead of one test part."""
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.test_share < 1:
            raise ValueError(f"test_share must lie between 0 and 1, not {self.test_share}")
        if self.by not in ("person", "session"):
            raise ValueError(f"by is 'person' or 'session', not {self.by!r}")
        if self.folds is not None and self.folds < 2:
            raise ValueError(f"folds must be 2 or more, not {self.folds}")
        if self.folds is not None and self.test_share != PAPER_TEST_SHARE:
            raise ValueError("with folds the test share is 1 / folds: leave test_share out")
        if self.seed < 0:
            raise ValueError(f"seed must be 0 or more, not {self.seed}")

    @property
    def shares(self) -> tuple[float, ...]:
        """The share of each part: of each fold, or of training and test."""
        if self.folds is not None:
            return (1 / self.folds,) * self.folds
        return (1 - self.test_share, self.test_share)


@dataclass(frozen=True, slots=True)
class StratumCount:
    """How many sessions of one category and outcome there are in all and in each part."""

    category: str
    converted: bool
    sessions: int
    in_parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """Which session belongs where."""

    table: pa.Table
    """By session: session_id, participant_id, category, converted, and `part` (train, test) or `fold`."""
    settings: SplitSettings
    parts: tuple[str, ...]
    strata: tuple[StratumCount, ...]
    sessions_seen_elsewhere: int
    """Test sessions whose person is also in training; with folds, sessions with their person in another."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Sessions in each part."""
        return tuple(sum(column) for column in zip(*(s.in_parts for s in self.strata), strict=True))


def split_sessions(study: Study, settings: SplitSettings | None = None) -> Split:
    """Deal the sessions of a study into training and test, or into folds.

    The same seed gives the same split whatever the order of the rows. Only tables are read, no face.
    """
    settings = settings or SplitSettings()
    facts = session_facts(study)
    people = [str(person) for person in facts.column("participant_id").to_pylist()]
    strata = _strata(facts)
    deal = _deal_people if settings.by == "person" else _deal_sessions
    part = deal(people, strata, settings)
    _refuse_empty_parts(part, settings)
    names = ("train", "test") if settings.folds is None else tuple(map(str, range(settings.folds)))
    column = pa.array([names[p] for p in part.tolist()]) if settings.folds is None else pa.array(part)
    history = Provenance().then("split", software=f"telltale {__version__}", **asdict(settings))
    table = facts.append_column("part" if settings.folds is None else "fold", column)
    return Split(
        table=table.replace_schema_metadata({"telltale.provenance": history.to_json()}),
        settings=settings,
        parts=names,
        strata=_counts(strata, part, len(names)),
        sessions_seen_elsewhere=_seen_elsewhere(people, part, settings),
    )


def write_split(study: Study, split: Split) -> Path:
    """Write the split to `derived/split.parquet`, or folds to `derived/folds.parquet`; returns the path."""
    name = "split" if split.settings.folds is None else "folds"
    path = study.folder / schema.DERIVED / f"{name}.parquet"
    write_table(path, split.table)
    return path


def _strata(facts: pa.Table) -> list[Stratum]:
    columns = (facts.column(name).to_pylist() for name in ("category", "converted"))
    return [(str(category), bool(converted)) for category, converted in zip(*columns, strict=True)]


def _deal_people(people: list[str], strata: list[Stratum], settings: SplitSettings) -> npt.NDArray[np.int64]:
    """Part of each session, shape (sessions,); all sessions of a person go to one part."""
    order = sorted(set(people))
    kinds = sorted(set(strata))
    held = np.zeros((len(order), len(kinds)))
    person_of = np.searchsorted(order, people)
    np.add.at(held, (person_of, np.array([kinds.index(stratum) for stratum in strata], dtype=int)), 1)
    # The whole counts as one stratum more: in a small study the strata alone would starve the test part.
    held = np.column_stack([held, held.sum(axis=1)])
    wanted = np.outer(settings.shares, held.sum(axis=0))
    filled = np.zeros_like(wanted)
    part_of_person = np.zeros(len(order), dtype=np.int64)
    shuffled = stream(settings.seed, "split", "people").permutation(len(order))
    most_first = np.argsort(-held[shuffled, -1], kind="stable")
    for place, person in enumerate(shuffled[most_first]):
        cost = ((2 * (filled - wanted) + held[person]) * held[person] / wanted).sum(axis=1)
        empty = filled[:, -1] == 0
        if len(order) - place <= empty.sum():
            # The last people go where nobody is yet: of four people a fifth is still one.
            cost[~empty] = np.inf
        part = int(np.argmin(cost))
        filled[part] += held[person]
        part_of_person[person] = part
    return part_of_person[person_of]


def _deal_sessions(
    people: list[str], strata: list[Stratum], settings: SplitSettings
) -> npt.NDArray[np.int64]:
    """Part of each session, shape (sessions,): the strata stand in one line and are dealt in turn."""
    of_stratum: dict[Stratum, list[int]] = defaultdict(list)
    for session, stratum in enumerate(strata):
        of_stratum[stratum].append(session)
    line = [
        session
        for stratum in sorted(of_stratum)
        for session in stream(settings.seed, "split", *stratum).permutation(of_stratum[stratum])
    ]
    part = np.zeros(len(people), dtype=np.int64)
    place = np.arange(len(line) + 1)
    if settings.folds is not None:
        part[line] = place[:-1] % settings.folds
    else:
        # A test session falls due each time the running total of the share passes a whole number; half a
        # session of credit to begin with makes the total the nearest one.
        due = np.floor(np.round(place * settings.test_share, 9) + 0.5)
        part[line] = np.diff(due).astype(np.int64)
    return part


def _refuse_empty_parts(part: npt.NDArray[np.int64], settings: SplitSettings) -> None:
    empty = len(settings.shares) - len(np.unique(part))
    if empty:
        raise FormatError(
            f"{len(part)} sessions cannot be dealt into {len(settings.shares)} parts by {settings.by}",
            hint="ask for fewer parts or a larger share, or split by session",
        )


def _counts(strata: list[Stratum], part: npt.NDArray[np.int64], parts: int) -> tuple[StratumCount, ...]:
    tally = Counter(zip(strata, part.tolist(), strict=True))
    counted = []
    for category, converted in sorted(set(strata)):
        in_parts = tuple(tally[(category, converted), p] for p in range(parts))
        counted.append(StratumCount(category, converted, sum(in_parts), in_parts))
    return tuple(counted)


def _seen_elsewhere(people: list[str], part: npt.NDArray[np.int64], settings: SplitSettings) -> int:
    parts_of: dict[str, set[int]] = defaultdict(set)
    for person, p in zip(people, part.tolist(), strict=True):
        parts_of[person].add(p)
    test = 1
    asked = [settings.folds is not None or p == test for p in part.tolist()]
    return sum(ask and len(parts_of[person]) > 1 for person, ask in zip(people, asked, strict=True))
