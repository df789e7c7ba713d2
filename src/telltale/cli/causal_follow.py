"""`telltale causal paths --follow`: the answer and its page, kept up to date until it is stopped."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from telltale.cli import console
from telltale.cli.causal_panel import chosen_factors, read_panel
from telltale.cli.causal_paths import path_facts, tell_paths
from telltale.core import clock
from telltale.core.errors import TelltaleError

if TYPE_CHECKING:
    from telltale.causal.asked_graph import AskedGraph
    from telltale.causal.live_paths import PathQuestion
    from telltale.cli.causal_followed import FollowedPaths, Told
    from telltale.cli.causal_followed_page import FollowedPage
    from telltale.factors.panel import FactorPanel

_FOLLOWING: Final = (
    "Following {folder}: a look every {every:g} s; a session is read once, a look after it came. Which arrows"
    " there are stays as it is until {until}. Ctrl-C ends it."
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
    relearn_every: int | None,
    as_json: bool,
) -> None:
    """Tell the answer, then look and tell it anew until Ctrl-C.

    Parameters
    ----------
    learnt
        Gives the graph of the study as it is, of a panel that was read.
    relearn_every
        See `FollowedPaths`.
    """
    from telltale.cli.causal_followed import FollowedPaths
    from telltale.cli.causal_followed_page import FollowedPage
    from telltale.core.files import held_alone
    from telltale.factors.names import check_names
    from telltale.study.store import Study

    study, wanted = Study.open(folder), (question.cause, question.effect)
    check_names(study, [*(factors or ()), *wanted])

    def learn() -> tuple[AskedGraph, FactorPanel]:
        panel = read_panel(folder, grid_s)
        return learnt(panel=panel), chosen_factors(panel, factors, wanted)

    about = study.manifest
    asked = {"study": about.name, "created_at": about.created_at, "grid_s": grid_s, **asdict(question)}
    with contextlib.nullcontext() if report is None else held_alone(report):
        page = FollowedPage(report, asked, every_s, simulated=bool(about.simulated))
        paths = FollowedPaths(folder, learn, question, page.drop, relearn_every)
        try:
            told = paths.start(clock.now())
        except TelltaleError as error:
            # A page that is taken up may tell of people who have left since.
            page.drop(str(error), clock.now())
            page.end()
            raise
        page.write(told)
        if report is not None:
            console.err.print(f"Open {console.escape(str(report / 'report.html'))}", soft_wrap=True)
        if as_json:
            _tell(told, question.steps * grid_s, as_json=True)
        else:
            tell_paths(told.found, told.asked, question.steps * grid_s)
        until = "this is started again"
        if relearn_every is not None:
            until = f"{relearn_every:,} sessions more came"
        following = _FOLLOWING.format(folder=folder, every=every_s, until=until)
        console.err.print(console.escape(following), soft_wrap=True)
        _look_on(paths, page, every_s, question.steps * grid_s, as_json=as_json)


def _look_on(
    paths: FollowedPaths, page: FollowedPage, every_s: float, seconds: float, *, as_json: bool
) -> None:
    """Look until Ctrl-C, and end the page then."""
    try:
        while True:
            time.sleep(every_s)
            looked = paths.look(clock.now())
            for line in looked.says:
                console.err.print(console.escape(line), soft_wrap=True)
            if looked.told is not None:
                _tell(looked.told, seconds, as_json=as_json)
                page.due = looked.told
            page.catch_up()
    except KeyboardInterrupt:
        page.end()


def _tell(told: Told, seconds: float, *, as_json: bool) -> None:
    """One line: how many sessions, the whole with its interval, the strongest chain."""
    if as_json:
        counts = {"sessions": told.sessions, "since_chosen": told.since}
        times = {"chosen_at": clock.iso(told.chosen_at), "told_at": clock.iso(told.told_at)}
        anew = {"search_anew": None if told.anew is None else asdict(told.anew)}
        console.print_json_line({**counts, **times, **anew, **path_facts(told.found, told.asked)})
        return
    console.out.print(console.escape(line_of(told, seconds)), soft_wrap=True)


def line_of(told: Told, seconds: float) -> str:
    """An answer in a line.

    Parameters
    ----------
    seconds
        How far it looks.
    """
    return (
        f"{told.told_at:%H:%M:%S} {told.sessions:,} sessions, {told.since:,} since arrows were chosen: "
        f"{_by_now(told, seconds)}{_anew(told)}"
    )


def _by_now(told: Told, seconds: float) -> str:
    """The whole and the strongest chain, or that no way was found."""
    from telltale.causal.graph_words import in_line, no_way

    found, paths = told.found, told.found.paths
    if not paths.total.any():
        words = no_way(paths.cause, paths.effect, found.clusters, told.asked.graph.rows.cluster, seconds)
        return f"{words[0].lower()}{words[1:].rstrip('.')}"
    whole = in_line(paths.total, found.total)
    if whole == "none":
        return f"{paths.cause} moves {paths.effect}, and after {seconds:g} s nothing of it is left"
    strongest = ""
    if paths.chains:
        chain, band = paths.chains[0], found.chains[0]
        strongest = f"; most by {' > '.join(chain.factors)}, {in_line(chain.response, band)}"
    return f"{paths.cause} moves {paths.effect} by {whole} after {seconds:g} s{strongest}"


def _anew(told: Told) -> str:
    """What a search anew would change, where it would."""
    if told.anew is None or not (told.anew.added or told.anew.dropped):
        return ""
    return f"; a quick search anew would {told.anew} (start again, or --relearn-every)"
