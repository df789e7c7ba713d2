"""Viewers one by one, on simulated studies: does the way from face to face to purchase hold its size, and
does what is not there stay untold?

    PYTHONPATH=. python benchmarks/hosts/viewers.py path     # coverage of the mediated effect, 60 studies
    PYTHONPATH=. python benchmarks/hosts/viewers.py exact    # the same, faces read without noise
    PYTHONPATH=. python benchmarks/hosts/viewers.py apart    # nothing of the host reaches viewers
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from tests.host.planted_path import Watched, apart_spec, path_spec, through_by_equations, watched

from telltale.core import clock
from telltale.host.contagion import find_contagion
from telltale.host.face_path import FacePath, PathSettings, find_paths
from telltale.host.viewer_faces import ViewerFaces, viewer_faces
from telltale.host.viewers import ViewerStudy, study_viewers

SESSIONS = 800


def main() -> None:
    """Run one part and print its table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("part", choices=("path", "exact", "apart"))
    asked.add_argument("--studies", type=int, default=60)
    asked.add_argument("--sessions", type=int, default=SESSIONS)
    told = asked.parse_args()
    began = time.perf_counter()
    if told.part == "apart":
        _apart(told.studies, told.sessions)
    else:
        _path(told.studies, told.sessions, exact=told.part == "exact")
    print(f"{time.perf_counter() - began:.0f} s")


def _path(studies: int, sessions: int, *, exact: bool) -> None:
    spec, settings = path_spec(), PathSettings()
    truth = through_by_equations(spec, settings, "host_elation", "desire")
    found = []
    for seed in range(studies):
        with tempfile.TemporaryDirectory() as folder:
            seen = watched(Path(folder) / "study", spec, sessions, seed)
            found.append(_one(seen, settings, seed, exact=exact))
        _tell(found, truth)


def _one(seen: Watched, settings: PathSettings, seed: int, *, exact: bool) -> FacePath | None:
    """Elation through desire."""
    shown = seen.seen.shown
    faces = _only(viewer_faces(seen.study, seen.visits, clock.now()), "desire")
    if exact:
        faces = replace(faces, values=_as_they_are(seen, faces))
    contagion = find_contagion(seen.visits, shown, faces, seed)
    paths = find_paths(seen.visits, shown, faces, contagion, settings, "UTC", seed)
    return next((one for one in paths.found if one.expression == "elation"), None)


def _only(faces: ViewerFaces, name: str) -> ViewerFaces:
    place = faces.names.index(name)
    return replace(faces, names=(name,), values=faces.values[:, place : place + 1])


def _as_they_are(seen: Watched, faces: ViewerFaces) -> np.typing.NDArray[np.float64]:
    """The affect without reading noise, from the truth's table: rows by session and step."""
    folder = seen.study.folder
    table = pq.read_table(folder.with_name(f"{folder.name}-truth") / "viewer_factors.parquet")
    order = np.lexsort((table["time_s"].to_numpy(), table["session_id"].to_numpy().astype(str)))
    exact: np.typing.NDArray[np.float64] = table[faces.names[0]].to_numpy().astype(np.float64)[order, None]
    return exact


def _tell(found: list[FacePath | None], truth: float) -> None:
    told = [one for one in found if one is not None]
    log = np.log([one.through.value for one in told])
    held = sum(np.log(one.through.low) <= truth <= np.log(one.through.high) for one in told)
    middle = float(log.mean())
    own = sum(np.log(one.through.low) <= middle <= np.log(one.through.high) for one in told)
    print(
        f"{len(found):3d} studies: through {np.exp(middle):.4f} (spread of its log {log.std():.4f}), by the"
        f" equations {np.exp(truth):.4f}; intervals hold the equations {held}, the mean of all {own};"
        f" q <= .05 in {sum(one.certain for one in told)}",
        flush=True,
    )


def _apart(studies: int, sessions: int) -> None:
    claims: Counter[str] = Counter()
    for seed in range(studies):
        with tempfile.TemporaryDirectory() as folder:
            seen = watched(Path(folder) / "study", apart_spec(), sessions, seed)
            found = study_viewers(seen.study, seen.seen, clock.now(), seed=seed)
        claims.update(name for name, claimed in claims_of(found).items() if claimed)
        told = ", ".join(f"{name} {claims[name]}" for name in claims_of(found))
        print(f"{seed + 1:3d} studies, with a claim: {told}", flush=True)


def claims_of(found: ViewerStudy) -> dict[str, bool]:
    """Whether each part of what is told of viewers claims anything."""
    hazards = {"sale": found.time_to_sale, "cart": found.time_to_cart, "staying": found.staying}
    claims = {name: any(one.certain for one in h.found) if h else False for name, h in hazards.items()}
    claims["groups"] = any(one.certain for one in found.moderators.found) if found.moderators else False
    claims["faces"] = any(c.verdict != "none" for c in found.contagion.found) if found.contagion else False
    claims["ways"] = any(one.certain for one in found.paths.found) if found.paths else False
    return claims


if __name__ == "__main__":
    main()
