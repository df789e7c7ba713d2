"""The page of a study that is followed: whose folder it may be, and what is in it when.

told > page;  dropped > at once a page that says why;  hindered > after a later look;  Ctrl-C > an end
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from telltale.cli import console
from telltale.core.errors import TelltaleError
from telltale.core.files import refuse_unless_free, sweep

if TYPE_CHECKING:
    from telltale.cli.causal_followed import Told

_PAGE: Final = ("report.html", "report.json", "figures")
_FIGURES: Final = ("chains.svg", "response.svg")


@dataclass(frozen=True, slots=True)
class _Untold:
    """Why nothing is told, and since when."""

    why: str
    at: datetime


class FollowedPage:
    """The page, where one was asked for; what cannot be written now is written after a later look.

    Parameters
    ----------
    report
        A free folder, or one that somebody who followed the same question wrote before.
    question
        As it stands in `report.json`.
    """

    def __init__(
        self, report: Path | None, question: Mapping[str, Any], every_s: float, *, simulated: bool
    ) -> None:
        self._report, self._question, self._every_s = report, question, every_s
        self._simulated = simulated
        self._written = report is not None and _takes_up(report, question)
        self._last: Told | _Untold | None = None
        self._said = ""
        self.due: Told | _Untold | None = None

    def write(self, told: Told | _Untold, *, ends: bool = False) -> None:
        """Write it whole, in place of what is there."""
        from telltale.report.causal_chains import Followed, write_paths_page, write_untold_page

        if self._report is None:
            return
        every_s = None if ends else self._every_s
        if isinstance(told, _Untold):
            write_untold_page(
                told.why,
                self._report,
                question=self._question,
                told_at=told.at,
                every_s=every_s,
                simulated=self._simulated,
            )
        else:
            write_paths_page(
                told.found,
                self._report,
                asked=told.asked,
                study=self._question["study"],
                simulated=self._simulated,
                followed=Followed(
                    told.sessions,
                    told.since,
                    told.chosen_at,
                    told.told_at,
                    every_s,
                    told.anew,
                    self._question,
                ),
                again=self._written,
            )
        self._last, self._written = told, True

    def drop(self, why: str, now: datetime) -> None:
        """Take what was told away at once and say why; where that cannot be written, take it away alone."""
        if self._report is None or not self._written:
            return
        self._last, self.due = None, _Untold(why, now)
        self.catch_up()
        if self.due is not None:
            figures = [self._report / "figures" / name for name in _FIGURES]
            for file in (self._report / "report.html", self._report / "report.json", *figures):
                with contextlib.suppress(OSError):
                    file.unlink()

    def catch_up(self) -> None:
        """Write what is due; say once what hinders it."""
        if self.due is None:
            return
        try:
            self.write(self.due)
        except TelltaleError as error:
            if str(error) != self._said:
                self._said = str(error)
                console.complain(f"{error}; it is tried again after the next look")
            return
        self.due, self._said = None, ""

    def end(self) -> None:
        """Once more, as a page that nobody keeps up to date."""
        last = self.due or self._last
        if last is None:
            return
        try:
            self.write(last, ends=True)
        except TelltaleError as error:
            console.complain(f"{error}; the page is not brought to its end")


def _takes_up(report: Path, question: Mapping[str, Any]) -> bool:
    """Whether the folder holds the page of this question, and nothing else; what is neither that nor free
    is refused."""
    from telltale.report.causal_chains import FOLLOWED

    if not report.is_dir():
        refuse_unless_free(report)
        return False
    # What a process that was killed had begun to write.
    for name in _PAGE[:2]:
        sweep(report / name)
    for name in _FIGURES:
        sweep(report / "figures" / name)
    held = {file.name for file in report.iterdir()}
    drawn = {file.name for file in (report / "figures").glob("*")}
    try:
        followed = json.loads((report / "report.json").read_text(encoding="utf-8"))[FOLLOWED]["question"]
    except (OSError, ValueError, LookupError, TypeError):
        followed = None
    if held <= {*_PAGE} and drawn <= {*_FIGURES} and followed == question:
        return True
    refuse_unless_free(report)
    return False
