"""When, up to which dose, and in whom: does it hold what was planted, and claim nothing where nothing is?

    PYTHONPATH=. python benchmarks/hosts/lags.py lags --studies 40 --hosts 12
    PYTHONPATH=. python benchmarks/hosts/lags.py doses --studies 100
    PYTHONPATH=. python benchmarks/hosts/lags.py groups --studies 100
    PYTHONPATH=. python benchmarks/hosts/lags.py least --studies 40

1,500 minutes each (25 broadcasts of 60 minutes). All of it is simulated: the worlds are those of
`tests/host/replanted.py`.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from tests.host.replanted import (
    NAMES,
    TESTED,
    Made,
    made_points,
    replanted,
    share_of,
    shown_before,
)

from telltale.host.advice import found_ratio
from telltale.host.dose import find_dose
from telltale.host.drivers import find_drivers
from telltale.host.lags import find_lags
from telltale.host.moderators import find_moderators
from telltale.host.points import HostPoints
from telltale.host.question import Question
from telltale.host.rungs import Ladder

RATIO = 1.15
FEW = 8
FACE = NAMES[FEW - 1]
"""The expression of studies with eight."""


def main() -> None:
    """Run one part and print its table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    asked.add_argument("part", choices=("lags", "doses", "groups", "least"))
    asked.add_argument("--studies", type=int, default=40)
    asked.add_argument("--hosts", type=int, default=12)
    told = asked.parse_args()
    {"lags": _lags, "doses": _doses, "groups": _groups, "least": _least}[told.part](told.studies, told.hosts)


def _lags(studies: int, hosts: int) -> None:
    print("counts  lag   when told  middle of half  holds  total  holds  no lag p<=.05  leads p<=.05")
    for every_s in (5.0, 60.0):
        for lag_s in (0.0, 20.0, 60.0, None):
            rows = []
            for seed in range(studies):
                faces = made_points(seed, Made(hosts=hosts))
                planted = np.zeros((25, 720)) if lag_s is None else np.log(RATIO) * shown_before(faces, lag_s)
                found = find_lags(
                    Ladder(replanted(faces, planted, seed, every_s=every_s)), "purchases", TESTED
                )
                when, truth = found.when, 1.0 if lag_s is None else RATIO
                rows.append((
                    when is not None,
                    when.half_s if when else np.nan,
                    when.low_s <= (lag_s or 0.0) <= when.high_s if when else np.nan,
                    np.log(found.total[0]),
                    found.total[1] <= truth <= found.total[2],
                    found.p <= 0.05,
                    found.leads_p <= 0.05,
                ))  # fmt: skip
            told, half, held, total, covered, p, leads = _means(rows)
            name = "none" if lag_s is None else f"{lag_s:.0f} s"
            print(
                f"{every_s:4.0f} s {name:>6} {told:10.2f} {half:15.1f} {held:6.2f} {np.exp(total):6.3f}"
                f" {covered:6.2f} {p:14.2f} {leads:13.2f}",
                flush=True,
            )


def _means(rows: Sequence[tuple[float, ...]]) -> list[float]:
    """Column by column, of what is known; NaN where nothing is."""
    columns = np.array(rows, float).T
    return [float(one[np.isfinite(one)].mean()) if np.isfinite(one).any() else np.nan for one in columns]


def _doses(studies: int, hosts: int) -> None:
    print("planted      curve claimed  best dose told  holds")
    for planted in ("line", "turn"):
        rows = []
        for seed in range(studies):
            faces = made_points(seed, Made(expressions=FEW, hosts=hosts))
            shares = faces.shares[:, faces.names.index(FACE)]
            top = float(np.quantile(shares, 0.5))
            line = np.log(RATIO) * shown_before(faces, 0.0, FACE)
            turn = -0.15 * ((share_of(faces, FACE) - top) / shares.std()) ** 2
            points = replanted(faces, line if planted == "line" else turn, seed)
            found = find_dose(Ladder(points), Question("purchases", FACE))
            best = found.best
            rows.append((found.curved, best is not None, best.low <= top <= best.high if best else np.nan))
        curved, told, held = _means(rows)
        print(f"{planted:12} {curved:13.2f} {told:15.2f} {held:6.2f}", flush=True)


def _groups(studies: int, hosts: int) -> None:
    print("groups  planted          p<=.05  intervals hold")
    for groups, other in ((2, RATIO), (3, RATIO), (2, 1.4)):
        rows = []
        for seed in range(studies):
            points = _grouped(seed, hosts, groups, other)
            (found,) = find_moderators(Ladder(points), [Question("purchases", FACE)], ["culture"])
            truth = [RATIO, *[other] * (groups - 1)]
            held = [one.low <= r <= one.high for one, r in zip(found.groups, truth, strict=True)]
            rows.append((found.p <= 0.05, np.mean(held)))
        p, held_all = np.mean(np.array(rows, float), axis=0)
        print(f"{groups:6} {RATIO:8.2f} and {other:.2f} {p:9.2f} {held_all:15.2f}", flush=True)


def _grouped(seed: int, hosts: int, groups: int, other: float) -> HostPoints:
    faces = made_points(seed, Made(expressions=FEW, hosts=hosts))
    code: npt.NDArray[np.int64] = np.arange(hosts) % groups
    ratio = np.where(code == 0, RATIO, other)[faces.host.reshape(25, -1)[:, 0]]
    points = replanted(faces, np.log(ratio)[:, None] * shown_before(faces, 0.0, FACE), seed)
    words = tuple(f"group {k}" for k in range(groups))
    return dataclasses.replace(points, host_traits={"culture": (code, words)})


def _least(studies: int, hosts: int) -> None:
    """How often what is said to be found in 4 of 5 cases is."""
    least = [
        found_ratio(find_drivers(made_points(seed, Made(hosts=hosts))), "purchases") for seed in range(6)
    ]
    ratio = float(np.mean(least))
    seen = []
    for seed in range(100, 100 + studies):
        study = find_drivers(made_points(seed, Made(hosts=hosts, ratio=ratio)))
        answer = study.of("purchases", TESTED)
        seen.append((answer.last.q <= 0.05, answer.verdict == "driver"))
    found, driver = np.mean(seen, axis=0)
    print(f"smallest ratio said to be found: {ratio:.3f}; q <= .05 in {found:.2f}, driver in {driver:.2f}")


if __name__ == "__main__":
    main()
