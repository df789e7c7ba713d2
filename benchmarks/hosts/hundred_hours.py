"""A hundred hours of coded host streams through `telltale host report`: seconds and memory.

    python benchmarks/hosts/hundred_hours.py [--signals] [--hours 100]

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
from functools import partial
from pathlib import Path

from telltale.core import pool
from telltale.core.provenance import Provenance
from telltale.simulate.acts import build_act_table
from telltale.simulate.platform import play_platform
from telltale.simulate.population import draw_population
from telltale.simulate.sessions import make_host
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import host_tasks, simulate_study
from telltale.simulate.world import play
from telltale.study import schema


def made(folder: Path, hours: int, *, signals: bool) -> Path:
    """A study of so many hours, one broadcast an hour."""
    spec, seed = load_spec("hosts").scaled(10 * hours), 5
    study = simulate_study(folder / "study", spec, seed=seed, signals="none").study
    if signals:
        population = draw_population(spec, seed)
        world = play(spec, population, seed)
        names = world.panel.room_names
        shown = play_platform(spec, population, world.panel, world.rooms, seed).shown(world.rooms, names)
        folder = study / schema.HOST_SIGNALS
        folder.mkdir()
        draw = partial(make_host, spec=spec, table=build_act_table(spec), provenance=Provenance())
        for _ in pool.imap(draw, host_tasks(population, shown, names, seed, folder)):
            pass
    return study


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
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study = made(Path(folder), asked.hours, signals=asked.signals)
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
        ended = f"{wall_s:.0f} s, {most[0]:,.0f} MB, exit {running.returncode}"
        print(f"{asked.hours} simulated hours, {held}: {ended}")
        if running.returncode:
            print(told.decode())


if __name__ == "__main__":
    main()
