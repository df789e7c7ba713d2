"""Training on a study: windows, split, every model asked for, each saved with its card.

    OUT/run.json          what was asked, of which study, and how each model did on the test people
    OUT/split.parquet     which session was learnt from and which was kept for the test
    OUT/windows.parquet   which windows there were: the study is known again by them, even when it has changed
    OUT/<kind>/           one model, as `saved.py` writes it
    OUT/repeats/          further networks, for the report's questions of seconds (`repeats.py`)
    OUT/.work/            checkpoints of networks that are being trained; gone when they are done

A run that was killed goes on: models that are done are left alone, a network goes on at its last epoch.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from telltale.core.errors import ConfigError, FormatError
from telltale.core.files import replacing_file
from telltale.core.progress import Progress, silent
from telltale.core.stages import StageTimer
from telltale.intent.cards import intent_card
from telltale.intent.contract import IntentModel
from telltale.intent.evidence import Evidence, Rows
from telltale.intent.evidence_build import build_evidence
from telltale.intent.intervals import Interval, auc_interval
from telltale.intent.live import read_logs, share_preceding
from telltale.intent.network_models import QUICK
from telltale.intent.registry import MODELS, NETWORKS, make_model
from telltale.intent.repeats import train_repeats
from telltale.intent.saved import SavedModel, about_model, save_model
from telltale.study.splits import By, Split, SplitSettings, split_sessions
from telltale.study.store import Study, read_table, write_table
from telltale.study.window_tensors import Reason
from telltale.study.windows import WindowSettings, label_windows

if TYPE_CHECKING:
    from telltale.intent.batch_gradients import Place

FEWEST_PEOPLE: Final = 10
"""With fewer, neither a test part nor the people who decide when a network stops can be set aside."""
_WORK: Final = ".work"
_SAME_SHARE: Final = 0.05
_MAY_DIFFER: Final = ("models", "device", "repeats")
"""Parts of the plan with which the same run may go on."""

Tell = Callable[[str, Any], None]
"""Is told a network's name and an epoch; None in its place when the network begins."""


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What is trained, and how."""

    models: tuple[str, ...] = tuple(MODELS)
    by: By = "person"
    test_share: float = 0.2
    quick: bool = False
    seed: int = 0
    device: str = "cpu"
    repeats: int = 0
    """Narrow networks on so many folds of the people, and on some seconds alone (`repeats.py`)."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Of the networks: width, depth, epochs ..."""

    def __post_init__(self) -> None:
        if not self.models:
            raise ValueError("no model to train: name one")
        if self.repeats == 1 or self.repeats < 0:
            raise ValueError("repeats are 0, or 2 folds of the people at least")
        if unknown := [kind for kind in self.models if kind not in MODELS]:
            raise ValueError(f"no model {unknown[0]!r}: there are {', '.join(MODELS)}")

    def model(self, kind: str) -> IntentModel:
        """A model as this plan wants it."""
        settings: dict[str, Any] = {"seed": self.seed}
        if kind in NETWORKS:
            settings |= {"device": self.device} | (QUICK if self.quick else {}) | self.settings
            known = MODELS[kind]().get_params()
            settings = {name: value for name, value in settings.items() if name in known}
        return make_model(kind, **settings)


@dataclass(frozen=True, slots=True, eq=False)
class TrainedModel:
    """One model and how it did on the test people."""

    kind: str
    folder: Path
    auc: Interval
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class TrainingRun:
    """What came of a run."""

    out: Path
    models: tuple[TrainedModel, ...]
    left_out: tuple[str, ...]
    """Why a model was not trained, one line each."""
    learnt: int
    tested: int


def train_study(
    study: Study,
    out: Path,
    plan: TrainingPlan,
    *,
    leave_out: tuple[Reason, ...] = (),
    workers: int = 1,
    progress: Progress = silent,
    tell: Tell | None = None,
    place: Place | None = None,
) -> TrainingRun:
    """Train every model of the plan on one split of a study.

    Parameters
    ----------
    out
        A new folder, or one in which the same run was begun.
    leave_out
        Windows that cannot be read for these reasons are left out; else they raise.
    place
        Where networks compute their gradients; in this process when not given.
    """
    _refuse_without_torch(plan)
    windows = label_windows(study, WindowSettings(seed=plan.seed)).table
    evidence = build_evidence(study, windows, leave_out=leave_out, workers=workers, progress=progress)
    _refuse_few(study, evidence)
    split = split_sessions(study, SplitSettings(plan.test_share, plan.by, seed=plan.seed))
    learn, test = rows_by_part(evidence, split.table)
    _refuse_untestable(evidence, learn, test)
    begun = _begin(out, study, plan, len(evidence), split)
    if not (out / "windows.parquet").is_file():
        write_table(out / "windows.parquet", windows.select(["window_id", "participant_id", "label"]))
    models, left_out = [], []
    for kind in plan.models:
        if "survey" in MODELS[kind].reads and not evidence.survey_items:
            left_out.append(f"{kind}: {study.manifest.name} has no surveys")
            continue
        models.append(_train_one(kind, plan, study, out, evidence, learn, test, begun, tell, place))
    if plan.repeats:
        train_repeats(
            out,
            evidence,
            learn,
            test,
            folds=plan.repeats,
            seed=plan.seed,
            settings={"device": plan.device} | plan.settings,
            learnt=partial(_learnt, study, evidence),
            work=out / _WORK,
            tell=tell,
            place=place,
        )
    shutil.rmtree(out / _WORK, ignore_errors=True)
    return TrainingRun(out, tuple(models), tuple(left_out), len(learn), len(test))


def rows_by_part(evidence: Evidence, split: pa.Table) -> tuple[Rows, Rows]:
    """Rows of the moments to learn from and of those kept for the test; other sessions are in neither."""
    rows = zip(split.column("session_id").to_pylist(), split.column("part").to_pylist(), strict=True)
    of_session = dict(rows)
    sessions = evidence.table.column("session_id").to_pylist()
    part = np.array([of_session.get(session, "") for session in sessions])
    return np.flatnonzero(part == "train"), np.flatnonzero(part == "test")


def _train_one(
    kind: str,
    plan: TrainingPlan,
    study: Study,
    out: Path,
    evidence: Evidence,
    learn: Rows,
    test: Rows,
    begun: dict[str, Any],
    tell: Tell | None,
    place: Place | None,
) -> TrainedModel:
    folder = out / kind
    if kind not in begun["models"] or not folder.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        model = plan.model(kind)
        if kind in NETWORKS:
            told = None if tell is None else partial(tell, kind)
            if told is not None:
                told(None)
            model.set_params(checkpoint=str(out / _WORK / f"{kind}.pt"), tell=told, place=place)
        timer = StageTimer()
        with timer(kind):
            model.fit(evidence[learn])
        score = model.predict_proba(evidence[test])[:, 1]
        found = auc_interval(evidence.label[test], score, evidence.people[test], plan.seed)
        learnt = _learnt(study, evidence, learn)
        tested = {
            "moments": len(test),
            "people": len(np.unique(evidence.people[test])),
            "auc": found.value,
            "low": found.low,
            "high": found.high,
        }
        about = about_model(model, float(evidence.label[learn].mean()), learnt)
        save_model(model, folder, about, intent_card(kind, model.says, learnt, tested))
        begun["models"][kind] = {**asdict(found), "seconds": timer.seconds[kind]}
        _note(out, begun)
    done = dict(begun["models"][kind])
    seconds = done.pop("seconds")
    return TrainedModel(kind, folder, Interval(**done), seconds)


def _learnt(study: Study, evidence: Evidence, learn: Rows) -> dict[str, Any]:
    return {
        "study": study.manifest.name,
        "simulated": bool(study.manifest.simulated),
        "moments": len(learn),
        "people": len(np.unique(evidence.people[learn])),
        "with_cart": int(evidence.label[learn].sum()),
    }


def _refuse_without_torch(plan: TrainingPlan) -> None:
    networks = [kind for kind in plan.models if kind in NETWORKS] or ["repeats"] * bool(plan.repeats)
    if networks and find_spec("torch") is None:
        raise ConfigError(
            f"{networks[0]} wants torch to learn",
            hint="pip install 'telltale-live[train]', or name others: --model acts --model clicks ...",
        )


def _refuse_few(study: Study, evidence: Evidence) -> None:
    people = len(np.unique(evidence.people))
    if people < FEWEST_PEOPLE:
        raise FormatError(
            f"{study.manifest.name} has windows of {people} people",
            hint=f"training wants {FEWEST_PEOPLE} at least",
        )


def _begin(out: Path, study: Study, plan: TrainingPlan, count: int, split: Split) -> dict[str, Any]:
    """What the run's file says: of this run if it was begun before, else of a new one."""
    asked = {
        "study": study.manifest.name,
        "windows": count,
        "plan": {name: value for name, value in asdict(plan).items() if name not in _MAY_DIFFER},
    }
    path = out / "run.json"
    if path.is_file():
        held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if held["asked"] != asked:
            raise ConfigError(
                f"{out} holds models of another run", hint="give another folder, or delete that one"
            )
        return held
    if out.exists() and any(out.iterdir()):
        raise ConfigError(f"{out} holds other files", hint="give another folder")
    begun: dict[str, Any] = {"asked": asked, "live_share": _live_share(study, split), "models": {}}
    write_table(out / "split.parquet", _plain(split.table))
    _note(out, begun)
    return begun


def same_study(run: Path, windows: pa.Table) -> bool:
    """Whether these are windows of the study that a run learnt from, some sessions more or less.

    Two studies may share a name and the numbers of their sessions; that many windows end at the same
    millisecond of the same person's session is no chance.
    """
    known = set(_marks(read_table(run / "windows.parquet")))
    marks = _marks(windows)
    return sum(mark in known for mark in marks) > _SAME_SHARE * min(len(marks), len(known))


def _marks(windows: pa.Table) -> list[tuple[str, str]]:
    columns = (windows.column(name).to_pylist() for name in ("window_id", "participant_id"))
    return list(zip(*columns, strict=True))


def _refuse_untestable(evidence: Evidence, learn: Rows, test: Rows) -> None:
    """Before anything is learnt: what is set aside must be able to judge."""
    for rows, part in ((learn, "learnt from"), (test, "set aside")):
        label = evidence.label[rows]
        if not len(rows) or label.all() or not label.any() or len(np.unique(evidence.people[rows])) < 2:
            raise FormatError(
                f"the moments {part} are not of two people at least, with a cart and without",
                hint="give another --test-share or --seed, or more sessions",
            )


def _live_share(study: Study, split: Split) -> float:
    """How many seconds of the sessions learnt from precede a cart."""
    rows = split.table.select(["session_id", "part"]).to_pylist()
    learnt = {row["session_id"] for row in rows if row["part"] == "train"}
    sessions = study.table("sessions", ["session_id", "duration_s"]).to_pylist()
    durations_s = {row["session_id"]: row["duration_s"] for row in sessions if row["session_id"] in learnt}
    return share_preceding(read_logs(study), durations_s)


def _plain(table: pa.Table) -> pa.Table:
    return table.select(["session_id", "participant_id", "part"])


def _note(out: Path, begun: dict[str, Any]) -> None:
    with replacing_file(out / "run.json") as beside:
        beside.write_text(json.dumps(begun, indent=2) + "\n", encoding="utf-8")


def load_run(out: Path) -> dict[str, SavedModel]:
    """The models of a run, by kind."""
    return {kind: SavedModel(out / kind) for kind in _read_run(out)["models"]}


def read_asked(out: Path) -> dict[str, Any]:
    """What a run was asked: study, windows, plan."""
    asked: dict[str, Any] = _read_run(out)["asked"]
    return asked


def read_live_share(out: Path) -> float:
    """How many seconds of the sessions that a run learnt from precede a cart."""
    return float(_read_run(out)["live_share"])


def _read_run(out: Path) -> dict[str, Any]:
    path = out / "run.json"
    if not path.is_file():
        raise FormatError(f"no models in {out}", hint="give a folder that `telltale train` wrote")
    held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return held
