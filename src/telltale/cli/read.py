"""`telltale read`: a video, a folder of frames, a stream or a camera into signals and events."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from telltale.cli import console
from telltale.core.errors import ConfigError, FaultsFoundError

if TYPE_CHECKING:
    from telltale.cli.read_job import Done, Failed, ReadJob


def read(
    what: Annotated[
        list[str],
        typer.Argument(help="A video, a folder of numbered frames, an address, or 0 for the camera."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="New folder for what is read; one inside it for each of several. NAME-reading if not given."
        ),
    ] = None,
    overlay: Annotated[
        Path | None,
        typer.Option(
            metavar="VIDEO",
            help="Also draw it on the video. Stores the picture: only with the person's consent to record.",
        ),
    ] = None,
    frames: Annotated[bool, typer.Option("--frames", help="Also keep every frame's channels.")] = False,
    csv: Annotated[
        bool, typer.Option("--csv", help="Also write every frame under OpenFace's column names.")
    ] = False,
    start_s: Annotated[float | None, typer.Option("--start", help="Second to begin at.")] = None,
    stop_s: Annotated[float | None, typer.Option("--stop", help="Second to end before.")] = None,
    rate_hz: Annotated[
        float | None, typer.Option("--rate", help="Frames a second of a folder, or to ask of a camera.")
    ] = None,
    retinaface: Annotated[
        Path | None, typer.Option(metavar="FILE", help="RetinaFace weights (ONNX) to find faces with.")
    ] = None,
    refine: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Another refinement network than the one that ships.")
    ] = None,
    head: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Another head than the one that ships.")
    ] = None,
    affect: Annotated[
        bool, typer.Option("--affect", help="Also write hesitation, desire, surprise and disengagement.")
    ] = False,
    device: Annotated[
        str, typer.Option(help="cpu, or cuda for the two networks of ours where onnxruntime has it.")
    ] = "cpu",
    profile: Annotated[bool, typer.Option("--profile", help="Print where the time went.")] = False,
    replay: Annotated[
        bool, typer.Option("--replay", help="Read a recording at its own speed, as if it were live.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes for several recordings; every core when not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read faces: 128 channels ten times a second, and micro- and macro-expressions."""
    from telltale.cli.read_job import ReadJob, device_named

    job = ReadJob(
        what="",
        out=Path(),
        overlay=overlay,
        frames=frames,
        csv=csv,
        start_s=start_s,
        stop_s=stop_s,
        rate_hz=rate_hz,
        retinaface=retinaface,
        refine=refine,
        head=head,
        affect=affect,
        device=device_named(device),
        profile=profile,
        replay=replay,
    )
    if len(what) == 1:
        _read_one(job, what[0], out, as_json=as_json)
    else:
        _read_many(job, what, out, workers, as_json=as_json)


def _read_one(job: ReadJob, what: str, out: Path | None, *, as_json: bool) -> None:
    from telltale.cli.read_job import read_to_folder, stem_of
    from telltale.cli.reading_bar import reading_bar

    job = replace(job, what=what, out=out or Path(f"{stem_of(what)}-reading"))
    done = read_to_folder(job, reading_bar)
    if as_json:
        console.print_json(_facts(done))
        return
    for line in done.summary.lines():
        _tell(line)
    _tell(f"{job.out}: {', '.join(done.files)}")
    if job.overlay is not None:
        _tell(f"{job.overlay}: the overlay, with the picture of whoever is in it")
    if job.profile:
        _print_profile(done)


def _read_many(
    job: ReadJob, what: list[str], out: Path | None, workers: int | None, *, as_json: bool
) -> None:
    from telltale.cli.read_job import Failed, read_one_of_many
    from telltale.core.pool import imap
    from telltale.media.open import is_live

    if job.overlay is not None or job.replay:
        option = "--replay" if job.overlay is None else "--overlay"
        raise ConfigError(f"{option} is for one recording", hint="read them one by one")
    if live := [name for name in what if is_live(name)]:
        raise ConfigError(f"{live[0]} is no file or folder", hint="read it by itself")
    folders = _folders(what, out)
    jobs = [replace(job, what=name, out=folder) for name, folder in zip(what, folders, strict=True)]
    found = list(
        console.progress(imap(read_one_of_many, jobs, workers=workers), total=len(jobs), label="reading")
    )
    failed = [one for one in found if isinstance(one, Failed)]
    if as_json:
        console.print_json([_facts(one) for one in found])
    else:
        for one in found:
            if not isinstance(one, Failed):
                _tell(f"{one.job.out}: {_short(one)}")
    if failed:
        raise FaultsFoundError("\n".join(str(one.error) for one in failed))


def _folders(what: list[str], out: Path | None) -> list[Path]:
    """One folder for each recording; two of one name are told apart by a number."""
    from telltale.cli.read_job import stem_of

    seen: Counter[str] = Counter()
    folders = []
    for stem in map(stem_of, what):
        seen[stem] += 1
        name = stem if seen[stem] == 1 else f"{stem}-{seen[stem]}"
        folders.append(out / name if out else Path(f"{name}-reading"))
    if len(set(folders)) < len(folders):
        raise ConfigError("two of the recordings would be written to one folder", hint="rename one of them")
    return folders


def _short(done: Done) -> str:
    """One recording in one line."""
    from telltale.perceive.summary import counted

    faces = done.summary.faces.values()
    if not faces:
        return f"no face was read in {counted(done.summary.frames, 'frame')}"
    best = max(faces, key=lambda face: face.read)
    more = f" and {len(faces) - 1:,} more" if len(faces) > 1 else ""
    micro, macro = sum(face.micro for face in faces), sum(face.macro for face in faces)
    share = f"{best.read:,} of {done.summary.frames:,} frames read"
    remarks = len(done.summary.remarks())
    notes = f"; {counted(remarks, 'remark')} in its summary" if remarks else ""
    told = f"{micro:,} micro- and {counted(macro, 'macro-expression')}"
    return f"face {best.face}{more}, {share}, {told}{notes}"


def _print_profile(done: Done) -> None:
    """Milliseconds a frame by stage; what no stage claims is the rest."""
    frames = max(done.summary.frames, 1)
    stages = dict(done.summary.seconds_by_stage)
    stages["rest"] = done.wall_s - sum(stages.values())
    rows = [
        (stage, f"{1000 * seconds / frames:.2f}", f"{seconds / done.wall_s:.1%}")
        for stage, seconds in (*stages.items(), ("total", done.wall_s))
    ]
    title = f"{frames / done.wall_s:.1f} frames a second"
    console.print_table(title, ("stage", "ms a frame", "share"), rows)


def _facts(one: Done | Failed) -> dict[str, Any]:
    from telltale.cli.read_job import Failed

    if isinstance(one, Failed):
        return {"what": one.job.what, "error": str(one.error)}
    overlay = None if one.job.overlay is None else str(one.job.overlay)
    return {
        "what": one.job.what,
        "folder": str(one.job.out),
        "files": list(one.files),
        "overlay": overlay,
        "wall_s": one.wall_s,
        "summary": one.summary.to_dict(),
    }


def _tell(line: str) -> None:
    console.out.print(console.escape(line), soft_wrap=True)
