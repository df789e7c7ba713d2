"""Where a thing came from: each step that made it, with its settings and the version that ran.

Provenance travels inside the file it speaks of, so that a number can be traced to its steps.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from telltale.core.errors import FormatError


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done: `what` by `software`, with `settings` that can be written as JSON."""

    what: str
    software: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Provenance:
    """The steps behind a thing, oldest first.

    >>> p = Provenance().then("simulate", software="telltale 0.1.0", seed=7)
    >>> [step.what for step in Provenance.from_json(p.to_json()).steps]
    ['simulate']
    """

    steps: tuple[Step, ...] = ()

    def then(self, what: str, *, software: str = "", **settings: Any) -> Provenance:
        """This provenance with one step more."""
        return Provenance((*self.steps, Step(what, software, settings)))

    def to_json(self) -> str:
        """The steps as one line of text, the same for the same steps."""
        rows = [{"what": s.what, "software": s.software, "settings": s.settings} for s in self.steps]
        return json.dumps(rows, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Provenance:
        """Read what `to_json` wrote; anything else is refused."""
        try:
            return cls(tuple(Step(r["what"], r["software"], r["settings"]) for r in json.loads(text)))
        except (ValueError, TypeError, KeyError) as error:
            raise FormatError("this provenance cannot be read", hint="write the file again") from error
