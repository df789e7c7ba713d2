"""`telltale host read`: a host's video coded on the expressions of the table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from telltale.cli import console
from telltale.cli.host_coder import CultureName, OwnCoder, TableFile
from telltale.cli.host_policy import Place, PolicyFile, SelfCoaching
from telltale.core.errors import ConfigError

if TYPE_CHECKING:
    from telltale.cli.host_job import HostDone


def read(
    what: Annotated[
        str,
        typer.Argument(
            help="A video, a folder of numbered frames, an address, or 0 for the camera; with --into also a "
            "folder that this command wrote."
        ),
    ],
    place: Place = None,
    policy: PolicyFile = None,
    self_coaching: SelfCoaching = False,
    out: Annotated[
        Path | None, typer.Option(help="New folder for what is read. NAME-host if not given.")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            metavar="STUDY", help="Also keep the signal of the host's face, and the voice, in a study."
        ),
    ] = None,
    room: Annotated[
        str | None, typer.Option(metavar="ID", help="Which broadcast of the study this is.")
    ] = None,
    face: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FACE[=HOST]",
            help="Which face is the host's, where several are read; once for each of several hosts: 0=anna.",
        ),
    ] = None,
    voice: Annotated[
        bool, typer.Option("--voice/--no-voice", help="Whether the study is told when somebody speaks.")
    ] = True,
    began_s: Annotated[
        float, typer.Option("--began", help="Second of the broadcast at which the video begins.")
    ] = 0.0,
    table: TableFile = None,
    culture: CultureName = None,
    coder: OwnCoder = None,
    start_s: Annotated[float | None, typer.Option("--start", help="Second to begin at.")] = None,
    stop_s: Annotated[float | None, typer.Option("--stop", help="Second to end before.")] = None,
    rate_hz: Annotated[
        float | None, typer.Option("--rate", help="Frames a second of a folder, or to ask of a camera.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Code a host's video: 28 expressions, seven categories, pleasure and arousal, posed smiles, voice."""
    from telltale.cli.host_coder import host_coder
    from telltale.cli.host_into import read_before, refuse_into, refuse_own, room_wanted, write_into
    from telltale.cli.host_job import no_hosts, read_host
    from telltale.cli.host_policy import refuse_host
    from telltale.cli.read_job import ReadJob, stem_of
    from telltale.cli.reading_bar import reading_bar
    from telltale.study.store import Study

    door = refuse_host(place, policy, self_coaching)
    wanted = room_wanted(into, room, face or [], began_s, voice=voice)
    faces = read_before(what)
    if wanted is not None:
        refuse_into(wanted, door, None if faces else start_s or 0.0)
    if faces:
        if wanted is None:
            hint = "give the video, or --into STUDY and --room ID to keep the signal of one of its faces"
            raise ConfigError(f"{what} was read already", hint=hint)
        refuse_own(Path(what))
        lines = write_into(wanted, Path(what), faces)
        if as_json:
            console.print_json({"into": lines})
        else:
            _tell_all(lines)
        return
    by = host_coder(table, culture, coder, None if wanted is None else Study.open(wanted.study))
    job = ReadJob(
        what=what, out=out or Path(f"{stem_of(what)}-host"), start_s=start_s, stop_s=stop_s, rate_hz=rate_hz
    )
    found = read_host(job, by, door, no_hosts if wanted is None else wanted.hosts_of, reading_bar)
    if as_json:
        console.print_json(
            {
                "folder": str(job.out),
                "files": list(found.done.files),
                "wall_s": found.done.wall_s,
                "faces": {one.face: one.to_dict() for one in found.faces},
            }
        )
    else:
        _print(found, by.caveat, door.line())
    if wanted is not None:
        lines = write_into(wanted, job.out, [one.face for one in found.faces])
        if not as_json:
            _tell_all(lines)


def _print(found: HostDone, caveat: str, allowed: str) -> None:
    from telltale.host.evidence_words import word_legend
    from telltale.signs.posed import load_table

    _tell(allowed)
    for line in found.done.summary.lines() if not found.faces else found.done.summary.remarks():
        _tell(line)
    for face in found.faces:
        for line in face.lines():
            _tell(line)
    _tell(f"{found.done.job.out}: {', '.join(found.done.files)}")
    _tell_all(word_legend(one.evidence for face in found.faces for one in face.shown))
    if found.faces:
        _tell(_one_line(caveat))
    if any(face.smiles for face in found.faces):
        _tell(_one_line(load_table().caveat))


def _tell_all(lines: list[str]) -> None:
    for line in lines:
        _tell(line)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _tell(line: str) -> None:
    console.out.print(console.escape(line), soft_wrap=True)
