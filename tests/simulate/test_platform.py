"""What the platform counts: each thing planted is there in its size, and nothing where nothing is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tests.simulate.studies import digest

from telltale.core.config import MisfitsError
from telltale.core.errors import ConfigError
from telltale.simulate.panel import STEP_S, Panel, build_panel, room_mean_sd
from telltale.simulate.platform import (
    MINUTE_STEPS,
    PlatformWorld,
    lagged,
    play_platform,
)
from telltale.simulate.platform_face import sold_before
from telltale.simulate.platform_tables import platform_study
from telltale.simulate.platform_terms import draw_surges, stretch_starts
from telltale.simulate.population import Population, draw_population
from telltale.simulate.spec import Spec
from telltale.simulate.spec_file import load_spec
from telltale.simulate.spec_platform import GRID_S, OUTCOMES, HostEffect, Platform, Reaction, Surge
from telltale.simulate.study import simulate_study
from telltale.simulate.truth import Truth
from telltale.simulate.world import play_rooms
from telltale.study import schema
from telltale.study.check import check_study
from telltale.study.store import Study

Array = npt.NDArray[np.float64]

EARLIER = ("participants", "consents", "hosts", "host_consents", "products", "rooms", "sessions", "events")


@dataclass(frozen=True)
class Played:
    """A platform that was played, with what it was played on."""

    spec: Spec
    population: Population
    panel: Panel
    rooms: npt.NDArray[np.float32]
    world: PlatformWorld

    def x(self, expression: str) -> npt.NDArray[np.float32]:
        """The latent that viewers act on. Shape (R, T)."""
        return self.rooms[:, :, self.panel.room_names.index(f"host_{expression}")]

    def by_minute(self, values: npt.NDArray[Any]) -> Array:
        """Means of each stretch, shape (R, stretches)."""
        starts = stretch_starts(self.spec.platform, values.shape[1])
        lengths = np.diff([*starts.tolist(), values.shape[1]])
        lengths = lengths.reshape(-1, *(1,) * (values.ndim - 2))
        mean: Array = np.add.reduceat(values.astype(np.float64), starts, axis=1) / lengths
        return mean


SEED = 3


@cache
def stage(name: str) -> tuple[Spec, Population, Panel, npt.NDArray[np.float32]]:
    """What a platform is played on."""
    spec = load_spec(name)
    population, panel = draw_population(spec, SEED), build_panel(spec)
    return spec, population, panel, play_rooms(spec, population, panel, SEED)


def played(name: str = "hosts", **changes: Any) -> Played:
    """A shipped spec's platform, with some settings changed."""
    spec, population, panel, rooms = stage(name)
    spec = replace(spec, platform=replace(spec.platform, **changes))
    return Played(spec, population, panel, rooms, play_platform(spec, population, panel, rooms, SEED))


def poisson(counts: Array, columns: Array, offset: Array) -> tuple[Array, Array]:
    """Slopes of a Poisson regression by IRLS and their sandwich errors, without the intercept."""
    x = np.column_stack([np.ones(len(counts)), columns])
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(counts.sum() / np.exp(offset).sum())
    for _ in range(30):
        mu = np.exp(offset + x @ beta)
        beta += np.linalg.solve((x * mu[:, None]).T @ x, x.T @ (counts - mu))
    mu = np.exp(offset + x @ beta)
    bread = np.linalg.inv((x * mu[:, None]).T @ x)
    cov = bread @ (x * ((counts - mu) ** 2)[:, None]).T @ x @ bread
    return beta[1:], np.sqrt(np.diag(cov))[1:]


def regressed(p: Played, outcome: str, *columns: Array, without: str = "face") -> tuple[Array, Array]:
    """A count by the stretch on columns by the stretch, all but one of the planted terms being known."""
    k = p.world.outcomes.index(outcome)
    known = p.by_minute(p.world.expected[:, :, k] * np.exp(-p.world.terms[without][:, :, k])) * MINUTE_STEPS
    counts = p.by_minute(p.world.counts[:, :, k]) * MINUTE_STEPS
    return poisson(counts.ravel(), np.column_stack([c.ravel() for c in columns]), np.log(known).ravel())


def test_the_planted_ratios_are_found_on_the_true_latents() -> None:
    p = played()
    assert {e.outcome for e in p.spec.platform.effects} == {"purchases", "comments"}
    for outcome in ("purchases", "comments"):
        own = [e for e in p.spec.platform.effects if e.outcome == outcome]
        sds = room_mean_sd(p.panel, MINUTE_STEPS)
        z = [
            p.by_minute(lagged(p.x(e.expression), e.lag_s))
            / sds[p.panel.room_names.index(f"host_{e.expression}")]
            for e in own
        ]
        found, errors = regressed(p, outcome, *z)
        assert np.abs(found - np.log([e.ratio for e in own])).max() < 3 * errors.min()
        assert (found > 3 * errors).all()


def test_the_model_knows_the_spread_of_a_minute() -> None:
    p = played()
    seen = [p.by_minute(p.x(e.expression)).std() for e in p.spec.platform.effects]
    assert seen == pytest.approx(p.world.minute_sd, rel=0.06)


def test_nobody_acts_before_the_lag() -> None:
    """Where one expression moves much after 40 s, a regression on many lags finds that one."""
    effect = HostEffect("elation", "purchases", 1.6, lag_s=40)
    p = played(effects=(effect,), overdispersion=0.0)
    k, starts = p.world.outcomes.index("purchases"), range(0, 100, 20)
    x = np.stack([lagged(p.x("elation"), lag).ravel() for lag in starts], axis=1)
    known = np.log(p.world.expected[:, :, k]) - p.world.terms["face"][:, :, k]
    found, errors = poisson(p.world.counts[:, :, k].ravel().astype(float), x, known.ravel())
    assert found[2] == pytest.approx(np.log(1.6) / p.world.minute_sd[0], abs=3 * errors[2])
    assert (np.abs(found[[0, 1, 3, 4]]) < 3.5 * errors[[0, 1, 3, 4]]).all()


def test_it_works_in_some_hosts_alone() -> None:
    effect = HostEffect("pride", "likes", 1.3, only={"gender": "female"})
    p = played(effects=(effect,))
    works = np.array([p.population.hosts[room.host]["gender"] == "female" for room in p.population.rooms])
    assert 0 < works.sum() < len(works)
    z = p.by_minute(p.x("pride")) / p.world.minute_sd[0]
    found, errors = regressed(p, "likes", z * works[:, None], z * ~works[:, None])
    assert found[0] == pytest.approx(np.log(1.3), abs=3 * errors[0])
    assert found[1] == pytest.approx(0.0, abs=3 * errors[1])


def test_beyond_the_best_dose_more_is_worse() -> None:
    p = played(effects=(HostEffect("pride", "likes", 1.2, best=1.0),))
    z = p.by_minute(p.x("pride")) / p.world.minute_sd[0]
    found, errors = regressed(p, "likes", z, z**2)
    assert found == pytest.approx([np.log(1.2), -np.log(1.2) / 2], abs=3 * float(errors.max()))
    term = p.by_minute(p.world.terms["face"][:, :, p.world.outcomes.index("likes")])
    assert float(z.ravel()[term.argmax()]) == pytest.approx(1.0, abs=0.05)
    assert term.mean() == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("spread", [0.0, 0.1, 0.4])
def test_counts_scatter_as_a_negative_binomial(spread: float) -> None:
    """Of a stretch: variance mu + spread mu^2."""
    p = played(overdispersion=spread)
    counts = p.by_minute(p.world.counts) * MINUTE_STEPS
    mu = p.by_minute(p.world.expected) * MINUTE_STEPS
    found = ((counts - mu) ** 2 - mu).sum(axis=(0, 1)) / (mu**2).sum(axis=(0, 1))
    assert found == pytest.approx(np.full(len(OUTCOMES), spread), abs=0.02 + 0.25 * spread)
    assert counts.sum() == pytest.approx(mu.sum(), rel=0.03)


def test_the_terms_are_as_wide_as_the_spec_says() -> None:
    p = played("default", host_sd=0.4, product_sd=0.2, hour_sd=0.1, demand_sd=0.25)
    of_host = np.unique(p.world.terms["host"][:, 0, 0])
    assert of_host.std() == pytest.approx(0.4, rel=0.3)
    assert p.world.terms["demand"].std() == pytest.approx(0.25, rel=0.1)
    first = p.world.terms["demand"][:, :-1, 0].ravel()
    assert np.corrcoef(first, p.world.terms["demand"][:, 1:, 0].ravel())[0, 1] == pytest.approx(
        0.98, abs=0.01
    )
    runs = np.array([room.promotion for room in p.population.rooms])
    assert (p.world.terms["promotion"][runs, :, 0] == np.log(1.5)).all()
    assert (p.world.terms["promotion"][~runs] == 0).all()
    audience = np.log(p.world.viewers.mean(axis=1))
    assert np.exp(np.median(audience)) == pytest.approx(400, rel=0.1)
    assert audience.std() == pytest.approx(0.5, rel=0.15)


def test_revenue_is_what_purchases_bring() -> None:
    p, sure = played("default"), played("default", basket_sd=0.0)
    prices = np.array([product.price for product in p.population.products])
    bought = p.world.counts[:, :, p.world.outcomes.index("purchases")]
    assert np.array_equal(sure.world.revenue, bought * prices[p.world.product])
    per_piece = p.world.revenue[bought > 0] / (bought * prices[p.world.product])[bought > 0]
    assert per_piece.mean() == pytest.approx(1.0, abs=0.01)
    ones = p.world.revenue[bought == 1] / prices[p.world.product][bought == 1]
    assert ones.std() == pytest.approx(0.4, rel=0.05)
    assert (p.world.revenue[bought == 0] == 0).all()


def test_a_reaction_shows_on_the_face_and_moves_nobody() -> None:
    still, moved = (
        played("hosts-null"),
        played("hosts-null", reactions=(Reaction("pride", "purchases", 0.5),)),
    )
    assert np.array_equal(still.world.counts, moved.world.counts)
    assert still.world.shown(still.rooms, still.panel.room_names) is still.rooms
    seen = moved.world.shown(moved.rooms, moved.panel.room_names)
    column = moved.panel.room_names.index("host_pride")
    others = np.delete(np.arange(len(moved.panel.room_names)), column)
    assert np.array_equal(seen[:, :, others], moved.rooms[:, :, others])
    counts = moved.world.counts[:, :, moved.world.outcomes.index("purchases")]
    before = np.stack([counts[:, 99 - k] for k in range(1, 9)]).mean(axis=0)  # 5 to 40 s before step 99
    added = (seen - moved.rooms)[:, 99, column]
    assert np.corrcoef(before, added)[0, 1] > 0.5  # standardised broadcast by broadcast
    z = sold_before(counts, Reaction("pride", "purchases", 0.5))
    assert z.std() == pytest.approx(1.0, abs=0.01)
    assert added == pytest.approx(0.5 * z[:, 99], abs=1e-5)


def test_what_follows_sales_is_seen_in_the_shares() -> None:
    """The share of contentment after many purchases, in studies with and without the reaction."""

    def apart(name: str) -> float:
        made = platform_study(load_spec(name), seed=5)
        share = made.tables["room_factors"]["host_contentment"].to_numpy().reshape(-1, 60, 12).mean(axis=2)
        rate = made.tables["room_counts"]["purchases"].to_numpy().reshape(-1, 60)
        share, rate = (v - v.mean(axis=1, keepdims=True) for v in (share, rate))
        return float(np.corrcoef(rate.ravel(), share.ravel())[0, 1])

    assert apart("hosts-confounded") > 0.2
    assert abs(apart("hosts-null")) < 0.08  # three standard errors of 1,500 minutes


def test_surges_run_in_whole_stretches_that_do_not_touch() -> None:
    p = played()
    runs = p.world.surges[:, :, 0]
    assert runs.mean() == pytest.approx(0.25, abs=0.02)
    for row in runs:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]])))
        assert set(np.diff(edges)[::2].tolist()) <= {8 * MINUTE_STEPS}
        assert (edges % MINUTE_STEPS == 0).all()
    found, errors = regressed(p, "purchases", p.by_minute(runs), without="surge")
    assert found[0] == pytest.approx(np.log(2.0), abs=3 * errors[0])
    column = p.panel.room_names.index("host_pride")
    lift = (p.world.shown(p.rooms, p.panel.room_names) - p.rooms)[:, :, column]
    assert lift[runs] == pytest.approx(0.8, abs=1e-5)
    assert (lift[~runs] == 0).all()


def test_a_surge_that_is_recorded_stands_in_the_table_and_a_hidden_one_does_not() -> None:
    told, hidden = (platform_study(load_spec(name), seed=3).tables for name in ("hosts", "hosts-confounded"))
    said = told["room_counts"]["promotion"].to_numpy(zero_copy_only=False).reshape(-1, 60)
    assert np.array_equal(np.repeat(said, MINUTE_STEPS, axis=1), played().world.surges[:, :, 0])
    assert "promotion" not in hidden["room_counts"].column_names
    assert not any(told["rooms"]["promotion"].to_pylist())


def test_what_shares_can_find_at_best_stands_in_the_truth() -> None:
    """A regression on the shares as they were seen finds the truth's ratio for one deviation of the share."""
    p, made = played(), platform_study(load_spec("hosts"), seed=3)
    (planted, *_) = made.planted["effects"]
    assert (planted["expression"], planted["lag_s"]) == ("elation", 20.0)
    share = made.tables["room_factors"]["host_elation"].to_numpy().astype(np.float32).reshape(-1, 720)
    seen = p.by_minute(lagged(share, 20.0))
    interest = p.by_minute(lagged(p.x("interest"), 10.0))
    found, errors = regressed(p, "purchases", (seen - seen.mean()) / seen.std(), interest / interest.std())
    assert np.exp(found[0]) == pytest.approx(planted["ratio_of_share"], abs=3 * errors[0])
    assert 1 < planted["ratio_of_share_at_once"] < planted["ratio_of_share"] < planted["ratio"]
    assert np.exp(planted["weight"] * planted["minute_sd"]) == pytest.approx(1.15)


def test_the_last_stretch_ends_with_its_broadcast() -> None:
    spec = load_spec("hosts")
    spec = replace(
        spec,
        rooms=replace(spec.rooms, minutes=50.5),
        platform=Platform(length_s=120.0, base={"purchases": 0.01}),
    )
    made = platform_study(spec.scaled(24), seed=1)
    rows = made.tables["room_counts"].slice(0, 26).to_pylist()
    assert [r["time_s"] for r in rows] == [*(120.0 * k for k in range(1, 26)), 3030.0]
    assert {r["length_s"] for r in rows} == {120.0, 30.0}
    assert set(rows[0]) == {"room_id", "time_s", "length_s", "viewers", "purchases", "revenue", "product_id"}
    assert made.truth.num_rows == made.tables["room_counts"].num_rows


def test_the_null_moves_nothing() -> None:
    for name in ("hosts-null", "null"):
        p = played(name)
        assert not p.world.terms["face"].any()
        assert not p.world.terms["surge"].any()
        assert p.world.face == {}
    p = played("hosts-confounded")
    assert not p.world.terms["face"].any()
    assert p.world.terms["surge"].any()
    assert set(p.world.face) == {"host_contentment", "host_pride"}


def test_the_grid_and_the_counts_are_those_of_the_study() -> None:
    assert GRID_S == STEP_S
    assert {*OUTCOMES, "revenue"} == set(schema.COUNTS)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_old_tables_keep_theirs(tmp_path: Path) -> None:
    """Effects, reactions and surges move the counts and the face as seen, and no byte of any other table."""
    spec = load_spec("hosts").scaled(24)
    bare = replace(spec, platform=Platform())
    folders = {}
    for name, one in (("first", spec), ("again", spec), ("bare", bare)):
        folders[name] = digest(simulate_study(tmp_path / name, one, seed=4, signals="none").study)
    assert folders["first"] == folders["again"]
    moved = {name for name, value in folders["first"].items() if folders["bare"][name] != value}
    assert moved == {"room_counts.parquet", "room_factors.parquet"}
    assert {f"{name}.parquet" for name in EARLIER} <= folders["bare"].keys()
    report = check_study(tmp_path / "first", workers=1)
    assert report.faults == ()


@pytest.mark.slow
def test_the_tables_in_memory_are_those_of_the_folder(tmp_path: Path) -> None:
    spec = load_spec("hosts").scaled(24)
    made, study = platform_study(spec, seed=4), simulate_study(tmp_path / "s", spec, seed=4, signals="none")
    for name, table in made.tables.items():
        assert Study.open(study.study).table(name).equals(table), name
    truth = Truth.open(study.truth)
    assert truth.table("platform_truth").equals(made.truth)
    assert truth.spec == spec
    assert truth.summary["platform"] == {
        "ratios": {"purchases": {"elation": [1.15], "interest": [1.15]}, "comments": {"amusement": [1.15]}},
        "reactions": ["contentment after purchases"],
        "surges": ["flash, recorded"],
    }
    added = truth.table("platform_face")
    assert added.column_names == ["room_id", "time_s", "host_contentment", "host_pride"]
    terms = truth.table("platform_truth").to_pandas()
    counts = study_counts(study.study)
    both = terms[terms["outcome"] == "purchases"].merge(counts, on=["room_id", "time_s"])
    assert both["purchases"].sum() == pytest.approx(both["expected"].sum(), rel=0.1)


def study_counts(folder: Path) -> Any:
    return Study.open(folder).table("room_counts").to_pandas()


EFFECT = '{ expression = "elation", outcome = "purchases", ratio = 1.1'
SURGE = '{ name = "flash", share = 0.2, minutes = 8'

WRONG = [
    ("length_s = 7", "platform.length_s", 3),
    ("length_s = 7200", "platform.length_s", 3),
    ("audience = 0", "platform.audience", 3),
    ("overdispersion = -1", "platform.overdispersion", 3),
    ("demand_persistence = 1", "platform.demand_persistence", 3),
    ("[platform.base]\nsales = 1", "platform.base.sales", 4),
    ("[platform.base]\nlikes = 0", "platform.base.likes", 4),
    ("[platform.promotion]\nlike = 2", "platform.promotion.like", 4),
    (f"effects = [{EFFECT} }}]".replace("1.1", "0"), "platform.effects[0].ratio", 3),
    (f"effects = [{EFFECT}, lag_s = 7 }}]", "platform.effects[0].lag_s", 3),
    (f"effects = [{EFFECT}, best = -1 }}]", "platform.effects[0].best", 3),
    (f"effects = [{EFFECT}, only = {{ town = 'x' }} }}]", "platform.effects[0].only.town", 3),
    (f"effects = [{EFFECT}, only = {{ culture = 'mars' }} }}]", "platform.effects[0].only.culture", 3),
    (f"effects = [{EFFECT} }}]".replace("elation", "joy"), "platform.effects[0].expression", 3),
    (f"effects = [{EFFECT} }}]".replace("purchases", "revenue"), "platform.effects[0].outcome", 3),
    ("reactions = [{ expression = 'joy', outcome = 'likes', weight = 1 }]",
     "platform.reactions[0].expression", 3),
    ("reactions = [{ expression = 'pride', outcome = 'likes', weight = 1, after_s = [40, 5] }]",
     "platform.reactions[0].after_s", 3),
    (f"surges = [{SURGE} }}]".replace("0.2", "1"), "platform.surges[0].share", 3),
    (f"surges = [{SURGE} }}]".replace("0.2", "0.9"), "platform.surges[0].share", 3),
    (f"surges = [{SURGE} }}]".replace("8", "0.5"), "platform.surges[0].minutes", 3),
    (f"surges = [{SURGE} }}]".replace("8", "90"), "platform.surges[0].minutes", 3),
    (f"surges = [{SURGE} }}, {SURGE} }}]", "platform.surges[1].name", 3),
    (f"surges = [{SURGE}, ratio = {{ sales = 2 }} }}]", "platform.surges[0].ratio.sales", 3),
    (f"surges = [{SURGE}, face = {{ joy = 1 }} }}]", "platform.surges[0].face.joy", 3),
]  # fmt: skip


@pytest.mark.parametrize(("text", "key", "line"), WRONG, ids=[key for _, key, _ in WRONG])
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, key: str, line: int) -> None:
    path = tmp_path / "spec.toml"
    path.write_text(f'extends = "default"\n[platform]\n{text}\n', encoding="utf-8")
    with pytest.raises(ConfigError) as told:
        load_spec(str(path))
    (only,) = str(told.value).splitlines()
    assert only.startswith(f"{path} line {line}: '{key}' ")


@pytest.mark.parametrize("minutes", [1.0, 2.0, 8.0, 30.0, 60.0])
def test_what_a_spec_lets_pass_is_what_is_drawn(minutes: float) -> None:
    """The largest share that fits is drawn whole, and a little more is refused."""
    rooms, steps = 8, 60 * MINUTE_STEPS
    most = Surge("flash", 0.5, minutes).most(60.0, 60.0)
    platform = Platform(surges=(Surge("flash", min(most, 1 - 1e-12), minutes),))
    runs = draw_surges(platform, rooms, steps, 5)
    assert runs.mean() == pytest.approx(most, abs=1e-6)
    if most < 0.9:
        much = replace(platform.surges[0], share=most + 0.05)
        spec = load_spec("default")
        at_most = f"fill at most {np.floor(1000 * most) / 1000:g} of a broadcast"
        with pytest.raises(MisfitsError, match=at_most) as told:
            replace(spec, platform=replace(platform, surges=(much,)))
        assert len(str(told.value).splitlines()) == 1
        assert draw_surges(replace(platform, surges=(much,)), rooms, steps, 5).mean() < much.share - 0.01


def test_in_the_hosts_null_nothing_of_a_broadcast_reaches_a_viewer() -> None:
    null, usual = load_spec("hosts-null"), load_spec("hosts")
    level = {factor.name: factor.level for factor in usual.all_factors}

    of_the_viewer = {"price", "price_sensitivity", "taste"}
    assert list(null.edges) == [
        edge
        for edge in usual.edges
        if level[edge.effect] == "room" or edge.cause in of_the_viewer or level.get(edge.cause) == "viewer"
    ]
    assert null.cart.weights == usual.cart.weights | {"host_elation": 0.0}


def test_a_spec_of_a_spec_keeps_what_both_say() -> None:
    assert load_spec("hosts-null").platform.promotion == load_spec("default").platform.promotion
    assert load_spec("hosts-null").rooms.hosts == load_spec("hosts").rooms.hosts == 12
    assert Surge("a", 0.2, 8.0).recorded
