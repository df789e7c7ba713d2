"""Do viewers' faces follow the host's? Cross-correlation with lags, against hosts of other broadcasts.

With a~ a viewer's affect less its mean over the visit, and u what a host's share does that its own last 30 s
do not foretell (an autoregression; Box & Jenkins 1976), on a grid of 5 s, summed over all viewers i of all
broadcasts,

    r(lag) = sum_i sum_t a~_i(t) u(t - lag) / sqrt(sum a~^2  sum u^2)

A lag above 0 is a face that comes after the host's. Faces last, so without u a reaction would seem to begin
before its cause. The null: viewers of each broadcast are paired with a host by lot, at the same second of the
stream, so that what is usual at that time of a broadcast stays. By lot one broadcast in all keeps its own
host, on average; were none to, the pairings would differ less than the true one does by chance. r in standard
deviations of the pairings, the true one among them, is z; p is how often pairings reach the greatest |z| over
the lags, all expressions of one affect together, each being as good a null as the other in standard
deviations; q is over all pairs of expression and affect.

What moves host and viewers at once (a product is revealed) shows at lag 0 and cannot be told from contagion
by this. What reaches viewers first shows before 0, and is said: reading noise lets a little of a reaction
through to there, so it must be half as great as what comes after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy.fft import next_fast_len

from telltale.core.errors import FormatError
from telltale.core.progress import Progress, silent
from telltale.core.rng import stream
from telltale.host.asked import Asked, asked_of
from telltale.host.families import benjamini_hochberg
from telltale.host.shown import Array, Codes, HostShown
from telltale.host.viewer_faces import STEP_S, ViewerFaces
from telltale.host.visits import Visits

Complex = npt.NDArray[np.complex128]
Verdict = Literal["follows", "together", "none"]

REACH: Final = 12
"""Steps of the longest lag: a minute."""
PAIRINGS: Final = 199
FEWEST_ROOMS: Final = 8
LEVEL: Final = 0.05
MEMORY: Final = 6
"""Steps of its own past that foretell a host's share."""
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Contagion:
    """One expression and one affect. Arrays have one number a lag, shape (L,)."""

    expression: str
    affect: str
    lags_s: Array
    r: Array
    low: Array
    high: Array
    """Where 95 % of the pairings lie at each lag by itself."""
    reach: float
    """So many standard deviations of the pairings hold 95 % of them at all lags after at once."""
    z: Array
    best_lag_s: float
    """Where the viewers follow the most, from 0 on."""
    best_r: float
    p_after: float
    """Lags from 0 on."""
    p_before: float
    """Lags under 0."""
    q: float
    """Of `p_after`, over all pairs."""
    before: float
    """Greatest |r| before the host over the greatest after."""

    @property
    def verdict(self) -> Verdict:
        """`together`: viewers change as much before the host as after, so something moves both."""
        if not self.q <= LEVEL:
            return "none"
        return "together" if self.p_before <= LEVEL and self.before >= _HALF else "follows"


@dataclass(frozen=True, slots=True)
class Contagions:
    """All pairs of expression and affect."""

    found: tuple[Contagion, ...]
    rooms: int
    visits: int
    pairings: int
    held: str
    """Where viewers' faces are from."""
    notes: tuple[str, ...]


def find_contagion(
    visits: Visits, shown: HostShown, faces: ViewerFaces, seed: int, *, progress: Progress = silent
) -> Contagions:
    """Cross-correlate all expressions with all affects."""
    here, room = np.unique(visits.room, return_inverse=True)
    if len(here) < FEWEST_ROOMS:
        raise FormatError(
            f"{len(here)} broadcasts are too few to pair viewers with other hosts",
            hint=f"give {FEWEST_ROOMS} or more",
        )
    host, asked = host_surprises(shown, here)
    pairs = Pairs.of(host, *_viewers(visits, room, faces, host.shape[1]))
    lags, own = np.arange(-REACH, REACH + 1), np.arange(len(here))
    observed = pairs.correlations(own, lags)
    rng = stream(seed, "contagion", "pairings")
    null = np.empty((PAIRINGS, *observed.shape))
    for k in progress(range(PAIRINGS), total=PAIRINGS, label="pairings"):
        null[k] = pairs.correlations(rng.permutation(len(here)), lags)
    # The broadcasts' own pairing is one of those the spread is taken from: then it is as any other if nothing
    # goes over.
    every = np.concatenate([null, observed[None]])
    mean, sd = every.mean(axis=0), np.maximum(every.std(axis=0), 1e-12)
    z, null_z = (observed - mean) / sd, np.abs((null - mean) / sd)
    after, before = lags >= 0, lags < 0
    # Of the lots alone, to be drawn beside the true pairing.
    middle, spread = null.mean(axis=0), np.maximum(null.std(axis=0), 1e-12)
    away = np.abs((null - middle) / spread)[:, after].max(axis=1)
    p = {name: _p(np.abs(z), null_z, part) for name, part in (("after", after), ("before", before))}
    q = benjamini_hochberg(p["after"].ravel()).reshape(p["after"].shape)
    found = []
    for e, name in enumerate(asked.names):
        for a, affect in enumerate(faces.names):
            r = observed[:, e, a]
            best = int(np.argmax(np.abs(r) * after))
            found.append(
                Contagion(
                    expression=name,
                    affect=affect,
                    lags_s=lags.astype(np.float64) * STEP_S,
                    r=r,
                    low=(middle - 1.96 * spread)[:, e, a],
                    high=(middle + 1.96 * spread)[:, e, a],
                    reach=float(np.quantile(away[..., a], 0.95)),
                    z=z[:, e, a],
                    best_lag_s=float(lags[best] * STEP_S),
                    best_r=float(r[best]),
                    p_after=float(p["after"][e, a]),
                    p_before=float(p["before"][e, a]),
                    q=float(q[e, a]),
                    before=float(np.abs(r[before]).max() / max(np.abs(r[best]), 1e-12)),
                )
            )
    notes = (*faces.notes, *asked.notes)
    return Contagions(tuple(found), len(here), len(visits), PAIRINGS, faces.held, notes)


def host_surprises(shown: HostShown, rooms: Codes) -> tuple[Array, Asked]:
    """What shares do that their last steps do not foretell, and which expressions they are of.

    Returns
    -------
    Shape (R, T, E), 0 where it is not known and beyond a broadcast's end.
    """
    steps = np.ceil(shown.steps[rooms] * shown.step_s / STEP_S - 1e-9).astype(np.int64)
    if shown.step_s > STEP_S:
        raise FormatError(
            f"hosts are known every {shown.step_s:g} s only, so lags of {STEP_S:g} s cannot be asked",
            hint="give finer room_factors, or signals",
        )
    shares = np.full((len(rooms), int(steps.max()), len(shown.names)), np.nan)
    for i, (room, count) in enumerate(zip(rooms.tolist(), steps.tolist(), strict=True)):
        start_s = np.arange(count) * STEP_S
        shares[i, :count] = shown.over(np.full(count, room), start_s, start_s + STEP_S)[0]
    asked = asked_of(shown.names, shares.reshape(-1, len(shown.names)))
    values = asked.standard(shares.reshape(-1, len(shown.names))).reshape(*shares.shape[:2], -1)
    values -= np.nanmean(values, axis=1, keepdims=True)
    surprises = np.zeros_like(values)
    for e in range(values.shape[2]):
        surprises[:, :, e] = unforetold(values[:, :, e])
    return surprises, asked


def unforetold(values: Array) -> Array:
    """Rests of an autoregression of `MEMORY` steps over all rows, shape (R, T); 0 where it is not known."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    gamma = np.empty(MEMORY + 1)
    for h in range(MEMORY + 1):
        both = known[:, h:] & known[:, : values.shape[1] - h]
        gamma[h] = (filled[:, h:] * filled[:, : values.shape[1] - h]).sum() / max(both.sum(), 1)
    places = np.abs(np.subtract.outer(np.arange(MEMORY), np.arange(MEMORY)))
    phi = np.linalg.lstsq(gamma[places], gamma[1:], rcond=None)[0]
    rest, whole = filled[:, MEMORY:].copy(), known[:, MEMORY:].copy()
    for h, weight in enumerate(phi, start=1):
        rest -= weight * filled[:, MEMORY - h : values.shape[1] - h]
        whole &= known[:, MEMORY - h : values.shape[1] - h]
    out = np.zeros_like(filled)
    out[:, MEMORY:] = np.where(whole, rest, 0.0)
    return out


def _viewers(visits: Visits, room: Codes, faces: ViewerFaces, steps: int) -> tuple[Array, Array, Array]:
    """Viewers of each broadcast summed up on its grid.

    Returns
    -------
    Affect less each visit's mean, shape (R, T, K); how many viewers were there, (R, T); sums of squares of
    the affect, (R, T, K).
    """
    visit = faces.visit
    step = np.arange(len(visit)) - faces.first[visit]
    moment = np.rint(visits.start_s[visit] / STEP_S).astype(np.int64) + step
    inside = (moment >= 0) & (moment < steps)
    cell = np.where(inside, room[visit] * steps + moment, 0)
    rooms = int(room.max()) + 1
    total, squares = np.zeros((2, rooms * steps, len(faces.names)))
    for k, column in enumerate(faces.values.T):
        read = inside & np.isfinite(column)
        count = np.bincount(visit[read], minlength=len(visits))
        mean = np.bincount(visit[read], column[read], len(visits)) / np.maximum(count, 1)
        off = column[read] - mean[visit[read]]
        total[:, k] = np.bincount(cell[read], off, rooms * steps)
        squares[:, k] = np.bincount(cell[read], off**2, rooms * steps)
    present = np.bincount(cell[inside], minlength=rooms * steps).astype(np.float64)
    shape = (rooms, steps, -1)
    return total.reshape(shape), present.reshape(rooms, steps), squares.reshape(shape)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Hosts and viewers, ready to be paired."""

    of_host: Complex
    """Transforms, shape (F, E, R); by frequency a pairing is one product over broadcasts."""
    of_viewers: Complex
    """Shape (F, R, K)."""
    known: Array
    """Shape (R, T): 1 where the host is known."""
    host_squares: Array
    """Shape (R, T, E)."""
    present: Array
    viewer_squares: Array
    size: int

    @classmethod
    def of(cls, host: Array, viewers: Array, present: Array, viewer_squares: Array) -> Pairs:
        """From surprises of hosts, shape (R, T, E), and sums over viewers, see `_viewers`."""
        size = next_fast_len(host.shape[1] + 2 * REACH, real=True)
        return cls(
            np.fft.rfft(host, size, axis=1).conj().transpose(1, 2, 0),
            np.fft.rfft(viewers, size, axis=1).transpose(1, 0, 2),
            (host != 0).any(axis=2).astype(np.float64),
            host**2,
            present,
            viewer_squares,
            size,
        )

    def correlations(self, viewers_of: Codes, lags: Codes) -> Array:
        """Each host with the viewers of another broadcast: shape (L, E, K).

        Broadcasts differ in length, so pairings differ in how many moments n both are there. A correlation
        of n moments spreads as 1 / sqrt(n): told times sqrt(n / n of the true pairing), all spread alike.
        """
        there = self.present[viewers_of] * self.known
        of_host = np.einsum("rt,rte->e", self.present[viewers_of], self.host_squares)
        of_viewers = np.einsum("rt,rtk->k", self.known, self.viewer_squares[viewers_of])
        norm = np.sqrt(np.maximum(of_host[:, None] * of_viewers[None, :], 1e-300))
        scale = np.sqrt(there.sum() / max((self.present * self.known).sum(), 1.0))
        sums = np.fft.irfft(self.of_host @ self.of_viewers[:, viewers_of], self.size, axis=0)[lags]
        found: Array = scale * sums / norm
        return found


def _p(z: Array, null_z: Array, part: npt.NDArray[np.bool_]) -> Array:
    """p of the greatest |z| over some lags, shape (E, K); pairings of an affect's expressions together."""
    found = np.empty(z.shape[1:])
    for a in range(z.shape[2]):
        drawn = np.sort(null_z[..., a][:, part].max(axis=1).ravel())
        more = len(drawn) - np.searchsorted(drawn, z[..., a][part].max(axis=0), side="left")
        found[:, a] = (1 + more) / (1 + len(drawn))
    return found
