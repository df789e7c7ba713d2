"""A service under load: one process of it on one core, its viewers in another process on another core.

Commits are durable: SQLite with its write-ahead log and synchronous = FULL, as `telltale serve` has it. Waits
are the client's: from the writing of the message that closes a second until its answer is read.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from tests.live.agreed import agree_all
from tests.live.load_disk import DiskProbe
from tests.live.load_models import made_model, threshold_for
from tests.live.load_viewers import PLACE, Load, names, recording
from tests.live.processes import ROOT, Serving

from telltale.records.database import open_database

WARM_S: Final = 5
PERIOD_S: Final = 12
_ASKED: Final = 32
"""Viewers by whom a threshold is found."""
_CATALOGUE: Final = """
[[interventions]]
name = "ready_checkout"
kind = "preloaded_checkout"
text = {{ en = "Your checkout is ready", "zh-Hans" = "结算页已为你准备好" }}
threshold = {threshold:.6f}
release = {threshold:.6f}
hold_s = 0.0
cool_down_s = 0.0
most_per_session = 1000000
share = 1.0
"""
_FIRST: Final = -15
"""A priority before that of others."""
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Waits:
    """Milliseconds."""

    count: int
    p50: float
    p99: float
    most: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One run."""

    model: str
    viewers: int
    seconds: int
    """Measured."""
    answers: Waits
    """Of the messages that say that a second was taken in."""
    shows: Waits
    """Of the decisions that were to be shown."""
    disk: Waits
    """What the disk took meanwhile for a little that lasts: less, no commit can take."""
    late: Waits
    """How late the generator wrote its messages; it measures itself where this is long."""
    rows_sent: int
    rows_new: int
    rows_again: int
    rows_refused: int
    """By the switch, a limit, or a broken rule."""
    answered: int
    """Seconds of all that were sent, warm ones too."""
    decided: int
    """In the ledger."""
    shown: int
    """Of them, to be shown."""
    seen: int
    """Of those, that came to a device."""
    cpu: float
    """Processor seconds of the service a second."""
    cpu_loop: float
    """Of them in the event loop's thread; the model, commits and reading have their own."""
    generator_cpu: float
    memory_mb: float
    load_average: float
    closed: int
    told: tuple[str, ...]
    """All else that the service said."""
    faults: int

    @property
    def ms_a_viewer(self) -> float:
        """Processor milliseconds a viewer and second."""
        return 1000 * self.cpu / self.viewers

    @property
    def adds_up(self) -> bool:
        """Whether each row was taken in once and answered, and each decision that was to be shown came."""
        return (
            self.rows_sent == self.rows_new
            and self.rows_again == self.rows_refused == 0
            and self.answered * 10 == self.rows_sent
            and self.shown == self.seen
            and not self.closed
            and not self.told
            and not self.faults
        )


def measure(
    kind: str,
    viewers: int,
    folder: Path,
    *,
    seconds: int = 20,
    seed: int = 0,
    purposes: Sequence[str] = ("read_face", "personalise"),
) -> Measured:
    """Run a service with a model and this many viewers; what came of it.

    Parameters
    ----------
    kind
        Of `load_models.made_model`.
    folder
        New: of the service's database, log and model.
    """
    folder.mkdir(parents=True)
    model = made_model(kind, folder)
    values = np.stack([recording(k, seed, PERIOD_S) for k in range(_ASKED)])
    found = threshold_for(model, np.tile(values, (1, -(-(WARM_S + seconds) // PERIOD_S), 1)))
    database = f"sqlite:///{folder / 'live.db'}"
    agree_all(database, names(viewers), *purposes)
    (folder / "policy.toml").write_text(_policy(), encoding="utf-8")
    settings = f'model = "{model}"\nviewers = {viewers + 1}\npolicies = ["{folder / "policy.toml"}"]\n'
    cores = sorted(os.sched_getaffinity(0))
    serving = Serving(folder, catalogue=_CATALOGUE.format(threshold=found), settings=settings, core=cores[0])
    try:
        serving.wait_until_ready()
        load = Load(serving.port, viewers, seconds, WARM_S, seed, PERIOD_S, cores[-1])
        with DiskProbe(folder / "probe") as probe:
            told, (cpu, cpu_loop) = _played(load, folder, serving)
        counted = serving.metrics()
        memory_mb, faults = serving.memory_mb(), len(serving.faults())
    finally:
        serving.close()
    with open_database(database) as ledger:
        ((decided, shown),) = ledger.rows("SELECT COUNT(*), COALESCE(SUM(shown), 0) FROM decisions")
    fates = {name: int(count) for name, count in counted.items() if name.startswith("telltale_rows_total")}
    refused = sum(int(count) for name, count in counted.items() if name.startswith("telltale_refused_total"))
    return Measured(
        kind,
        viewers,
        seconds,
        _waits(told["waits_s"]),
        _waits(told["shows_s"]),
        _waits(probe.waits_s),
        _waits(told["late_s"]),
        rows_sent=10 * told["messages"],
        rows_new=fates.get('telltale_rows_total{fate="new"}', 0),
        rows_again=fates.get('telltale_rows_total{fate="late or again"}', 0),
        rows_refused=fates.get('telltale_rows_total{fate="not allowed"}', 0) + refused,
        answered=told["answered"],
        decided=int(decided),
        shown=int(shown),
        seen=told["shown"],
        cpu=cpu,
        cpu_loop=cpu_loop,
        generator_cpu=told["generator_cpu"],
        memory_mb=memory_mb,
        load_average=os.getloadavg()[0],
        closed=told["closed"],
        told=tuple(told["told"]),
        faults=faults,
    )


def come_first() -> None:
    """This process and its children before all others on their cores, for which one must be root."""
    os.setpriority(os.PRIO_PROCESS, 0, _FIRST)
    # Linux shares a core among sessions before it looks at who is nice within one.
    group = Path("/proc/self/autogroup")
    if group.exists():
        group.write_text(str(_FIRST), encoding="utf-8")


def _played(load: Load, folder: Path, serving: Serving) -> tuple[dict[str, Any], tuple[float, float]]:
    """What devices measured, and its processor seconds a second, all and the event loop's."""
    (folder / "load.json").write_bytes(orjson.dumps(asdict(load)))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.live.load_viewers", str(folder / "load.json")],
        cwd=ROOT, stdout=subprocess.PIPE,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        # A line when measuring begins, and one when it ends.
        marks = [(time.monotonic(), *cpu_s(serving.process.pid)) for _ in process.stdout]
    assert process.returncode == 0
    told: dict[str, Any] = orjson.loads((folder / "load.json").read_bytes())
    (from_s, *before), (until_s, *after) = marks
    cpu, cpu_loop = ((now - then) / (until_s - from_s) for now, then in zip(after, before, strict=True))
    return told, (cpu, cpu_loop)


def cpu_s(pid: int) -> tuple[float, float]:
    """Processor seconds that a process has used: all its threads, and its first."""

    def used_s(path: Path) -> float:
        fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    return used_s(Path(f"/proc/{pid}/stat")), used_s(Path(f"/proc/{pid}/task/{pid}/stat"))


def _waits(seconds: list[float]) -> Waits:
    if not seconds:
        return Waits(0, np.nan, np.nan, np.nan)
    ms = 1000 * np.array(seconds)
    return Waits(len(ms), float(np.quantile(ms, 0.5)), float(np.quantile(ms, 0.99)), float(ms.max()))


def _policy() -> str:
    """The European one for a place that is nowhere, without its caps: they would end the decisions."""
    text = resources.files("telltale.strategy").joinpath("policies", "eu.toml").read_text("utf-8")
    _, name, rules = text.partition('name = "eu"')
    assert name
    told = f'name = "load"{rules.partition("places")[0]}places = ["{PLACE}"]\n'
    told += "\n[consents_needed]" + rules.partition("[consents_needed]")[2]
    for rule, value in (("most_per_session", 3), ("most_per_hour", 3), ("most_per_day", 6)):
        told = _with(told, rule, value, 1_000_000)
    return _with(told, "least_gap_s", 120, 0)


def _with(text: str, rule: str, before: int, after: int) -> str:
    old = f"[{rule}]\nvalue = {before}\n"
    assert old in text, rule
    return text.replace(old, f"[{rule}]\nvalue = {after}\n")
