"""A study of the paper's size on this machine: write, check, describe, window; time, peak memory, size.

    python benchmarks/paper_size.py --sessions 4800    # some 12 minutes on two cores
    python benchmarks/paper_size.py                    # a taste of it: 300 sessions

Each step runs as the command a user would type, and its peak is the largest resident set of it and the
processes it starts, added up and sampled ten times a second from /proc (Linux). Simulated data.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path


def family_kib(root: int) -> int:
    """Resident memory of a process and all its descendants, in KiB."""
    children: dict[int, list[int]] = {}
    resident: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = dict(
                line.split(":", 1) for line in (entry / "status").read_text().splitlines() if ":" in line
            )
        except OSError:
            continue  # it ended meanwhile
        children.setdefault(int(fields["PPid"]), []).append(int(entry.name))
        resident[int(entry.name)] = int(fields.get("VmRSS", "0 kB").split()[0])
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        total += resident.get(pid, 0)
        waiting += children.get(pid, [])
    return total


def measure(command: list[str]) -> tuple[float, float]:
    """Run a command; seconds and peak GiB of it and all it starts."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    peak_kib = 0

    def watch() -> None:
        nonlocal peak_kib
        while process.poll() is None:
            peak_kib = max(peak_kib, family_kib(process.pid))
            time.sleep(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    watcher.join()
    if code:
        sys.exit(f"{' '.join(command)} ended with {code}")
    return time.monotonic() - start, peak_kib / 2**20


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sessions", type=int, default=300)
    options.add_argument("--folder", type=Path, help="where to write; a temporary folder when not given")
    options.add_argument("--json", type=Path, help="write the figures to this file too")
    asked = options.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="paper-size-"))
    study = folder / "study"
    telltale = [sys.executable, "-m", "telltale"]
    steps = {
        "simulate": [*telltale, "simulate", str(study), "--seed", "7", "--sessions", str(asked.sessions)],
        "study check": [*telltale, "study", "check", str(study)],
        "study describe": [*telltale, "study", "describe", str(study)],
        "study windows --tensor": [*telltale, "study", "windows", str(study), "--tensor"],
        "study split": [*telltale, "study", "split", str(study)],
    }
    figures = {}
    print(f"{asked.sessions:,} sessions, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{'step':24}{'seconds':>10}{'peak GiB':>10}")
    for name, command in steps.items():
        seconds, peak_gib = measure(command)
        figures[name] = {"seconds": round(seconds, 1), "peak_gib": round(peak_gib, 2)}
        print(f"{name:24}{seconds:10.1f}{peak_gib:10.2f}", flush=True)
    signals = sum(f.stat().st_size for f in (study / "signals").iterdir())
    size = sum(f.stat().st_size for f in study.rglob("*") if f.is_file() and f.parent.name != "derived")
    print(f"size: {size / 1e9:.2f} GB, of which viewers' signals {signals / 1e9:.2f} GB")
    if asked.json:
        asked.json.write_text(json.dumps({"steps": figures, "bytes": size}, indent=2) + "\n")
    if asked.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
