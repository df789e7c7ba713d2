"""The default coder: how well the units that show fit each row of the table of expressions.

Of each unit u the reading x has a density while u is not shown, and one while it is shown in an expression of
intensity s; speech, told by q from 0 to 1, moves and widens both:

    p0(x)   = (1 - a) N(x; r + q c, n^2 + q d^2) + a / 1.5             a: a unit that does not belong shows
    p1(x|s) = (1 - m) N(x; r + q c + h, n^2 + q d^2 + (k h)^2) + m p0  m: a unit that belongs is missing
    h       = g (f + (1 - f) s)

A form's likelihood over that of rest is the product of p1 / p0 over its units, so its logarithm is a sum of
what each unit says (`explain`), and a product of two matrices for all forms at once. A unit that another
carries along (lips that part as the jaw drops) says log(1/2 p1 / p0 + 1/2). Intensities and forms of a row
are averaged. Hidden units say nothing; 19, 24 and 27, which cannot be told, never enter.

Beside the rows stand rest, and anything else: each unit shown or not, for itself. What fits that better than
any row belongs to no expression, so both count as `rest`. Likelihoods l over that of rest make probabilities
in two steps, each with a temperature of its own, since units err together: whether any row shows, and which;
R and O are how much more often rest and anything else are expected than any given row, and T_rest is one
number where odds are over 1 and another where they are below:

    P(any) / P(none) = (sum over rows of l_e / (R + O l_other)) ^ (1 / T_rest)
    P(e | any)       = l_e ^ (1 / T) / sum over rows of l_j ^ (1 / T)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS
from telltale.core.errors import ConfigError
from telltale.core.signal import Signal, Values
from telltale.signs.brief import IN_FULL, SLIGHT, magnified
from telltale.signs.coding import Coder, Coding
from telltale.signs.coding_settings import CodingSettings, load_settings
from telltale.signs.coding_units import AWAY, TOLD, UNTOLD, UnitReadings, read_units
from telltale.signs.cultures import Culture, load_culture
from telltale.signs.expressions import Evidence, Expression, ExpressionTable, load_table
from telltale.signs.micro_macro import Event

_WIDTH: Final = 1.5
"""Readings of a unit that shows without belonging are spread evenly over this range."""
_ROWS_AT_ONCE: Final = 4096
_FACE: Final = len(ACTION_UNITS) - 1
"""The first units of `TOLD` are those of the face."""
_ROOT: Final = np.float32(np.sqrt(2 * np.pi))


@dataclass(frozen=True, slots=True, eq=False)
class Forms:
    """Every form of every row, as columns."""

    rows: tuple[Expression, ...]
    first: npt.NDArray[np.intp]
    """Shape (E,): the first form of each row."""
    count: npt.NDArray[np.intp]
    """Shape (E,): how many it has."""
    members: Values
    """Shape (U, F): 1 where a unit belongs to a form."""
    carried: Values
    """Shape (U, F): 1 where it may be carried along by one that does."""


class PrototypeCoder:
    """Codes a face by the table of expressions.

    >>> coder = PrototypeCoder()
    >>> len(coder.names), coder.untold("triumph")
    (28, (27,))
    """

    def __init__(
        self,
        table: ExpressionTable | None = None,
        settings: CodingSettings | None = None,
        culture: Culture | str = "none",
    ) -> None:
        self.table = table or load_table()
        self.settings = settings or load_settings()
        self.culture = load_culture(culture) if isinstance(culture, str) else culture
        self.forms = forms_of(self.culture.applied_to(self.table), self.settings)
        self._weights = np.array([self.culture.weight(number) for number in TOLD], dtype=np.float32)

    @property
    def names(self) -> tuple[str, ...]:
        """The rows of the table."""
        return tuple(row.name for row in self.forms.rows)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """How well each of them is known."""
        return tuple(row.evidence for row in self.forms.rows)

    def with_settings(self, settings: CodingSettings) -> PrototypeCoder:
        """The same table and culture with other numbers."""
        return PrototypeCoder(self.table, settings, self.culture)

    def untold(self, name: str) -> tuple[int, ...]:
        """Units of a row that cannot be told from a face's signal: its score lacks them."""
        return tuple(n for n in self.forms.rows[self._place(name)].units if n in UNTOLD)

    def code(self, signal: Signal) -> Coding:
        """Code one face."""
        return self.code_units(read_units(signal, self.settings.reading))

    def code_units(self, readings: UnitReadings) -> Coding:
        """Code what units show; rows in which too few of them were seen have NaN."""
        values = readings.values
        scores = np.full((len(values), len(self.forms.rows) + 1), np.nan, dtype=np.float32)
        seen = self.seen(readings)
        for rows in np.array_split(np.flatnonzero(seen), max(-(-int(seen.sum()) // _ROWS_AT_ONCE), 1)):
            some = UnitReadings(readings.times_s[rows], values[rows], readings.speech[rows])
            scores[rows] = self.chances(*self.likelihoods(some))
        return Coding(readings.times_s, self.names, scores[:, :-1], scores[:, -1])

    def seen(self, readings: UnitReadings) -> npt.NDArray[np.bool_]:
        """Rows in which enough of the face was seen for it to be coded. Shape (T,)."""
        share = np.isfinite(readings.values[:, :_FACE]).mean(axis=1)
        enough: npt.NDArray[np.bool_] = share >= max(self.settings.least_seen, 1e-9)
        return enough

    def likelihoods(self, readings: UnitReadings) -> tuple[Values, Values]:
        """Logs of how likely rows of the table and anything else are, over rest. Shapes (T, E), (T,)."""
        s, forms, weights = self.settings, self.forms, self._weights[:, None]
        said = self._said(readings.values, readings.speech)
        fits = [a @ (forms.members * weights) + b @ (forms.carried * weights) for a, b in said]
        any_level = np.mean([np.exp(a) for a, _ in said], axis=0)
        other = np.log1p(s.other_up * (any_level - 1)) @ self._weights
        return _mean_of_rows(np.stack(fits, axis=1), forms), other.astype(np.float32)

    def chances(self, rows: Values, other: Values) -> Values:
        """Probabilities of each row of the table, then of none of them. Shape (T, E + 1).

        Parameters
        ----------
        rows, other
            As `likelihoods` gives them.
        """
        s = self.settings
        none = np.logaddexp(np.float32(np.log(s.rest)), other + np.float32(np.log(s.other)))
        odds = np.logaddexp.reduce(rows, axis=1) - none
        odds /= np.where(odds > 0, *np.array(s.rest_temperatures, dtype=np.float32))
        # Odds of e^80 are no other probability than greater ones, and do not overflow.
        rest, shows = (1 / (1 + np.exp(np.clip(way, -80, 80))) for way in (odds, -odds))
        cold = rows / np.float32(s.temperature)
        which = np.exp(cold - cold.max(axis=1, keepdims=True))
        which *= (shows / which.sum(axis=1))[:, None]
        return np.column_stack([which, rest])

    def code_brief(self, signal: Signal, events: Sequence[Event]) -> Coding:
        """What brief events look like, one row each (`brief.py`)."""
        which, whether = (self.code_units(magnified(signal, events, s)) for s in (IN_FULL, SLIGHT))
        scores = which.scores * ((1 - whether.rest) / which.scores.sum(axis=1))[:, None]
        return Coding(which.times_s, self.names, scores, whether.rest)

    def explain(self, signal: Signal, row: int, name: str) -> dict[str, float]:
        """What each unit says for an expression in one row of a signal: log-likelihood over that of rest.

        Taken from the form and the intensity that fit best; the values add up to what these are worth.
        """
        readings, place = read_units(signal, self.settings.reading), self._place(name)
        columns = range(self.forms.first[place], self.forms.first[place] + self.forms.count[place])
        best: dict[str, float] = {}
        for shown, carried in self._said(readings.values[[row]], readings.speech[[row]]):
            for form in columns:
                said = shown[0] * self.forms.members[:, form] + carried[0] * self.forms.carried[:, form]
                told = {_word(n): float(v) for n, v in zip(TOLD, said * self._weights, strict=True) if v}
                if not best or sum(told.values()) > sum(best.values()):
                    best = told
        return best

    def _place(self, name: str) -> int:
        if name not in self.names:
            raise ConfigError(f"no expression '{name}'", hint=f"choose one of {', '.join(self.names)}")
        return self.names.index(name)

    def _said(self, values: Values, speech: Values) -> list[tuple[Values, Values]]:
        """For each intensity log p1 / p0 of each unit, and of one that is carried. Shapes (T, U)."""
        s, units = self.settings, [self.settings.unit(number) for number in TOLD]
        rest, noise, gain, scatter, floor, moved, widened = (
            np.array([getattr(unit, name) for unit in units], dtype=np.float32)
            for name in ("rest", "noise", "gain", "scatter", "floor", "speech", "speech_noise")
        )
        above = values - rest - speech[:, None] * moved
        spread = noise**2 + speech[:, None] * widened**2
        not_shown = (1 - s.added) * _normal(above, spread) + s.added / _WIDTH
        said = []
        for level in s.levels:
            rise = gain * (floor + (1 - floor) * np.float32(level))
            shown = (1 - s.missing) * _normal(above - rise, spread + (scatter * rise) ** 2) / not_shown
            shown += s.missing
            np.nan_to_num(shown, copy=False, nan=1.0)
            said.append((np.log(shown), np.log(0.5 * shown + 0.5)))
        return said


def brief_coding(coder: Coder, signal: Signal, events: Sequence[Event]) -> Coding | None:
    """What brief events look like, one row each, to a coder that can tell; None of any other."""
    return coder.code_brief(signal, events) if isinstance(coder, PrototypeCoder) else None


def forms_of(table: ExpressionTable, settings: CodingSettings) -> Forms:
    """The forms of a table whose units are known; one with a choice of units stands once for each."""
    found = [_forms(row) for row in table.expressions]
    count = np.array([len(forms) for forms in found], dtype=np.intp)
    flat = [form for forms in found for form in forms]
    members = np.zeros((len(TOLD), len(flat)), dtype=np.float32)
    carried = np.zeros_like(members)
    for column, units in enumerate(flat):
        told = [n for n in units if n in TOLD]
        members[[TOLD.index(n) for n in told], column] = 1
        along = {n for unit in told for n in settings.unit(unit).carries} - set(told)
        carried[[TOLD.index(n) for n in along], column] = 1
    return Forms(table.expressions, np.cumsum(count) - count, count, members, carried)


def _forms(row: Expression) -> list[tuple[int, ...]]:
    away = (AWAY,) if row.gaze else ()
    known = [(row.units, row.either), *((form.units, form.either) for form in row.other if form.units)]
    return [(*units, *one, *away) for units, either in known for one in _each(either)]


def _each(either: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Each of a choice of units by itself; one empty choice where there is none."""
    return [(number,) for number in either] if either else [()]


def _normal(above: Values, variance: Values) -> Values:
    density: Values = np.exp(-0.5 * above * above / variance) / (_ROOT * np.sqrt(variance))
    return density


def _mean_of_rows(fits: Values, forms: Forms) -> Values:
    """Log of the mean likelihood over intensities and a row's forms: (T, S, F) to (T, E)."""
    highest = fits.max(axis=(1, 2), keepdims=True)
    # Floor: a form that cannot be is as good as one that can hardly be, and its logarithm exists.
    likely = np.exp(np.maximum(fits - highest, -80)).mean(axis=1)
    mean = np.add.reduceat(likely, forms.first, axis=1) / forms.count
    logs: Values = (np.log(mean) + highest[:, 0]).astype(np.float32)
    return logs


def _word(number: int) -> str:
    return "gaze away" if number == AWAY else str(number)
