"""What can go wrong between viewer, shop and service, in a real Chromium against `telltale serve`."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.edge.browser import drive, needs_browser
from tests.edge.clip import DEMO, write_marked
from tests.edge.shop import PLACE, serve_eagerly
from tests.live.serving import ENVIRONMENT
from tests.real_servers import free_port

pytestmark = [pytest.mark.slow, needs_browser]

LEAST_PX = 12
"""Smaller text is not read, and what was not read was not agreed to."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a viewer went through."""
    folder = tmp_path_factory.mktemp("trouble")
    clip = folder / "clip.y4m"
    write_marked(DEMO, clip)
    port = free_port()
    serving = serve_eagerly(folder / "live", port, "--try-out")
    try:
        serving.wait_until_ready()
        password = re.search(r"trying, (\S+)\)", serving.log_text())
        assert password is not None
        told = drive(
            "trouble",
            folder,
            limit_s=400,
            service=serving.url,
            key=ENVIRONMENT.shop_key,
            password=password[1],
            port=port,
            clip=str(clip),
            place=PLACE,
        )
        assert not serving.faults()
        return told
    finally:
        serving.close()
        clip.unlink()


def test_a_shops_styles_do_not_reach_the_sheet(found: dict[str, Any]) -> None:
    styles = found["styles"]
    assert styles["after"] == styles["before"]
    for one in styles["after"]:
        assert float(one["fontSize"].removesuffix("px")) >= LEAST_PX
        assert (one["textTransform"], one["letterSpacing"]) == ("none", "normal")


def test_the_sheet_says_what_may_be_shown_here(found: dict[str, Any]) -> None:
    told = found["styles"]["told"]
    # All that this service's catalogue holds.
    assert "It may then show you a checkout that is ready." in told
    assert "plain fact" not in told


def test_an_event_is_checked_whether_or_not_they_agreed(found: dict[str, Any]) -> None:
    assert found["events"]["unasked"] == found["events"]["agreed"] == [True, True, False, False, False]


def test_a_note_of_the_pages_own_goes_as_any_other(found: dict[str, Any]) -> None:
    notes = found["notes"]
    assert notes["late"], "its time was over"
    assert notes["paused"] == 0
    assert notes["optedOut"] == 0


def test_the_switch_takes_away_what_is_shown(found: dict[str, Any]) -> None:
    off = found["notes"]["off"]
    assert off["notes"] == 0
    assert (off["state"]["name"], off["state"]["why"]) == ("waiting", "switched_off")


def test_the_sheet_opened_again_keeps_what_was_or_takes_all_back(found: dict[str, Any]) -> None:
    sheet = found["sheet"]
    assert sheet["no"] == 0
    assert sheet["kept"]["name"] == "reading"
    assert "has everything deleted" in sheet["said"]


def test_a_withdrawal_that_fails_says_so_and_is_sent_again(found: dict[str, Any]) -> None:
    failed, following, done = (found["withdrawn"][name] for name in ("failed", "next", "done"))
    assert failed["title"] == "Stopped, but not yet forgotten"
    assert (failed["state"]["name"], failed["state"]["why"], failed["tries"]) == ("withdrawn", "pending", 1)
    assert "not deleted yet" in failed["state"]["text"]
    assert (following["dialogs"], following["state"]["why"], following["tries"]) == (0, "pending", 3)
    assert done["title"] == "Stopped, and forgotten"
    assert done["state"]["why"] == "viewer"
    assert found["withdrawn"]["after"]["name"] == "declined"


def test_nothing_of_it_stays_in_a_page_that_leaves(found: dict[str, Any]) -> None:
    assert found["closed"] == {"before": 2, "after": 0}
