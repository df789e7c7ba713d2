"""A real HAProxy before several workers, as a service of more than one process has it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.real_servers import START_S, free_port

_CONFIG = """
global
    stats socket {folder}/stats mode 600 level admin
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout tunnel 60s
    retries 3
    option redispatch 1
frontend shop
    bind 127.0.0.1:{port}
    default_backend workers
backend workers
    balance leastconn
    option httpchk GET /readyz
    default-server inter 200ms fall 2 rise 1 on-marked-down shutdown-sessions
{servers}
"""


class Proxy:
    """HAProxy over workers at ports of this machine: who has fewest connections gets the next."""

    def __init__(self, folder: Path, workers: Sequence[int]) -> None:
        program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
        if program is None:
            pytest.fail("no HAProxy to test with: apt-get install haproxy")
        self._stats, self.port = folder / "stats", free_port()
        servers = [f"    server w{port} 127.0.0.1:{port} check" for port in workers]
        config = _CONFIG.format(folder=folder, port=self.port, servers="\n".join(servers))
        (folder / "haproxy.cfg").write_text(config, encoding="utf-8")
        with (folder / "haproxy.log").open("wb") as log:
            self._process = subprocess.Popen(
                [program, "-db", "-f", str(folder / "haproxy.cfg")], stdout=log, stderr=log
            )

    def wait_until_up(self, workers: int) -> None:
        """Return once it finds so many workers ready."""
        until_s = time.monotonic() + START_S
        while self.states().count("UP") != workers:
            assert self._process.poll() is None, "haproxy ended"
            assert time.monotonic() < until_s, self.states()
            time.sleep(0.05)

    def states(self) -> list[str]:
        """What it thinks of each worker."""
        try:
            with socket.socket(socket.AF_UNIX) as asked:
                asked.connect(str(self._stats))
                asked.sendall(b"show stat\n")
                told = asked.makefile(encoding="utf-8").read()
        except OSError:
            return []
        rows = [line.split(",") for line in told.splitlines() if line.startswith("workers,w")]
        # Until the first check it says what it takes for granted.
        return [row[17] for row in rows if row[36] in ("L7OK", "L4CON", "L7STS", "L4TOUT", "L7TOUT")]

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)
