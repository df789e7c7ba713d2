"""Receiving live pictures in a thread of its own: it keeps the newest, and connects again when cut off."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from av import error as av_error
from av.container import InputContainer
from av.video.frame import VideoFrame

from telltale.core.errors import TelltaleError
from telltale.media.containers import StreamError, video_stream
from telltale.media.decoding import decoded
from telltale.media.frame import SourceCounts
from telltale.media.pace import Pace

KEPT = 2
"""Pictures that wait for the reader; an older one makes room for a newer."""

ENDING_FORMATS = {"hls", "dash"}
"""Streams that say when they are over; any other that closes may come back."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a live source is waited for, in seconds."""

    stall_s: float = 1.0
    """Silence that counts as a stall, and lateness that is shown as a gap in time."""
    silence_s: float = 5.0
    """Silence after which the connection is given up and made anew."""
    give_up_s: float = 60.0
    """Silence after which reading ends with an error."""
    first_retry_s: float = 0.25
    longest_retry_s: float = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Received:
    """A decoded picture and when it was shown, on the reception's clock."""

    at_s: float
    picture: VideoFrame
    pixel_aspect: float


class Reception(threading.Thread):
    """Fills `pictures`, the newest last, until `stop` or until patience ends; `wait` hands them over."""

    def __init__(
        self,
        connect: Callable[[], InputContainer],
        name: str,
        counts: SourceCounts,
        *,
        patience: Patience,
        threads: int,
        now: Callable[[], float],
        asked_s: float | None = None,
    ) -> None:
        super().__init__(name=f"receives {name}", daemon=True)
        self._connect, self._source_name, self._counts = connect, name, counts
        self._patience, self._threads, self._now = patience, threads, now
        self._asked_s = asked_s
        self._pace = Pace(patience.stall_s)
        self._stopping = threading.Event()
        self._changed = threading.Condition()
        self._pictures: deque[Received] = deque(maxlen=KEPT)
        self._ended = False
        self._failure: BaseException | None = None
        self._last_arrival_s: float | None = None
        self._last_due_s = float("-inf")
        self._cut_off = False
        self.rate_hz: float | None = None

    def run(self) -> None:
        try:
            self._receive()
        except BaseException as error:  # raised again where the reader waits
            self._failure = error
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Ask the thread to end; it may take a read's patience until it does."""
        self._stopping.set()

    def wait(self, *, take: bool = True) -> Received | None:
        """The next picture, None at the end; raises what made the reception fail."""
        patience = self._patience
        # The thread gives up by itself; this is for a device driver that never comes back to it.
        limit_s = patience.give_up_s + patience.silence_s + patience.longest_retry_s + 10.0
        with self._changed:
            come = self._changed.wait_for(lambda: bool(self._pictures) or self._ended, timeout=limit_s)
            if self._pictures:
                return self._pictures.popleft() if take else self._pictures[0]
            if not come:
                raise self._given_up("its driver does not answer")
            if self._failure is not None:
                raise self._failure
            return None

    def _receive(self) -> None:
        retry_s = self._patience.first_retry_s
        while not self._stopping.is_set():
            arrivals_before = self._last_arrival_s
            why = self._receive_once()
            if why is None:
                return
            if self._last_arrival_s != arrivals_before:
                retry_s = self._patience.first_retry_s
            self._cut_off = True
            if self._last_arrival_s is None or self._now() - self._last_arrival_s > self._patience.give_up_s:
                raise self._given_up(why)
            self._stopping.wait(retry_s)
            retry_s = min(2 * retry_s, self._patience.longest_retry_s)

    def _receive_once(self) -> str | None:
        """One connection from its beginning to its end; says why it ended, None where all is over."""
        self._pace.connect(self._now() if self._asked_s is None else self._asked_s)
        self._asked_s = None
        try:
            container = self._connect()
        except TelltaleError as error:
            if self._last_arrival_s is None:
                raise
            return error.message.removeprefix(self._source_name).strip()
        try:
            stream = video_stream(container, self._source_name, threads=self._threads)
            self.rate_hz = float(stream.average_rate) if stream.average_rate else self.rate_hz
            aspect = float(stream.sample_aspect_ratio or 1)
            for picture in decoded(container, stream, self._counts):
                self._arrived(picture, aspect)
                if self._stopping.is_set():
                    return None
            return None if container.format.name in ENDING_FORMATS else "the other side closed it"
        except av_error.ExitError:
            return f"nothing came for {self._patience.silence_s:g} s"
        except (av_error.FFmpegError, OSError) as error:
            return error.strerror or type(error).__name__
        finally:
            with suppress(av_error.FFmpegError):
                container.close()

    def _arrived(self, picture: VideoFrame, aspect: float) -> None:
        now_s = self._now()
        self._count_stall(now_s)
        pts, base = picture.pts, picture.time_base
        at_s = now_s if pts is None or base is None else self._pace.place(float(pts * base), now_s)
        if at_s > now_s:
            self._stopping.wait(at_s - now_s)
        # After the wait: a stream that sends in bursts does not stand still between them.
        self._last_arrival_s = self._now()
        if at_s <= self._last_due_s:
            self._counts.repeated += 1
            return
        self._last_due_s = at_s
        with self._changed:
            if len(self._pictures) == KEPT:
                self._counts.dropped += 1
            self._pictures.append(Received(at_s, picture, aspect))
            self._changed.notify_all()

    def _count_stall(self, now_s: float) -> None:
        last_s = self._last_arrival_s
        if last_s is not None and (self._cut_off or now_s - last_s > self._patience.stall_s):
            self._counts.stalls += 1
        self._cut_off = False

    def _given_up(self, why: str) -> StreamError:
        if self._last_arrival_s is None:
            return StreamError(
                f"{self._source_name} sent no picture ({why})", hint="check that it is sending"
            )
        silent_s = self._now() - self._last_arrival_s
        return StreamError(
            f"{self._source_name} has sent nothing for {silent_s:.0f} s ({why})",
            hint="check the camera or the network, then start again; what was read before is kept",
        )
