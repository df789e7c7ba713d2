"""The end of `telltale demo`: service and studio, with the study's people as viewers who watch now."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

import typer

from telltale.cli import console
from telltale.core.errors import TelltaleError

VIEWERS: Final = 24
UNWATCHED_S: Final = 12.0
"""So long it goes on where nobody sits before it."""
_READY_S: Final = 60.0


def run_live(study: Path, report: Path, folder: Path, *, browser: bool) -> None:
    """Serve, play, and open the studio; until Ctrl-C where somebody watches."""
    from telltale.live.play import play
    from telltale.live.shop import Shop
    from telltale.study.store import Study

    watched = sys.stdout.isatty()
    console.out.print("\n[bold]6. Live[/] the same people as viewers of the running service")
    with _service(study, report, folder) as (url, link, shop_key):
        console.out.print(
            f"   [bold]Open[/] {link}\n   [bold]Try[/] your own camera: {url}/try/", soft_wrap=True
        )
        if watched:
            console.out.print("   Ctrl-C ends it")
        if browser:
            typer.launch(link)
        shop = Shop(url, shop_key)
        lasts_s = None if watched else UNWATCHED_S
        try:
            counts = asyncio.run(play(shop, Study.open(study), viewers=VIEWERS, seconds=lasts_s))
        except KeyboardInterrupt:
            return
        told = f"{counts['viewers']} viewers, {counts['seconds']:,} seconds told, {counts['shown']} shown"
        console.out.print(f"   {told}; viewers are simulated")


@contextmanager
def _service(study: Path, report: Path, folder: Path) -> Iterator[tuple[str, str, str]]:
    """A service in a process of its own: its address, a link that lets in once, its shop key."""
    from telltale.cli.serve_app import TRYING, accounts_of
    from telltale.core.clock import now
    from telltale.gate.roles import Role

    port, shop_key = _free_port(), secrets.token_urlsafe(32)
    variables = {name: value for name, value in os.environ.items() if not name.startswith("TELLTALE_")}
    variables |= {"TELLTALE_TOKEN_SECRET": secrets.token_urlsafe(32), "TELLTALE_SHOP_KEY": shop_key}
    if "TELLTALE_CACHE" in os.environ:
        variables["TELLTALE_CACHE"] = os.environ["TELLTALE_CACHE"]
    with accounts_of(folder, variables) as accounts:
        accounts.add(TRYING, set(Role), secrets.token_urlsafe(12), now())
        code = accounts.invite(TRYING, now())
    settings = folder / "service.toml"
    settings.write_text("simulated_viewers = true\ntry_out = true\n", encoding="utf-8")
    words = ["serve", "--config", settings, "--port", port, "--folder", folder, "--study", study]
    process = subprocess.Popen(
        [sys.executable, "-m", "telltale", *map(str, [*words, "--report", report])],
        env=variables,
        stderr=(folder / "log").open("w"),
        # Ctrl-C is for the demo, which then ends the service in its own time.
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(process, url, folder / "log")
        yield url, f"{url}/v1/operator/enter?code={code}", shop_key
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    began_s = time.monotonic()
    while process.poll() is None and time.monotonic() - began_s < _READY_S:
        try:
            with urlopen(f"{url}/readyz", timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    last = (log.read_text(encoding="utf-8").strip().splitlines() or ["it said nothing"])[-1]
    raise TelltaleError(f"the service did not start: {last}", hint=f"see {log}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port
