"""What is said of simulated studies whose truth is known: a driver, nothing, and faces that only go along.

    python benchmarks/hosts/drivers.py --studies 100 --nulls 200 --workers 2

1,500 points each (25 broadcasts of 60 minutes), 28 expressions, seven outcomes. The worlds are those of
`tests/host/made_points.py`; one expression is planted, the other 27 do nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.host.made_points import TESTED, Made, made_points

from telltale.core.pool import imap
from telltale.host.driver import DriverStudy
from telltale.host.drivers import find_drivers

WORLDS = {
    "drives, 12 hosts": Made(ratio=1.15),
    "reaction, fades in 30 s": Made(reaction=0.3),
    "surge, recorded": Made(surge=0.5, rise=0.7),
    "surge, hidden": Made(surge=0.5, rise=0.7, recorded=False),
    "drives, 6 hosts": Made(ratio=1.15, hosts=6),
    "drives, 25 hosts": Made(ratio=1.15, hosts=25),
    "reaction, fades in 10 s": Made(reaction=0.3, fades_s=10.0),
    "strong surge, hidden": Made(surge=0.7, rise=1.0, recorded=False),
    "drives after 30 s": Made(ratio=1.15, lag_s=30.0),
    "drives after 40 s": Made(ratio=1.15, lag_s=40.0),
    "drives after 60 s": Made(ratio=1.15, lag_s=60.0),
    "drives after 90 s": Made(ratio=1.15, lag_s=90.0),
    "drives after 110 s": Made(ratio=1.15, lag_s=110.0),
    "drives after 120 s": Made(ratio=1.15, lag_s=120.0),
    "drives, 3 hosts": Made(ratio=1.15, hosts=3),
    "drives, 1 host": Made(ratio=1.15, hosts=1),
    "drives, read with noise": Made(ratio=1.15, noise=0.5),
    "strong surge, recorded": Made(surge=0.7, rise=1.0),
}
SALES = ("purchases", "revenue")


@dataclass(frozen=True)
class Seen:
    """What was said of one study."""

    planted: str
    """The verdict on the planted expression and purchases."""
    any_sales: bool
    """Whether it is called a driver of purchases or of revenue."""
    false: int
    """Other drivers: another expression, or an outcome that it does nothing to."""
    late: bool
    """Whether it is told as a face of a minute or two before."""
    ratio: float
    """Estimate at the last rung."""
    low: float
    high: float
    seconds: float
    reasons: tuple[str, ...]


def one_study(made: Made, seed: int) -> Seen:
    """Draw one, ask it."""
    points = made_points(seed, made)
    begin = time.perf_counter()
    study = find_drivers(points, seed=seed)
    took = time.perf_counter() - begin
    answer = study.of("purchases", TESTED)
    last = answer.last.estimate
    return Seen(
        answer.verdict, any(study.of(one, TESTED).verdict == "driver" for one in SALES), _false(study),
        answer.verdict == "driver" and answer.lag_s > 0, last.value, last.low, last.high, took,
        answer.reasons,
    )  # fmt: skip


def _false(study: DriverStudy) -> int:
    return sum(one.name != TESTED or one.outcome not in SALES for one in study.with_verdict("driver"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=100)
    parser.add_argument("--nulls", type=int, default=200)
    parser.add_argument("--null-hosts", type=int, default=Made().hosts, help="hosts of the null studies")
    parser.add_argument("--worlds", nargs="*", metavar="WORLD")
    parser.add_argument("--first-seed", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    if odd := [name for name in given.worlds or () if name not in WORLDS]:
        parser.error(f"no world {odd[0]!r}: there are {', '.join(WORLDS)}")
    if given.nulls:
        nulls = range(given.first_seed, given.first_seed + given.nulls)
        made = Made(hosts=given.null_hosts)
        seen = list(imap(partial(one_study, made), nulls, workers=given.workers))
        claims = sum(one.any_sales or one.false > 0 for one in seen)
        print(f"nothing planted, {made.hosts} hosts: {claims} of {len(seen)} studies name a driver")
        print(f"seconds a study: {sum(one.seconds for one in seen) / len(seen):.2f}\n", flush=True)
    if not given.studies:
        return
    print("| simulated world | studies | driver | of them late | unresolved | explained | none ", end="")
    print("| driver of purchases or revenue | other drivers named | mean log ratio | reasons |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for name in given.worlds or WORLDS:
        seeds = range(given.first_seed, given.first_seed + given.studies)
        _print(name, list(imap(partial(one_study, WORLDS[name]), seeds, workers=given.workers)))


def _print(name: str, seen: list[Seen]) -> None:
    verdicts = Counter(one.planted for one in seen)
    reasons = Counter(reason for one in seen for reason in one.reasons)
    told = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
    rest = " | ".join(str(verdicts[word]) for word in ("unresolved", "explained", "none"))
    counted = f"{verdicts['driver']} | {sum(one.late for one in seen)} | {rest}"
    print(
        f"| {name} | {len(seen)} | {counted} | {sum(one.any_sales for one in seen)}"
        f" | {sum(one.false > 0 for one in seen)}"
        f" | {sum(one.ratio for one in seen) / len(seen):.3f} | {told} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
