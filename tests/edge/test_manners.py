"""How the device treats a viewer, in a real Chromium against `telltale serve`, by keyboard, in two languages.

What a screen reader is told is what Chromium's accessibility tree says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.edge.browser import drive, needs_browser
from tests.edge.clip import DEMO, write_marked
from tests.edge.shop import PLACE, serve_eagerly
from tests.live.processes import Serving
from tests.live.serving import ENVIRONMENT
from tests.real_servers import free_port

pytestmark = [pytest.mark.slow, needs_browser]

SAID = {
    "en": {
        "title": "May this page read your expressions?",
        "no": "No thanks",
        "yes": "Agree",
        "asked": ["Read my expressions", "Show me something", "Keep the numbers", "I am 18"],
    },
    "zh": {
        "title": "是否允许本页面读取您的表情？",
        "no": "不，谢谢",
        "yes": "同意",
        "asked": ["在我观看时读取我的表情", "根据我的表情显示内容", "保留这些数字用于研究", "我已年满 18 岁"],
    },
}
LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3, level AA, for text of this size."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Serving, dict[str, Any]]]:
    """A service, and what the scripts that drive the browser have to be told."""
    folder = tmp_path_factory.mktemp("manners")
    write_marked(DEMO, folder / "clip.y4m")
    port = free_port()
    serving = serve_eagerly(folder / "live", port)
    try:
        serving.wait_until_ready()
        yield (
            serving,
            {
                "folder": folder,
                "service": serving.url,
                "key": ENVIRONMENT.shop_key,
                "port": port,
                "clip": str(folder / "clip.y4m"),
                "place": PLACE,
            },
        )
        assert not serving.faults()
    finally:
        serving.close()
        (folder / "clip.y4m").unlink()


@pytest.fixture(scope="module")
def found(place: tuple[Serving, dict[str, Any]]) -> dict[str, Any]:
    """What a viewer at the keyboard went through."""
    return drive("manners", limit_s=400, **place[1])


@pytest.fixture(scope="module")
def read(found: dict[str, Any]) -> dict[str, Any]:
    """The part of it from yes to the receipt."""
    part: dict[str, Any] = found["read"]
    return part


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_sheet_says_what_it_is_to_a_screen_reader(found: dict[str, Any], language: str) -> None:
    said, sheet = SAID[language], found[f"sheet_{language}"]
    named = [(one["role"], one["name"], one["states"]) for one in sheet["tree"]]
    assert any(role == "dialog" and name == said["title"] and states["modal"] for role, name, states in named)
    assert {said["no"], said["yes"]} <= {name for role, name, _ in named if role == "button"}
    boxes = [(name, states["checked"]) for role, name, states in named if role == "checkbox"]
    assert len(boxes) == len(said["asked"])
    assert all(name.startswith(words) for (name, _), words in zip(boxes, said["asked"], strict=True))
    # Nothing was answered for the viewer.
    assert {checked for _, checked in boxes} == {"false"}
    # What lies behind is not told: the shop's own button is out of reach.
    assert "Buy" not in {name for _, name, _ in named}
    assert sheet["language"] == {"en": "en", "zh": "zh-Hans"}[language]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_focus_goes_into_the_sheet_and_stays(found: dict[str, Any], language: str) -> None:
    said, sheet = SAID[language], found[f"sheet_{language}"]
    assert sheet["first"] == f"h2: {said['title']}"
    visited = sheet["round"]
    assert not any("Buy" in name for name in visited)
    # Between the last and the first comes the browser itself, whose bars are reached so.
    controls = [name for name in visited if name != "page"]
    assert len(controls) > len(visited) * 0.8
    assert {f"button: {said['no']}", f"button: {said['yes']}"} <= set(controls)
    assert all(f"input: {words}" in " ".join(controls) for words in said["asked"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_escape_is_a_no_and_is_not_asked_again(found: dict[str, Any], language: str) -> None:
    sheet = found[f"sheet_{language}"]
    assert sheet["after"]["state"]["name"] == "declined"
    assert sheet["after"]["requests"] == 0
    assert sheet["after"]["cameras"] == [0, 0]
    assert sheet["again"]["state"]["name"] == "declined"
    assert sheet["again"]["sheets"] == 0


@pytest.mark.parametrize("part", ["sheet_en", "sheet_zh", "dark"])
def test_every_text_stands_out_and_no_is_as_large_as_yes(found: dict[str, Any], part: str) -> None:
    texts = found[part]["texts"]
    assert len(texts) > 20
    assert [one for one in texts if one["ratio"] < LEAST_CONTRAST] == []
    if part != "dark":
        no, yes = found[part]["answers"]
        assert no == pytest.approx(yes, abs=1)


def test_at_200_per_cent_all_is_in_reach(found: dict[str, Any]) -> None:
    narrow = found["narrow"]
    assert narrow["inside"]
    assert narrow["reached"]
    assert narrow["sideways"] == 0
    assert narrow["readable"] > 150


def test_a_dark_page_gets_a_dark_sheet(found: dict[str, Any]) -> None:
    red, green, blue = (int(one) for one in found["dark"]["paper"][4:-1].split(","))
    assert max(red, green, blue) < 64


def test_a_yes_that_lacks_something_says_what_and_goes_there(read: dict[str, Any]) -> None:
    assert read["without"]["state"] == "asking"
    assert read["without"]["focus"].startswith("input: I am 18")
    assert "confirm your age" in read["without"]["alert"]


def test_while_it_reads_a_sign_is_there_with_the_way_out(read: dict[str, Any]) -> None:
    assert read["reading"]["cameras"] == [1, 1]
    named = {(one["role"], one["name"]) for one in read["reading"]["sign"]}
    wanted = {
        ("region", "Reading of your expressions"),
        ("button", "Pause"),
        ("button", "Stop and forget me"),
    }
    assert wanted <= named


def test_a_note_says_why_it_is_there_and_is_counted_as_seen(
    read: dict[str, Any], place: tuple[Serving, dict[str, Any]]
) -> None:
    assert "Your checkout is ready" in read["shown"]["note"]
    assert "Shown because of your expressions" in read["shown"]["note"]
    assert len(read["shown"]["exposed"]) >= 1
    assert place[0].metrics()["telltale_exposures_total"] >= 1
    # Somebody who wants no motion gets none.
    assert read["shown"]["still"] == "none"


def test_a_pause_puts_the_camera_out(read: dict[str, Any]) -> None:
    assert read["paused"]["cameras"][1] == 0
    assert read["paused"]["rows"] == 0
    assert {"type": "pause", "why": "viewer"} in read["paused"]["said"]
    assert read["paused"]["focus"] == "button: Go on"
    assert read["resumed"]["cameras"][1] == 1
    assert read["resumed"]["rows"] > 0


def test_who_opts_out_is_shown_nothing_more(read: dict[str, Any]) -> None:
    assert read["opted"]["asked"]
    assert read["opted"]["notes"] == 0
    # The menu is shut by Escape, and the focus is where it was opened.
    assert read["opted"]["focus"] == "summary: More"


def test_a_withdrawal_ends_it_with_a_receipt(
    read: dict[str, Any], place: tuple[Serving, dict[str, Any]]
) -> None:
    receipt = read["receipt"]
    assert receipt["state"]["name"] == "withdrawn"
    assert receipt["cameras"][1] == 0
    assert receipt["rows"] == receipt["signs"] == 0
    assert receipt["focus"] == "h2: Stopped, and forgotten"
    assert "Keys destroyed" in receipt["text"]
    assert read["closed"] == 0
    assert place[0].metrics()["telltale_withdrawals_total"] >= 1


def test_behind_another_tab_nothing_is_read(place: tuple[Serving, dict[str, Any]]) -> None:
    told = drive("hidden", limit_s=200, **place[1])
    assert told["front"]["name"] == "reading"
    assert (told["behind"]["name"], told["behind"]["why"]) == ("paused", "hidden")
    assert told["behind"]["seen"] == "hidden"
    assert told["behind"]["rows"] == 0
    assert any('"pause"' in text and '"hidden"' in text for text in told["texts"])
    assert told["back"]["name"] == "reading"
    assert told["back"]["rows"] > 0
