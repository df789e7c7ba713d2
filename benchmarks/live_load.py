"""The live service under load: how long viewers wait for the answer to a second, and how many a core holds.

    python benchmarks/live_load.py                  # a taste: the model that ships, few viewers, seconds
    python benchmarks/live_load.py --aims           # 1,000 viewers, or 500 at full width
    python benchmarks/live_load.py --breaks 128     # doubles viewers until it breaks, then halves the step

One process of `telltale serve` on one core, its viewers in a process on another, real sockets, each viewer
with rows of their own, commits durable in SQLite. A wait is from the writing of the message that closes a
second until its answer is read; `show` until the decision that was to be shown is, which is committed before.
`--first` puts both processes before all others on their cores, which takes the rights to do so.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.live.load import Measured

AIM_MS = 150.0
AIMS = (("shipped", 1000), ("128", 1000), ("128 int8", 1000), ("256", 500))
TASTE = ("shipped", 100)
MOST = 16_000
STEPS = 2
"""How often the step is halved between what held and what broke."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks of each run."""

    seconds: int
    runs: int


def measured(kind: str, viewers: int, asked: Asked) -> list[Measured]:
    """Some runs, each printed as a row."""
    from tests.live.load import measure

    found = []
    for _ in range(asked.runs):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "run"
            found.append(measure(kind, viewers, folder, seconds=asked.seconds))
        print(row(found[-1]), flush=True)
    return found


def head() -> str:
    names = (
        "model", "viewers", "p50 ms", "p99 ms", "most ms", "show p50", "show p99", "shown a s",
        "rows sent", "taken in", "refused or again", "CPU of a core", "of it event loop",
        "CPU ms a viewer and second", "MiB", "disk p99", "generator late p99", "load average",
    )  # fmt: skip
    return "| " + " | ".join(names) + " |\n" + "|---" * len(names) + "|"


def row(one: Measured) -> str:
    cells = (
        one.model, f"{one.viewers:,}", f"{one.answers.p50:.0f}", f"{one.answers.p99:.0f}",
        f"{one.answers.most:.0f}", f"{one.shows.p50:.0f}", f"{one.shows.p99:.0f}",
        f"{one.shows.count / one.seconds:.0f}", f"{one.rows_sent:,}", f"{one.rows_new:,}",
        f"{one.rows_again + one.rows_refused:,}", f"{one.cpu:.2f}", f"{one.cpu_loop:.2f}",
        f"{one.ms_a_viewer:.2f}", f"{one.memory_mb:.0f}", f"{one.disk.p99:.0f}", f"{one.late.p99:.0f}",
        f"{one.load_average:.1f}",
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def holds(runs: list[Measured]) -> bool:
    """Whether the best run holds: what else runs on these cores can only make one worse."""
    return any(one.adds_up and one.answers.p99 < AIM_MS for one in runs)


def find_break(kind: str, asked: Asked) -> None:
    """Print the most viewers that held and the fewest that did not."""
    held, viewers = 0, dict(AIMS).get(kind, 500)
    while viewers <= MOST and holds(measured(kind, viewers, asked)):
        held, viewers = viewers, 2 * viewers
    broke = viewers
    for _ in range(STEPS if held else 0):
        viewers = (held + broke) // 2
        held, broke = (viewers, broke) if holds(measured(kind, viewers, asked)) else (held, viewers)
    print(f"\n{kind}: {held:,} viewers hold, {broke:,} do not")


def main() -> None:
    # The service's processes, devices and models are those of its tests.
    sys.path.insert(0, str(Path(__file__).parents[1]))
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--aims", action="store_true", help="the four loads that are aimed at")
    parser.add_argument("--breaks", metavar="MODEL", help="shipped, or a width, or a width and int8")
    parser.add_argument("--seconds", type=int, default=20, help="measured in each run")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--first", action="store_true", help="before other work on these cores")
    given = parser.parse_args()
    asked = Asked(given.seconds, given.runs)
    if given.first:
        from tests.live.load import come_first

        come_first()
    print(head())
    if given.breaks:
        find_break(given.breaks, asked)
    elif given.aims:
        for kind, viewers in AIMS:
            measured(kind, viewers, asked)
    else:
        measured(*TASTE, Asked(5, 1))


if __name__ == "__main__":
    main()
