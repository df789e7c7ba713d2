"""Of whom an average is true: of all units, or of the part that trimming or matching left.

What is kept is another population, so the sentence that tells an effect names it, and the next counts who
was left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from telltale.effects.contract import Effect
from telltale.effects.design import Unit
from telltale.effects.drawn import counted

_ALL: Final = {
    "ATE": "on average over all {unit}s",
    "ATT": "on average over the {unit}s {who} got it",
    "ATO": "on average over the {unit}s {who} could have got either",
}
_SOME: Final = {
    "ATE": "on average over the {count}",
    "ATT": "on average over the {count} {who} got it, those",
    "ATO": "on average over those {who} could have got either among the {count}",
}


@dataclass(frozen=True, slots=True)
class Missed:
    """Units that the effect should be of and is not; of those that were assigned and seen."""

    trimmed: int = 0
    """Whose chance of one of both was too small."""
    unmatched: int = 0
    """Without a like in the other arm."""

    def words(self, unit: Unit) -> str:
        """Behind a semicolon, how many; nothing where none.

        >>> Missed(trimmed=162).words("viewer")
        '; 162 viewers were left out, for whom one of both was too unlikely'
        """
        who = who_word(unit)
        whom = "whom" if unit == "viewer" else "which"
        return "".join(
            f"; {counted(count, unit)} {'was' if count == 1 else 'were'} left out, {why}"
            for count, why in (
                (self.trimmed, f"for {whom} one of both was too unlikely"),
                (
                    self.unmatched,
                    f"{who} {'has' if self.unmatched == 1 else 'have'} no like in the other arm",
                ),
            )
            if count
        )


NOBODY: Final = Missed()


def on_whom(effect: Effect, missed: Missed = NOBODY) -> str:
    """Over whom it is averaged."""
    unit, who = effect.unit, who_word(effect.unit)
    if missed == NOBODY:
        return _ALL[effect.estimand].format(unit=unit, who=who)
    count = effect.treated if effect.estimand == "ATT" else effect.treated + effect.control
    some = _SOME[effect.estimand].format(count=counted(count, unit), who=who)
    whom = "whom" if unit == "viewer" else "which"
    what = [f"for {whom} both were likely enough"] * bool(missed.trimmed)
    what += [f"{who} {'has' if count == 1 else 'have'} a like in the other arm"] * bool(missed.unmatched)
    return f"{some} {' and '.join(what)}"


def who_word(unit: Unit) -> str:
    """
    >>> who_word("viewer"), who_word("room")
    ('who', 'that')
    """
    return "who" if unit == "viewer" else "that"
