"""Training over a cluster that is begun for it: it learns what one process does, and goes on after a loss."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.intent.moments import moments
from torch import Tensor, nn

from telltale.core.errors import ConfigError, FormatError, TelltaleError
from telltale.intent.augment import Augmentation, Windows
from telltale.intent.batch_gradients import Lesson, Place, in_this_process
from telltale.intent.evidence import FaceRows, Span
from telltale.intent.network_training import Epoch, Schedule, Tell, train_network
from telltale.intent.networks import Tcn
from telltale.intent.ray_cluster import ray_cluster
from telltale.intent.ray_gradients import MappedFile, RayGradients, RayPlace, Sent
from telltale.intent.scaler import Scaler


def mapped_moments(folder: Path) -> FaceRows:
    """The moments' faces in a file, as those of a study."""
    np.save(folder / "faces.npy", moments().faces.values.astype(np.float16))
    return FaceRows(np.load(folder / "faces.npy", mmap_mode="r"), moments().faces.places)


def windows_of(faces: FaceRows) -> Windows:
    return Windows(faces, Span(), Scaler.of([faces.take(slice(None), Span())]), 28)


def learn(
    place: Place,
    faces: FaceRows,
    *,
    dropout: float,
    tell: Tell = lambda _: None,
    checkpoint: Path | None = None,
) -> dict[str, Tensor]:
    """Train a small network: the last batch of an epoch has one row, and one weight is not used."""
    torch.manual_seed(0)
    net, rows = Tcn(128, width=6, depth=3, dropout=dropout, pooling="mean"), np.arange(65)
    train_network(
        net,
        windows_of(faces),
        moments().label,
        rows,
        rows,
        Schedule(epochs=3, warm_up=1, batch=32, rate=1e-2),
        Augmentation(),
        tell=tell,
        place=place,
        checkpoint=checkpoint,
    )
    return net.state_dict()


@pytest.fixture(scope="module")
def two_workers() -> Iterator[RayPlace]:
    with ray_cluster("local", 2) as place:
        yield place


@pytest.mark.slow
def test_two_workers_learn_what_one_process_does(two_workers: RayPlace, tmp_path: Path) -> None:
    faces = mapped_moments(tmp_path)
    assert MappedFile.of(faces.values) is not None
    epochs: list[Epoch] = []
    here = learn(in_this_process, faces, dropout=0.0, tell=epochs.append)
    # Judged on what it learns from it is best at the end: the weights are those of all its steps.
    assert epochs[-1].held_out_loss == min(epoch.held_out_loss for epoch in epochs)
    there = learn(two_workers, faces, dropout=0.0)
    for name, value in here.items():
        torch.testing.assert_close(there[name], value, atol=1e-4, rtol=0, msg=name)


@pytest.mark.slow
def test_a_run_that_lost_a_worker_goes_on_and_ends_with_the_same_bytes(
    two_workers: RayPlace, tmp_path: Path
) -> None:
    """Each worker drops out by its own stream, so two of them always learn the same."""
    import ray

    running: list[RayGradients] = []

    @contextmanager
    def watched(net: nn.Module, lesson: Lesson) -> Iterator[RayGradients]:
        with two_workers(net, lesson) as gradients:
            running.append(gradients)
            yield gradients

    def kill_one(epoch: Epoch) -> None:
        if epoch.number == 2:
            process = ray.get(running[-1].workers[1].__ray_call__.remote(lambda _: os.getpid()))
            os.kill(process, signal.SIGKILL)

    faces, checkpoint = moments().faces, tmp_path / "net.pt"
    epochs: list[Epoch] = []
    whole = learn(two_workers, faces, dropout=0.3, tell=epochs.append)
    with pytest.raises(
        TelltaleError, match=r"a worker of the Ray cluster was lost.*: give the same command again"
    ):
        learn(watched, faces, dropout=0.3, tell=kill_one, checkpoint=checkpoint)
    rest: list[Epoch] = []
    resumed = learn(two_workers, faces, dropout=0.3, tell=rest.append, checkpoint=checkpoint)
    assert rest == epochs[2:]
    for name, value in whole.items():
        assert torch.equal(resumed[name], value), name


@pytest.mark.slow
def test_what_a_worker_refuses_is_told_as_it_was(two_workers: RayPlace, tmp_path: Path) -> None:
    faces = mapped_moments(tmp_path)
    windows = windows_of(faces)
    (tmp_path / "faces.npy").unlink()
    lesson = Lesson(windows, moments().label, 1.0, Augmentation(), 0, "cpu", "auto")
    with (
        pytest.raises(FormatError, match=r"cannot read .*faces\.npy: put the study"),
        RayPlace(1)(Tcn(128), lesson),
    ):
        pass


def test_faces_in_a_file_are_not_sent(tmp_path: Path) -> None:
    faces = mapped_moments(tmp_path)
    lesson = Lesson(windows_of(faces), moments().label, 1.0, Augmentation(), 0, "cpu", "auto")
    sent = pickle.dumps(Sent.of(Tcn(128), lesson))
    assert len(sent) < 10_000 < faces.values.nbytes
    there = pickle.loads(sent).lesson_there().windows
    rows = np.arange(20)
    np.testing.assert_array_equal(there.batch(rows), lesson.windows.batch(rows))
    # A part of a file does not know where it begins, and an array in memory has no file.
    assert MappedFile.of(faces.values[3:]) is None
    assert MappedFile.of(np.array(faces.values)) is None


@pytest.mark.parametrize(
    ("address", "reason"),
    [("nonsense", "no address"), ("127.0.0.1:1", "answers"), ("ray://127.0.0.1:1", "answers")],
)
def test_an_address_with_no_cluster_is_told_in_one_line(address: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason), ray_cluster(address):
        pass


def test_without_ray_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with (
        pytest.raises(ConfigError, match=r"wants Ray: pip install 'telltale-live\[ray\]'"),
        ray_cluster("local"),
    ):
        pass
