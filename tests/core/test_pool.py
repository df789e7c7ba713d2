"""Work on processes: the same results as in one, in the order of the items, errors and all."""

import os
import signal
from itertools import islice

import pytest

from telltale.core.errors import ConfigError, ConsentError, TelltaleError
from telltale.core.pool import default_workers, imap
from telltale.core.rng import stream


def draw(item: int) -> tuple[int, float]:
    """Random numbers that depend on the item alone."""
    return item, float(stream(7, "pool", item).random())


def refuse_three(item: int) -> int:
    """Fail on one item as a reader of faces would."""
    if item == 3:
        raise ConsentError("p3 has not agreed", hint="leave p3 out")
    return item


def end_abruptly(item: int) -> int:
    """Die as a process does that the system has ended."""
    os.kill(os.getpid(), signal.SIGKILL)
    return item


def test_one_worker_and_two_give_the_same() -> None:
    items = list(range(8))
    alone = list(imap(draw, items, workers=1))
    assert list(imap(draw, items, workers=2)) == alone
    assert [item for item, _ in alone] == items


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_comes_through_whole(workers: int) -> None:
    results = imap(refuse_three, [1, 2, 3, 4], workers=workers)
    assert list(islice(results, 2)) == [1, 2]
    with pytest.raises(ConsentError) as caught:
        next(results)
    assert str(caught.value) == "p3 has not agreed: leave p3 out"
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("workers", [None, 1, 2])
def test_no_items_give_no_results(workers: int | None) -> None:
    assert list(imap(draw, [], workers=workers)) == []


def test_one_worker_stays_in_this_process_and_is_lazy() -> None:
    seen: list[int] = []
    results = imap(seen.append, [1, 2, 3], workers=1)
    assert seen == []
    next(results)
    assert seen == [1]


def threads_of_the_libraries(item: int) -> tuple[str, str]:
    """What a worker's libraries are told of threads."""
    del item
    return os.environ["OMP_NUM_THREADS"], os.environ["OPENCV_FOR_THREADS_NUM"]


def test_each_worker_computes_on_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OMP_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
        monkeypatch.delenv(name, raising=False)
    assert list(imap(threads_of_the_libraries, [1, 2], workers=2)) == [("1", "1")] * 2
    assert "OPENCV_FOR_THREADS_NUM" not in os.environ


@pytest.mark.skipif(os.name != "posix", reason="ends a process by a signal of POSIX")
def test_a_worker_that_is_ended_from_outside_gets_one_line() -> None:
    with pytest.raises(TelltaleError, match="use fewer workers"):
        list(imap(end_abruptly, [1, 2], workers=2))


@pytest.mark.parametrize("workers", [0, -1])
def test_no_workers_are_refused(workers: int) -> None:
    with pytest.raises(ConfigError, match="give at least one"):
        list(imap(draw, [1, 2], workers=workers))


def test_there_is_at_least_one_core() -> None:
    assert default_workers() >= 1
