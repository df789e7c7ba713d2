"""Where factors come from: each source by name, the tables it wants, and the function that reads it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from telltale.core.errors import ConfigError, FormatError
from telltale.factors import source_visit as visit
from telltale.factors.columns import Given
from telltale.factors.grid import Grid
from telltale.factors.panel import told
from telltale.factors.source_chat import chat
from telltale.factors.source_events import events
from telltale.factors.source_exposures import exposures
from telltale.factors.source_face import face, has_faces, has_host_faces, host_face
from telltale.factors.source_factors import room_factors, viewer_factors
from telltale.factors.source_product import product
from telltale.study import schema
from telltale.study.store import Study

Read = Callable[[Study, Grid, datetime], Given]
ReadKnown = Callable[[Study, Grid, datetime, Collection[str]], Given]


def _always(study: Study) -> bool:  # noqa: ARG001 (it wants no folder)
    return True


@dataclass(frozen=True, slots=True)
class Source:
    """One source of factors."""

    name: str
    says: str
    read: Read
    tables: tuple[str, ...]
    """What it wants of the study."""
    folder: str = ""
    """The folder of signals that it wants."""
    filled: Callable[[Study], bool] = _always
    """Whether that folder holds any."""
    by_itself: bool = True
    """Whether it is used without being named."""
    read_known: ReadKnown | None = None
    """The same for factors that are known, where else what the sessions hold decides which there are."""

    def missing(self, study: Study) -> list[str]:
        """What it wants and the study does not have."""
        lost = [f"{table}.parquet" for table in self.tables if not study.has(table)]
        return lost if self.filled(study) else [*lost, self.folder]


_ALL: Final = (
    Source("room", "whether a promotion runs", visit.room, ("rooms",)),
    Source("session", "the device", visit.session, ("sessions",), read_known=visit.session),
    Source(
        "person",
        "gender, age band, culture",
        visit.person,
        ("participants",),
        by_itself=False,
        read_known=visit.person,
    ),
    Source("product", "what is on show", product, ("events", "products"), read_known=product),
    Source("room_factors", "slow factors of the broadcast", room_factors, ("room_factors",)),
    Source("host_face", "affect on the host's face", host_face, (), schema.HOST_SIGNALS, has_host_faces),
    Source("chat", "how much, how fast, how long", chat, ("chat",)),
    Source("exposures", "strategies that were shown", exposures, ("exposures",), read_known=exposures),
    Source("viewer_factors", "slow factors of the viewer", viewer_factors, ("viewer_factors",)),
    Source("face", "affect on the viewer's face", face, (), schema.SIGNALS, has_faces),
    Source("events", "what the viewer does", events, ("events",), read_known=events),
)

SOURCES: Final = {source.name: source for source in _ALL}
"""In the order of time, which is the order of a panel's columns."""


def choose(study: Study, names: Sequence[str] | None) -> tuple[Source, ...]:
    """The sources that were named, or those of which the study has all they want.

    `person` is used only when it is named: who somebody is need not enter every analysis.
    """
    if names is None:
        return tuple(source for source in _ALL if source.by_itself and not source.missing(study))
    unknown = [name for name in names if name not in SOURCES]
    if unknown:
        raise ConfigError(
            f"no source {told(unknown, list(SOURCES))}", hint=f"sources are {', '.join(SOURCES)}"
        )
    lost = [f"'{n}' wants {', '.join(missing)}" for n in names if (missing := SOURCES[n].missing(study))]
    if lost:
        raise FormatError("; ".join(lost), hint=f"name other sources, or add it to {study.folder}")
    return tuple(source for source in _ALL if source.name in names)
