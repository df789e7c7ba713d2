"""The gradient of a batch over a Ray cluster: each worker holds the network and learns from its share.

    weights > N workers, each the gradient of its rows > added up in the workers' order > a step here

Windows that lie in a file stay there: a worker maps them by the file's path, and no face goes over the
network. Others are put into the cluster's memory once.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from telltale.core.errors import ConfigError, FormatError, TelltaleError
from telltale.intent.batch_gradients import AbstractGradients, Lesson, Turn, add_gradient, judge
from telltale.intent.evidence import Array, Rows

_READY_S: Final = 180.0
"""A worker imports torch before it can say anything."""

Weights = list[npt.NDArray[np.float32]]
Gradients = list[npt.NDArray[np.float32] | None]


@dataclass(frozen=True, slots=True)
class MappedFile:
    """Where an array lies that is mapped from disk: sent as an array, it would be sent whole."""

    path: str
    offset: int
    dtype: str
    shape: tuple[int, ...]

    @classmethod
    def of(cls, values: npt.NDArray[Any]) -> MappedFile | None:
        """None for an array in memory, and for a part of a file: a part does not know where it begins."""
        held: Any = values.base
        if not (isinstance(values, np.memmap) and isinstance(held, mmap.mmap) and values.flags.c_contiguous):
            return None
        return cls(str(values.filename), values.offset, values.dtype.str, values.shape)

    def open(self) -> npt.NDArray[Any]:
        """The array, mapped again."""
        try:
            return np.memmap(self.path, self.dtype, "r", self.offset, self.shape)
        except OSError as error:
            raise FormatError(
                f"a machine of the Ray cluster cannot read {self.path}",
                hint="put the study where all of them find it by the same path",
            ) from error


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """What a worker is given as it begins."""

    network: type[nn.Module]
    made_of: dict[str, Any]
    """Of the network, which cannot be sent itself: torch sends no weights that are made of others."""
    lesson: Lesson
    """Without its windows' values where those lie in a file."""
    file: MappedFile | None

    @classmethod
    def of(cls, net: nn.Module, lesson: Lesson) -> Sent:
        """Of a network and a lesson."""
        values = lesson.windows.faces.values
        file = MappedFile.of(values)
        if file is not None:
            lesson = _with_values(lesson, np.empty((0, *values.shape[1:]), values.dtype))
        made_of: Any = net.made_of
        return cls(type(net), made_of, lesson, file)

    def lesson_there(self) -> Lesson:
        """The lesson with all its windows."""
        return self.lesson if self.file is None else _with_values(self.lesson, self.file.open())


def _with_values(lesson: Lesson, values: npt.NDArray[Any]) -> Lesson:
    faces = replace(lesson.windows.faces, values=values)
    return replace(lesson, windows=replace(lesson.windows, faces=faces))


class Worker:
    """In a process of the cluster: the network and what it learns from."""

    def begin(self, sent: Sent) -> None:
        """Open all. Ray hides what goes wrong in a constructor, so it is not done there."""
        self._lesson = sent.lesson_there()
        self._net = sent.network(**sent.made_of).to(self._lesson.device)

    def gradient(
        self, weights: Weights, rows: Rows, turn: Turn, part: int, count: int
    ) -> tuple[Gradients, float]:
        """The gradient of a part of a batch, None for a weight that is not used; its share of the loss."""
        self._take(weights)
        self._net.zero_grad()
        loss = add_gradient(self._net, self._lesson, rows, turn, part=part, count=count)
        held = (weight.grad for weight in self._net.parameters())
        return [None if grad is None else grad.cpu().numpy() for grad in held], loss

    def log_odds(self, weights: Weights, rows: Rows) -> Array:
        """Of some moments as they are. Shape (n,)."""
        self._take(weights)
        return judge(self._net, self._lesson.windows, rows, device=self._lesson.device)

    @torch.no_grad()
    def _take(self, weights: Weights) -> None:
        for held, value in zip(self._net.parameters(), weights, strict=True):
            held.copy_(torch.tensor(value))  # What Ray hands over may not be written to: it is copied.


class RayGradients(AbstractGradients):
    """Over workers of a cluster; the network itself stays here."""

    def __init__(self, net: nn.Module, workers: list[Any]) -> None:
        self._net = net.cpu()
        self.workers = workers
        """Ray's handles."""

    def compute(self, rows: Rows, turn: Turn) -> float:
        import ray

        with _loss_told():
            weights = self._weights()
            found = ray.get(
                [
                    worker.gradient.remote(weights, share, turn, part, len(rows))
                    for part, (worker, share) in enumerate(self._shares(rows))
                ]
            )
        of_weight = zip(*(gradients for gradients, _ in found), strict=True)
        for weight, parts in zip(self._net.parameters(), of_weight, strict=True):
            weight.grad = None if parts[0] is None else torch.from_numpy(np.add.reduce(parts))
        return float(sum(loss for _, loss in found))

    def log_odds(self, rows: Rows) -> Array:
        import ray

        with _loss_told():
            weights = self._weights()
            found = ray.get([worker.log_odds.remote(weights, share) for worker, share in self._shares(rows)])
        return np.concatenate([np.zeros(0, np.float32), *found])

    def _weights(self) -> Any:
        """In the cluster's memory, once for all workers."""
        import ray

        return ray.put([weight.detach().numpy() for weight in self._net.parameters()])

    def _shares(self, rows: Rows) -> list[tuple[Any, Rows]]:
        """Who computes which rows; a small batch leaves some without."""
        shares = np.array_split(rows, len(self.workers))
        return [(worker, share) for worker, share in zip(self.workers, shares, strict=True) if len(share)]


@dataclass(frozen=True, slots=True)
class RayPlace:
    """So many workers of the cluster that this process is connected to (`ray_cluster.py`)."""

    workers: int

    @contextmanager
    def __call__(self, net: nn.Module, lesson: Lesson) -> Iterator[RayGradients]:
        """Workers for the training of one network, ended after it."""
        import ray

        card = int(lesson.device == "cuda")
        kind: Any = ray.remote(Worker)
        workers = [kind.options(num_cpus=1, num_gpus=card).remote() for _ in range(self.workers)]
        try:
            self._begin(workers, Sent.of(net, lesson))
            yield RayGradients(net, workers)
        finally:
            if ray.is_initialized():  # Else Ray would begin a cluster, to end them on it.
                for worker in workers:
                    ray.kill(worker)

    def _begin(self, workers: list[Any], sent: Sent) -> None:
        import ray
        from ray.exceptions import GetTimeoutError, RayError

        try:
            given = ray.put(sent)
            with _told_as_raised():
                ray.get([worker.begin.remote(given) for worker in workers], timeout=_READY_S)
        except GetTimeoutError as error:
            raise ConfigError(
                f"the Ray cluster had no room for {self.workers} workers in {_READY_S:.0f} s",
                hint="ask for fewer with --ray-workers, or try again when it is free",
            ) from error
        except RayError as error:
            raise ConfigError(
                f"a worker of the Ray cluster could not begin: {last_line(error)}",
                hint="each of its machines wants the same Python and the same telltale-live[ray] as this one",
            ) from error


@contextmanager
def _told_as_raised() -> Iterator[None]:
    """What a worker raised is raised here as it was."""
    from ray.exceptions import RayTaskError

    try:
        yield
    except RayTaskError as error:
        raise error.cause from error


@contextmanager
def _loss_told() -> Iterator[None]:
    """A worker that was lost, or the whole cluster, is told of in one line."""
    from ray.exceptions import RayError

    try:
        with _told_as_raised():
            yield
    except (RayError, ConnectionError) as error:
        raise TelltaleError(
            "a worker of the Ray cluster was lost, most often for want of memory",
            hint="give the same command again: it goes on at the epoch it was in",
        ) from error


def last_line(error: Exception) -> str:
    """Of Ray's many: what went wrong comes last."""
    lines = str(error).strip().splitlines()
    return lines[-1].strip() if lines else type(error).__name__
