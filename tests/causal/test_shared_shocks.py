"""What a room shares: as much is measured as was planted, and what it feigns is gone once it is taken out."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from telltale.causal.discovery import DiscoverySettings, FactorGraph, learn_graph
from telltale.causal.graph_rows import graph_rows
from telltale.causal.shared_shocks import Shared, is_shared, often_together, shared_parts
from telltale.core.errors import ConfigError
from telltale.core.rng import stream
from telltale.factors.panel import FactorPanel

ROOMS, VIEWERS, STEPS = 12, 5, 40
QUICK = DiscoverySettings(halves=0, draws=0)


def watched(shock: float, seed: int = 1, viewers: int = VIEWERS, host: float = 0.5) -> FactorPanel:
    """A host moves attention, attention desire a step later; a shock moves attention, desire and boredom."""
    rng, count = stream(seed, "shared"), ROOMS * viewers
    hosts = np.repeat(rng.normal(size=(ROOMS, STEPS)), viewers, axis=0)
    shocks = shock * np.repeat(rng.normal(size=(ROOMS, STEPS)), viewers, axis=0)
    noise = rng.normal(size=(3, count, STEPS))
    attention = host * hosts + shocks + noise[0]
    before = np.concatenate([np.zeros((count, 1)), attention[:, :-1]], axis=1)
    table = pa.table(
        {
            "viewer": np.repeat([f"v{k:03d}" for k in range(count)], STEPS),
            "room": np.repeat([f"r{k // viewers:02d}" for k in range(count)], STEPS),
            "step": np.tile(np.arange(STEPS), count),
            "host": hosts.ravel(),
            "attention": attention.ravel(),
            "desire": (0.4 * before + shocks + noise[1]).ravel(),
            "boredom": (noise[2] - shocks).ravel(),
        }
    )
    tiers = {"host": 1, "attention": 2, "desire": 2, "boredom": 2}
    return FactorPanel.from_frame(table, unit="viewer", time="step", group="room", tiers=tiers)


def learnt(panel: FactorPanel, shared: Shared = "auto") -> FactorGraph:
    return learn_graph(graph_rows(panel, shared=shared), QUICK)


def arrows(graph: FactorGraph) -> dict[tuple[str, str, int], float]:
    return {(edge.cause, edge.effect, edge.lag): edge.weight for edge in graph.edges}


def test_as_much_is_measured_as_was_planted() -> None:
    for shock in (0.4, 1.0):
        rows = graph_rows(watched(shock))
        share = shock**2 / (1 + shock**2)
        assert [part.factor for part in rows.shared] == ["attention", "desire", "boredom"]
        for part in rows.shared:
            assert part.share == pytest.approx(share, abs=0.05)
        assert rows.adjusted


def test_where_nothing_is_shared_the_measure_strays_as_far_as_it_says() -> None:
    strays = []
    for seed in range(30):
        panel = watched(0.0, seed)
        rows, now, before = panel.lagged(1)
        parts = shared_parts(panel, rows, np.concatenate([now, before[:, 0]], axis=1), 1)
        strays += [part.share / part.noise for part in parts]
        assert not is_shared(parts)
    assert np.std(strays) == pytest.approx(1.0, abs=0.25)
    assert abs(np.mean(strays)) < 0.4


def test_what_it_feigns_is_gone_and_what_is_there_stays() -> None:
    panel = watched(1.0)
    kept, adjusted = arrows(learnt(panel, "keep")), arrows(learnt(panel))
    feigned = {frozenset(arrow[:2]) for arrow in kept} - {frozenset(arrow[:2]) for arrow in adjusted}
    assert frozenset(("desire", "boredom")) in feigned
    assert adjusted.keys() == {("host", "attention", 0), ("attention", "desire", 1)}
    # Of viewers without shocks: 0.5 host in attention of spread sqrt(1.25), 0.4 of that in desire.
    assert adjusted["host", "attention", 0] == pytest.approx(0.5 / np.sqrt(1.25), abs=0.06)
    spread = np.sqrt(1.25)
    assert adjusted["attention", "desire", 1] == pytest.approx(
        0.4 * spread / np.sqrt(1 + 0.16 * 1.25), abs=0.05
    )


def test_a_note_says_what_was_done() -> None:
    noted = {shared: graph_rows(watched(1.0), shared=shared).notes for shared in ("auto", "keep")}
    assert any("was taken out (up to 48.9 % of attention's noise)" in note for note in noted["auto"])
    assert all(note.startswith("people are drawn again") for note in noted["keep"])
    assert any("is little" in note for note in graph_rows(watched(0.0)).notes)


def test_little_is_left_in_unless_asked_for() -> None:
    assert not graph_rows(watched(0.0)).adjusted
    forced = graph_rows(watched(0.0), shared="adjust")
    assert forced.adjusted
    assert arrows(learn_graph(forced, QUICK)).keys() == arrows(learnt(watched(0.0), "keep")).keys()


def test_a_row_a_moment_says_nothing_of_its_own() -> None:
    panel = watched(1.0).select(["attention", "desire", "boredom"])
    assert graph_rows(panel, shared="keep").independent == ROOMS * VIEWERS * (STEPS - 1)
    assert graph_rows(panel).independent == ROOMS * (VIEWERS - 1) * (STEPS - 1)


def test_pairs_of_viewers_are_too_few_to_adjust() -> None:
    panel = watched(1.0, viewers=2)
    rows = graph_rows(panel)
    assert not often_together(panel, np.arange(len(panel)))
    assert not rows.adjusted
    assert any("left in" in note and "may be of that" in note for note in rows.notes)
    with pytest.raises(ConfigError, match="hardly ever are 3 viewers together"):
        graph_rows(panel, shared="adjust")


def test_who_watches_alone_shares_nothing() -> None:
    rows = graph_rows(watched(1.0, viewers=1).select(["attention", "desire", "boredom"]))
    assert rows.shared == ()
    assert not rows.adjusted
