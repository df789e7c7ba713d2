"""`telltale study import`: what it says of counts that it left empty."""

import json
from pathlib import Path

from tests.cli.running import Run

EXAMPLE = Path(__file__).parents[2] / "examples" / "import_platform"
FALL = "totals.csv line {} (room_counts): revenue: the total so far falls from {} (line {}) to {}"


def test_a_total_that_falls_is_told_with_its_line(run: Run, tmp_path: Path) -> None:
    code, out, err = run("study", "import", EXAMPLE / "mapping.toml", "--into", tmp_path / "study")
    assert (code, err) == (0, "")
    assert out.count("left empty: ") == 1
    assert f"left empty: {FALL.format(12, 4885.9, 11, 3856.6)}\n" in out


def test_of_many_falls_the_first_are_told_and_the_rest_counted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "hosts.csv").write_text("h\n1\n")
    (tmp_path / "rooms.csv").write_text("r,h,at\nr1,1,2026-03-01T20:00:00\n")
    # In every fourth minute more is paid back than is sold.
    minutes = [f"r1,{k},{k + 1},{1000 + 10 * k - 20 * (k % 4 == 3)}" for k in range(89)]
    (tmp_path / "totals.csv").write_text("\n".join(["r,minute,orders,sales", *minutes]))
    (tmp_path / "mapping.toml").write_text("""
[study]
name = "Falls"
without = ["participants", "consents", "products", "sessions", "events"]
[[source]]
table = "hosts"
file = "hosts.csv"
columns = { host_id = { column = "h" } }
[[source]]
table = "rooms"
file = "rooms.csv"
[source.columns]
room_id = { column = "r" }
host_id = { column = "h" }
category = { constant = "fashion" }
platform = { constant = "invented" }
started_at = { column = "at", time = "iso" }
duration_s = { constant = 7200 }
[[source]]
table = "room_counts"
file = "totals.csv"
stamp_marks = "start"
[source.columns]
room_id = { column = "r" }
time_s = { column = "minute", scale = 60.0 }
length_s = { constant = 60 }
purchases = { column = "orders", cumulative = true }
revenue = { column = "sales", cumulative = true }
""")
    words = ("study", "import", tmp_path / "mapping.toml", "--into")
    code, out, err = run(*words, tmp_path / "study")
    assert (code, err) == (0, "")
    assert out.count("left empty: ") == 20
    assert "... and 2 rows more (--json tells all)" in out
    emptied = json.loads(run(*words, tmp_path / "again", "--json")[1])["emptied"]
    assert len(emptied) == 22
    assert emptied[-1]["place"] == "line 89"
