"""Many small jobs, one commit: a thread that writes whatever has gathered while it wrote the last.

A commit that lasts costs milliseconds, whatever is in it. So the writer takes all jobs that wait, does them
in one transaction, commits, and only then tells each that it is done. The busier it is, the more share a
commit.

A job is a function of a transaction. It may be done more than once: beside a job that fails, or after a lost
connection, when nobody knows whether the commit arrived. So it must come to the same when done again: keys,
and ON CONFLICT DO NOTHING. A job whose commit arrived unheard finds its own rows there and gets none back.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, Final, Self, TypeVar

from telltale.records.database import AbstractDatabase, AbstractTransaction, Value
from telltale.records.errors import LostDatabaseError, QueueFullError, RecordsError

Result = TypeVar("Result")
Job = Callable[[AbstractTransaction], Any]

MOST_WAITING: Final = 10_000
MOST_IN_COMMIT: Final = 1_000
WAITS_S: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 5.0, 5.0, 5.0)
"""How long before each further try to reach a lost database; after the last its jobs fail."""


@dataclass(frozen=True, slots=True)
class WriterCounts:
    """What a writer has done so far."""

    commits: int = 0
    jobs: int = 0
    """Jobs that were committed."""
    failed: int = 0
    repeats: int = 0
    """Times that a lost connection made the jobs of a commit be done again."""
    commit_s: float = 0.0
    """Seconds in transactions that were committed, all together."""
    longest_s: float = 0.0

    @property
    def jobs_a_commit(self) -> float:
        """
        >>> WriterCounts(commits=2, jobs=5).jobs_a_commit
        2.5
        """
        return self.jobs / self.commits if self.commits else 0.0


class GroupWriter:
    """Commits jobs of many threads together.

    Parameters
    ----------
    most_waiting
        Jobs beyond this many are refused, or wait, as `submit` is told.
    waits_s
        How long to wait before each further try to reach a lost database.

    >>> import tempfile
    >>> from telltale.records.database import open_database
    >>> database = open_database(f"sqlite:///{tempfile.mkdtemp()}/demo.db")
    >>> with GroupWriter(database) as writer:
    ...     made = writer.submit(lambda t: t.run("CREATE TABLE seats (seat INTEGER PRIMARY KEY)"))
    ...     writer.submit_rows("INSERT INTO seats VALUES (?)", [(1,), (2,)]).result()
    2
    >>> database.rows("SELECT COUNT(*) FROM seats"), database.close()
    ([(2,)], None)
    """

    def __init__(
        self,
        database: AbstractDatabase,
        *,
        most_waiting: int = MOST_WAITING,
        most_in_commit: int = MOST_IN_COMMIT,
        waits_s: Sequence[float] = WAITS_S,
    ) -> None:
        self._database = database
        self._most_waiting, self._most_in_commit = most_waiting, most_in_commit
        self._waits_s = tuple(waits_s)
        self._waiting: deque[tuple[Job, Future[Any]]] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._counts = WriterCounts()
        self._thread = threading.Thread(target=self._work, name="telltale-writer", daemon=True)
        self._thread.start()

    @property
    def counts(self) -> WriterCounts:
        """What was done so far."""
        return self._counts

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return len(self._waiting)

    def submit(
        self, job: Callable[[AbstractTransaction], Result], *, wait_s: float | None = 0.0
    ) -> Future[Result]:
        """Have a job done; its future holds what it returned, once that is committed.

        Parameters
        ----------
        wait_s
            How long to wait for a place when too many jobs wait already; `None` waits without end.

        Raises
        ------
        QueueFullError
            When there was no place in that time. The job is not done.
        """
        future: Future[Result] = Future()
        with self._changed:
            self._changed.wait_for(self._has_place, wait_s)
            if self._closing:
                raise RecordsError("the writer is closed", hint="open a new one")
            if not self._has_place():
                hint = "write less, or give the database a faster disk"
                raise QueueFullError(f"{len(self._waiting)} jobs wait for {self._database.name}", hint=hint)
            self._waiting.append((job, future))
            self._changed.notify_all()
        return future

    def submit_rows(
        self, sql: str, rows: Sequence[Sequence[Value]], *, wait_s: float | None = 0.0
    ) -> Future[int]:
        """Have one statement done for each row; the future holds how many rows they touched."""
        return self.submit(lambda transaction: transaction.run_many(sql, rows), wait_s=wait_s)

    def close(self) -> None:
        """Do all that waits, then stop. A second time does nothing."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _has_place(self) -> bool:
        return self._closing or len(self._waiting) < self._most_waiting

    def _work(self) -> None:
        while taken := self._take():
            try:
                self._do(taken)
            except BaseException as error:
                # Whatever it is, nobody may wait for ever.
                self._fail(taken, error)

    def _take(self) -> list[tuple[Job, Future[Any]]]:
        """All that waits, up to the most of one commit; nothing means that the writer is to stop."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                count = min(len(self._waiting), self._most_in_commit)
                taken = [self._waiting.popleft() for _ in range(count)]
                self._changed.notify_all()
            live = [(job, future) for job, future in taken if future.set_running_or_notify_cancel()]
            if live or not taken:
                return live

    def _do(self, taken: list[tuple[Job, Future[Any]]]) -> None:
        jobs = [job for job, _ in taken]
        for wait_s in (*self._waits_s, None):
            try:
                outcomes, seconds = self._transact(jobs)
                break
            except LostDatabaseError:
                if wait_s is None:
                    raise
                self._counts = replace(self._counts, repeats=self._counts.repeats + 1)
                time.sleep(wait_s)
        errors = sum(outcome.error is not None for outcome in outcomes)
        before = self._counts
        self._counts = WriterCounts(
            before.commits + 1,
            before.jobs + len(outcomes) - errors,
            before.failed + errors,
            before.repeats,
            before.commit_s + seconds,
            max(before.longest_s, seconds),
        )
        for (_, future), outcome in zip(taken, outcomes, strict=True):
            outcome.tell(future)

    def _transact(self, jobs: list[Job]) -> tuple[list[_Outcome], float]:
        """Do the jobs in one transaction; where one fails, again, each in a savepoint of its own."""
        start = time.perf_counter()
        try:
            with self._database.transaction() as transaction:
                outcomes = [_Outcome(job(transaction)) for job in jobs]
        except LostDatabaseError:
            raise
        except Exception:
            # Savepoints cost two statements a job, so they are set only when one has failed.
            start = time.perf_counter()
            with self._database.transaction() as transaction:
                outcomes = [_guarded(job, transaction) for job in jobs]
        return outcomes, time.perf_counter() - start

    def _fail(self, taken: list[tuple[Job, Future[Any]]], error: BaseException) -> None:
        waiting = [future for _, future in taken if not future.done()]
        self._counts = replace(self._counts, failed=self._counts.failed + len(waiting))
        for future in waiting:
            future.set_exception(error)


@dataclass(frozen=True, slots=True)
class _Outcome:
    value: Any = None
    error: Exception | None = None

    def tell(self, future: Future[Any]) -> None:
        if self.error is None:
            future.set_result(self.value)
        else:
            future.set_exception(self.error)


def _guarded(job: Job, transaction: AbstractTransaction) -> _Outcome:
    try:
        with transaction.savepoint():
            return _Outcome(job(transaction))
    except LostDatabaseError:
        raise
    except Exception as error:
        return _Outcome(error=error)
