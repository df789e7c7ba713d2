"""`telltale host live`: what a host shows and what is counted, while the broadcast runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from telltale.cli import console
from telltale.cli.host_coder import OwnCoder, TableFile
from telltale.cli.host_policy import Place, PolicyFile, SelfCoaching
from telltale.core.errors import ConfigError


def live(
    what: Annotated[
        str,
        typer.Argument(
            help="A camera's number, a stream's address, a video (at its own speed), or a study's folder."
        ),
    ],
    room: Annotated[
        str | None, typer.Option(metavar="ID", help="Which broadcast: of the study, or of the service.")
    ] = None,
    counts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="CSV that the platform's export adds rows to: time, purchases, ..."
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The import's mapping file, where --counts has a platform's own columns."
        ),
    ] = None,
    service: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Count by a running service: its SQLite folder; TELLTALE_DATABASE_URL comes first.",
        ),
    ] = None,
    place: Place = None,
    policy: PolicyFile = None,
    self_coaching: SelfCoaching = False,
    every_s: Annotated[
        float,
        typer.Option(
            "--every", min=5, max=600, help="Seconds of a stretch; a study with platform counts has its own."
        ),
    ] = 30.0,
    half_life_min: Annotated[
        float | None,
        typer.Option(
            "--half-life", min=0.5, max=1440, help="Minutes until a stretch counts half; never if left out."
        ),
    ] = None,
    delay_s: Annotated[
        float,
        typer.Option(
            "--delay",
            metavar="SECONDS",
            min=0,
            max=3600,
            help="How old a picture is when it comes; HLS and RTMP are seconds behind what is counted.",
        ),
    ] = 0.0,
    speed: Annotated[
        float, typer.Option(min=0, help="How fast a study is played; 0 is as fast as can be.")
    ] = 60.0,
    face: Annotated[
        list[str] | None,
        typer.Option(help="Which face is the host's, where several show; again for each further host."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="Keep a page up to date in this new folder; the studio shows it."),
    ] = None,
    table: TableFile = None,
    culture: Annotated[
        str | None,
        typer.Option(
            "--culture",
            metavar="NAME",
            help="none, east_asia, a profile of your own (.toml); of a study also auto: each host's as the "
            "study names it. If left out: none of a stream, auto where a study names any.",
        ),
    ] = None,
    coder: OwnCoder = None,
) -> None:
    """Follow a broadcast: which expressions go along with sales so far."""
    from telltale.cli.host_coder import host_coder, refuse_unused
    from telltale.cli.host_live_runs import Followed, play_study, watch_stream
    from telltale.cli.host_live_screen import LiveScreen
    from telltale.core.files import refuse_unless_free
    from telltale.perceive.origin import plain_name
    from telltale.study import schema
    from telltale.study.store import Study

    if report is not None:
        refuse_unless_free(report)
    half_life_s = None if half_life_min is None else 60 * half_life_min
    folder = Path(what)
    if (folder / schema.MANIFEST).is_file():
        if counts is not None or mapping is not None or service is not None or face or delay_s:
            raise ConfigError(
                "a study holds its own counts and faces, on one clock",
                hint="leave --counts, --mapping, --service, --face, --delay out",
            )
        study = Study.open(folder)
        by = host_coder(table, culture, coder, study)
        refuse_unused(study, table, culture, coder)
        # Nobody's face is in a simulated study.
        if not study.manifest.simulated:
            console.out.print(console.escape(_door(place, policy, self_coaching, report)), soft_wrap=True)
        screen = LiveScreen(report, f"{study.manifest.name}, broadcast {room}", by.caveat)
        play_study(study, room, by, screen, every_s, half_life_s, speed, self_coaching=self_coaching)
        return
    by = host_coder(table, culture, coder)
    door = _door(place, policy, self_coaching, report)
    if self_coaching and len(face or []) > 1:
        raise ConfigError("self-coaching is of one host", hint="name your own --face alone")
    if (counts is None) == (service is None):
        raise ConfigError(
            "nothing, or two things, to count by", hint="give one of --counts FILE and --service FOLDER"
        )
    if mapping is not None and counts is None:
        raise ConfigError(
            "--mapping says how --counts is read", hint="a service counts by itself: leave it out"
        )
    if service is not None and room is None:
        raise ConfigError("a service has many rooms", hint="name the host's with --room ID")
    console.out.print(console.escape(door), soft_wrap=True)
    screen = LiveScreen(report, f"The broadcast {room or plain_name(what)}", by.caveat)
    asked = Followed(what, room, every_s, half_life_s, tuple(face or ()), delay_s)
    watch_stream(asked, by, screen, counts=counts, mapping=mapping, service=service)


def _door(place: str | None, policy: Path | None, self_coaching: bool, report: Path | None) -> str:
    """Ask the law; what only the host may see goes to no page that a studio could show."""
    from telltale.cli.host_policy import refuse_host

    door = refuse_host(place, policy, self_coaching)
    if door.only_host_sees and report is not None:
        raise ConfigError(
            "--report writes a page that others could see, and this is self-coaching",
            hint="leave --report out: the terminal tells the same",
        )
    return door.line()
