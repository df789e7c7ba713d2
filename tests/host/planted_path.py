"""Studies with a way from the host's face through the viewer's to the cart, and how much goes that way.

`through_by_equations` raises a host's latent by force, by as much as one standard deviation of its mean share
over a window, and lets the panel run; then it moves the viewer's affect alone as that did, in the window
after, and adds up what this does to the log hazard of the carts whose purchases fall into the last window.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from telltale.core import clock
from telltale.core.rng import stream
from telltale.core.signal import Signal
from telltale.host.face_path import PathSettings
from telltale.host.study_shown import StudyShown, study_shown
from telltale.host.visits import Visits, read_visits
from telltale.signs.coding import Coding
from telltale.signs.expressions import Evidence
from telltale.simulate.panel import STEP_S, Panel, build_panel
from telltale.simulate.spec import Spec
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.simulate.tables import shares_seen
from telltale.study.store import Study

Array = npt.NDArray[np.float64]

DELAY_S = (12.0, 60.0)
"""From the cart to the purchase, uniform: as in `simulate/carts.py`."""
_HOSTS = 400
_PAST_STEPS = 60


@dataclass(frozen=True)
class NoCoder:
    """For studies that hold shares: there is no signal to code."""

    names: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    def code(self, signal: Signal) -> Coding:
        """Never asked."""
        raise AssertionError(f"a study of shares has a signal: {signal}")


@dataclass(frozen=True)
class Watched:
    """A study, what its hosts showed, and its visits."""

    study: Study
    seen: StudyShown
    visits: Visits


def watched(folder: Path, spec: Spec, sessions: int, seed: int) -> Watched:
    """Simulate a study without signals and open it."""
    made = simulate_study(folder, spec.scaled(sessions), seed=seed, signals="none")
    study = Study.open(made.study)
    seen = study_shown(study, NoCoder(), clock.now())
    return Watched(study, seen, read_visits(study, seen.shown, clock.now()))


def path_spec(first: float = 0.4, second: float = 0.6) -> Spec:
    """Elation moves desire 5 s later, desire the cart; nothing else moves desire, no strategy runs."""
    spec = load_spec("default")
    edges = tuple(edge for edge in spec.edges if edge.effect != "desire" or edge.cause == "host_elation")
    edges = tuple(replace(edge, weight=first) if edge.effect == "desire" else edge for edge in edges)
    cart = replace(spec.cart, weights=spec.cart.weights | {"desire": second})
    return replace(spec, edges=edges, cart=cart, strategies=())


def apart_spec() -> Spec:
    """Nothing of a broadcast but the promotion reaches a viewer, and nothing of a host's face a cart."""
    spec = load_spec("default")
    level = {factor.name: factor.level for factor in spec.all_factors}
    edges = tuple(
        edge
        for edge in spec.edges
        if not (level.get(edge.cause) == "room" and level[edge.effect] == "viewer")
    )
    cart = replace(spec.cart, weights=spec.cart.weights | {"host_elation": 0.0})
    return replace(spec, edges=edges, cart=cart, strategies=())


def through_by_equations(spec: Spec, settings: PathSettings, cause: str, affect: str) -> float:
    """Log ratio of purchases through the affect's window, for one standard deviation of the mean share."""
    panel = build_panel(spec)
    i, m = panel.names.index(cause), panel.names.index(affect)
    spread = np.linalg.inv(np.eye(len(panel.names)) - panel.now)
    step = spread @ panel.before
    host, viewer, after = (int(s / STEP_S) for s in (settings.host_s, settings.viewer_s, settings.after_s))
    moved = np.zeros(len(panel.names))
    path = []
    for k in range(host + viewer):
        moved = step @ moved
        if k < host:
            moved = moved + spread[:, i] * (1 - moved[i]) / spread[i, i]
        else:
            path.append(moved[m])
    pull = np.array([spec.cart.weights.get(name, 0.0) for name in panel.names])
    moved = np.zeros(len(panel.names))
    log_hazard = []
    for k in range(viewer + after):
        moved = step @ moved
        if k < viewer:
            moved = moved + spread[:, m] * (path[k] - moved[m]) / spread[m, m]
        log_hazard.append(float(pull @ moved))
    # Carts from one longest delay before the last window on, by the part of their purchases in it.
    cart_s = (np.arange(-40, viewer + after) + 0.5) * STEP_S
    begin_s, end_s = settings.viewer_s, settings.viewer_s + settings.after_s
    low, high = np.maximum(cart_s + DELAY_S[0], begin_s), np.minimum(cart_s + DELAY_S[1], end_s)
    weight = np.maximum(high - low, 0.0)
    effect = np.concatenate([np.zeros(40), log_hazard])
    return _latent_per_sd(panel, i, host) * float(weight @ effect / weight.sum())


def _latent_per_sd(panel: Panel, i: int, steps: int) -> float:
    """By how much the latent must rise so that the mean share of some steps does by a standard deviation."""
    rng = stream(0, "latent")
    spread = np.linalg.inv(np.eye(len(panel.names)) - panel.now)
    state, latent = np.zeros((_HOSTS, len(panel.names))), []
    for _ in range(_PAST_STEPS + 50 * steps):
        noise = rng.standard_normal(state.shape) * panel.noise_sd
        state = (state @ panel.before.T + noise) @ spread.T
        latent.append(state[:, i])
    kept = np.array(latent[_PAST_STEPS:], dtype=np.float32).T
    mean, raised = (shares_seen(x, 0, 0).reshape(_HOSTS, -1, steps).mean(axis=2) for x in (kept, kept + 0.1))
    return float(0.1 * mean.std() / (raised.mean() - mean.mean()))
