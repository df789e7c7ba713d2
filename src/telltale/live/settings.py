"""How a service is to run: `telltale serve --config FILE`, or its options. Secrets are not in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from telltale.core.config import MisfitsError, Problem

PORT: Final = 8765


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Everything a process of the service is told beside its secrets."""

    host: str = "127.0.0.1"
    port: int = PORT
    workers: int = 1
    """Processes; more than one want PostgreSQL and Redis."""
    folder: str = "telltale-live"
    """Where SQLite's file lies when no database is named."""
    model: str = "default"
    """Folder of a model that runs row by row."""
    viewers: int = 1000
    """At most, of one process."""
    share_with_cart: float | None = None
    """Share of moments that precede a cart; as in training when not given."""
    holdout_share: float = 0.1
    """Of viewers who are never treated."""
    catalogue: str = ""
    """A catalogue of one's own."""
    policies: tuple[str, ...] = ()
    """Policies of one's own, beside those that ship."""
    experiments: str = ""
    """A file of experiments; each intervention is assigned by viewer without."""
    origins: tuple[str, ...] = ()
    """Pages that viewers may come from, such as `https://shop.example`; this host's own always may."""
    study: str = ""
    """Folder of a study, for the studio's study page."""
    reports: tuple[str, ...] = ()
    """Folders of reports that the studio shows."""
    simulated_viewers: bool = False
    """Whether viewers are played by a simulation, so that the studio says so."""
    try_out: bool = False
    """Whether the page is served on which whoever sits before this machine tries it with their own camera."""
    proxy: bool = False
    """Whether a proxy in front tells where requests come from."""

    def __post_init__(self) -> None:
        problems: list[Problem] = []
        if not 0 <= self.port <= 65535:
            problems.append((("port",), f"is {self.port}: choose 0 to 65535"))
        problems += [
            ((name,), f"is {count}: choose 1 or more")
            for name, count in (("workers", self.workers), ("viewers", self.viewers))
            if count < 1
        ]
        if not 0 <= self.holdout_share < 1:
            problems.append((("holdout_share",), f"is {self.holdout_share}: choose from 0, below 1"))
        if self.share_with_cart is not None and not 0 < self.share_with_cart < 1:
            problems.append((("share_with_cart",), f"is {self.share_with_cart}: choose between 0 and 1"))
        for origin in self.origins:
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
                problems.append((("origins",), f"holds {origin!r}: write https://shop.example, no path"))
        if problems:
            raise MisfitsError(problems)

    @property
    def database_url(self) -> str:
        """SQLite in the folder."""
        return f"sqlite:///{Path(self.folder).absolute() / 'live.db'}"
