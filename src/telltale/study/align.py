"""The clocks of video and log: how far apart they are in each session and over the study, and what to do.

`clock_offset_s` in the sessions is video time minus log time. Signals are read on the log's clock as it is
recorded so far, the offset that is left is estimated, and the two are added.

Each kind of evidence is asked by itself; those that are told apart from chance are joined, if they agree. A
session's own offset is corrected only where it is told apart from chance (at most one in twenty of those
named may be false, every kind asked being one look), where the 95 % interval leaves out 0, where it is at
least a row, and where it is known to half a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa

from telltale import __version__
from telltale.core import clock, pool
from telltale.core.errors import FormatError
from telltale.core.progress import Progress, silent
from telltale.core.provenance import Provenance
from telltale.core.signal import Times
from telltale.study import schema
from telltale.study.align_combine import Combined
from telltale.study.align_estimate import Offset, told_apart
from telltale.study.align_evidence import EVENTS, ROW_S, Kind
from telltale.study.align_session import AlignSettings, Finding, StudyEvidence, Task, look
from telltale.study.store import Study, write_table

Verdict = Literal[
    "told", "cannot tell", "kinds disagree", "too few events", "no consent", "no signal", "unreadable"
]


@dataclass(frozen=True, slots=True)
class SessionAlignment:
    """What one session says of its clocks."""

    session_id: str
    participant_id: str
    recorded_s: float
    """The offset in the sessions table so far."""
    events: int
    verdict: Verdict
    left: Offset | None
    """The offset that is left, None where it was not looked for or the kinds of evidence disagree."""
    correct: bool
    """Whether it is large and sure enough to be corrected."""
    kinds: dict[Kind, Offset] = field(default_factory=dict)
    """What each kind of evidence says by itself."""

    @property
    def corrected_s(self) -> float:
        """The offset to record."""
        return self.recorded_s + self.left.seconds if self.correct and self.left else self.recorded_s


@dataclass(frozen=True, slots=True)
class StudyAlignment:
    """What all sessions say."""

    sessions: tuple[SessionAlignment, ...]
    study: Combined
    """One offset for the whole study, by each kind of evidence and jointly."""
    settings: AlignSettings

    @property
    def pooled(self) -> dict[str, Offset]:
        """The study's offsets by name: screen, touch, and both where two kinds were asked and agree."""
        named: dict[str, Offset] = {str(kind): offset for kind, offset in self.study.kinds.items()}
        if len(self.study.kinds) > 1 and self.study.left is not None:
            named["both"] = self.study.left
        return named

    def count(self, verdict: Verdict) -> int:
        """Sessions with this verdict."""
        return sum(session.verdict == verdict for session in self.sessions)


def align_study(
    study: Study,
    settings: AlignSettings | None = None,
    *,
    now: datetime | None = None,
    workers: int | None = 1,
    progress: Progress = silent,
) -> StudyAlignment:
    """Estimate the offset of every session that may be read, and of the study; nothing is changed.

    Sessions without consent, without a signal or with one that is broken are not read; their verdict says so.
    """
    settings = settings or AlignSettings()
    moment = now or clock.now()
    blank = _unread_sessions(study, moment)
    tasks = _tasks(study, [s.session_id for s in blank if s.verdict == "cannot tell"], settings)
    found: Iterator[Finding]
    if workers == 1:
        found = (_look(study, settings, moment, task) for task in tasks)
    else:
        found = pool.imap(partial(_look_in_worker, study.folder, settings, moment), tasks, workers=workers)
    together = StudyEvidence(settings)
    own: dict[str, Finding] = {}
    shown = progress(found, total=len(tasks), label="sessions read")
    for task, finding in zip(tasks, shown, strict=True):
        together.add(finding.evidence)
        own[task.session_id] = replace(finding, evidence=())
    return StudyAlignment(tuple(_judged(blank, own, settings)), together.combined(), settings)


def write_alignment(study: Study, alignment: StudyAlignment) -> Path:
    """Write what was found to `derived/alignment.parquet`; returns the path."""
    rows = [
        {
            "session_id": s.session_id,
            "participant_id": s.participant_id,
            "recorded_s": s.recorded_s,
            "events": s.events,
            "verdict": s.verdict,
            "left_s": s.left.seconds if s.left else None,
            "sd_s": s.left.sd_s if s.left else None,
            "low_s": s.left.low_s if s.left else None,
            "high_s": s.left.high_s if s.left else None,
            "p_value": s.left.p_value if s.left else None,
            "corrected_s": s.corrected_s,
        }
        for s in alignment.sessions
    ]
    history = Provenance().then("align", software=f"telltale {__version__}", **asdict(alignment.settings))
    path = study.folder / schema.DERIVED / "alignment.parquet"
    table = pa.Table.from_pylist(rows).replace_schema_metadata({"telltale.provenance": history.to_json()})
    write_table(path, table)
    return path


def apply_alignment(study: Study, alignment: StudyAlignment) -> int:
    """Record the offsets that are sure enough in the sessions table; returns how many sessions changed.

    Open the study anew afterwards, and cut its windows anew: they were read on the old clock.
    """
    corrected = {s.session_id: s.corrected_s for s in alignment.sessions if s.correct}
    if not corrected:
        return 0
    table = study.table("sessions")
    ids = [str(session) for session in table.column("session_id").to_pylist()]
    recorded = _recorded(table)
    column = pa.array([corrected.get(i, r) for i, r in zip(ids, recorded, strict=True)], pa.float64())
    name = "clock_offset_s"
    if name in table.column_names:
        table = table.set_column(table.column_names.index(name), name, column)
    else:
        table = table.append_column(name, column)
    write_table(study.table_path("sessions"), table)
    return len(corrected)


def _recorded(sessions: pa.Table) -> list[float]:
    if "clock_offset_s" not in sessions.column_names:
        return [0.0] * sessions.num_rows
    return [float(offset or 0.0) for offset in sessions.column("clock_offset_s").to_pylist()]


def _unread_sessions(study: Study, now: datetime) -> list[SessionAlignment]:
    """All sessions by id, with the verdict of those that may not or cannot be read."""
    table = study.table("sessions")
    ids, people = (table.column(name).to_pylist() for name in ("session_id", "participant_id"))
    blank = []
    facts = zip(map(str, ids), map(str, people), _recorded(table), strict=True)
    for session_id, person, recorded_s in sorted(facts):
        verdict: Verdict = "cannot tell"
        if not study.consents.may(person, "research", now):
            verdict = "no consent"
        elif not study.signal_path(session_id).is_file():
            verdict = "no signal"
        blank.append(SessionAlignment(session_id, person, recorded_s, 0, verdict, None, False))
    return blank


def _tasks(study: Study, session_ids: list[str], settings: AlignSettings) -> list[Task]:
    """The moments of each session's events by kind; several within a row are one change."""
    events = study.table("events", ["session_id", "time_s", "type"])
    kind_of = {name: kind for kind in settings.kinds for name in EVENTS[kind]}
    moments: dict[tuple[str, Kind], set[float]] = {}
    columns = [events.column(name).to_pylist() for name in ("session_id", "time_s", "type")]
    for session, time_s, name in zip(*columns, strict=True):
        if name in kind_of and time_s is not None:
            moments.setdefault((str(session), kind_of[name]), set()).add(float(time_s))
    return [
        Task(s, {kind: _apart(moments.get((s, kind), set())) for kind in settings.kinds}) for s in session_ids
    ]


def _apart(moments: set[float]) -> Times:
    times_s = np.array(sorted(moments), dtype=np.float64)
    return times_s[np.diff(times_s, prepend=-np.inf) > ROW_S]


def _judged(
    blank: list[SessionAlignment], own: dict[str, Finding], settings: AlignSettings
) -> Iterator[SessionAlignment]:
    """Each session with its verdict, its own evidence held against that of all others."""
    offsets = {session: finding.left for session, finding in own.items() if finding.left is not None}
    named = told_apart([left.p_value for left in offsets.values()], settings.false_share)
    stands_out = dict(zip(offsets, named.tolist(), strict=True))
    for session in blank:
        finding = own.get(session.session_id)
        if finding is None:
            yield session
            continue
        verdict = _verdict(finding, told=stands_out.get(session.session_id, False))
        yield replace(
            session,
            events=finding.events,
            verdict=verdict,
            left=finding.left,
            correct=verdict == "told" and finding.left is not None and _is_sure(finding.left, settings),
            kinds=finding.own.kinds,
        )


def _verdict(finding: Finding, *, told: bool) -> Verdict:
    if not finding.readable:
        return "unreadable"
    if finding.own.disagree:
        return "kinds disagree"
    if finding.left is None:
        return "too few events"
    return "told" if told else "cannot tell"


def _is_sure(left: Offset, settings: AlignSettings) -> bool:
    away_from_zero = not left.low_s <= 0 <= left.high_s and abs(left.seconds) >= settings.smallest_s
    return away_from_zero and left.sd_s <= settings.largest_sd_s


@lru_cache(maxsize=1)
def _opened(folder: Path) -> Study:
    """A worker asks the consents once; it lives no longer than one run."""
    return Study.open(folder)


def _look_in_worker(folder: Path, settings: AlignSettings, now: datetime, task: Task) -> Finding:
    return _look(_opened(folder), settings, now, task)


def _look(study: Study, settings: AlignSettings, now: datetime, task: Task) -> Finding:
    """One session's evidence; a broken file is that session's verdict, not the end of the study."""
    try:
        signal = study.signal(task.session_id, now=now)
    except (FormatError, OSError):
        return Finding(task.events, Combined(None), readable=False)
    return look(signal, task, settings)
