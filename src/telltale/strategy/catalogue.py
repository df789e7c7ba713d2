"""Interventions as data: what there is to show, when somebody may be shown it, and how often.

**No price and no term may follow from what a face shows.** The first fence is that no kind exists that could
carry one: a note, a badge, a checkout that is loaded ahead, a plain fact, and nothing to put a number in. The
second is that keys are a closed set and that texts which speak of money or hold a number are refused
(`wording.py`); a list of words can be got round, so it is the second. Neither has a setting.

The data file `catalogue.toml` beside this one ships; a shop may put another in its place.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Final, Literal, get_args

from telltale.core import config
from telltale.core.config import MisfitsError, Problem
from telltale.core.errors import ConfigError
from telltale.strategy.facts import FACTS, Fact
from telltale.strategy.wording import LANGUAGES, foreign_in, money_in, number_in

Kind = Literal["social_proof_note", "limited_time_badge", "preloaded_checkout", "product_fact"]
KINDS: Final[tuple[str, ...]] = get_args(Kind)
NEED_A_FACT: Final = ("social_proof_note", "limited_time_badge")
"""Kinds that say something about the world, so that a fact must stand behind them."""
PLACEHOLDER: Final = "{fact}"
LONGEST: Final = 120
"""Letters of a text; it stands over a broadcast on a phone."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_UNKNOWN: Final = re.compile(r"^(.*unknown key '((?:.*\.)?([^'.]+))'): .*$")
_FORBIDDEN: Final = re.compile(
    r"pric|cost|discount|coupon|voucher|terms?$|terms?_|condition|shipping|delivery|postage|credit|currency|amount"
    r"|percent|rebate|refund|instal|loan|fee|money|cash|promo|deal|offer|bonus|points|gift|free|tax|interest|payment"
    r"|价|價|优惠|折|券|运费|分期"
)


@dataclass(frozen=True, slots=True)
class Intervention:
    """One thing that can be shown to one viewer."""

    name: str
    """Small letters, figures and _; it is the `strategy` of the study format."""
    kind: Kind
    text: dict[str, str]
    """By language, `en` and `zh-Hans`, no other: `wording.py` can read no other. May hold `{fact}`."""
    threshold: float
    """A probability from which it may be shown."""
    release: float
    """A probability below which it is over, so that it may rise again."""
    hold_s: float
    """For how many read seconds the probability must have stayed at the threshold or above."""
    cool_down_s: float
    """So long after one, no second."""
    most_per_session: int
    share: float
    """Share of units that are treated; the others are held back, to know what it brings."""
    fact: str = ""
    """Which fact it says, one of `facts.FACTS`."""
    priority: int = 0
    """The greatest is first where several rise at once."""

    def __post_init__(self) -> None:
        problems = [*self._numbers(), *self._words()]
        if not _NAME.fullmatch(self.name):
            problems.append((("name",), f"is {self.name!r}: use a-z, 0-9 and _"))
        if self.fact and self.fact not in FACTS:
            problems.append((("fact",), f"is {self.fact!r}: choose one of {', '.join(FACTS)}"))
        if not self.fact and self.kind in NEED_A_FACT:
            problems.append(((), f"{self.name!r} is a {self.kind}, which wants 'fact': name what it says"))
        if problems:
            raise MisfitsError(problems)

    def _numbers(self) -> list[Problem]:
        found: list[Problem] = []
        if not 0 < self.threshold <= 1:
            found.append((("threshold",), f"is {self.threshold}: choose one over 0, up to 1"))
        if not 0 <= self.release <= self.threshold:
            found.append((("release",), f"is {self.release}: choose one from 0 up to 'threshold'"))
        for name in ("hold_s", "cool_down_s"):
            value = getattr(self, name)
            if not (value >= 0 and math.isfinite(value)):
                found.append(((name,), f"is {value}: choose seconds from 0 on"))
        if self.most_per_session < 1:
            found.append((("most_per_session",), f"is {self.most_per_session}: choose 1 or more"))
        if not 0 <= self.share <= 1:
            found.append((("share",), f"is {self.share}: choose a share from 0 to 1"))
        return found

    def _words(self) -> list[Problem]:
        found: list[Problem] = [
            (("text",), f"has no {language!r}: every viewer must be able to read it")
            for language in LANGUAGES
            if language not in self.text
        ]
        for language, text in self.text.items():
            path = ("text", language)
            if language not in LANGUAGES:
                found.append((path, f"is in a language that is not checked: use {', '.join(LANGUAGES)}"))
            elif not text.strip() or len(text) > LONGEST:
                found.append((path, f"has {len(text)} letters: choose 1 to {LONGEST}"))
            elif word := _money_with_any_fact(text):
                found.append((path, f"speaks of money or terms ({word!r}): {_WHY}"))
            elif number := number_in(text):
                found.append(
                    (path, f"holds the number {number!r}: only a fact that is a count may put one in")
                )
            elif letter := foreign_in(text, language):
                found.append((path, f"holds {letter!r}, a letter of another script: write it in {language}"))
            found += [(path, problem) for problem in self._placeholders(text)]
        return found

    def _placeholders(self, text: str) -> list[str]:
        rest = text.replace(PLACEHOLDER, "")
        if "{" in rest or "}" in rest:
            return [f"has a placeholder that is not {PLACEHOLDER}: only the named fact may be put in"]
        if PLACEHOLDER in text and not self.fact:
            return [f"holds {PLACEHOLDER} and no 'fact' is named"]
        return []

    def say(self, language: str, fact: Fact | None) -> str:
        """The text in a language (English where it is not there), the fact put in.

        >>> from datetime import UTC, datetime
        >>> fact = Fact("stock_left", "lamp-7", 3, datetime(2026, 3, 1, tzinfo=UTC), True, "warehouse")
        >>> shipped_catalogue().by_name["stock_note"].say("en", fact)
        'Only 3 left in stock'
        """
        text = self.text.get(language, self.text["en"])
        return text.replace(PLACEHOLDER, str(fact.value)) if fact is not None else text


def _money_with_any_fact(text: str) -> str:
    """The word that speaks of money, a number put in for the fact: `{fact} off` would be `20 off`."""
    return next(filter(None, (money_in(text.replace(PLACEHOLDER, value)) for value in ("", "2", "20"))), "")


_WHY: Final = "no price and no term may follow from what a face shows, and no setting allows it"


@dataclass(frozen=True)
class Catalogue:
    """All interventions there are."""

    interventions: tuple[Intervention, ...]

    def __post_init__(self) -> None:
        names = [intervention.name for intervention in self.interventions]
        problems: list[Problem] = [
            (
                ("interventions", place, "name"),
                f"is {name!r}, as another's: give each a name of its own",
            )
            for place, name in enumerate(names)
            if name in names[:place]
        ]
        if problems:
            raise MisfitsError(problems)

    @cached_property
    def by_name(self) -> dict[str, Intervention]:
        """Each intervention by its name."""
        return {intervention.name: intervention for intervention in self.interventions}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that is in it: which catalogue a decision was made by."""
        rows = [asdict(intervention) for intervention in self.interventions]
        text = json.dumps(rows, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def parse_catalogue(text: str, *, source: str) -> Catalogue:
    """Read the text of a catalogue; every fault of it is in the one error that is raised.

    >>> parse_catalogue("[[interventions]]\\nprice = 9", source="mine.toml")
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: mine.toml line 1: 'interventions[0].name' is missing: set it ...
    mine.toml line 2: unknown key 'interventions[0].price': no price and no term may follow ...
    """
    try:
        return config.parse(Catalogue, text, source=source)
    except ConfigError as error:
        raise ConfigError("\n".join(_reasoned(line) for line in error.message.split("\n"))) from error


def load_catalogue(path: Path) -> Catalogue:
    """Read a catalogue from a TOML file."""
    return parse_catalogue(config.read_text(path), source=str(path))


def shipped_catalogue() -> Catalogue:
    """The catalogue that ships."""
    file = resources.files("telltale.strategy").joinpath("catalogue.toml")
    return parse_catalogue(file.read_text(encoding="utf-8"), source="catalogue.toml")


def _reasoned(line: str) -> str:
    """A key that would carry a price is not misspelt, so no other is suggested."""
    found = _UNKNOWN.match(line)
    return f"{found[1]}: {_WHY}" if found and _FORBIDDEN.search(found[3].lower()) else line
