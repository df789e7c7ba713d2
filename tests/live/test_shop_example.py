"""The example's shop, started as its first lines say, against a real service."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.live.serving import ENVIRONMENT, Running, bearer, running
from tests.real_servers import free_port

ROOT = Path(__file__).parents[2]
PORT = free_port()
PAGE = f"http://127.0.0.1:{PORT}"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("live"), origins=(PAGE,)) as service:
        yield service


@pytest.fixture(scope="module")
def shop(live: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("public")
    (folder / "telltale").mkdir()
    (folder / "telltale" / "telltale.js").write_text("// the device", encoding="utf-8")
    variables = {**os.environ, "TELLTALE_SHOP_KEY": ENVIRONMENT.shop_key, "TELLTALE_URL": live.url}
    process = subprocess.Popen(
        [sys.executable, ROOT / "examples" / "shop" / "shop.py", folder, str(PORT)],
        env=variables, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == PAGE
        with httpx.Client(base_url=PAGE, timeout=10) as client:
            yield client
    finally:
        process.kill()
        process.communicate()


def test_each_visit_has_a_token_that_the_service_takes(live: Running, shop: httpx.Client) -> None:
    pages = [shop.get("/").text for _ in range(2)]
    tokens = [found.group(1) for page in pages if (found := re.search(r'token: "([^"]+)"', page))]
    assert len(set(tokens)) == 2
    for token in tokens:
        answer = live.http.get("/v1/disclosure?place=DE", headers={**bearer(token), "origin": PAGE})
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert live.http.post("/v1/sessions/renew", headers=bearer(token)).is_success
    assert ENVIRONMENT.shop_key not in pages[0]


def test_the_device_comes_from_the_shops_own_host(live: Running, shop: httpx.Client) -> None:
    page = shop.get("/").text
    assert re.findall(r'src="([^"]+)"', page) == ["/telltale/telltale.js"]
    assert shop.get("/telltale/telltale.js").is_success
    assert live.url in page
