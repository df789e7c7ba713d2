"""Sessions keep their names in the studio however many visits came after them."""

from __future__ import annotations

from pathlib import Path

from telltale.core.clock import now
from telltale.records.utc import milliseconds
from telltale.strategy.keys import made_key, session_alias
from telltale.strategy.ledger_tables import VISITS, open_ledger
from telltale.studio.decisions import session_names

VISITED = 21_000


def test_the_oldest_of_many_visits_is_named_as_the_newest_is(tmp_path: Path) -> None:
    with open_ledger(f"sqlite:///{tmp_path}/live.db") as database:
        with database.transaction() as t:
            key = made_key(t, "ada", now())
            # Three at a time in one moment: pages must neither leave one out nor go round.
            began = milliseconds(now())
            t.run_many(
                VISITS.insert(), [(f"s{k}", "ada", "r1", began + k // 3, "DE", "") for k in range(VISITED)]
            )
        wanted = {session_alias(key, f"s{k}"): f"s{k}" for k in (0, 1, 2, 4999, 5000, 5001, VISITED - 1)}
        assert session_names(database, set(wanted)) == wanted
        unlinked = session_alias(b"another key", "s0")
        assert session_names(database, {unlinked, *wanted}) == wanted
        assert session_names(database, {unlinked}) == {}
        assert session_names(database, set()) == {}
