"""What the service is told by its environment: secrets and addresses, read here and nowhere else.

Every name begins with `TELLTALE_`; one that is not known is refused, since a misspelt secret would leave a
door open that its owner believes shut.
"""

from __future__ import annotations

import difflib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from telltale.core.errors import ConfigError

PREFIX: Final = "TELLTALE_"
LEAST_SECRET: Final = 32
"""Characters of a secret: shorter ones are guessed."""
_ELSEWHERE: Final = frozenset({"TELLTALE_CACHE"})
"""Read by other parts."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Secrets and addresses; each field is `TELLTALE_` and its name in capitals."""

    token_secret: str
    """Signs viewers' tokens. The shop's own server may hold it too and sign them itself."""
    shop_key: str
    """The shop's server shows it to open sessions and to state facts."""
    metrics_key: str = ""
    """Whoever scrapes metrics shows it; where it is empty, only this machine may."""
    database_url: str = ""
    """Such as `postgresql://...`; SQLite in the service's folder where it is empty."""
    redis_url: str = ""
    """Wanted with several workers."""
    made_up: bool = False
    """Whether the secrets were drawn for this run alone."""


def read_environment(variables: Mapping[str, str], *, for_trying: bool = False) -> Environment:
    """What the environment says, all that is wrong with it at once.

    Parameters
    ----------
    variables
        As `os.environ`.
    for_trying
        Draw secrets that are not given. They end with the process, and every token with them.

    >>> read_environment({"TELLTALE_TOKEN_SECRET": "s" * 32, "TELLTALE_SHOP_KEY": "k" * 32}).made_up
    False
    """
    known = {f"{PREFIX}{field.name.upper()}": field.name for field in fields(Environment)}
    del known[f"{PREFIX}MADE_UP"]
    given = {name: value for name, value in variables.items() if name.startswith(PREFIX)}
    problems = [_unknown(name, known) for name in sorted(given.keys() - known.keys() - _ELSEWHERE)]
    values = {known[name]: value.strip() for name, value in given.items() if name in known}
    made_up = False
    for name in ("token_secret", "shop_key"):
        if for_trying and not values.get(name):
            values[name], made_up = secrets.token_urlsafe(LEAST_SECRET), True
        problems += _weak(f"{PREFIX}{name.upper()}", values.get(name, ""))
    if values.get("metrics_key"):
        problems += _weak(f"{PREFIX}METRICS_KEY", values["metrics_key"])
    if problems:
        raise ConfigError("\n".join(problems))
    return Environment(**values, made_up=made_up)


def _weak(name: str, value: str) -> list[str]:
    if not value:
        return [f"{name} is not set: give it {LEAST_SECRET} random characters, or try with --try-out"]
    if len(value) < LEAST_SECRET:
        return [f"{name} has {len(value)} characters: give it {LEAST_SECRET} random ones"]
    return []


def _unknown(name: str, known: Mapping[str, str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"{name} is no setting: " + (
        f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    )
