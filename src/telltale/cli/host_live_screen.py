"""How `telltale host live` tells what is known: lines in the terminal, and a page that ends by saying why."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from telltale.cli import console
from telltale.core import clock
from telltale.core.errors import TelltaleError

if TYPE_CHECKING:
    from telltale.host.live_board import LiveBoard, LiveState
    from telltale.report.host_live import Ended

STOPPED: Final = "whoever followed it stopped it"
_RELOAD_S: Final = 10.0
_ADDRESS: Final = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+?(?=[:,.]?(?:\s|$))", re.IGNORECASE)


class LiveScreen:
    """Tells what is known: a line in the terminal when it changes, and a page where one was asked for.

    Parameters
    ----------
    report
        Folder of the page; none is written if left out.
    caveat
        What must be said of the names of expressions.
    """

    def __init__(self, report: Path | None, title: str, caveat: str) -> None:
        self._report, self._title, self._caveat = report, title, caveat
        self._written, self._last, self._left_out = False, "", ""
        self._told_faces, self._told_left_out = False, False

    @contextlib.contextmanager
    def following(self, board: LiveBoard) -> Iterator[None]:
        """Write the first page; where what is done within breaks off, the last one says why."""
        self._page(board.state)
        # What an export holds already may show that it is of another broadcast, or of another hour.
        self._tell_left_out(board.state)
        try:
            yield
        except BaseException as error:
            from telltale.report.host_live import Ended

            # A disk that is full may be why: the page stays as it is, and the error goes on.
            with contextlib.suppress(OSError):
                self._page(board.state, Ended(without_keys(_why(error)), broken=True))
            raise

    def tell(self, state: LiveState) -> None:
        """Tell it anew."""
        from telltale.host.live_board import live_words

        # At the begin and once while it runs; how many there were in the end is told then.
        if not self._told_left_out:
            self._told_left_out = self._tell_left_out(state)
        self._line(state, live_words(state)[0])
        self._page(state)

    def tell_faces(self, several: Sequence[str], named: Sequence[str], unseen: Sequence[str]) -> None:
        """Say once whose faces show, where that may not be what was meant.

        Parameters
        ----------
        several
            The faces that were read long, the longest first.
        unseen
            Those of `named` that were not seen.
        """
        line = ""
        if unseen:
            line = (
                f"not seen so far: face {', '.join(unseen)}; in the picture: {', '.join(several) or 'none'}"
            )
        elif len(several) > 1 and not named:
            both = " ".join(f"--face {name}" for name in several)
            line = (
                f"{len(several)} faces show, and the host is taken to be the one that is read longest, now "
                f"{several[0]}: with {both} they are hosts together"
            )
        if line and not self._told_faces:
            console.err.print(console.escape(line), soft_wrap=True)
            self._told_faces = True

    def end(self, state: LiveState, why: str, *, broken: bool = False) -> None:
        """Tell it for the last time, and why.

        Parameters
        ----------
        broken
            Whether it should have gone on.
        """
        from telltale.host.live_board import live_words
        from telltale.report.host_live import Ended

        self._last = ""
        answer, *more = live_words(state, over=True)
        self._line(state, answer)
        for line in more:
            console.out.print(console.escape(line), soft_wrap=True)
        self._tell_left_out(state)
        if broken:
            console.err.print(console.escape(why), soft_wrap=True)
        self._page(state, Ended(without_keys(why), broken=broken))

    def _tell_left_out(self, state: LiveState) -> bool:
        if not state.left_out or state.left_out == self._left_out:
            return False
        console.err.print(console.escape(state.left_out), soft_wrap=True)
        self._left_out = state.left_out
        return True

    def _line(self, state: LiveState, answer: str) -> None:
        if answer != self._last:
            minutes = state.stretches * state.every_s / 60
            console.out.print(console.escape(f"{minutes:5.1f} min  {answer}"), soft_wrap=True)
            self._last = answer

    def _page(self, state: LiveState, ended: Ended | None = None) -> None:
        from telltale.report.host_live import write_live_page

        if self._report is None:
            return
        page = write_live_page(
            state,
            self._report,
            title=f"{self._title}: what goes along",
            written=clock.now(),
            again=self._written,
            reload_s=min(state.every_s, _RELOAD_S),
            ended=ended,
            caveat=self._caveat,
        )
        if not self._written:
            console.err.print(f"Open {console.escape(str(page))}", soft_wrap=True)
        self._written = True


def without_keys(line: str) -> str:
    """A line for others to see: addresses without who may look at them.

    >>> without_keys("rtsp://me:***@10.0.0.2/live?key=7: look whether it runs")
    'rtsp://10.0.0.2/live: look whether it runs'
    """
    from telltale.perceive.origin import plain_name

    return _ADDRESS.sub(lambda found: plain_name(found[0]), line)


def _why(error: BaseException) -> str:
    """In one line.

    >>> _why(KeyboardInterrupt()), _why(ZeroDivisionError("division by zero"))
    ('whoever followed it stopped it', 'a fault of Telltale (ZeroDivisionError)')
    """
    if isinstance(error, KeyboardInterrupt):
        return STOPPED
    if isinstance(error, (TelltaleError, OSError)):
        return " ".join(str(error).split())
    return f"a fault of Telltale ({type(error).__name__})"
