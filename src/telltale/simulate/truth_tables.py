"""Writes the truth folder of a simulated study; `truth.py` reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from telltale import __version__
from telltale.core.progress import Progress, silent
from telltale.simulate import oracle, platform_tables, tables, truth
from telltale.simulate.acts import LEAD_S, stratum_name
from telltale.simulate.panel import STEP_S
from telltale.simulate.platform import PlatformWorld
from telltale.simulate.population import Population
from telltale.simulate.sessions import Seen
from telltale.simulate.spec import EXOGENOUS, Spec
from telltale.simulate.spec_file import to_toml
from telltale.simulate.world import World
from telltale.study.store import Study, texts, write_table
from telltale.study.windows import label_windows

LOOKS = {
    "all 30 s": (0, 30),
    "last 5 s": (0, 5),
    "last 10 s": (0, 10),
    "last 20 s": (0, 20),
    "15 - 30 s": (15, 30),
}
"""Parts of the window by which the oracle is scored too, seconds before its end."""


def write_truth(
    folder: Path,
    study_folder: Path,
    spec: Spec,
    seed: int,
    population: Population,
    world: World,
    counted: PlatformWorld,
    seen: list[Seen] | None,
    *,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Write everything that was planted or hidden, and score the oracle where vectors were written."""
    (folder / truth.SPEC_FILE).write_text(to_toml(spec), encoding="utf-8")
    _write_json(folder / "graph.json", causal_graph(spec, world))
    write_table(folder / "people.parquet", _people(population))
    write_table(folder / "sessions.parquet", _sessions(spec, population, world, seen))
    write_table(folder / "potential_outcomes.parquet", _potential_outcomes(spec, population, world))
    write_table(folder / "viewer_factors.parquet", tables.viewer_factors(population, world))
    write_table(folder / "room_factors.parquet", tables.room_factors(population, world))
    planted = _write_platform(folder, spec, population, world, counted, seed)
    summary: dict[str, Any] = {
        "spec": spec.name,
        "seed": seed,
        "software": f"telltale {__version__}",
        "sessions": len(population.sessions),
        "log_hazard_intercepts": world.intercepts,
        "average_effects": _average_effects(spec, world),
        "platform": _in_short(planted),
    }
    if seen is not None:
        write_table(folder / "acts.parquet", _acts(population, seen))
        write_table(folder / "unread.parquet", _unread(population, seen))
        _write_json(folder / truth.SUMMARY_FILE, summary)
        summary["oracle"] = _score_oracle(folder, study_folder, spec, progress)
    _write_json(folder / truth.SUMMARY_FILE, summary)
    return summary


def _write_platform(
    folder: Path,
    spec: Spec,
    population: Population,
    world: World,
    counted: PlatformWorld,
    seed: int,
) -> dict[str, Any]:
    """What the platform counted and why; returns what was planted."""
    write_table(folder / "platform_truth.parquet", platform_tables.truth_table(spec, population, counted))
    if counted.face:
        write_table(folder / "platform_face.parquet", platform_tables.face_table(population, counted))
    planted = platform_tables.planted(spec, population, world.panel, world.rooms, counted, seed)
    _write_json(folder / "platform_effects.json", planted)
    return planted


def _in_short(planted: dict[str, Any]) -> dict[str, Any]:
    """Ratios by outcome and expression, and what merely accompanies."""
    ratios: dict[str, dict[str, list[float]]] = {}
    for effect in planted["effects"]:
        of_outcome = ratios.setdefault(effect["outcome"], {})
        of_outcome.setdefault(effect["expression"], []).append(effect["ratio"])
    return {
        "ratios": ratios,
        "reactions": [f"{r['expression']} after {r['outcome']}" for r in planted["reactions"]],
        "surges": [f"{s['name']}, {'recorded' if s['recorded'] else 'hidden'}" for s in planted["surges"]],
    }


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def causal_graph(spec: Spec, world: World) -> dict[str, Any]:
    """Nodes and arrows of the world: weights in standard deviations, log hazards, or factors on rates."""
    nodes = [{"name": f.name, "level": f.level, "persistence": f.persistence} for f in spec.all_factors]
    nodes += [{"name": name, "level": "exogenous"} for name in EXOGENOUS]
    nodes += [{"name": strategy.name, "level": "strategy"} for strategy in spec.strategies]
    nodes += [{"name": name, "level": "outcome"} for name in ("cart", "purchase")]
    nodes += [{"name": act_name(act.units), "level": "act"} for act in spec.acts]
    nodes += [{"name": name, "level": "click"} for name in spec.clicks.per_minute]
    nodes += [{"name": item.name, "level": "survey"} for item in spec.survey]
    noise = dict(zip(world.panel.names, world.panel.noise_sd.tolist(), strict=True))
    edges = [*_factor_edges(spec), *_strategy_edges(spec), *_sign_edges(spec)]
    return {"step_s": STEP_S, "nodes": nodes, "edges": edges, "noise_sd": noise}


def act_name(units: tuple[int, ...]) -> str:
    """
    >>> act_name((4, 20))
    'AU4+AU20'
    """
    return "+".join(f"AU{unit}" for unit in units)


def _factor_edges(spec: Spec) -> list[dict[str, Any]]:
    edges: list[dict[str, Any]] = [
        {"cause": e.cause, "effect": e.effect, "weight": e.weight, "lag": e.lag} for e in spec.edges
    ]
    edges += [{"cause": n, "effect": "cart", "log_hazard": w, "lag": 0} for n, w in spec.cart.weights.items()]
    return [*edges, {"cause": "cart", "effect": "purchase", "probability": spec.cart.purchase_share}]


def _strategy_edges(spec: Spec) -> list[dict[str, Any]]:
    edges: list[dict[str, Any]] = []
    for strategy in spec.strategies:
        edges.append(
            {
                "cause": strategy.name,
                "effect": strategy.target,
                "log_hazard" if strategy.target == "cart" else "weight": strategy.effect,
                "sd": strategy.effect_sd,
                "by": strategy.effect_by,
                "lag": 0,
            }
        )
        edges += [{"cause": n, "effect": strategy.name, "log_odds": w} for n, w in strategy.chosen_by.items()]
    return edges


def _sign_edges(spec: Spec) -> list[dict[str, Any]]:
    """What a decision for a cart, and slow affect, do to face, hands and words."""
    raised: list[tuple[str, float, tuple[float, float]]] = [
        (act_name(e.units), e.factor, e.seconds) for e in spec.effects
    ]
    raised += [(name, factor, (0.0, LEAD_S)) for name, factor in spec.clicks.lift.items()]
    edges: list[dict[str, Any]] = [
        {"cause": "cart", "effect": name, "rate_factor": factor, "seconds_before": list(seconds)}
        for name, factor, seconds in raised
    ]
    edges += [{"cause": "purchase", "effect": i.name, "weight": i.separation} for i in spec.survey]
    edges += [
        {"cause": factor, "effect": unit, "intensity": weight}
        for factor, units in spec.faces.affect.items()
        for unit, weight in units.items()
    ]
    return edges


def _people(population: Population) -> pa.Table:
    columns = ("taste", "price_sensitivity", "expressivity")
    return pa.Table.from_pylist(
        [{"participant_id": p.id} | {name: getattr(p, name) for name in columns} for p in population.people]
    )


def _sessions(spec: Spec, population: Population, world: World, seen: list[Seen] | None) -> pa.Table:
    rows = []
    for i, session in enumerate(population.sessions):
        row: dict[str, Any] = {
            "session_id": session.id,
            "stratum": stratum_name(spec, population.people[session.person]),
            "rows": truth.row_count(session.duration_s),
            "offset_s": session.offset_steps * STEP_S,
            "hidden": session.hidden,
            "clock_offset_s": session.clock_offset_s,
        }
        if seen is not None:
            row["acts"] = len(seen[i].acts.row)
        for k, strategy in enumerate(spec.strategies):
            row[f"{strategy.name}_probability"] = float(world.assignment.probability[i, k])
        rows.append(row)
    return pa.Table.from_pylist(rows)


def _potential_outcomes(spec: Spec, population: Population, world: World) -> pa.Table:
    """For each session, strategy and arm: conversion (as it would fall, and expected) and mean factors."""
    count, strategies = world.outcomes.converted.shape[:2]
    ids = [session.id for session in population.sessions]
    shape = (count, strategies, 2)
    columns: dict[str, Any] = {
        "session_id": np.repeat(np.array(ids, dtype=object), strategies * 2),
        "strategy": np.tile(np.repeat(np.array([s.name for s in spec.strategies], dtype=object), 2), count),
        "arm": np.tile(np.array(["control", "treated"], dtype=object), count * strategies),
        "effect_on_target": np.broadcast_to(world.assignment.effect[:, :, None], shape).ravel(),
        "converted": world.outcomes.converted.ravel(),
        "conversion_probability": world.outcomes.probability.ravel(),
    }
    for i, name in enumerate(world.panel.viewer_names):
        columns[f"{name}_mean"] = world.outcomes.factor_means[..., i].ravel()
    schema = pa.schema([("session_id", pa.string()), ("strategy", pa.string()), ("arm", pa.string())])
    types = {field.name: field.type for field in schema}
    return pa.table({name: pa.array(column, types.get(name)) for name, column in columns.items()})


def _average_effects(spec: Spec, world: World) -> dict[str, float]:
    """Mean difference in expected conversion, by strategy."""
    difference = world.outcomes.probability[:, :, 1] - world.outcomes.probability[:, :, 0]
    return {s.name: float(difference[:, k].mean()) for k, s in enumerate(spec.strategies)}


def _acts(population: Population, seen: list[Seen]) -> pa.Table:
    counts = [len(s.acts.row) for s in seen]
    names = np.array([session.id for session in population.sessions], dtype=object)
    columns = {
        name: pa.array(np.concatenate([getattr(s.acts, name) for s in seen]))
        for name in ("row", "kind", "apex_s", "duration_s", "amplitude")
    }
    return pa.table({"session_id": pa.array(np.repeat(names, counts), pa.string()), **columns})


def _unread(population: Population, seen: list[Seen]) -> pa.Table:
    rows = [
        (session.id, start_s, stop_s)
        for session, s in zip(population.sessions, seen, strict=True)
        for start_s, stop_s in s.unread
    ]
    return pa.table(
        {
            "session_id": pa.array([r[0] for r in rows], pa.string()),
            "start_s": pa.array([r[1] for r in rows], pa.float64()),
            "stop_s": pa.array([r[2] for r in rows], pa.float64()),
        }
    )


def _score_oracle(folder: Path, study_folder: Path, spec: Spec, progress: Progress) -> dict[str, Any]:
    """Score the study's default windows, write them as `windows_oracle`, and sum up."""
    windows = label_windows(Study.open(study_folder)).table
    label = windows.column("label").to_numpy().astype(np.int64)
    if not 0 < label.sum() < len(label):  # too small a study: no ratio of labels to score against
        return {"windows": len(label), "positives": int(label.sum()), "auc": None}
    ids, ends_s = texts(windows, "session_id"), windows.column("end_s").to_numpy()
    known = truth.Truth.open(folder)
    scores = known.log_likelihood_ratio(ids, ends_s, label, tuple(LOOKS.values()), progress=progress)
    ratios = dict(zip(LOOKS, scores, strict=True))
    ratio = ratios["all 30 s"]
    prior = float(label.mean())
    probability = 1 / (1 + np.exp(-(ratio + np.log(prior / (1 - prior)))))
    columns = {name: windows.column(name) for name in ("window_id", "session_id", "end_s", "label")}
    write_table(
        folder / "windows_oracle.parquet",
        pa.table({**columns, "log_likelihood_ratio": ratio, "probability": probability}),
    )
    category = np.array(texts(windows, "category"))
    return {
        "windows": len(label),
        "positives": int(label.sum()),
        "auc": oracle.auc(label, ratio),
        "sees_all": sees_all(spec),
        "auc_by_part": {name: oracle.auc(label, value) for name, value in ratios.items()},
        "auc_by_category": {
            str(name): oracle.auc(label[category == name], ratio[category == name])
            for name in np.unique(category)
        },
    }


def sees_all(spec: Spec) -> bool:
    """Whether acts are all that a coming cart changes on a face; else the oracle's score is a lower bound."""
    shown = any(weight for units in spec.faces.affect.values() for weight in units.values())
    return not shown and spec.faces.click_dip_rad == 0
