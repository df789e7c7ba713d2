"""A hundred hours of coded host streams through `telltale host report`: seconds and memory.

    python benchmarks/hosts/hundred_hours.py [--signals] [--hours 100] [--every 60]

The study is simulated. Without `--signals` it holds the hosts' shares of every 5 s; with it the hosts' 10 Hz
signals, which are then read and coded too.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.hosts.studies import studied


def memory_mb(pid: int) -> float:
    """What a process and its children hold now, shared pages told once for each."""
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        try:
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
            waiting += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
        except (OSError, ValueError):
            continue
    return total / 2**20


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--signals", action="store_true")
    parser.add_argument("--hours", type=int, default=100)
    parser.add_argument("--every", type=float, default=60.0, help="seconds of a row of the platform's table")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study = studied(
            Path(folder), "hosts", 5, sessions=10 * asked.hours, signals=asked.signals, every_s=asked.every,
            workers=2,
        )  # fmt: skip
        command = [sys.executable, "-m", "telltale", "host", "report", str(study)]
        began_s = time.perf_counter()
        running = subprocess.Popen(
            [*command, "--report", f"{folder}/page"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        most = [0.0]

        def watch() -> None:
            while running.poll() is None:
                most[0] = max(most[0], memory_mb(running.pid))
                time.sleep(0.1)

        watching = threading.Thread(target=watch)
        watching.start()
        _, told = running.communicate()
        watching.join()
        wall_s = time.perf_counter() - began_s
        held = "signals of 10 Hz" if asked.signals else "shares of 5 s"
        held += f", counted every {asked.every:g} s"
        ended = f"{wall_s:.0f} s, {most[0]:,.0f} MB, exit {running.returncode}"
        print(f"{asked.hours} simulated hours, {held}: {ended}")
        if running.returncode:
            print(told.decode())


if __name__ == "__main__":
    main()
