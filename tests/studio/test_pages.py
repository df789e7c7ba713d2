"""The studio's own files: packed for who unpacks them, whole for who does not, and kept by browsers."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from telltale.gate.doors import anyone
from telltale.studio import routes

Get = Callable[..., httpx.Response]
PAGE = "<!doctype html><title>Telltale</title>"
SCRIPT = "void 0;" * 40


@pytest.fixture
def get(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Get:
    (tmp_path / "assets").mkdir()
    for name, text in (("index.html", PAGE), ("assets/index-1.js", SCRIPT)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    monkeypatch.setattr(routes, "WEB", tmp_path)
    app = FastAPI()
    app.include_router(routes.pages)
    app.dependency_overrides[anyone] = lambda: None

    async def ask(path: str, accepts: str) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://studio") as browser:
            return await browser.get(f"/studio/{path}", headers={"accept-encoding": accepts})

    return lambda path, accepts="gzip, br": asyncio.run(ask(path, accepts))


@pytest.mark.parametrize(("path", "text"), [("", PAGE), ("wall", PAGE), ("assets/index-1.js", SCRIPT)])
@pytest.mark.parametrize("packs", [True, False])
def test_a_file_is_packed_for_who_unpacks_it(get: Get, path: str, text: str, packs: bool) -> None:
    answer = get(path, "gzip, br" if packs else "identity")
    assert answer.text == text
    assert answer.headers.get("content-encoding") == ("gzip" if packs else None)
    assert answer.headers["content-type"].startswith("text/")
    assert answer.headers["vary"] == "accept-encoding"
    assert int(answer.headers["content-length"]) == (
        len(gzip.compress(text.encode(), mtime=0)) if packs else len(text)
    )


def test_what_has_a_digest_in_its_name_is_kept_and_the_page_is_not(get: Get) -> None:
    assert "immutable" in get("assets/index-1.js").headers["cache-control"]
    assert get("").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["assets/none.js", "none.css", "..%2f..%2fetc%2fpasswd"])
def test_a_file_that_is_not_there_is_not_found(get: Get, path: str) -> None:
    answer = get(path)
    assert answer.status_code == 404 or answer.text == PAGE
    assert "root:" not in answer.text
