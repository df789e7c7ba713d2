"""`telltale host report`: the answer to a team, and one clear line for every study that cannot be asked."""

from __future__ import annotations

import json
import shutil
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.cli.running import Run
from tests.cli.test_host_policy import own
from tests.hosts_studies import SHOWN, Change, Row, changed, of_rooms, said_to_be_real

from telltale.core.rng import stream
from telltale.study.store import Study, write_table

EXAMPLE = Path(__file__).parents[2] / "examples" / "import_platform"
COUNTED = ("purchases", "revenue", "comments", "likes", "shares", "gifts")


def each(**values: object) -> Change:
    """A change of some values of every row."""
    return lambda rows: [row | values for row in rows]


def later(hours: float) -> Change:
    return lambda rows: [row | {"time_s": row["time_s"] + 3600 * hours} for row in rows]


def without(*names: str) -> Change:
    return lambda rows: [{key: row[key] for key in row if key not in names} for row in rows]


def withdrawn(host: str) -> Change:
    def change(rows: list[Row]) -> list[Row]:
        return [
            row | ({"withdrawn_at": row["granted_at"] + timedelta(days=1)} if row["host_id"] == host else {})
            for row in rows
        ]

    return change


def test_a_study_is_answered_on_the_terminal_and_on_a_page(
    run: Run, shares_study: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page"
    code, out, err = run("host", "report", shares_study, "--report", page, "--every", 300)
    assert (code, err) == (0, f"Open {page / 'report.html'}\n")
    lines = out.splitlines()
    assert "132 stretches of 300 s, 11 hours in 11 broadcasts of 8 hosts" in lines[1]
    assert "What to try next" in lines
    named = {line.split()[0] for line in lines if "%" in line}
    assert set(SHOWN) <= named
    assert "elation (ours)" in out
    assert "(ours): how it looks is our inference, not published" in out
    assert "The study's own viewers" in lines
    assert "Cowen and Keltner" in lines[-1]
    assert "<strong>simulated</strong>" in (page / "report.html").read_text(encoding="utf-8")
    told = json.loads((page / "report.json").read_text(encoding="utf-8"))
    assert told["simulated"] is True


def test_json_is_for_programs_and_the_same_as_on_the_page(
    run: Run, shares_study: Path, tmp_path: Path
) -> None:
    words = ("host", "report", shares_study, "--every", 300, "--no-viewers", "--seed", 7)
    code, out, _ = run(*words, "--json", "--report", tmp_path / "page")
    told: dict[str, Any] = json.loads(out)
    assert code == 0
    page = json.loads((tmp_path / "page" / "report.json").read_text(encoding="utf-8"))
    assert {key: page[key] for key in told} == told


def test_the_host_signals_are_coded(run: Run, signals_study: Path) -> None:
    code, out, err = run("host", "report", signals_study, "--no-viewers", "--workers", 1)
    assert (code, err) == (0, "")
    assert "180 stretches of 60 s, 3 hours in 3 broadcasts of 2 hosts" in out
    assert "4 broadcasts left out: they have no signal of their host" in out


def test_a_host_who_takes_it_back_vanishes(
    run: Run, shares_study: Path, signals_study: Path, tmp_path: Path
) -> None:
    study = changed(shares_study, tmp_path / "shares", host_consents=withdrawn("h008"))
    code, out, _ = run("host", "report", study, "--no-viewers", "--every", 300)
    assert code == 0
    assert "108 stretches of 300 s, 9 hours in 9 broadcasts of 7 hosts" in out
    assert "2 broadcasts left out: their hosts have not agreed to 'research'" in out
    study = changed(signals_study, tmp_path / "signals", host_consents=withdrawn("h000"))
    code, out, _ = run("host", "report", study, "--no-viewers", "--workers", 1)
    assert code == 0
    assert "in 2 broadcasts of 1 host" in out
    assert "1 broadcasts left out: their hosts have not agreed to 'research'" in out


def test_viewers_are_told_of_sales_of_carts_and_of_staying(
    run: Run, found_study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telltale.host.person_time.LEAST_EVENTS", 2)
    code, out, _ = run("host", "report", found_study, "--every", 300)
    assert code == 0
    for asked in ("how soon viewers buy", "how soon viewers put something into the cart", "how long viewers"):
        assert f"No expression of 4 goes with {asked}" in out
    # What makes it unsure is told too.
    assert "who puts something into the cart sooner: " in out
    assert "events are few for 4 expressions: intervals may be too short" in out


CANNOT: dict[str, tuple[dict[str, Change], str]] = {
    "nothing counted": ({"room_counts": each(**dict.fromkeys(COUNTED, 0.0))}, "purchases: none in any point"),
    "no counts in the table": (
        {"room_counts": without(*COUNTED)},
        "counts nothing: give one of purchases, revenue, comments, likes, shares, gifts",
    ),
    "no counts at all": (
        {"room_counts": None, "chat": None, "events": lambda rows: rows[:0]},
        "purchases: none in any point",
    ),
    "counted in another time zone": (
        {"room_counts": later(8)},
        "all 660 stretches that {study} counts lie outside their broadcasts, about 8.0 hours late: is the "
        "table in another time zone, or of other broadcasts? mend its times",
    ),
    "shares that are none": (
        {"room_factors": each(host_elation=42.0)},
        "room_factors.host_elation holds 7920 values that are no share: 42: give the share of the step in "
        "which it shows, 0 to 1",
    ),
    "no faces": (
        {"room_factors": None},
        "{study} tells nothing of what hosts showed: add signals (telltale host read VIDEO --into STUDY "
        "--room ID) or room_factors.host_NAME",
    ),
    "sold in one broadcast alone": (
        {
            "room_counts": lambda rows: [
                {key: row[key] for key in ("room_id", "time_s", "length_s", "viewers")}
                | {"purchases": row["purchases"] if row["room_id"] == "r0000" else 0.0}
                for row in rows
            ]
        },
        "all that was counted comes from one broadcast, or from one host: nothing says how far another would",
    ),
    "nothing counted, and a host who took it back": (
        {"room_counts": each(**dict.fromkeys(COUNTED, 0.0)), "host_consents": withdrawn("h008")},
        "ask for an outcome that occurs; 2 broadcasts left out: their hosts have not agreed to 'research'",
    ),
    "faces that never change": (
        {"room_factors": each(**{f"host_{name}": 0.25 for name in SHOWN})},
        "no expression varies between points",
    ),
    "broadcasts of two minutes": (
        {"rooms": each(duration_s=120.0)},
        "22 data points are too few to ask anything: give 30 or more: longer or more broadcasts",
    ),
    "nobody agreed": (
        {"host_consents": lambda rows: rows[:0]},
        "room_factors hold no broadcast that may be read: 11 broadcasts left out: their hosts have not",
    ),
    "counts of other broadcasts": (
        {"room_counts": lambda rows: [row | {"room_id": "elsewhere"} for row in rows]},
        "room_counts holds no broadcast whose host was read: are the ids those of rooms?",
    ),
}


@pytest.mark.parametrize("name", CANNOT)
def test_what_cannot_be_asked_is_one_clear_line(
    run: Run, shares_study: Path, tmp_path: Path, name: str
) -> None:
    tables, told = CANNOT[name]
    study = changed(shares_study, tmp_path / "study", **tables)
    code, out, err = run("host", "report", study, "--report", tmp_path / "page")
    assert (code, out) == (2, "")
    assert err.startswith("error ")
    assert told.format(study=study) in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "page").exists()


TOLD: dict[str, tuple[dict[str, Change], str]] = {
    "no sales at all": (
        {"room_counts": each(purchases=0.0, revenue=0.0)},
        "not asked: purchases: none in any point: ask for an outcome that occurs",
    ),
    "counts with gaps": (
        {"room_counts": lambda rows: [row for k, row in enumerate(rows[:300]) if k % 60 != 30]},
        "the platform's table leaves out 5 minutes between its stretches, in 5 gaps: nothing is known of "
        "that time",
    ),
    "counts that are empty": (
        {
            "room_counts": lambda rows: [
                r | ({} if k % 60 else {"likes": None}) for k, r in enumerate(rows[:300])
            ]
        },
        "likes were not counted in 5 of 300 stretches",
    ),
    "half of it in another time zone": (
        {
            "room_counts": lambda rows: [
                row | ({"time_s": row["time_s"] + 28800} if row["room_id"] > "r0004" else {}) for row in rows
            ]
        },
        "360 of 660 stretches left out: they reach out of the broadcast: is the table in another time zone",
    ),
    "visits of one length": (
        {"sessions": each(duration_s=400.0)},
        "not asked: all visits last 400 s, so what keeps viewers cannot be asked",
    ),
    "the study's own viewers": (
        {"room_counts": None},
        "counts are of the study's own viewers: the platform's own table (room_counts) is not there",
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_is_missing_is_one_clear_line_beside_the_rest(
    run: Run, shares_study: Path, tmp_path: Path, name: str
) -> None:
    tables, told = TOLD[name]
    study = changed(shares_study, tmp_path / "study", **tables)
    viewers = "--viewers" if name == "visits of one length" else "--no-viewers"
    longer = () if "counts" in name or "half" in name else ("--every", 300)
    code, out, err = run("host", "report", study, viewers, *longer)
    assert (code, err) == (0, "")
    assert [told in line for line in out.splitlines()].count(True) == 1


def test_one_host_is_asked_by_broadcast_and_one_broadcast_not_at_all(
    run: Run, shares_study: Path, tmp_path: Path
) -> None:
    one = changed(shares_study, tmp_path / "host", rooms=each(host_id="h000"))
    code, out, _ = run("host", "report", one, "--no-viewers", "--every", 300)
    assert code == 0
    assert "in 11 broadcasts of 1 host," in out
    alone = of_rooms(shares_study, tmp_path / "room", ["r0000"])
    code, out, err = run("host", "report", alone)
    told = "all points are of one broadcast: nothing says how far another would differ: give two or more"
    assert (code, out, err) == (2, "", f"error {told}\n")


def test_options_that_do_not_fit_are_told(run: Run, shares_study: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    for words, told in (
        (("--timezone", "Mars/Olympus"), "no time zone 'Mars/Olympus': write one such as Asia/Shanghai"),
        (("--every", 30), "Input should be greater than or equal to 60"),
        (("--every", 90), "no 90 s are counted without a gap: the platform counts in 60 s: ask for a multip"),
        (("--report", tmp_path), f"{tmp_path} exists and is not empty: choose another folder or delete it"),
        (("--culture", "mars"), "no culture 'mars'"),
        (("--coder", "no:Class"), "no module 'no'"),
        (
            ("--culture", "east_asia"),
            "nothing is left to code: leave --culture out, or add signals",
        ),
        (("--self-coaching",), "holds 8 hosts, and self-coaching is of one"),
    ):
        code, out, err = run("host", "report", shares_study, *words)
        assert (code, out) == (2, "")
        assert told in err
        assert len(err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    code, _, err = run("host", "report", tmp_path / "nowhere")
    assert (code, "no folder at" in err) == (2, True)


def test_a_real_study_asks_the_law_first(run: Run, shares_study: Path, tmp_path: Path) -> None:
    real = said_to_be_real(shares_study, tmp_path / "real")
    for words, told in (
        ((), "name it with --place, such as --place DE"),
        (("--place", "DE"), "policy eu does not allow to read a host's face for others to see in DE"),
        (("--place", "GB", "--self-coaching"), "policy default does not allow"),
        (("--place", "DE", "--self-coaching"), "holds 8 hosts, and self-coaching is of one"),
    ):
        code, out, err = run("host", "report", real, *words, "--report", tmp_path / "page")
        assert (code, out) == (2, "")
        assert told in err
        assert len(err.splitlines()) == 1
    assert not (tmp_path / "page").exists()
    policy = own(tmp_path, '"JP"', read=True, coaching=True)
    allowed = ("--policy", policy, "--no-viewers", "--every", 300, "--report", tmp_path / "page")
    code, out, _ = run("host", "report", real, *allowed)
    assert (code, "11 broadcasts of 8 hosts" in out) == (0, True)
    assert "<strong>simulated" not in (tmp_path / "page/report.html").read_text(encoding="utf-8")
    assert stat.S_IMODE((tmp_path / "page/report.html").stat().st_mode) != 0o600


def test_self_coaching_is_for_the_hosts_eyes(run: Run, found_study: Path, tmp_path: Path) -> None:
    mine = said_to_be_real(found_study, tmp_path / "mine", rooms=each(host_id="h000"))
    page = tmp_path / "page"
    words = ("--place", "DE", "--self-coaching", "--no-viewers", "--every", 300, "--report", page)
    code, out, err = run("host", "report", mine, *words)
    assert (code, err) == (0, f"Open {page / 'report.html'}\n")
    files = [path for path in page.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (page, page / "figures")} == {0o700}
    assert "in which of the two you let it show more" in out
    assert "the host lets it show" not in out
    (tmp_path / "after").write_text("", encoding="utf-8")
    assert stat.S_IMODE((tmp_path / "after").stat().st_mode) != 0o600


def test_an_import_in_another_time_zone_is_told_and_in_its_own_is_asked(run: Run, tmp_path: Path) -> None:
    exports = Path(shutil.copytree(EXAMPLE, tmp_path / "exports"))
    mapping = exports / "mapping.toml"
    # One of the two tables tells promotions and the other does not: leave them out of both.
    right = mapping.read_text(encoding="utf-8").replace('promotion = { column = "是否促销" }\n', "")
    mapping.write_text(
        right.replace('%H:%M", timezone = "Asia/Shanghai"', '%H:%M", timezone = "UTC"'), "utf-8"
    )
    code, out, err = run("study", "import", mapping, "--into", tmp_path / "study")
    told = "minutes.csv: 56 of 56 rows lie 8 h after their broadcasts: is 'timezone' Asia/Shanghai?"
    assert (code, out, err) == (2, "", f"error {told}\n")
    mapping.write_text(right, "utf-8")
    assert run("study", "import", mapping, "--into", tmp_path / "study")[0] == 0
    study = Study.open(tmp_path / "study")
    rng = stream(1, "shares")
    rows = [
        {"room_id": room["room_id"], "time_s": 5.0 * (k + 1)}
        | {f"host_{name}": float(rng.random()) for name in SHOWN}
        for room in study.table("rooms").to_pylist()
        for k in range(int(room["duration_s"] // 5))
    ]
    write_table(study.table_path("room_factors"), pa.Table.from_pylist(rows))
    policy = own(tmp_path, '"CN"', read=True, coaching=True)
    page = tmp_path / "page"
    words = ("--policy", policy, "--timezone", "Asia/Shanghai", "--no-viewers", "--report", page)
    code, out, _ = run("host", "report", study.folder, *words)
    assert code == 0
    counted = study.table("room_counts").to_pylist()
    length = {room["room_id"]: room["duration_s"] for room in study.table("rooms").to_pylist()}
    beyond = [
        row
        for row in counted
        if row["time_s"] - row["length_s"] < 0 or row["time_s"] > length[row["room_id"]]
    ]
    assert beyond
    assert f"{len(counted) - len(beyond)} stretches of 60 s" in out
    assert f"{len(beyond)} of {len(counted)} stretches left out: they reach out of the broadcast\n" in out
    assert "the platform's table leaves out 1 minutes between its stretches, in 1 gap" in out
