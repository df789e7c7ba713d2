"""`telltale serve` as a process of its own, as whoever runs it has it: to be watched, killed and measured."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import orjson
from tests.live.serving import EAGER, ENVIRONMENT, SHOP, bearer
from tests.real_servers import free_port

from telltale.core.clock import now
from telltale.gate import tokens
from telltale.gate.tokens import ViewerToken
from telltale.live.routes_viewer import LASTS

ROOT = Path(__file__).parents[2]
START_S = 30.0


class Serving:
    """One process of the service.

    Parameters
    ----------
    settings
        Lines of TOML beside those that every test has.
    core
        The one on which alone it runs.
    """

    def __init__(
        self,
        folder: Path,
        *options: str,
        catalogue: str = EAGER,
        settings: str = "",
        core: int | None = None,
        **variables: str,
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "catalogue.toml").write_text(catalogue, encoding="utf-8")
        (folder / "serve.toml").write_text(
            f'folder = "{folder}"\ncatalogue = "{folder}/catalogue.toml"\nholdout_share = 0.0\n{settings}',
            "utf-8",
        )
        self._log = (folder / "log").open("wb")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TELLTALE_")}
        environment |= {
            "TELLTALE_TOKEN_SECRET": ENVIRONMENT.token_secret,
            "TELLTALE_SHOP_KEY": ENVIRONMENT.shop_key,
            **variables,
        }
        asked = ["--config", str(folder / "serve.toml"), "--port", str(self.port), *options]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "telltale", "serve", *asked],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        if core is not None:
            # Before it has made a thread: those to come take after the first.
            os.sched_setaffinity(self.process.pid, {core})

    def wait_until_ready(self) -> None:
        """Return once devices may come."""
        until_s = time.monotonic() + START_S
        while True:
            assert self.process.poll() is None, self.log_text()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).is_success:
                    return
            except httpx.TransportError:
                pass
            assert time.monotonic() < until_s, self.log_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as suddenly as a power cut."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        """End it as its owner would."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self._log.close()

    def memory_mb(self) -> float:
        """Resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
        return int(line.split()[1]) / 1024

    def log_text(self) -> str:
        """All that it has said."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def faults(self) -> list[dict[str, Any]]:
        """Lines of its log that tell of a fault."""
        lines = [line for line in self.log_text().splitlines() if line.startswith("{")]
        told = [orjson.loads(line) for line in lines]
        return [line for line in told if line["level"] not in ("info", "warning") or "fault" in line]

    def metrics(self) -> dict[str, float]:
        """Its counts, by name and labels."""
        text = httpx.get(f"{self.url}/metrics", timeout=10).text
        pairs = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in pairs}


def token_of(viewer: str, session: str, room: str = "r1") -> str:
    """A token as the shop's own server may sign it."""
    token = ViewerToken(viewer, session, room, "DE", "phone")
    return tokens.sign(token, ENVIRONMENT.token_secret, now=now(), lasts=LASTS)


def agree(url: str, token: str, *purposes: str) -> None:
    """A viewer agrees, from an address that is theirs alone, so that nobody's limit is used up."""
    body = {
        "purposes": purposes or ("read_face", "personalise"),
        "text_version": "1",
        "disclosed": True,
        "age_at_least": 18,
    }
    answer = httpx.put(f"{url}/v1/consent", json=body, headers={**bearer(token), **SHOP}, timeout=10)
    assert answer.status_code == 200, answer.text
