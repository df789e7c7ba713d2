"""What the studio's pages are told: each route against what viewers did and what a study holds."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.live.serving import SHOP, Running, bearer, moving_face, paced, running

from telltale.core import channels
from telltale.core.clock import now
from telltale.core.signal import Values
from telltale.gate.roles import Role
from telltale.live.device import Log
from telltale.live.room_counter import LedgerCounter
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.strategy.decision import GUARDS
from telltale.studio import study_page
from telltale.study.check import check_study
from telltale.study.store import Study

SECONDS = 5
RESEARCH = ("read_face", "personalise", "research")
NEITHER = ("read_face", "personalise")
LEFT = "wendy"
"""Withdraws when everybody has been watched."""
AHEAD_S = 0.4
"""By so much the camera's clock is ahead in the study's last session."""
AGREED_TO = {"ada": RESEARCH, "bob": RESEARCH, "cleo": RESEARCH, "dan": NEITHER, LEFT: RESEARCH}


@dataclass
class Past:
    """A service that some viewers have been at."""

    live: Running
    study: Study
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    logs: dict[str, Log] = field(default_factory=dict)
    faces: dict[str, Values] = field(default_factory=dict)
    receipt: dict[str, Any] = field(default_factory=dict)
    people: dict[Role, httpx.Client] = field(default_factory=dict)

    def session(self, viewer: str) -> str:
        return str(self.tokens[viewer]["session"])

    def get(self, path: str, role: Role = Role.ANALYST, **params: Any) -> Any:
        answer = self.people[role].get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    folder = tmp_path_factory.mktemp("studio")
    made = simulate_study(folder / "study", load_spec("default").scaled(12), seed=3, workers=1)
    set_ahead(made.study)
    report = folder / "judged"
    report.mkdir()
    (report / "report.html").write_text("<title>Who is about to buy</title>", encoding="utf-8")
    (report / "auc.svg").write_text("<svg/>", encoding="utf-8")
    with running(
        folder / "live", studio=True, limited=False, study=str(made.study), reports=(str(report),)
    ) as live:
        found = Past(live, Study.open(made.study))
        found.people = {role: live.log_in(role) for role in Role}
        asyncio.run(watched(found))
        found.receipt = live.http.delete("/v1/consent", headers=bearer(found.tokens[LEFT]["token"])).json()
        yield found


def set_ahead(study: Path) -> None:
    table = pq.read_table(study / "sessions.parquet")
    offsets = [0.0] * (table.num_rows - 1) + [AHEAD_S]
    pq.write_table(table.append_column("clock_offset_s", pa.array(offsets)), study / "sessions.parquet")


async def watched(past: Past) -> None:
    """Everybody at once, so that decisions fall into the same moment."""
    devices = []
    for number, (viewer, purposes) in enumerate(AGREED_TO.items()):
        past.tokens[viewer] = past.live.session(viewer)
        past.live.agree(past.tokens[viewer]["token"], *purposes)
        past.faces[viewer] = moving_face(SECONDS, seed=number)
        devices.append(past.live.device(past.tokens[viewer]["token"]).run(paced(past.faces[viewer])))
    past.logs = dict(zip(AGREED_TO, await asyncio.gather(*devices), strict=True))
    event = {"type": "event", "name": "add_to_cart", "product": "p7"}
    device = past.live.device(past.tokens["ada"]["token"])

    async def carted() -> Any:
        # Again at the last second, as a device that came back, with a word about the cart and of a gift.
        while not device.log.ready:
            yield past.faces["ada"][:0]
            await asyncio.sleep(0.02)
        await device.say(**event)
        await device.say(type="event", name="gift")
        await device.say(type="resume")

    await device.run(carted())


def everything(past: Past) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = past.get("/v1/decisions", limit=500)["decisions"]
    return found


def test_decisions_are_told_whole_and_with_nobodys_name_but_the_session(past: Past) -> None:
    decisions = everything(past)
    assert len(decisions) == len(AGREED_TO)
    by_session = {one["session"]: one for one in decisions}
    # Who withdrew is counted on, and linked to nothing.
    assert by_session.keys() == {past.session(v) for v in AGREED_TO if v != LEFT} | {None}
    for viewer in AGREED_TO:
        one = by_session[None if viewer == LEFT else past.session(viewer)]
        (shown,) = past.logs[viewer].shown
        if viewer != LEFT:
            assert one["id"] == shown["decision"]
        assert one["intervention"] == "ready_checkout"
        assert (one["arm"], one["outcome"], one["propensity"]) == ("treated", "shown", 1.0)
        assert 0 < one["probability"] < 1
        assert {verdict["guard"] for verdict in one["verdicts"]} == set(GUARDS)
        assert all(verdict["allowed"] for verdict in one["verdicts"])
        assert datetime.fromisoformat(one["at"]) <= datetime.fromisoformat(one["exposed_at"]) <= now()
    assert not [viewer for viewer in AGREED_TO if viewer in str(decisions)]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_of_decisions_hold_each_once(past: Past, limit: int) -> None:
    pages, before = [], ""
    while True:
        told = past.get("/v1/decisions", limit=limit, before=before)
        pages.append([one["id"] for one in told["decisions"]])
        before = told["next"]
        if before is None:
            break
        assert len(pages[-1]) == limit
        assert before == pages[-1][-1]
    together = [name for page in pages for name in page]
    assert together == [one["id"] for one in everything(past)]
    assert len(set(together)) == len(together)
    moments = [one["at"] for one in everything(past)]
    assert moments == sorted(moments, reverse=True)


def test_decisions_by_session_and_outcome(past: Past) -> None:
    (only,) = past.get("/v1/decisions", session=past.session("bob"))["decisions"]
    assert only["id"] == past.logs["bob"].shown[0]["decision"]
    assert past.get("/v1/decisions", session=past.session(LEFT))["decisions"] == []
    assert len(past.get("/v1/decisions", outcome="shown")["decisions"]) == len(AGREED_TO)
    assert past.get("/v1/decisions", outcome="refused")["decisions"] == []
    for path in ("?outcome=odd", "?before=never"):
        answer = past.people[Role.ANALYST].get(f"/v1/decisions{path}")
        assert answer.status_code == 404
        assert answer.json().keys() == {"detail"}
    assert past.people[Role.ANALYST].get("/v1/decisions?limit=0").status_code == 422


def test_the_ratio_counts_viewers_by_arm(past: Past) -> None:
    (told,) = past.get("/v1/decisions/ratio")["experiments"]
    assert told["name"] == "ready_checkout"
    assert {arm["arm"]: arm["units"] for arm in told["arms"]}["treated"] == len(AGREED_TO)
    assert sum(arm["expected_share"] for arm in told["arms"]) == pytest.approx(1.0)
    assert told["alarm"] is False
    assert (told["off"], told["rooms_off"], told["in_two_arms"]) == (False, [], 0)


def test_exposures_fit_a_study(past: Past, tmp_path: Path) -> None:
    answer = past.people[Role.ANALYST].get("/v1/decisions/exposures.parquet")
    table = pq.read_table(io.BytesIO(answer.content))
    # Of those who agree to research, and have not withdrawn.
    named = {past.session(viewer) for viewer in ("ada", "bob", "cleo")}
    assert set(table.column("session_id").to_pylist()) == named
    study = Path(shutil.copytree(past.study.folder, tmp_path / "study"))
    # Its visits are not the study's, which the checker says; it says nothing else of the table.
    (study / "exposures.parquet").write_bytes(answer.content)
    faults = check_study(study, workers=1).faults
    assert {fault.code for fault in faults if fault.table.startswith("exposures")} == {"dangling"}
    # What is not in it is told with it: dan never agreed to research, and one has withdrawn.
    left_out = json.loads(answer.headers["x-telltale-left-out"])
    assert left_out["no consent to research"] == 1
    assert sum(left_out.values()) == len(AGREED_TO) - len(named)
    about = pq.read_schema(io.BytesIO(answer.content)).metadata
    assert json.loads(about[b"telltale.left_out"]) == left_out
    assert about[b"telltale.which"] == b"assigned"
    exposed = past.people[Role.ANALYST].get("/v1/decisions/exposures.parquet?which=exposed")
    assert pq.read_table(io.BytesIO(exposed.content)).num_rows == len(named)


def test_recordings_are_of_those_who_agreed(past: Past) -> None:
    told = past.get("/v1/recordings")["recordings"]
    live = {one["session"]: one for one in told if one["source"] == "live"}
    assert live.keys() == {past.session(viewer) for viewer in ("ada", "bob", "cleo")}
    assert {one["duration_s"] for one in live.values()} == {float(SECONDS)}
    assert {one["room"] for one in live.values()} == {"r1"}
    assert not any(one["video"] for one in told)
    sessions = past.study.table("sessions", ["session_id", "duration_s"])
    of_study = {one["session"]: one["duration_s"] for one in told if one["source"] == "study"}
    assert of_study
    assert of_study.items() <= dict(zip(*(c.to_pylist() for c in sessions.columns), strict=True)).items()


def rows_of(past: Past, source: str, session: str) -> Values:
    answer = past.people[Role.ANALYST].get(f"/v1/recordings/{source}/{session}/rows")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/octet-stream"
    return np.frombuffer(answer.content, "<f4").reshape(-1, channels.COUNT)


def test_rows_are_those_that_were_sent(past: Past) -> None:
    for viewer in ("ada", "bob", "cleo"):
        np.testing.assert_array_equal(rows_of(past, "live", past.session(viewer)), past.faces[viewer])


def a_session(past: Past) -> str:
    told = past.get("/v1/recordings")["recordings"]
    return next(str(one["session"]) for one in told if one["source"] == "study")


def test_rows_of_a_study_stand_at_their_time(past: Past) -> None:
    session = a_session(past)
    signal, rows = past.study.signal(session), rows_of(past, "study", session)
    places = np.rint(signal.times_s * 10).astype(int) - 1
    np.testing.assert_array_equal(rows[places], signal.values)
    assert len(rows) == places.max() + 1


def test_what_was_kept_late_stands_at_its_own_beginning(past: Past) -> None:
    session, late_s = past.session("cleo"), 100_000
    path = f"/v1/recordings/live/{session}"
    before = past.get(f"{path}/track")
    with past.live.service.database.transaction() as t:
        t.run("UPDATE recorded_rows SET second = second + ? WHERE session = ?", (late_s, session))
    try:
        answer = past.people[Role.ANALYST].get(f"{path}/rows")
        assert answer.headers["x-telltale-from-s"] == str(late_s)
        assert float(answer.headers["x-telltale-kept-until-s"]) == late_s + SECONDS
        np.testing.assert_array_equal(rows_of(past, "live", session), past.faces["cleo"])
        told = past.get(f"{path}/track")
        assert (told["from_s"], told["kept_until_s"]) == (late_s, late_s + SECONDS)
        for name in ("duration_s", "affect", "probability", "acts"):
            assert told[name] == before[name]
        # The decision was taken long before these rows.
        assert told["decisions"][0]["second"] == before["decisions"][0]["second"] - late_s
        assert told["video_offset_s"] == late_s
        listed = {one["session"]: one["duration_s"] for one in past.get("/v1/recordings")["recordings"]}
        assert listed[session] == SECONDS
    finally:
        with past.live.service.database.transaction() as t:
            t.run("UPDATE recorded_rows SET second = second - ? WHERE session = ?", (late_s, session))


def test_the_track_of_a_live_session(past: Past) -> None:
    told = past.get(f"/v1/recordings/live/{past.session('ada')}/track")
    assert (told["duration_s"], told["from_s"], told["kept_until_s"]) == (SECONDS, 0, SECONDS)
    assert told["affect"]["names"] == ["hesitation", "desire", "surprise", "disengagement"]
    assert [len(values) for values in told["affect"]["values"]] == [SECONDS] * 4
    assert len(told["probability"]) == SECONDS
    assert all(0 < one < 1 for one in told["probability"])
    acts = [(one["type"], one["product"]) for one in told["events"]]
    assert acts == [("add_to_cart", "p7"), ("gift", None)]
    room = LedgerCounter(past.live.service.database, "r1")
    counted = dict(zip(room.outcomes, room.between(now() - timedelta(hours=1), now()), strict=True))
    assert (counted["gifts"], counted["likes"], counted["engagement"]) == (1, 0, 1)
    assert [one["id"] for one in told["decisions"]] == [past.logs["ada"].shown[0]["decision"]]
    # What the player draws as a flash is what the live model said at that second.
    decided = told["decisions"][0]
    assert told["probability"][decided["second"] - 1] == pytest.approx(decided["probability"], abs=1e-4)


def test_the_track_of_a_studys_session(past: Past) -> None:
    session = a_session(past)
    told = past.get(f"/v1/recordings/study/{session}/track")
    seconds = int(told["duration_s"])
    assert [len(values) for values in told["affect"]["values"]] == [seconds] * 4
    assert len(told["probability"]) == seconds
    with past.study.query() as connection:
        events = connection.execute("SELECT time_s FROM events WHERE session_id = ?", [session]).fetchall()
    assert len(told["events"]) == len(events)
    assert told["events"] == sorted(told["events"], key=lambda one: one["time_s"])
    assert told["decisions"] == []
    for act in told["acts"]:
        assert act["unit"] in channels.ACTION_UNITS
        assert act["side"] in ("left", "right")
        assert 0 <= act["onset_s"] <= act["apex_s"] <= act["offset_s"] <= told["duration_s"] + 0.1


def test_a_video_stands_on_its_own_clock(past: Past) -> None:
    told = [one["session"] for one in past.get("/v1/recordings")["recordings"] if one["source"] == "study"]
    for session, offset_s in ((told[0], 0.0), (told[-1], AHEAD_S)):
        assert past.get(f"/v1/recordings/study/{session}/track")["video_offset_s"] == offset_s
    assert past.get(f"/v1/recordings/live/{past.session('ada')}/track")["video_offset_s"] == 0


@pytest.mark.parametrize("what", ["rows", "track", "video"])
@pytest.mark.parametrize("source", ["live", "study"])
def test_what_is_not_there_is_not_found(past: Past, source: str, what: str) -> None:
    sessions = ["nobody", past.session("dan"), past.session(LEFT), "..%2f..%2fetc%2fpasswd"]
    for session in sessions:
        answer = past.people[Role.ANALYST].get(f"/v1/recordings/{source}/{session}/{what}")
        assert answer.status_code == 404, session
        assert answer.json().keys() == {"detail"}


def test_consents_are_told_by_alias_and_looked_up_by_name(past: Past) -> None:
    told = past.get("/v1/audit/consents", Role.PRIVACY)["consents"]
    assert not [name for name in AGREED_TO if name in str(told)]
    (ada,) = {one["viewer"] for one in past.get("/v1/audit/consents", Role.PRIVACY, viewer="ada")["consents"]}
    hers = [one for one in told if one["viewer"] == ada]
    assert {one["purpose"] for one in hers} == set(RESEARCH)
    assert {one["withdrawn_at"] for one in hers} == {None}
    assert {one["text_version"] for one in hers} == {"1"}
    # The key is gone, and with it the way from the name to the alias; the list says when.
    assert past.get("/v1/audit/consents", Role.PRIVACY, viewer=LEFT)["consents"] == []
    ended = [one for one in told if one["withdrawn_at"] is not None]
    assert {one["purpose"] for one in ended} == set(RESEARCH)
    assert all(one["withdrawn_at"] >= one["granted_at"] for one in ended)
    assert len(past.get("/v1/audit/consents", Role.PRIVACY, limit=2)["consents"]) == 2


def test_what_viewers_said_is_told_beside_what_they_agreed_to(past: Past) -> None:
    def said(**asked: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = past.get("/v1/audit/consents", Role.PRIVACY, **asked)["statements"]
        return found

    (ada,) = said(viewer="ada")
    assert (ada["disclosed"]["value"], ada["age_at_least"]["value"]) == (True, 18)
    assert (ada["released"]["value"], ada["opted_out"]) == (False, None)
    assert ada["text_version"] == "1"
    token = past.live.session("zora")["token"]
    past.live.agree(token, *NEITHER, released=True)
    assert past.live.http.put("/v1/opt-out", headers=bearer(token)).status_code == 204
    (zora,) = said(viewer="zora")
    assert (zora["released"]["value"], zora["opted_out"]["value"]) == (True, True)
    assert datetime.fromisoformat(zora["opted_out"]["at"]) <= now()
    # Who spoke last stands first; nobody is named; who never said anything is not there.
    assert said()[0] == zora
    assert len(said(limit=1)) == 1
    assert "zora" not in str(said())
    assert said(viewer="nobody") == []


def test_receipts_tell_what_was_deleted(past: Past) -> None:
    told = past.get("/v1/audit/receipts", Role.PRIVACY)["receipts"]
    (receipt,) = [one for one in told if one["id"] == past.receipt["receipt"]]
    assert receipt["kind"] == "withdrawal"
    assert receipt["deleted"]["recorded_rows"] == SECONDS
    assert receipt["deleted"]["decisions_unlinked"] == 1
    assert "purge" in {one["kind"] for one in told}


def test_the_privacy_officer_withdraws_for_a_viewer_who_asks(past: Past) -> None:
    token = past.live.session("yann")["token"]
    past.live.agree(token, *RESEARCH)
    answer = past.people[Role.PRIVACY].post("/v1/audit/withdraw", json={"viewer": "yann"})
    assert answer.status_code == 200
    assert answer.json()["deleted"]["viewer_keys"] == 1
    ids = [one["id"] for one in past.get("/v1/audit/receipts", Role.PRIVACY)["receipts"]]
    assert ids[0] == answer.json()["receipt"]


def test_nothing_of_who_withdrew_is_told(past: Past) -> None:
    asked = {
        Role.ANALYST: ("/v1/decisions", "/v1/decisions/ratio", "/v1/recordings", "/v1/study", "/v1/overview"),
        Role.PRIVACY: ("/v1/audit/consents", "/v1/audit/receipts", "/v1/decisions"),
    }
    for role, paths in asked.items():
        for path in paths:
            text = past.people[role].get(path).text
            assert LEFT not in text
            assert past.session(LEFT) not in text
    table = past.people[Role.ANALYST].get("/v1/decisions/exposures.parquet").content
    assert past.session(LEFT).encode() not in table


def test_the_study_page(past: Past) -> None:
    told = past.get("/v1/study")
    assert told["simulated"] is True
    assert told["name"] == "default"
    whole = told["table"][-1]
    assert dict(whole["rows"])["Sessions"] == "12"
    assert sum(int(dict(part["rows"])["Sessions"]) for part in told["table"][:-1]) == 12
    (report,) = told["reports"]
    assert report == {
        "name": "judged",
        "title": "Who is about to buy",
        "url": "/reports/judged/report.html",
        "reload_s": None,
    }


def test_reports_of_a_stream_are_shown_without_a_study(past: Past, tmp_path: Path) -> None:
    reload = '<meta http-equiv="refresh" content="10">'
    page = tmp_path / "now playing" / "report.html"
    page.parent.mkdir()
    page.write_text(f"<title>The broadcast r12</title>{reload}", encoding="utf-8")
    shelf = past.live.app.state.shelf
    alone = replace(shelf, study=None, reports={page.parent.name: page.parent})
    wanted = {"title": "The broadcast r12", "url": "/reports/now%20playing/report.html", "reload_s": 10}
    told = {"name": None, "simulated": False, "table": [], "reports": [{"name": "now playing", **wanted}]}
    assert study_page.told(alone) == told
    assert study_page.told(replace(shelf, study=None, reports={})) is None


def test_a_report_is_shown_and_nothing_beside_it(past: Past) -> None:
    client = past.people[Role.ANALYST]
    page = client.get("/reports/judged/report.html")
    assert page.status_code == 200
    assert "sandbox" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    assert client.get("/reports/judged/auc.svg").status_code == 200
    # Whoever keeps it up to date asks for its mark alone.
    looked = client.head("/reports/judged/report.html")
    assert looked.headers["etag"] == page.headers["etag"]
    assert looked.headers["cache-control"] == "no-cache"
    assert not looked.content
    for path in (
        "/reports/judged/../../etc/passwd",
        "/reports/judged/%2e%2e/study/study.toml",
        "/reports/x/y",
    ):
        assert client.get(path).status_code == 404


def test_the_overview_tells_what_runs(past: Past) -> None:
    told = past.get("/v1/overview", Role.OPERATOR)
    assert told["model"] == {"kind": "acts", "simulated": True}
    assert told["switch"]["on"] is True
    assert told["workers"] == 1
    assert told["holdout_share"] == 0.0
    (one,) = told["catalogue"]
    assert one["text"].keys() == {"en", "zh-Hans"}
    assert {"default", "eu", "us-il"} <= told["policies"].keys()
    assert SHOP["x-telltale-shop"] not in str(told)
