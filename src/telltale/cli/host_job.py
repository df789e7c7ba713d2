"""From faces that were read to what they showed: the files of `telltale host read` beside those of `read`.

codes-FACE.parquet          28 scores, rest, categories, pleasure, arousal, dominance, voice; at 10 Hz
expressions-FACE.parquet    stretches in which one expression led
events-FACE.parquet         micro- and macro-events, and what each looked like
summary.json                what `read` says, and under `coding` what showed
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from telltale import __version__
from telltale.cli.host_coder import HostCoder
from telltale.cli.host_policy import HostDoor, for_own_eyes
from telltale.cli.read_job import Done, ReadJob, read_to_folder
from telltale.core.progress import Progress, silent
from telltale.core.provenance import Provenance
from telltale.core.signal import Signal
from telltale.core.signal_file import read_signal
from telltale.host.face_told import FaceTold, tell_face
from telltale.media.open import is_live
from telltale.media.sound import Voice, read_voice
from telltale.perceive.files import signal_name
from telltale.perceive.origin import plain_name
from telltale.perceive.summary import Summary
from telltale.signs.categories import category_scores
from telltale.signs.coder_prototypes import brief_coding
from telltale.signs.coding_file import CodedBy, CodedFace, codes_name, write_codes
from telltale.signs.coding_tables import write_coded_events, write_stretches
from telltale.signs.leading import coded_events, led_stretches
from telltale.signs.micro_macro import Event
from telltale.signs.pad import pad_of
from telltale.signs.posed import load_table, posed_smiles
from telltale.units.events_file import read_events, write_events


@dataclass(frozen=True, slots=True)
class HostDone:
    """What came of reading and coding a video."""

    done: Done
    faces: tuple[FaceTold, ...]


def no_hosts(faces: list[str]) -> dict[str, str]:
    """Nobody has said whose faces these are."""
    del faces
    return {}


def read_host(
    job: ReadJob,
    coder: HostCoder,
    door: HostDoor,
    hosts_of: Callable[[list[str]], Mapping[str, str]] = no_hosts,
    progress: Progress = silent,
) -> HostDone:
    """Read a video and code every face in it; the folder is there when all is well and not before.

    Parameters
    ----------
    hosts_of
        Of the faces that were read each one's host as a study names them, so that they are coded by their own
        culture; a face that it leaves out is nobody's.
    """
    told: list[FaceTold] = []
    cultures: dict[str, str] = {}

    def code(folder: Path, summary: Summary) -> dict[str, Any]:
        if door.only_host_sees:
            _keep_host_alone(folder, summary)
        events = read_events(folder / "events.parquet")
        voice = _voice_of(job)
        read = [face for face in summary.faces if (folder / signal_name(face)).is_file()]
        hosts = hosts_of(read)
        for face in read:
            signal = read_signal(folder / signal_name(face))
            by = coder.of(hosts.get(face))
            cultures[face] = by.culture
            told.append(code_face(folder, signal, events.events.get(face, ()), by, voice, job.what))
        return {"coding": _about(coder, door, told, cultures)}

    with for_own_eyes(only=door.only_host_sees):
        done = read_to_folder(job, progress, then=code)
    return HostDone(done, tuple(told))


def _keep_host_alone(folder: Path, summary: Summary) -> None:
    """Self-coaching is of the host: whoever else shows is neither coded nor kept.

    The host is the face that was read longest.
    """
    host = max(summary.faces.values(), key=lambda face: face.read, default=None)
    if host is None or len(summary.faces) == 1:
        return
    others = [face for face in summary.faces if face != host.face]
    for face in others:
        (folder / signal_name(face)).unlink(missing_ok=True)
        del summary.faces[face]
    path = folder / "events.parquet"
    kept = read_events(path)
    mine = {host.face: kept.events.get(host.face, ())}
    write_events(mine, path, provenance=kept.provenance)
    faces = "1 other face" if len(others) == 1 else f"{len(others)} other faces"
    summary.counts.notes.append(
        f"{faces} neither coded nor kept: self-coaching is of the host alone, taken to be face {host.face}, "
        "which was read longest"
    )


def code_face(
    folder: Path,
    signal: Signal,
    events: tuple[Event, ...],
    coder: HostCoder,
    voice: Voice | None,
    recording: str,
) -> FaceTold:
    """Code one face and write its three files."""
    coding = coder.coder.code(signal)
    software = f"telltale {__version__}"
    provenance = signal.provenance.then("code", software=software, coder=coder.name, culture=coder.culture)
    categories = category_scores(coding, categories=coder.table.categories)
    pad = pad_of(coding, anchors=coder.table.pad)
    coded = CodedFace(
        coding=coding,
        evidence=coder.coder.evidence,
        by=_by(coder, Path(plain_name(recording)).name, signal.face, provenance),
        categories=dict(zip(categories.names, categories.scores.T, strict=True)),
        category_evidence={name: categories.evidence(name) for name in categories.names},
        pad={
            "pleasure": pad.pleasure,
            "arousal": pad.arousal,
            "dominance": pad.dominance,
            "pad_cover": pad.covered,
        },
        voice=None if voice is None else voice.at(np.asarray(signal.times_s)),
    )
    write_codes(coded, folder / codes_name(signal.face))
    smiles = posed_smiles(signal, events)
    evidence = dict(zip(coding.names, coder.coder.evidence, strict=True))
    stretches = led_stretches(coding, events, smiles)
    write_stretches(stretches, evidence, folder / f"expressions-{signal.face}.parquet", provenance)
    looks = coded_events(coding, events, smiles, brief_coding(coder.coder, signal, events))
    write_coded_events(looks, evidence, folder / f"events-{signal.face}.parquet", provenance)
    return tell_face(coded, events, smiles)


def _by(coder: HostCoder, recording: str, face: str, provenance: Provenance) -> CodedBy:
    return CodedBy(recording, face, coder.name, coder.culture, coder.caveat, coder.missing, provenance)


def _voice_of(job: ReadJob) -> Voice | None:
    """Voice activity where the sound lies on a disk: what streams by is gone, and pictures have none."""
    path = Path(job.what)
    if is_live(job.what) or not path.is_file():
        return None
    return read_voice(path, start_s=job.start_s, stop_s=job.stop_s)


def _about(
    coder: HostCoder, door: HostDoor, told: list[FaceTold], cultures: dict[str, str]
) -> dict[str, Any]:
    """What the summary says of the coding."""
    return {
        "coder": coder.name,
        "culture": coder.culture,
        "caveat": coder.caveat,
        "posed_caveat": load_table().caveat,
        "allowed": {"place": door.place, "policy": door.policy, "source": door.source},
        "only_host_sees": door.only_host_sees,
        "faces": {face.face: face.to_dict() | {"culture": cultures[face.face]} for face in told},
    }
