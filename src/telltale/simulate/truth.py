"""The truth beside a simulated study: what was planted and what was hidden, in a folder of its own.

No analysis opens it unless it is told to (`--truth`). It holds the spec, the causal graph, the latent
states, what would have happened under each strategy, every act, and the oracle's score of each window.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from telltale.core.channels import RATE_HZ
from telltale.core.errors import FormatError
from telltale.core.progress import Progress, silent
from telltale.simulate import acts, oracle
from telltale.simulate.faces import touched_rows
from telltale.simulate.spec import Spec
from telltale.simulate.spec_file import load_spec
from telltale.study.store import Study, read_table, texts

Array = npt.NDArray[np.float64]

SPEC_FILE = "spec.toml"
SUMMARY_FILE = "summary.json"
_WINDOWS_AT_ONCE = 8000


def truth_folder(study: Path) -> Path:
    """Where the truth of a study lies.

    >>> truth_folder(Path("studies/spring")).as_posix()
    'studies/spring-truth'
    """
    return study.with_name(f"{study.name}-truth")


@dataclass(frozen=True)
class Truth:
    """The truth of one simulated study. Open it with `Truth.open`."""

    folder: Path
    spec: Spec
    summary: dict[str, Any]

    @classmethod
    def open(cls, folder: str | Path) -> Truth:
        """Open a truth folder."""
        folder = Path(folder)
        if not (folder / SUMMARY_FILE).is_file():
            raise FormatError(
                f"{folder} holds no truth", hint="give the folder that 'telltale simulate' wrote"
            )
        summary = json.loads((folder / SUMMARY_FILE).read_text(encoding="utf-8"))
        return cls(folder, load_spec(str(folder / SPEC_FILE)), summary)

    def table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """One table of the truth."""
        return read_table(self.folder / f"{name}.parquet", columns)

    @property
    def sees_all(self) -> bool:
        """Whether no model can do better than `score`: acts are all that a coming cart changes on a face."""
        return bool(self.summary["oracle"].get("sees_all", False))

    def score(
        self,
        session_ids: list[str],
        ends_s: Array,
        label: npt.NDArray[np.int64],
        look: tuple[float, float] = (0, 30),
    ) -> Array:
        """The oracle's score of windows from some of their seconds: `log_likelihood_ratio`, shape (N,)."""
        whole: Array = self.log_likelihood_ratio(session_ids, ends_s, label, (look,))[0]
        return whole

    def refuse_other(self, study: Study) -> None:
        """Refuse to speak of another study than its own, whose sessions may bear the same names."""
        ours = self.table("sessions", ["session_id", "rows"])
        rows = dict(zip(texts(ours, "session_id"), ours.column("rows").to_pylist(), strict=True))
        theirs = study.table("sessions", ["session_id", "duration_s"])
        for name, duration_s in zip(
            texts(theirs, "session_id"), theirs["duration_s"].to_pylist(), strict=True
        ):
            if rows.get(name) != row_count(duration_s):
                raise FormatError(
                    f"{self.folder} is not the truth of {study.manifest.name}: session {name} differs",
                    hint="give the truth folder that was written with this very study",
                )

    @cached_property
    def seen(self) -> dict[str, oracle.SeenActs]:
        """What can be read of each session's acts."""
        sessions = self.table("sessions", ["session_id", "rows", "acts"])
        names, rows = texts(sessions, "session_id"), sessions.column("rows").to_numpy().tolist()
        unread: dict[str, list[tuple[float, float]]] = {}
        for row in self.table("unread").to_pylist():
            unread.setdefault(row["session_id"], []).append((row["start_s"], row["stop_s"]))
        acted = self.table("acts", ["row", "kind"])  # in the order of the sessions
        edges = np.concatenate([[0], np.cumsum(sessions.column("acts").to_numpy())]).tolist()
        row_of, kind_of = acted.column("row").to_numpy(), acted.column("kind").to_numpy()
        return {
            name: seen_acts(row_of[first:stop], kind_of[first:stop], count, unread.get(name, []))
            for name, count, (first, stop) in zip(names, rows, pairwise(edges), strict=True)
        }

    def log_likelihood_ratio(
        self,
        session_ids: list[str],
        ends_s: Array,
        label: npt.NDArray[np.int64],
        looks: Sequence[tuple[float, float]] = ((0, 30),),
        *,
        progress: Progress = silent,
    ) -> Array:
        """The oracle's score of any windows of this study.

        Parameters
        ----------
        session_ids, ends_s
            Where each window of 30 s ends, on the log's clock.
        label
            1 for a window that ends at a cart: gives the share of each stratum among the labels.
        looks
            Parts of the window to score by, each from the nearer to the farther second before its end.

        Returns
        -------
        shape (len(looks), N)
        """
        sessions = self.table("sessions", ["session_id", "stratum"])
        strata = dict(zip(texts(sessions, "session_id"), texts(sessions, "stratum"), strict=True))
        share = stratum_shares(np.array([strata[name] for name in session_ids]), label)
        table, known = acts.build_act_table(self.spec), acts.strata(self.spec)
        scores = np.empty((len(looks), len(ends_s)))
        starts = range(0, len(ends_s), _WINDOWS_AT_ONCE)
        for first in progress(starts, total=len(starts), label="oracle"):
            rows = slice(first, first + _WINDOWS_AT_ONCE)
            kind, usable, tau_s = oracle.stack_windows(self.seen, session_ids[rows], ends_s[rows])
            seen = np.stack([usable & (tau_s > near) & (tau_s <= far) for near, far in looks])
            scores[:, rows] = oracle.log_likelihood_ratio(
                table, kind, seen, tau_s, known, share, self.spec.people.expressivity_sd
            )
        return scores


def stratum_shares(
    stratum: npt.NDArray[np.str_], label: npt.NDArray[np.int64]
) -> dict[str, tuple[float, float]]:
    """Share of each stratum among windows with a cart and among those without."""
    return {
        str(name): (float((stratum[label == 1] == name).mean()), float((stratum[label == 0] == name).mean()))
        for name in np.unique(stratum)
    }


def seen_acts(
    row: npt.NDArray[np.int64], kind: npt.NDArray[np.int64], rows: int, unread: list[tuple[float, float]]
) -> oracle.SeenActs:
    """Leave out what lies in unread stretches."""
    read = np.ones(rows + 1, dtype=bool)
    read[0] = False
    for start_s, stop_s in unread:
        first, stop = touched_rows(start_s, stop_s)
        read[first + 1 : stop + 1] = False
    kept = read[row]
    return oracle.SeenActs(row[kept], kind[kept], read)


def row_count(duration_s: float) -> int:
    """Whole rows in a session.

    >>> row_count(61.27)
    612
    """
    return int(np.floor(duration_s * RATE_HZ + 1e-6))
