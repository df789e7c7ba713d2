"""The paper's network again and again: on folds of the people with a seed each, and on some seconds alone.

    RUN/repeats/fold-<k>-of-<n>/           learnt from all people but those of fold k, seed k
    RUN/repeats/seconds-<from>-<until>/    of the run's split, seeing these seconds alone

All are narrow and learn for a few epochs: what is asked is where attention lies and which seconds count,
over seeds and people, and not how good the network can be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from telltale.intent.cards import intent_card
from telltale.intent.evidence import Evidence, Rows, Span
from telltale.intent.intervals import Interval, auc_interval
from telltale.intent.metrics import Floats
from telltale.intent.network_models import QUICK
from telltale.intent.registry import make_model
from telltale.intent.ridge import folds_by_person
from telltale.intent.saved import SavedModel, about_model, save_model
from telltale.intent.when import LEFT_OUT_S, SPANS

if TYPE_CHECKING:
    from telltale.intent.batch_gradients import Place

KIND: Final = "tcn-attention"
FOLDER: Final = "repeats"
SPANS_REPEATED: Final = (*SPANS, *(Span(30.0, gone) for gone in LEFT_OUT_S if gone))
"""Each once: the paper's spans, and the whole without the last seconds."""

Tell = Callable[[str, Any], None]


@dataclass(frozen=True, slots=True)
class Repeat:
    """One more network: its name, settings, and rows to learn from and to be tried on."""

    name: str
    settings: dict[str, Any]
    learn: Rows
    test: Rows


def repeats_of(evidence: Evidence, learn: Rows, test: Rows, folds: int, seed: int) -> Iterator[Repeat]:
    """All networks of a run's repeats."""
    fold = folds_by_person(evidence.people, evidence.label, folds, seed) if folds else np.zeros(0)
    for k in range(folds):
        out = np.flatnonzero(fold == k)
        yield Repeat(f"fold-{k + 1}-of-{folds}", {"seed": seed + k}, np.flatnonzero(fold != k), out)
    for span in SPANS_REPEATED:
        settings = {"from_s": float(span.from_s), "until_s": float(span.until_s), "seed": seed}
        yield Repeat(f"seconds-{span.from_s:g}-{span.until_s:g}", settings, learn, test)


def train_repeats(
    run: Path,
    evidence: Evidence,
    learn: Rows,
    test: Rows,
    *,
    folds: int,
    seed: int,
    settings: dict[str, Any],
    learnt: Callable[[Rows], dict[str, Any]],
    work: Path,
    tell: Tell | None = None,
    place: Place | None = None,
) -> None:
    """Train the repeats that are not there yet.

    Parameters
    ----------
    settings
        Over those of `QUICK`: a device, what was asked of all networks.
    learnt
        What the card says of the rows learnt from.
    work
        Folder for checkpoints.
    """
    for repeat in repeats_of(evidence, learn, test, folds, seed):
        folder = run / FOLDER / repeat.name
        if folder.is_dir():
            continue
        told = None if tell is None else partial(tell, repeat.name)
        if told is not None:
            told(None)
        asked = QUICK | settings | repeat.settings
        checkpoint = str(work / f"{repeat.name}.pt")
        model = make_model(KIND, **asked, tell=told, place=place, checkpoint=checkpoint)
        model.fit(evidence[repeat.learn])
        score = _score(model, evidence, repeat.test, seed)
        tested = {
            "moments": len(repeat.test),
            "people": len(np.unique(evidence.people[repeat.test])),
            "auc": score.value,
            "low": score.low,
            "high": score.high,
        }
        about = about_model(model, float(evidence.label[repeat.learn].mean()), learnt(repeat.learn))
        save_model(model, folder, about, intent_card(KIND, model.says, about.learnt, tested))


def _score(model: Any, evidence: Evidence, rows: Rows, seed: int) -> Interval:
    told = model.predict_proba(evidence[rows])[:, 1]
    return auc_interval(evidence.label[rows], told, evidence.people[rows], seed)


@dataclass(frozen=True, slots=True)
class Repeated:
    """A network of the repeats, and the rows it is tried on."""

    name: str
    model: SavedModel
    test: Rows
    span: Span

    @property
    def is_fold(self) -> bool:
        """Whether it is one of the folds of people, which see the whole window."""
        return self.name.startswith("fold")

    def told(self, evidence: Evidence) -> Floats:
        """What it says of the moments it is tried on, shape (n,)."""
        return self.model.predict_proba(evidence[self.test])[:, 1]


def load_repeats(run: Path, evidence: Evidence, learn: Rows, test: Rows, seed: int) -> tuple[Repeated, ...]:
    """The repeats of a run; none where it has none. The evidence must be that of the run."""
    if not (run / FOLDER).is_dir():
        return ()
    # Another number of folds may have been begun, or asked for later: the most that are whole.
    counts = {int(path.name.rsplit("-", 1)[1]) for path in (run / FOLDER).glob("fold-*-of-*")}
    whole = [n for n in counts if all((run / FOLDER / f"fold-{k + 1}-of-{n}").is_dir() for k in range(n))]
    folds = max(whole, default=0)
    found = []
    for repeat in repeats_of(evidence, learn, test, folds, seed):
        folder = run / FOLDER / repeat.name
        if folder.is_dir():
            model = SavedModel(folder)
            span = Span(model.about.settings["from_s"], model.about.settings["until_s"])
            found.append(Repeated(repeat.name, model, repeat.test, span))
    return tuple(found)
