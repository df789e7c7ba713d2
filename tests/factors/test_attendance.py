"""Who is there: consent, broadcasts and signals are asked for, and every change of a session is seen."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.factors.studies import NOW, granted, room, visit, write
from tests.study.builder import read_signal_rows

from telltale.core.signal_file import write_signal
from telltale.factors.attendance import Attendance, agreed, attendance, marks_of

VISITS = [visit("s1", "p1"), visit("s2", "p2"), visit("s3", "p1", "r2")]
EVERYTHING = frozenset(("face", "host_face", "product"))


def there(folder: Path, sources: frozenset[str] = frozenset(), **tables: Any) -> Attendance:
    return attendance(write(folder, VISITS, tables), sources, NOW)


def test_only_whose_people_agree_now(tmp_path: Path) -> None:
    gone = granted("p1", withdrawn_at=NOW + timedelta(hours=1))
    tables = {"consents": [gone, granted("p2")], "host_consents": [granted("h1", "host_id")]}
    study = write(tmp_path / "s", VISITS, tables)
    for later, names, people in ((0, {"s1", "s2", "s3"}, 3), (2, {"s2"}, 2)):
        moment = NOW + timedelta(hours=later)
        assert attendance(study, frozenset(), moment).visits.keys() == names
        assert len(agreed(study, moment)) == people
        assert ("host", "h1") in agreed(study, moment)


def test_a_session_waits_for_its_broadcast_and_its_signals(tmp_path: Path) -> None:
    signal = read_signal_rows(10.0)
    study = write(
        tmp_path / "s", VISITS, {"rooms": [room("r1")]}, {"s1": signal, "s3": signal}, {"r1": signal}
    )
    for sources, names in (((), {"s1", "s2"}), (("face",), {"s1"}), (("face", "host_face"), {"s1"})):
        found = attendance(study, frozenset(sources), NOW)
        assert found.visits.keys() == names
        assert found.awaited == {"s1", "s2", "s3"} - names
    study.host_signal_path("r1").unlink()
    assert not attendance(study, frozenset(("host_face",)), NOW).visits


def test_of_several_hosts_one_is_waited_for_and_each_is_seen_to_come_and_go(tmp_path: Path) -> None:
    signal = read_signal_rows(10.0)
    tables = {
        "hosts": [{"host_id": "h1"}, {"host_id": "bo"}],
        "room_hosts": [{"room_id": "r1", "host_id": "bo"}],
        "host_consents": [
            granted("h1", "host_id"),
            granted("bo", "host_id", withdrawn_at=NOW + timedelta(hours=1)),
        ],
    }
    study = write(tmp_path / "s", VISITS[:1], tables)
    wanted = frozenset(("host_face",))
    assert not attendance(study, wanted, NOW).visits
    without = attendance(study, frozenset(), NOW)
    seen, marked = [], []
    for host in ("bo", "h1"):
        write_signal(signal, study.host_signal_path("r1", host))
        seen.append(attendance(study, wanted, NOW).visits["s1"])
        marked.append(marks_of(study.folder))
    write_signal(read_signal_rows(20.0), study.host_signal_path("r1", "bo"))
    marked.append(marks_of(study.folder))
    assert len(set(marked)) == 3
    assert seen[0] != seen[1] == attendance(study, wanted, NOW).visits["s1"]
    # Where no host's face is asked for, it does not count.
    assert attendance(study, frozenset(), NOW) == without
    # bo takes it back.
    assert attendance(study, wanted, NOW + timedelta(hours=2)).visits["s1"] != seen[1]


@pytest.mark.parametrize(
    ("tables", "changed"),
    [
        ({}, set()),
        ({"sessions": [visit("s1", "p1", lasts_s=99.0), *VISITS[1:]]}, {"s1"}),
        ({"rooms": [room("r1", promotion=True), room("r2")]}, {"s1", "s2"}),
        ({"sessions": VISITS[1:]}, {"s1"}),
        ({"host_consents": [granted("h1", "host_id")]}, {"s1", "s2", "s3"}),
    ],
)
def test_what_changed_is_seen(tmp_path: Path, tables: dict[str, Any], changed: set[str]) -> None:
    before = there(tmp_path / "a", rooms=[room("r1", promotion=False), room("r2")])
    after = there(tmp_path / "b", **{"rooms": [room("r1", promotion=False), room("r2")], **tables})
    assert {name for name, seen in before.visits.items() if after.visits.get(name) != seen} == changed


def test_a_new_product_may_shift_the_price_of_another(tmp_path: Path) -> None:
    products = [{"product_id": f"p{k}", "category": "fashion", "price": 10.0 * k} for k in (1, 2, 3)]
    prices = [there(tmp_path / str(count), EVERYTHING, products=products[:count]).prices for count in (2, 3)]
    assert prices[0]["p1"] != prices[1]["p1"]
    assert there(tmp_path / "none", products=products).prices == {}


def test_a_file_that_is_replaced_is_marked_though_it_is_as_old_and_as_large(tmp_path: Path) -> None:
    study = write(tmp_path / "s", VISITS)
    before, file = marks_of(study.folder), study.table_path("events")
    assert marks_of(study.folder) == before
    stat = file.stat()
    (tmp_path / "other").write_bytes(file.read_bytes())
    os.utime(tmp_path / "other", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    (tmp_path / "other").replace(file)
    assert marks_of(study.folder) != before
    file.unlink()
    assert len(marks_of(study.folder)) == len(before) - 1
