"""`telltale train`: the paper's network and every baseline on one split of a study."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from telltale.cli import console
from telltale.cli.options import made
from telltale.core.errors import ConfigError

if TYPE_CHECKING:
    from telltale.intent.batch_gradients import Place
    from telltale.intent.study_training import TrainingRun
    from telltale.study.window_tensors import Reason


def train(
    folder: Annotated[Path, typer.Argument(help="Folder of a study.")],
    out: Annotated[Path, typer.Option(help="Folder for the models; the same again goes on where it was.")],
    model: Annotated[
        list[str] | None, typer.Option(help="Only this model; repeatable. All when not given.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Narrow networks, few epochs.")] = False,
    split_by: Annotated[
        Literal["person", "session"], typer.Option(help="Nobody on both sides, or the paper's way.")
    ] = "person",
    test_share: Annotated[float, typer.Option(help="Share of the sessions kept for the test.")] = 0.2,
    width: Annotated[int | None, typer.Option(min=1, help="Filters of the networks.")] = None,
    depth: Annotated[int | None, typer.Option(min=1, max=10, help="Blocks of the networks.")] = None,
    kernel: Annotated[int | None, typer.Option(min=2, help="Rows a convolution sees.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs at most.")] = None,
    repeats: Annotated[
        int, typer.Option(min=0, help="Also narrow networks on so many folds and on some seconds alone.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is random.")] = 0,
    device: Annotated[Literal["cpu", "cuda"], typer.Option(help="Where the networks learn.")] = "cpu",
    ray: Annotated[
        str | None, typer.Option(help="Networks learn over this Ray cluster; 'local' begins one here.")
    ] = None,
    ray_workers: Annotated[
        int | None, typer.Option(min=1, help="Workers on it; one for each core or card when not given.")
    ] = None,
    leave_out_no_consent: Annotated[
        bool, typer.Option(help="Leave people without consent out, else refuse.")
    ] = False,
    leave_out_no_signal: Annotated[
        bool, typer.Option(help="Leave sessions without a signal out, else refuse.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that read; every core when not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Train models of who is about to buy, and say how each does on people it has not seen."""
    from telltale.cli.training_bar import training_bars
    from telltale.core.pool import default_workers
    from telltale.intent.registry import MODELS
    from telltale.intent.study_training import TrainingPlan, train_study
    from telltale.study.store import Study

    asked = {"width": width, "depth": depth, "kernel": kernel, "epochs": epochs}
    plan = made(
        TrainingPlan,
        models=tuple(model or MODELS),
        by=split_by,
        test_share=test_share,
        quick=quick,
        seed=seed,
        device=device,
        repeats=repeats,
        settings={name: value for name, value in asked.items() if value is not None},
    )
    study = Study.open(folder)
    reasons: dict[Reason, bool] = {"no-consent": leave_out_no_consent, "no-signal": leave_out_no_signal}
    with _place(ray, ray_workers, device) as place, training_bars() as tell:
        run = train_study(
            study,
            out,
            plan,
            leave_out=tuple(reason for reason, wanted in reasons.items() if wanted),
            workers=workers or default_workers(),
            progress=console.progress,
            tell=tell,
            place=place,
        )
    if as_json:
        console.print_json(_facts(run))
    else:
        _print(run)


def _place(
    ray: str | None, workers: int | None, device: Literal["cpu", "cuda"]
) -> AbstractContextManager[Place | None]:
    """Where networks learn: on a cluster if one is named."""
    if ray is not None:
        from telltale.intent.ray_cluster import ray_cluster

        return ray_cluster(ray, workers, device)
    if workers is not None:
        raise ConfigError("--ray-workers are of a cluster", hint="name one with --ray, such as --ray local")
    return nullcontext()


def _facts(run: TrainingRun) -> dict[str, object]:
    return {
        "out": str(run.out),
        "learnt_from": run.learnt,
        "tested_on": run.tested,
        "models": [
            {"model": m.kind, "auc": m.auc.value, "low": m.auc.low, "high": m.auc.high, "seconds": m.seconds}
            for m in run.models
        ],
        "left_out": list(run.left_out),
    }


def _print(run: TrainingRun) -> None:
    rows = [
        (m.kind, f"{m.auc.value:.3f}", f"{m.auc.low:.3f} - {m.auc.high:.3f}", f"{m.seconds:.0f} s")
        for m in sorted(run.models, key=lambda m: -m.auc.value)
    ]
    console.print_table(
        f"AUC on {run.tested:,} half minutes of people not seen (learnt from {run.learnt:,})",
        ["model", "AUC", "95 % interval", "training"],
        rows,
    )
    for line in run.left_out:
        console.out.print(console.escape(f"left out: {line}"), soft_wrap=True)
    console.out.print(f"written to {console.escape(str(run.out))}/", soft_wrap=True)
