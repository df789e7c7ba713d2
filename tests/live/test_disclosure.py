"""What a viewer is told before they are asked is what may then happen to them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from tests.live.serving import EAGER, SHOP, Running, bearer, running

AGREED = {
    "purposes": ["read_face", "personalise"],
    "text_version": "1",
    "disclosed": True,
    "released": True,
    "age_at_least": 18,
}
CALM = ["preloaded_checkout", "product_fact"]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with the catalogue that ships."""
    shipped = (resources.files("telltale.strategy") / "catalogue.toml").read_text(encoding="utf-8")
    with running(tmp_path_factory.mktemp("disclosure"), catalogue=shipped, limited=False) as one:
        yield one


def _kinds(live: Running, place: str) -> list[str]:
    told: dict[str, Any] = live.http.get("/v1/disclosure", params={"place": place}).json()
    kinds: list[str] = told["kinds_shown"]
    return kinds


@pytest.mark.parametrize(
    ("place", "kinds"),
    [
        ("BR", CALM),
        ("DE", [*CALM, "limited_time_badge"]),
        ("US-IL", [*CALM, "limited_time_badge", "social_proof_note"]),
    ],
)
def test_it_names_what_the_place_allows(live: Running, place: str, kinds: list[str]) -> None:
    assert _kinds(live, place) == sorted(kinds)


def test_it_names_nothing_that_the_catalogue_lacks(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("one"), catalogue=EAGER) as live:
        assert _kinds(live, "US-IL") == ["preloaded_checkout"]


@pytest.mark.parametrize(
    ("lacks", "why"),
    [
        ({"purposes": ["personalise"]}, "no consent to read_face"),
        ({"released": False}, "no written release"),
        ({"age_at_least": 17}, "no age of 18 was confirmed"),
    ],
)
def test_a_refusal_is_one_that_the_sheet_can_say(live: Running, lacks: dict[str, Any], why: str) -> None:
    # `edge/src/page/refusal.ts` knows it by these words, and says it in the viewer's language.
    visit = {"viewer": "ann", "room": "r-1", "place": "BR"}
    token = live.http.post("/v1/sessions", headers=SHOP, json=visit).json()["token"]
    told = live.http.put("/v1/consent", headers=bearer(token), json=AGREED | lacks).json()
    assert (told["may_read"], told["why"]) == (False, why)
