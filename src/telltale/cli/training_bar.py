"""How far training is, on stderr: a bar for each network on a terminal, else a line for each epoch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from telltale.cli import console

if TYPE_CHECKING:
    from telltale.intent.study_training import Tell


@contextmanager
def training_bars() -> Iterator[Tell]:
    """What is to be told of each network and its epochs; the bars go when training is done."""
    if not console.err.is_terminal:
        yield _tell
        return
    bars = _Bars()
    try:
        yield bars.tell
    finally:
        bars.progress.stop()


def _tell(name: str, epoch: Any) -> None:
    if epoch is not None:
        console.err.print(console.escape(f"{name} {epoch}"), soft_wrap=True)


class _Bars:
    """One for each network over its epochs, with loss and AUC of the last."""

    def __init__(self) -> None:
        told = TextColumn("{task.fields[told]}", markup=False)
        columns = (TextColumn("{task.description}"), BarColumn(20), told, TimeRemainingColumn())
        self.progress = Progress(*columns, console=console.err, transient=True)
        self._tasks: dict[str, TaskID] = {}

    def tell(self, name: str, epoch: Any) -> None:
        # Not before: the reading of windows has a bar of its own, and a terminal shows one at a time.
        self.progress.start()
        if epoch is None:
            self._end_all()
            # How many epochs there may be the first one says.
            self._tasks[name] = self.progress.add_task(name, total=None, told="first epoch")
        else:
            told = f"epoch {epoch.number}/{epoch.most}, loss {epoch.loss:.3f}, "
            told += f"AUC of people held out {epoch.held_out_auc:.3f}"
            self.progress.update(self._tasks[name], completed=epoch.number, total=epoch.most, told=told)

    def _end_all(self) -> None:
        """A network that stopped early has no epochs to come."""
        for task in self.progress.tasks:
            self.progress.update(task.id, total=task.completed)
