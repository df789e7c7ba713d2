"""From the host's face through the viewer's to the purchase: how much of it goes that way.

At moments t, 30 s apart, of each visit: X, the host's shares in (t - 30, t]; M, one affect of the viewer in
(t, t + 30], in J parts of 10 s; L, the same parts while X was shown, and M0, its mean before; Y, what was
bought in the 60 s after M.

    M_j      = a_j X                 + k M0 + controls + broadcast      least squares, j = 1 ... J
    log E[Y] = sum_j b_j M_j + h X + l L + k M0 + controls + broadcast      Poisson
    log E[Y] = d X                   + k M0 + controls + broadcast      Poisson

exp(sum_j a_j b_j) is the ratio by which purchases change through M as X rises by one standard deviation,
exp(d) the whole and exp(d - sum) the rest, past M. L is moved by X and moves both M and Y: it is held still
for b and free for a, so what X does to M by way of L counts, and what L does to Y by itself does not. Exact
for a mediator that is linear in X with an error whose spread X does not move, and an outcome that is
log-linear without interactions (VanderWeele, Vansteelandt & Robins 2014). Parts are told apart because a
reaction fades: its first seconds and its last do not come with as much as those of a face that moves by
itself. X holds all expressions at once, M one affect at a time.

Intervals: a, b, d of the fits are moved together by leaving out each host in turn; draws from a multivariate
t with that covariance give those of products and shares. p is the greatest of four: that viewers follow the
host no more than hosts of other broadcasts, that all a are 0, that all b are 0, that the sum is. A way needs
every link, so whichever link is missing this p is right for it, also for a pair that was let through because
its first link looked good. Pairs that were not let through count among those asked, with p = 1: q is over all
of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy import stats

from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.host.asked import Asked, asked_of
from telltale.host.contagion import Contagions
from telltale.host.families import benjamini_hochberg
from telltale.host.glm import GlmFit, Kind, fit_glm, moved_by_each
from telltale.host.hazards import LEVEL, ClusteredBy, Ratio, clusters
from telltale.host.rungs import few_hosts
from telltale.host.shown import Array, Codes, HostShown
from telltale.host.viewer_controls import controls
from telltale.host.viewer_faces import STEP_S, ViewerFaces
from telltale.host.visits import Act, Mask, Visits

ENOUGH_PURCHASES: Final = 200
"""With fewer in the moments asked, products put into the cart are counted instead, where there are more."""
FEWEST: Final = 50
DRAWS: Final = 20_000
_MORE: Final = "give more broadcasts"
NOISE_SD: Final = 0.3
"""The reading noise, in standard deviations of one step, for which it is told how much of a path it hides."""


@dataclass(frozen=True, slots=True)
class PathSettings:
    """Windows, in seconds; whole steps of 5 s."""

    host_s: float = 30.0
    viewer_s: float = 30.0
    part_s: float = 10.0
    """The viewer's face is told in parts of so many seconds."""
    after_s: float = 60.0
    every_s: float = 30.0
    most_rows: int = 24_000
    """Moments that models are fitted to: all with a purchase, of the others a random part, weighted."""

    def __post_init__(self) -> None:
        for name in ("host_s", "viewer_s", "part_s", "after_s", "every_s"):
            value = getattr(self, name)
            if not 5 <= value <= 300 or value % STEP_S:
                raise ConfigError(f"{name} is {value:g}", hint="give 5 to 300, a multiple of 5")
        if self.host_s % self.part_s or self.viewer_s % self.part_s:
            raise ConfigError(
                f"parts of {self.part_s:g} s do not fill {self.host_s:g} and {self.viewer_s:g} s",
                hint="give a length that divides both",
            )
        if self.most_rows < 1000:
            raise ConfigError(f"{self.most_rows} rows are too few for a model", hint="allow 1,000 or more")


@dataclass(frozen=True, slots=True)
class FacePath:
    """One expression through one affect. Ratios are per standard deviation of the expression's share."""

    expression: str
    affect: str
    sd: float
    """One standard deviation of the expression's share."""
    first: float
    """Mean of a, in standard deviations of the viewer's affect; `first_p` is that all are 0."""
    first_p: float
    second: Ratio
    """exp(sum of b): one standard deviation more of the affect all through; p is that all are 0."""
    through: Ratio
    """exp(sum of a b), its p that of the whole way."""
    past: Ratio
    """exp(d - sum of a b)."""
    whole: Ratio
    """exp(d)."""
    share: float
    """sum of a b / d; NaN where the whole is not certain."""
    share_low: float
    share_high: float
    q: float

    @property
    def certain(self) -> bool:
        """Whether a part that runs this way is told, after correction."""
        return self.q <= LEVEL


@dataclass(frozen=True, slots=True)
class FacePaths:
    """All ways that were followed."""

    outcome: Act
    settings: PathSettings
    moments: int
    counted: int
    """Purchases (or carts) in them; one may count in two moments."""
    clusters: int
    clustered_by: ClusteredBy
    asked: int
    """Pairs of expression and affect, followed or not."""
    found: tuple[FacePath, ...]
    kept: dict[str, float]
    """By affect: if each step's reading is off by `NOISE_SD`, so much of b is found."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """N moments."""

    visit: Codes
    y: Array
    weight: Array
    shares: Array
    """Shape (N, E), in standard deviations."""
    before: Array
    """M0, shape (N, K)."""
    meanwhile: Array
    """L and M, shape (N, parts, K)."""
    after: Array
    x: Array
    """Shape (N, C): controls."""

    def read(self, k: int) -> Mask:
        """Where one affect was read in every part, shape (N,)."""
        parts = (self.before[:, k], self.meanwhile[:, :, k].sum(axis=1), self.after[:, :, k].sum(axis=1))
        read: Mask = np.isfinite(np.sum(parts, axis=0))
        return read

    def only(self, rows: Codes) -> _Moments:
        return _Moments(
            visit=self.visit[rows],
            y=self.y[rows],
            weight=self.weight[rows],
            shares=self.shares[rows],
            before=self.before[rows],
            meanwhile=self.meanwhile[rows],
            after=self.after[rows],
            x=self.x[rows],
        )


def find_paths(
    visits: Visits,
    shown: HostShown,
    faces: ViewerFaces,
    contagions: Contagions,
    settings: PathSettings,
    timezone: str,
    seed: int,
) -> FacePaths:
    """Follow the pairs in which viewers follow the host."""
    outcome, moments, asked, notes = _moments(visits, shown, faces, settings, timezone, seed)
    cluster, clustered_by = clusters(visits, moments.visit)
    if clustered_by == "broadcast":
        notes.append(few_hosts(len(np.unique(visits.host[moments.visit]))))
    follows = {(one.expression, one.affect): one for one in contagions.found if one.verdict == "follows"}
    found: list[FacePath] = []
    kept = {}
    for k, affect in enumerate(faces.names):
        chosen = [e for e, name in enumerate(asked.names) if (name, affect) in follows]
        if not chosen:
            continue
        read = np.flatnonzero(moments.read(k))
        rows = moments.only(read)
        links = _links(rows, k, visits, cluster[read], _noise(faces.values[:, k], settings))
        kept[affect] = links.kept
        for e in chosen:
            pair = follows[asked.names[e], affect]
            one = (asked.names[e], affect, float(asked.sd[e]))
            found.append(_path(links, e, *one, pair.p_after, seed))
    p = np.array([one.through.p for one in found])
    lost = np.ones(len(contagions.found) - len(found))
    q = benjamini_hochberg(np.concatenate([p, lost]))[: len(found)]
    return FacePaths(
        outcome=outcome,
        settings=settings,
        moments=len(moments.visit),
        counted=int(moments.y.sum()),
        clusters=int(cluster.max()) + 1,
        clustered_by=clustered_by,
        asked=len(contagions.found),
        found=tuple(replace(one, q=float(of)) for one, of in zip(found, q, strict=True)),
        kept=kept,
        notes=tuple(notes),
    )


def _moments(
    visits: Visits, shown: HostShown, faces: ViewerFaces, settings: PathSettings, timezone: str, seed: int
) -> tuple[Act, _Moments, Asked, list[str]]:
    """The moments of all visits, and what is counted after them."""
    # Steps of the visit's own time at which t lies.
    shown_for, wide, gap = (int(s / STEP_S) for s in (settings.host_s, settings.viewer_s, settings.every_s))
    lead = shown_for + wide
    last_s = visits.stop_s - visits.start_s - settings.viewer_s - settings.after_s
    many = np.maximum(np.floor((last_s / STEP_S - lead) / gap + 1e-9).astype(np.int64) + 1, 0)
    visit = np.repeat(np.arange(len(visits)), many)
    step = lead + gap * (np.arange(len(visit)) - np.repeat(np.cumsum(many) - many, many))
    at_s = visits.start_s[visit] + step * STEP_S
    begin_s = at_s + settings.viewer_s
    counts = {act: visits.count(act, visit, begin_s, begin_s + settings.after_s) for act in visits.acts}
    outcome: Act = "purchase"
    notes: list[str] = []
    bought, carted = counts["purchase"].sum(), counts["add_to_cart"].sum()
    if bought < ENOUGH_PURCHASES and carted > bought:
        outcome = "add_to_cart"
        notes.append(f"{bought:.0f} purchases are few, so products put into the cart are counted instead")
    y = counts[outcome]
    if y.sum() < FEWEST:
        raise FormatError(
            f"{y.sum():.0f} purchases or products in the cart are too few to follow a way to them",
            hint=f"give {FEWEST} or more",
        )
    rows, weight = _drawn(y, settings.most_rows, seed)
    shares = shown.over(visits.room[visit[rows]], at_s[rows] - settings.host_s, at_s[rows])[0]
    read = np.flatnonzero(np.isfinite(shares).all(axis=1))
    if len(read) < len(rows):
        lost = 100 * (1 - len(read) / len(rows))
        notes.append(f"{lost:.2g} % of the moments left out: hardly any of the host's face was read")
    rows, weight, shares = rows[read], weight[read], shares[read]
    visit, step, at_s, y = visit[rows], step[rows], at_s[rows], y[rows]
    asked = asked_of(shown.names, shares)
    known = controls(visits, visit, at_s, step * STEP_S, y, timezone)
    return (
        outcome,
        _Moments(
            visit=visit,
            y=y,
            weight=weight,
            shares=asked.standard(shares),
            before=faces.mean(visit, step - lead, wide),
            meanwhile=_parts(faces, visit, step - shown_for, shown_for, settings),
            after=_parts(faces, visit, step, wide, settings),
            x=np.column_stack(list(known.values())),
        ),
        asked,
        notes,
    )


def _parts(faces: ViewerFaces, visit: Codes, step: Codes, wide: int, settings: PathSettings) -> Array:
    """Means of each part of `wide` steps from one on, shape (N, parts, K)."""
    one = int(settings.part_s / STEP_S)
    return np.stack([faces.mean(visit, step + part, one) for part in range(0, wide, one)], axis=1)


def _drawn(y: Array, most: int, seed: int) -> tuple[Codes, Array]:
    """Places of the moments that are fitted, and 1 / share drawn of such, shapes (n,)."""
    others = np.flatnonzero(y == 0)
    wanted = max(most - int((y > 0).sum()), most // 2)
    if len(others) <= wanted:
        return np.arange(len(y)), np.ones(len(y))
    some = stream(seed, "viewers", "moments").choice(others, wanted, replace=False)
    rows = np.sort(np.concatenate([np.flatnonzero(y > 0), some]))
    return rows, np.where(y[rows] > 0, 1.0, len(others) / wanted)


def _noise(steps: Array, settings: PathSettings) -> float:
    """Variance that reading noise of `NOISE_SD`, in standard deviations of what is read, leaves in a part."""
    of_one = NOISE_SD**2 / (1 + NOISE_SD**2) * float(np.nanvar(steps))
    return of_one / (settings.part_s / STEP_S)


@dataclass(frozen=True, slots=True, eq=False)
class _Links:
    """The links of one affect."""

    a: Array
    """Shape (J, E)."""
    b: Array
    """Shape (J,)."""
    d: Array
    """Shape (E,)."""
    moved_a: Array
    """Shape (G, J, E): how far leaving out each cluster moves them."""
    moved_b: Array
    moved_d: Array
    freedom: float
    kept: float


def _links(rows: _Moments, k: int, visits: Visits, cluster: Codes, noise: float) -> _Links:
    spread = float(rows.after[:, :, k].std())
    if not spread > 0:
        raise FormatError("the viewers' faces never change", hint="look at how they were read")
    before, meanwhile, after = (
        rows.before[:, k] / spread,
        rows.meanwhile[:, :, k] / spread,
        rows.after[:, :, k] / spread,
    )
    room = np.unique(visits.room[rows.visit], return_inverse=True)[1]
    parts, wide, count = after.shape[1], rows.shares.shape[1], int(cluster.max()) + 1
    common = np.column_stack([rows.shares, before, rows.x])
    both = np.column_stack([after, meanwhile, common])

    def fit(x: Array, y: Array, kind: Kind) -> GlmFit:
        return fit_glm(x, y, kind=kind, weight=rows.weight, cluster=cluster, group=room)

    firsts = [fit(common, part, "ols") for part in after.T]
    second, whole = fit(both, rows.y, "poisson"), fit(common, rows.y, "poisson")
    # What a part does that the other parts, and all else, do not tell: noise hides b in this.
    plain = fit(both, rows.y, "ols")
    own = np.diag(plain.bread)[np.searchsorted(plain.kept, np.arange(parts))]
    left = float(np.mean(1 / (own * rows.weight.sum())))
    return _Links(
        a=np.array([one.beta[:wide] for one in firsts]),
        b=second.beta[:parts],
        d=whole.beta[:wide],
        moved_a=np.stack([_moved(one, common, cluster, count)[:, :wide] for one in firsts], axis=1),
        moved_b=_moved(second, both, cluster, count)[:, :parts],
        moved_d=_moved(whole, common, cluster, count)[:, :wide],
        freedom=min(firsts[0].freedom, second.freedom),
        kept=max(1 - noise / spread**2 / left, 0.0),
    )


def _moved(fit: GlmFit, x: Array, cluster: Codes, clusters: int) -> Array:
    """How far leaving out each cluster moves each coefficient, shape (clusters, K); 0 if not fitted."""
    moved = np.zeros((clusters, x.shape[1]))
    moved[np.ix_(np.unique(cluster[fit.rows]), fit.kept)] = moved_by_each(fit, x)
    return moved


def _path(
    links: _Links, e: int, expression: str, affect: str, sd: float, p_follows: float, seed: int
) -> FacePath:
    """One pair: products and shares from draws of a, b and c together."""
    parts = len(links.b)
    value = np.concatenate([links.a[:, e], links.b, links.d[e : e + 1]])
    if not np.isfinite(value).all():
        raise FormatError(f"{expression} cannot be told from what is taken into account", hint=_MORE)
    moved = np.column_stack([links.moved_a[:, :, e], links.moved_b, links.moved_d[:, e]])
    cov = links.freedom / (links.freedom + 1) * moved.T @ moved
    drawn = _draws(value, cov, links.freedom, seed, expression, affect)
    a, b, d = slice(parts), slice(parts, 2 * parts), 2 * parts
    through, way = float(value[a] @ value[b]), np.einsum("nj,nj->n", drawn[:, a], drawn[:, b])
    past = drawn[:, d] - way
    p_first, p_second = (none_p(value[one], cov[one, one], links.freedom) for one in (a, b))
    whole = Ratio.of(float(value[d]), float(np.sqrt(cov[d, d])), links.freedom)
    second = Ratio.of(float(value[b].sum()), float(np.sqrt(cov[b, b].sum())), links.freedom)
    share = (float("nan"),) * 3
    if whole.p <= LEVEL:
        share = (through / float(value[d]), *np.quantile(way / drawn[:, d], [0.025, 0.975]).tolist())
    return FacePath(
        expression=expression,
        affect=affect,
        sd=sd,
        first=float(value[a].mean()),
        first_p=p_first,
        second=replace(second, p=p_second),
        through=_ratio(through, way, at_least=max(p_follows, p_first, p_second)),
        past=_ratio(float(value[d]) - through, past),
        whole=whole,
        share=share[0],
        share_low=share[1],
        share_high=share[2],
        q=float("nan"),
    )


def none_p(value: Array, cov: Array, freedom: float) -> float:
    """That all of some coefficients are 0 (Hotelling's), shapes (J,) and (J, J).

    >>> round(none_p(np.zeros(2), np.eye(2), 20.0), 3)
    1.0
    """
    count = len(value)
    if freedom - count + 1 < 1:
        return 1.0
    told = float(value @ np.linalg.solve(cov, value)) * (freedom - count + 1) / (count * freedom)
    return float(stats.f.sf(told, count, freedom - count + 1))


def _ratio(value: float, drawn: Array, at_least: float = 0.0) -> Ratio:
    """From draws of a logarithm; p by them, or the greater one that is given."""
    low, high = np.quantile(drawn, [0.025, 0.975])
    p = 2 * min(float((drawn > 0).mean()), float((drawn < 0).mean()))
    return Ratio(float(np.exp(value)), float(np.exp(low)), float(np.exp(high)), max(p, at_least))


def _draws(value: Array, cov: Array, freedom: float, seed: int, *names: str) -> Array:
    """Multivariate t about `value`, shape (DRAWS, len(value))."""
    rng = stream(seed, "viewers", "path", *names)
    size, vectors = np.linalg.eigh(cov)
    normal = rng.standard_normal((DRAWS, len(value))) @ (vectors * np.sqrt(np.maximum(size, 0))).T
    drawn: Array = value + normal * np.sqrt(freedom / rng.chisquare(freedom, DRAWS))[:, None]
    return drawn
