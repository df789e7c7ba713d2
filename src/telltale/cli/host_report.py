"""`telltale host report`: what hosts show, and what of it sells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from telltale.cli import console
from telltale.cli.host_coder import CultureName, OwnCoder, TableFile
from telltale.cli.host_policy import Place, PolicyFile, SelfCoaching

if TYPE_CHECKING:
    from telltale.host.report_case import HostCase
    from telltale.host.viewers import ViewerStudy

_MOST_LINES = 6


def report(
    folder: Annotated[Path, typer.Argument(help="A study with counts and with what its hosts showed.")],
    place: Place = None,
    policy: PolicyFile = None,
    self_coaching: SelfCoaching = False,
    page: Annotated[
        Path | None,
        typer.Option("--report", help="Write a page with its figures and every number to this new folder."),
    ] = None,
    every_s: Annotated[
        float | None,
        typer.Option(
            "--every",
            min=60,
            max=3600,
            help="Seconds of a stretch; as counted, a minute at least, if not given.",
        ),
    ] = None,
    look: Annotated[
        list[str] | None,
        typer.Option(help="An expression to look at closely (when, how much, in whom) in any case."),
    ] = None,
    timezone: Annotated[
        str, typer.Option(help="Whose hours of the day count, such as Asia/Shanghai.")
    ] = "UTC",
    viewers: Annotated[
        bool, typer.Option("--viewers/--no-viewers", help="Also ask the study's own viewers, one by one.")
    ] = True,
    table: TableFile = None,
    culture: CultureName = None,
    coder: OwnCoder = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws of checks and intervals go by it.")] = 0,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that code faces; every core when not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say which expressions go with sales, which of that stays, and what to try next."""
    from telltale.cli.host_coder import host_coder, refuse_unused
    from telltale.cli.host_policy import for_own_eyes, refuse_host
    from telltale.core import clock
    from telltale.core.files import refuse_unless_free
    from telltale.host.report_case import host_case
    from telltale.host.study_points import PointSettings
    from telltale.report.host_page import write_host_page
    from telltale.study.store import Study

    settings = PointSettings(every_s, timezone)
    if page is not None:
        refuse_unless_free(page)
    study = Study.open(folder)
    only_host_sees = self_coaching
    # Nobody's face is in a simulated study.
    if not study.manifest.simulated:
        only_host_sees = refuse_host(place, policy, self_coaching).only_host_sees
    by = host_coder(table, culture, coder, study)
    refuse_unused(study, table, culture, coder)
    case = host_case(
        study,
        by.coder,
        clock.now(),
        settings=settings,
        viewers=viewers,
        self_coaching=only_host_sees,
        look=look or (),
        missing=by.missing,
        caveat=by.caveat,
        seed=seed,
        workers=workers,
        progress=console.progress,
    )
    if page is not None:
        with for_own_eyes(only=only_host_sees):
            written = write_host_page(case, page)
        console.err.print(f"Open {console.escape(str(written))}", soft_wrap=True)
    if as_json:
        from telltale.report.host_page import page_numbers
        from telltale.report.json_form import jsonable

        console.print_json(jsonable(page_numbers(case)))
    else:
        _print(case)


def _print(case: HostCase) -> None:
    """The answer, what to try, every expression; the rest is on the page."""
    from telltale.host.advice_words import say_nothing, say_trial
    from telltale.host.driver_words import of_the_time, verdict_words
    from telltale.host.evidence_words import word_legend, worded
    from telltale.report.host_numbers import change_words

    for sentence in case.sentences:
        _tell(sentence)
    _tell("\nWhat to try next")
    if not case.said:
        _tell(f"  Nothing. {say_nothing(case.advice)}")
    for number, one in enumerate(case.said, 1):
        _tell(f"{number:2d}. {one}")
    if how := say_trial(case.advice, "you" if case.self_coaching else "team"):
        _tell(f"  {how}")
    rows = [
        (
            worded(one.name, case.evidence_of(one.name)),
            of_the_time(one),
            change_words(one.steps[0].estimate.value),
            change_words(one.last.estimate.value),
            f"{change_words(one.last.estimate.low)} to {change_words(one.last.estimate.high)}",
            verdict_words(one),
        )
        for one in sorted(case.answers, key=lambda one: -one.last.estimate.value)
    ]
    head = ("expression", "of the time", "at first", "after all", "interval", "")
    title = f"\n{case.outcome.capitalize()} when it shows that much more of the time"
    console.print_table(title, head, rows)
    for line in word_legend(case.evidence_of(one.name) for one in case.answers):
        _tell(f"  {line}")
    if case.viewers is not None:
        _print_viewers(case.viewers)
    for line in case.notes:
        _tell(f"  {line}")
    _tell(f"  {case.caveat}" if case.caveat else "")


def _print_viewers(told: ViewerStudy) -> None:
    from telltale.host.viewer_words import contagion_lines, hazard_lines, note_lines, path_lines

    _tell("\nThe study's own viewers")
    for found in (told.time_to_sale, told.time_to_cart, told.staying):
        for line in () if found is None else hazard_lines(found):
            _tell(f"  {line}")
    lines = () if told.contagion is None else contagion_lines(told.contagion)
    for line in lines[:_MOST_LINES]:
        _tell(f"  {line}")
    if len(lines) > _MOST_LINES:
        _tell(f"  {len(lines) - _MOST_LINES} weaker ones stand on the page and in --json")
    for line in (*(() if told.paths is None else path_lines(told.paths)), *note_lines(told)):
        _tell(f"  {line}")


def _tell(line: str) -> None:
    console.out.print(console.escape(line), soft_wrap=True)
