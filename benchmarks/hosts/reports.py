"""Whole reports of simulated studies: what they find of what was planted, what they name where nothing was.

    python benchmarks/hosts/reports.py hosts --studies 20 --signals
    python benchmarks/hosts/reports.py hosts-null --studies 200

A study as `telltale simulate --spec hosts` makes it (25 broadcasts of an hour, 250 visits), and the road of
`telltale host report`: points, drivers, viewers, advice. With `--signals` the hosts' 10 Hz signals are coded
first; without, their shares are known as they truly are.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.hosts.studies import studied
from benchmarks.hosts.viewers import claims_of

from telltale.core import clock
from telltale.core.pool import imap
from telltale.host.driver import DriverStudy
from telltale.host.report_case import host_case
from telltale.signs.coder_prototypes import PrototypeCoder
from telltale.study.store import Study

ASKED = (
    ("elation", "purchases", "sells, ratio 1.15 after 20 s"),
    ("interest", "purchases", "sells, ratio 1.15 after 10 s"),
    ("amusement", "comments", "is commented, ratio 1.15 after 10 s"),
    ("contentment", "purchases", "follows sales by 5 to 40 s"),
    ("pride", "purchases", "rises with flash sales that are recorded"),
)
KIN = {"purchases": "revenue", "comments": "engagement"}


@dataclass(frozen=True)
class Told:
    """What one report says."""

    verdicts: dict[tuple[str, str], str]
    ratios: dict[tuple[str, str], float]
    """Log of the ratio for one standard deviation of the share as it was read."""
    others: int
    """Drivers that nothing planted makes."""
    claims: dict[str, bool]
    """Of the viewers' parts."""


def one_report(seed: int, name: str, signals: bool, sessions: int) -> Told:
    """Make a study and report on it."""
    with tempfile.TemporaryDirectory() as folder:
        made = studied(Path(folder), name, seed, sessions=sessions, signals=signals)
        case = host_case(Study.open(made), PrototypeCoder(), clock.now(), missing={}, caveat="")
    found = case.drivers
    answers = {(one.name, one.outcome): one for one in found.answers}
    keys = [(name, outcome) for name, outcome, _ in ASKED if (name, outcome) in answers]
    claims = claims_of(case.viewers) if case.viewers is not None else {}
    return Told(
        {key: answers[key].verdict for key in keys}, {key: answers[key].last.estimate.value for key in keys},
        _others(found), claims,
    )  # fmt: skip


def _others(found: DriverStudy) -> int:
    planted = {(name, outcome) for name, outcome, _ in ASKED[:3]}
    planted |= {(name, KIN[outcome]) for name, outcome in planted}
    return sum((one.name, one.outcome) not in planted for one in found.with_verdict("driver"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spec", choices=["hosts", "hosts-null"])
    parser.add_argument("--studies", type=int, default=20)
    parser.add_argument("--sessions", type=int, default=250)
    parser.add_argument("--first-seed", type=int, default=500)
    parser.add_argument("--signals", action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    ask = partial(one_report, name=given.spec, signals=given.signals, sessions=given.sessions)
    seeds = range(given.first_seed, given.first_seed + given.studies)
    seen = list(imap(ask, seeds, workers=given.workers))
    faces = "coded from 10 Hz signals" if given.signals else "known as they are"
    print(f"{len(seen)} simulated studies of {given.spec}, faces {faces}")
    if given.spec == "hosts":
        _tell_planted(seen)
    else:
        named = [one.others > 0 or "driver" in one.verdicts.values() for one in seen]
        viewers = [any(one.claims.values()) for one in seen]
        parts = ", ".join(f"{part} {sum(one.claims[part] for one in seen)}" for part in seen[0].claims)
        print(f"name a driver: {sum(named)}; claim something of viewers: {sum(viewers)} ({parts})")
        print(f"claim anything: {sum(a or b for a, b in zip(named, viewers, strict=True))} of {len(seen)}")


def _tell_planted(seen: list[Told]) -> None:
    print("| expression | planted | driver | unresolved | explained | none | mean ratio |")
    print("|---|---|---|---|---|---|---|")
    for name, outcome, planted in ASKED:
        key = (name, outcome)
        there = [one for one in seen if key in one.verdicts]
        count = Counter(one.verdicts[key] for one in there)
        counted = " | ".join(str(count[word]) for word in ("driver", "unresolved", "explained", "none"))
        mean = sum(one.ratios[key] for one in there) / max(len(there), 1)
        print(f"| {name} | {outcome}: {planted} | {counted} | {math.exp(mean):.3f} |")
    print(f"another driver is named in {sum(one.others > 0 for one in seen)} of {len(seen)}")


if __name__ == "__main__":
    main()
