"""A planted graph is found, whatever the units; nothing where nothing is; what nobody can turn stays so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from tests.causal.panels import BEFORE, NAMES, NOW, World, panel, run

from telltale.causal.discovery import DiscoverySettings, FactorGraph, learn_graph
from telltale.causal.draw_ends import ends_of, fewest_draws
from telltale.causal.graph_rows import graph_rows
from telltale.causal.linear_graph import LaggedEdges, weights_of
from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.factors.factor import Factor
from telltale.factors.order import Background
from telltale.factors.panel import FactorPanel

QUICK = DiscoverySettings(halves=10, draws=100)


@pytest.fixture(scope="module")
def graph() -> FactorGraph:
    return learn_graph(graph_rows(panel()), QUICK)


def arrows(graph: FactorGraph) -> dict[tuple[str, str, int], float]:
    return {(edge.cause, edge.effect, edge.lag): edge.weight for edge in graph.edges}


def planted() -> dict[tuple[str, str, int], float]:
    """In standard deviations."""
    values = run(World(scale=(1.0,) * 5), 400, 100, seed=9).reshape(-1, 5)
    sd = values.std(axis=0)
    out = {}
    for lag, weights in enumerate((NOW, BEFORE)):
        for i, j in np.argwhere(weights).tolist():
            if i != j:
                out[NAMES[i], NAMES[j], lag] = weights[i, j] * sd[i] / sd[j]
    return out


def test_what_was_planted_is_found_with_its_weight(graph: FactorGraph) -> None:
    wanted = planted()
    found = arrows(graph)
    assert found.keys() == wanted.keys()
    for arrow, weight in wanted.items():
        assert found[arrow] == pytest.approx(weight, abs=0.05)
    assert all(edge.oriented for edge in graph.edges)
    assert [abs(edge.weight) for edge in graph.edges] == sorted(
        (abs(w) for w in found.values()), reverse=True
    )


def test_intervals_hold_what_was_planted() -> None:
    wanted, alone, held = planted(), replace(QUICK, halves=0), []
    for seed in range(20):
        for edge in learn_graph(graph_rows(panel(seed=seed)), alone).edges:
            weight = wanted.get((edge.cause, edge.effect, edge.lag))
            if weight is not None:
                held.append(edge.low <= weight <= edge.high)
    assert len(held) == 20 * len(wanted)
    assert np.mean(held) > 0.88


def test_the_fewer_clusters_the_wider() -> None:
    """The ends are those of the very draws, told by how few sessions were drawn among."""
    rows = graph_rows(panel(sessions=12))
    found = learn_graph(rows, DiscoverySettings(halves=0))
    often = rows.clusters.draws(stream(0, "graph", "weights"), 200)
    edges = LaggedEdges(found.linear.now != 0, found.linear.before != 0)
    drawn, sd = weights_of(rows.clusters.covariances(often), edges), found.linear.sd
    assert found.edges
    for edge in found.edges:
        i, j = NAMES.index(edge.cause), NAMES.index(edge.effect)
        weight = drawn[:, edge.lag, i, j] * sd[i] / sd[j]
        assert (edge.low, edge.high) == pytest.approx(ends_of(weight, 0.95, 12))
        low, high = ends_of(weight, 0.95)
        assert edge.high - edge.low > 1.02 * (high - low)


def test_a_level_has_its_draws_or_no_interval() -> None:
    """Twelve sessions need 92 draws for 95 %, and more than the usual ones for 99 %."""
    rows, quick = graph_rows(panel(sessions=12)), replace(QUICK, halves=0)
    with pytest.raises(ConfigError, match="91 draws give no interval of 95 % from 12 people: take 92 draws"):
        learn_graph(rows, replace(quick, draws=91))
    usual, none = (learn_graph(rows, replace(quick, draws=draws)) for draws in (92, 0))
    assert np.isnan([(edge.low, edge.high) for edge in none.edges]).all()
    assert arrows(none) == arrows(usual)
    sure = learn_graph(rows, replace(quick, draws=None, level=0.99))
    assert sure.settings.draws == fewest_draws(0.99, 12) > 200
    with pytest.raises(ConfigError, match=r"an interval of 99.99 % from 12 people needs .* take a lower"):
        learn_graph(rows, replace(quick, draws=None, level=0.9999))


def test_units_do_not_matter(graph: FactorGraph) -> None:
    other = learn_graph(graph_rows(panel(World(scale=(1e-4, 1.0, 1e5, 3.0, 1.0)))), QUICK)
    assert arrows(other) == pytest.approx(arrows(graph), rel=1e-6)


def test_nothing_is_found_where_nothing_is() -> None:
    world = World(now=np.zeros((5, 5)), before=np.diag(np.diag(BEFORE)))
    assert learn_graph(graph_rows(panel(world)), QUICK).edges == ()


def test_what_data_cannot_turn_is_not_turned() -> None:
    """Two factors of one tier, no memory, normal noise: joined, and nobody can say which way."""
    now = np.array([[0.0, 0.5], [0.0, 0.0]])
    world = World(("one", "other"), now, np.zeros((1, 2, 2))[0], (1.0, 1.0))
    (edge,) = learn_graph(graph_rows(panel(world)), QUICK).edges
    assert {edge.cause, edge.effect} == {"one", "other"}
    assert edge.seen == 1.0
    assert not edge.oriented


def test_notears_joins_what_was_planted_and_claims_no_way_that_time_does_not_tell(graph: FactorGraph) -> None:
    rows = graph_rows(panel())
    found = learn_graph(rows, replace(QUICK, method="notears"))
    assert found.method == "notears"
    assert found.chosen_because.startswith("asked for; it reads the order of variances")
    strong = {(cause, effect) for (cause, effect, _), w in planted().items() if abs(w) > 0.2}
    joined = {frozenset((edge.cause, edge.effect)) for edge in found.edges}
    assert {frozenset(pair) for pair in strong} <= joined
    open_now = [edge for edge in found.edges if not edge.oriented]
    place = {name: k for k, name in enumerate(rows.factors)}
    for edge in found.edges:
        turnable = edge.lag == 0 and rows.turnable[place[edge.cause], place[edge.effect]]
        assert edge.oriented == (not turnable)
    assert open_now


def test_what_nobody_was_asked_is_not_told() -> None:
    """Without half samples nothing is stable, and what the score cannot turn stays unturned."""
    now = np.array([[0.0, 0.5], [0.0, 0.0]])
    world = World(("one", "other"), now, np.zeros((2, 2)), (1.0, 1.0))
    found = learn_graph(graph_rows(panel(world)), replace(QUICK, halves=0))
    (edge,) = found.edges
    assert np.isnan([edge.seen, edge.one_way]).all()
    assert not edge.oriented
    assert found.unoriented == ((edge.cause, edge.effect),)
    whole = learn_graph(graph_rows(panel()), replace(QUICK, halves=0))
    assert arrows(whole).keys() == planted().keys()
    assert whole.unoriented == ()
    assert np.isnan([edge.seen for edge in whole.edges]).all()


def test_a_user_turns_and_forbids_arrows(graph: FactorGraph) -> None:
    known = Background(forbidden=("chat -(1)-> desire",), required=("alone -> desire",))
    found = arrows(learn_graph(graph_rows(panel(), background=known), QUICK))
    assert ("chat", "desire", 1) not in found
    assert ("alone", "desire", 0) in found
    assert ("alone", "desire", 0) not in arrows(graph)


def test_weak_arrows_are_left_out() -> None:
    strict = learn_graph(graph_rows(panel()), replace(QUICK, least=0.25))
    assert arrows(strict)
    assert min(abs(edge.weight) for edge in strict.edges) >= 0.25


def test_the_same_seed_gives_the_same(graph: FactorGraph) -> None:
    assert learn_graph(graph_rows(panel()), QUICK).edges == graph.edges


def with_facts(facts: int, *, sessions: int, shared: bool = False, seed: int = 5) -> FactorPanel:
    """The usual panel with facts of the session, or of rooms of ten sessions, that are noise."""
    made = panel(sessions=sessions, steps=40, seed=seed)
    room = made.session // 10
    owner = room if shared else made.session
    drawn = stream(seed, "facts").normal(size=(sessions, facts))[owner]
    new = tuple(Factor(f"fact{k}", "test", "session", "continuous", 0, shared=shared) for k in range(facts))
    return replace(
        made,
        factors=(*made.factors, *new),
        values=np.column_stack([made.values, drawn]),
        room=room,
        room_ids=tuple(f"r{k:02d}" for k in range(sessions // 10)),
    )


@pytest.mark.parametrize("shared", [False, True])
def test_facts_of_a_session_count_once_a_session(shared: bool) -> None:
    """Forty moments of a session are no fortyfold evidence of what it is: no arrows among noise."""
    rows = graph_rows(with_facts(6, sessions=150, shared=shared), shared="keep")
    assert rows.worth.tolist() == pytest.approx([rows.independent] * 5 + [15 if shared else 150] * 6)
    found = learn_graph(rows, replace(QUICK, halves=0))
    among = [pair for pair in arrows(found) if pair[0].startswith("fact") and pair[1].startswith("fact")]
    assert among == []
    assert arrows(found).keys() == planted().keys()


def test_what_hardly_anybody_has_does_not_end_the_search() -> None:
    made = with_facts(2, sessions=60)
    values = made.values.copy()
    values[:, 5] = made.session == 0
    rows = graph_rows(replace(made, values=values), shared="keep")
    found = learn_graph(rows, replace(QUICK, halves=8))
    assert found.settings.halves == 8
    assert planted().keys() <= arrows(found).keys()


def test_facts_that_never_meet_in_half_of_the_people_are_named() -> None:
    """Of twelve people each is the only one who has her own fact: no half holds all of them."""
    made = with_facts(12, sessions=60)
    values = made.values.copy()
    values[:, 5:] = 0.0
    for k in range(12):
        values[made.session == k, 5 + k] = 1.0
    with pytest.raises(FormatError, match=r"fact\d+.*: changes in too few people to draw halves of them"):
        learn_graph(graph_rows(replace(made, values=values), shared="keep"), replace(QUICK, halves=2))


def test_facts_that_belong_together_are_still_found() -> None:
    made = with_facts(2, sessions=150)
    values = made.values.copy()
    values[:, 6] += 0.8 * values[:, 5]
    found = learn_graph(graph_rows(replace(made, values=values)), replace(QUICK, halves=0))
    (edge,) = [edge for edge in found.edges if edge.cause.startswith("fact")]
    assert {edge.cause, edge.effect} == {"fact0", "fact1"}
    assert not edge.oriented


def test_facts_are_worth_their_owners_and_unlike_lengths_less() -> None:
    made = with_facts(2, sessions=40)
    # Half of the sessions end after ten steps; one fact is the person's, who comes twice.
    person = made.session // 2
    values = made.values.copy()
    values[:, 5] = stream(1, "people").normal(size=20)[person]
    made = replace(made, values=values, person=person, person_ids=tuple(f"p{k:02d}" for k in range(20)))
    short = made.take((made.session % 2 == 0) | (made.step <= 10))
    rows = graph_rows(short)
    lengths = np.tile([39.0, 10.0], 20)
    assert rows.worth[5:] == pytest.approx([20, lengths.sum() ** 2 / (lengths**2).sum()])


def test_rows_of_one_broadcast_count_once() -> None:
    """Ten viewers see one host: that is no tenfold evidence of what moves the host."""
    rng, steps = stream(3, "rooms"), 60
    host = rng.normal(size=(6, steps))
    table = pa.table(
        {
            "session": np.repeat([f"s{k:02d}" for k in range(60)], steps),
            "room": np.repeat([f"r{k // 10}" for k in range(60)], steps),
            "step": np.tile(np.arange(steps), 60),
            "host": np.repeat(host, 10, axis=0).ravel(),
            "desire": rng.normal(size=60 * steps),
        }
    )
    made = FactorPanel.from_frame(
        table,
        unit="session",
        time="step",
        group="room",
        levels={"host": "room"},
        tiers={"host": 1, "desire": 2},
    )
    rows = graph_rows(made)
    assert rows.rows == 60 * (steps - 1)
    assert rows.independent == 6 * (steps - 1)


def test_what_no_graph_can_be_learnt_from_is_refused() -> None:
    with pytest.raises(FormatError, match=r"9 people, 10 at least: gather more people$"):
        graph_rows(panel(sessions=9))
    with pytest.raises(
        FormatError, match=r"rows for 10 columns; 2 people, 10 at least: .* rows, gather more people$"
    ):
        graph_rows(panel(sessions=2, steps=13))
    table = panel().to_frame()
    table["twin"] = 2 * table["chat"] + 1
    twins = FactorPanel.from_frame(
        table[["session_id", "step", *NAMES, "twin"]].astype({"session_id": str}),
        unit="session_id",
        time="step",
    )
    with pytest.raises(FormatError, match=r"chat, twin say the same together: .*: leave one of them out$"):
        graph_rows(twins)
    with pytest.raises(ConfigError, match="seen must be"):
        DiscoverySettings(seen=2)
    with pytest.raises(ConfigError, match="draws must be a whole number, 0 or more, not -1"):
        DiscoverySettings(draws=-1)


def test_settings_that_make_no_sense_are_told_together() -> None:
    with pytest.raises(
        ConfigError, match="penalty must be 0 or more, not nan; least must be 0 or more, not -1"
    ):
        DiscoverySettings(penalty=float("nan"), least=-1.0)
    with pytest.raises(ConfigError, match=r"penalty must .* not -0.1; least must .* not nan; level .* not 1"):
        DiscoverySettings(penalty=-0.1, least=float("nan"), level=1)
    with pytest.raises(ConfigError, match=r"method must be auto, .* level must be between 0 and 1, not 0"):
        DiscoverySettings(method="ges", level=0)  # type: ignore[arg-type]
    whole = "must be a whole number, . or more, not"
    says = rf"halves {whole} 2.5; seed {whole} -1; draws {whole} '3'; starts {whole} True"
    with pytest.raises(ConfigError, match=says):
        DiscoverySettings(halves=2.5, seed=-1, draws="3", starts=True)  # type: ignore[arg-type]
    says = "penalty must be 0 or more, not '2'; seen must be from 0 to 1, not None"
    with pytest.raises(ConfigError, match=says):
        DiscoverySettings(penalty="2", seen=None)  # type: ignore[arg-type]
