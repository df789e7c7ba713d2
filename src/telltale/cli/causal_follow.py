"""`telltale causal paths --follow`: the answer and its page, kept up to date until it is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from telltale.cli import console
from telltale.cli.causal_panel import chosen_factors, read_panel
from telltale.cli.causal_paths import between, path_facts, tell_paths
from telltale.core import clock
from telltale.core.errors import TelltaleError

if TYPE_CHECKING:
    from telltale.causal.asked_graph import AskedGraph
    from telltale.causal.live_paths import PathQuestion
    from telltale.cli.causal_followed import Told
    from telltale.factors.panel import FactorPanel
    from telltale.study.manifest import Manifest

_FOLLOWING: Final = (
    "Following {folder}: a look every {every:g} s; a session is read once, a look after it came. Which arrows"
    " there are stays as it is until this is started again. Ctrl-C ends it."
)


def follow_paths(
    folder: Path,
    learnt: Callable[..., AskedGraph],
    question: PathQuestion,
    grid_s: float,
    factors: list[str] | None,
    report: Path | None,
    every_s: float,
    *,
    as_json: bool,
) -> None:
    """Tell the answer, then look and tell it anew until Ctrl-C.

    Parameters
    ----------
    learnt
        Gives the graph of the study as it is, of a panel that was read.
    """
    from telltale.cli.causal_followed import FollowedPaths
    from telltale.factors.names import check_names
    from telltale.study.store import Study

    study, wanted = Study.open(folder), (question.cause, question.effect)
    check_names(study, [*(factors or ()), *wanted])

    def learn() -> tuple[AskedGraph, FactorPanel]:
        panel = read_panel(folder, grid_s)
        return learnt(panel=panel), chosen_factors(panel, factors, wanted)

    paths = FollowedPaths(folder, learn, question)
    page = _Page(study.manifest, report, every_s)
    told = paths.start(clock.now())
    page.write(told)
    if report is not None:
        console.err.print(f"Open {console.escape(str(report / 'report.html'))}", soft_wrap=True)
    if as_json:
        _tell(told, question.steps * grid_s, as_json=True)
    else:
        tell_paths(told.found, told.asked, question.steps * grid_s)
    console.err.print(console.escape(_FOLLOWING.format(folder=folder, every=every_s)), soft_wrap=True)
    try:
        while True:
            time.sleep(every_s)
            looked = paths.look(clock.now())
            for line in looked.says:
                console.err.print(console.escape(line), soft_wrap=True)
            if looked.dropped:
                page.forget()
            if looked.told is not None:
                _tell(looked.told, question.steps * grid_s, as_json=as_json)
                page.due = looked.told
            page.catch_up()
    except KeyboardInterrupt:
        page.end()


class _Page:
    """The page, where one was asked for; what cannot be written now is written after a later look."""

    def __init__(self, about: Manifest, report: Path | None, every_s: float) -> None:
        self._about, self._report, self._every_s = about, report, every_s
        self._last: Told | None = None
        self._written, self._said = False, ""
        self.due: Told | None = None

    def write(self, told: Told, *, ends: bool = False) -> None:
        """Write it whole, in place of what is there."""
        from telltale.report.causal_chains import Followed, write_paths_page

        if self._report is None:
            return
        every_s = None if ends else self._every_s
        write_paths_page(
            told.found,
            self._report,
            asked=told.asked,
            study=self._about.name,
            simulated=bool(self._about.simulated),
            followed=Followed(told.sessions, told.since, told.chosen_at, told.told_at, every_s),
            again=self._written,
        )
        self._last, self._written = told, True

    def forget(self) -> None:
        """What was told must not be written again."""
        self._last = self.due = None

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
        if last is not None:
            self.write(last, ends=True)


def _tell(told: Told, seconds: float, *, as_json: bool) -> None:
    """One line: how many sessions, the whole with its interval, the strongest chain."""
    if as_json:
        counts = {"sessions": told.sessions, "since_chosen": told.since}
        times = {"chosen_at": clock.iso(told.chosen_at), "told_at": clock.iso(told.told_at)}
        console.print_json_line({**counts, **times, **path_facts(told.found, told.asked)})
        return
    paths = told.found.paths
    whole = f"{paths.total[-1]:+.3f} ({between(told.found.total)}) after {seconds:g} s"
    strongest = "no way leads there"
    if paths.chains:
        chain, band = paths.chains[0], told.found.chains[0]
        strongest = f"most by {' > '.join(chain.factors)}, {chain.response[-1]:+.3f} ({between(band)})"
    console.out.print(
        console.escape(
            f"{told.told_at:%H:%M:%S} {told.sessions:,} sessions, {told.since:,} since arrows were chosen: "
            f"{paths.cause} moves {paths.effect} by {whole}; {strongest}"
        ),
        soft_wrap=True,
    )
