"""Decisions as the studio shows them: pages of them, the check of their arms, and the table to take away."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

from telltale.core.clock import iso
from telltale.core.errors import FormatError
from telltale.records.database import AbstractDatabase
from telltale.records.utc import moment
from telltale.strategy.assignment import Experiments
from telltale.strategy.catalogue import Catalogue
from telltale.strategy.keys import key_of, session_alias
from telltale.strategy.ratio import ratio_of

OUTCOMES: Final = ("shown", "control", "refused")
_VISITS_AT_ONCE: Final = 5000
_COLUMNS: Final = (
    "id, session, decided_at, second, intervention, arm, propensity, probability, verdicts, model, policy,"
    " policy_version, catalogue, counts, shown, at"
)
# What was shown; what chance or the holdout held back; what a guard refused.
_WHERE: Final = {"shown": "shown", "control": "counts AND NOT shown", "refused": "NOT counts"}


def page(
    database: AbstractDatabase, *, limit: int, before: str = "", session: str = "", outcome: str = ""
) -> dict[str, Any]:
    """Some decisions, the latest first.

    Parameters
    ----------
    before
        Go on after this one, as `next` of the page before said.
    session
        Of this session only, as long as it is still linked.
    """
    conditions, values = [], list[str | int]()
    if outcome:
        if outcome not in OUTCOMES:
            raise FormatError(f"no outcome {outcome!r}", hint=f"choose {', '.join(OUTCOMES)}")
        conditions.append(_WHERE[outcome])
    if session:
        conditions.append("session = ?")
        values.append(alias_of(database, session) or "")
    if before:
        found = database.rows("SELECT decided_at FROM decisions WHERE id = ?", (before,))
        if not found:
            raise FormatError(f"no decision {before!r}", hint="begin at the first page")
        conditions.append("(decided_at < ? OR (decided_at = ? AND id < ?))")
        values += [found[0][0], found[0][0], before]
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = database.rows(
        f"SELECT {_COLUMNS} FROM decisions LEFT JOIN exposures ON decision = id {where}"
        " ORDER BY decided_at DESC, id DESC LIMIT ?",
        (*values, limit + 1),
    )
    names = session_names(database, {row[1] for row in rows})
    told = [_told(row, names) for row in rows[:limit]]
    return {"decisions": told, "next": told[-1]["id"] if len(rows) > limit else None}


def of_session(database: AbstractDatabase, session: str) -> list[dict[str, Any]]:
    """All decisions of a session, the earliest first."""
    found: list[dict[str, Any]] = page(database, limit=10_000, session=session)["decisions"]
    return found[::-1]


def alias_of(database: AbstractDatabase, session: str) -> str | None:
    """By what name the audit knows a session; None where nothing links the two any more."""
    found = database.rows("SELECT viewer FROM visits WHERE session = ?", (session,))
    key = key_of(database, found[0][0]) if found else None
    return None if key is None else session_alias(key, session)


def session_names(database: AbstractDatabase, aliases: set[str]) -> dict[str, str]:
    """Sessions by alias, of those that are still linked.

    An alias cannot be turned back, so visits are tried, the latest first, until each has its name.
    """
    named: dict[str, str] = {}
    last: tuple[int, str] | None = None
    while len(named) < len(aliases):
        visits = _visits_before(database, last)
        for session, _, secret in visits:
            alias = session_alias(bytes(secret), session)
            if alias in aliases:
                named[alias] = session
        if len(visits) < _VISITS_AT_ONCE:
            break
        last = (visits[-1][1], visits[-1][0])
    return named


def _visits_before(database: AbstractDatabase, last: tuple[int, str] | None) -> list[tuple[Any, ...]]:
    """Some visits with their viewer's key, each (session, start, key), the latest first."""
    where = "" if last is None else "WHERE started_at < ? OR (started_at = ? AND session < ?)"
    before = () if last is None else (last[0], *last)
    return database.rows(
        "SELECT session, started_at, secret FROM visits JOIN viewer_keys"
        f" ON viewer_keys.viewer = visits.viewer {where}"
        " ORDER BY started_at DESC, session DESC LIMIT ?",
        (*before, _VISITS_AT_ONCE),
    )


def _told(row: tuple[Any, ...], names: dict[str, str]) -> dict[str, Any]:
    (
        name, alias, decided_at, second, intervention, arm, propensity, probability, verdicts, model, policy,
        policy_version, catalogue, counts, shown, exposed_at,
    ) = row  # fmt: skip
    return {
        "id": name,
        "session": names.get(alias),
        "at": iso(moment(decided_at)),
        "second": second,
        "intervention": intervention,
        "arm": arm,
        "outcome": "shown" if shown else "control" if counts else "refused",
        "propensity": propensity,
        "probability": probability,
        "verdicts": json.loads(verdicts),
        "model": model,
        "policy": f"{policy} {policy_version}",
        "catalogue": catalogue[:12],
        "exposed_at": None if exposed_at is None else iso(moment(exposed_at)),
    }


def ratios(
    database: AbstractDatabase, catalogue: Catalogue, experiments: Experiments
) -> list[dict[str, Any]]:
    """For each intervention: as many units in each arm as chance should have put there?"""
    since, told = datetime(2020, 1, 1, tzinfo=UTC), []
    for intervention in catalogue.interventions:
        report = ratio_of(database, intervention, experiments, since=since)
        overall = report.overall
        units = sum(overall.observed.values())
        told.append(
            {
                "name": experiments.of(intervention).name,
                "arms": [
                    {
                        "arm": arm,
                        "expected_share": expected / units if units else None,
                        "units": overall.observed.get(arm, 0),
                    }
                    for arm, expected in overall.expected.items()
                ],
                "p_value": overall.p,
                "alarm": report.alarm,
                "off": overall.alarm,
                "rooms_off": [{"room": one.where, "p_value": one.p} for one in report.rooms if one.alarm],
                "in_two_arms": report.in_two_arms,
            }
        )
    return told
