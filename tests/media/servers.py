"""Real senders on a local socket: of MPEG-TS, that pause, hang up and come back as told, and of HLS."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from tests.media.bad_files import stripes, write_video

HTTP_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nConnection: close\r\n\r\n"


def stream_file(folder: Path, *, seconds: float, rate_hz: int = 25) -> Path:
    """A transport stream with a key picture every fifth of a second, so that one may join it anywhere."""
    pictures = [stripes(160, 120, k) for k in range(round(seconds * rate_hz))]
    options = {"g": "5", "tune": "zerolatency", "preset": "ultrafast"}
    return write_video(folder / "live.ts", pictures, rate_hz=rate_hz, options=options, format_name="mpegts")


@dataclass(frozen=True)
class Part:
    """A share of the file to send, and for how long to keep silent after it."""

    start: float
    stop: float
    pause_s: float = 0.0


class Sender:
    """Listens on a port of its own; each connection gets the next list of parts and is then hung up on.

    Bytes go out as fast as the video runs: `seconds` for the whole file. When all lists are used up nobody
    listens any more.
    """

    def __init__(
        self, path: Path, connections: Sequence[Sequence[Part]], *, seconds: float, http: bool = False
    ) -> None:
        self._content, self._connections = path.read_bytes(), connections
        self._seconds, self._http = seconds, http
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}/live.ts" if http else f"tcp://127.0.0.1:{port}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._closing = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._listener.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        try:
            for parts in self._connections:
                peer, _ = self._listener.accept()
                with peer:
                    self._send(peer, parts)
        except OSError:
            pass  # the reader or the test has closed its side
        finally:
            self._listener.close()

    def _send(self, peer: socket.socket, parts: Sequence[Part]) -> None:
        if self._http:
            peer.recv(4096)
            peer.sendall(HTTP_HEAD)
        size, packet = len(self._content), 188 * 4
        for part in parts:
            started_s, first = time.monotonic(), int(part.start * size) // 188 * 188
            for place in range(first, int(part.stop * size), packet):
                due_s = started_s + (place - first) / size * self._seconds
                if self._closing.wait(max(0.0, due_s - time.monotonic())):
                    return
                peer.sendall(self._content[place : place + packet])
            self._closing.wait(part.pause_s)


@contextmanager
def hls_server(folder: Path, *, seconds: float, rate_hz: int = 25) -> Iterator[str]:
    """The address of a recorded HTTP live stream: a playlist and its parts of 0.4 s, served from a folder."""
    with av.open(str(folder / "show.m3u8"), "w", format="hls", options={"hls_time": "0.4"}) as container:
        options = {"g": "5", "tune": "zerolatency", "preset": "ultrafast"}
        stream = container.add_stream("libx264", rate=rate_hz, options=options)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for k in range(round(seconds * rate_hz)):
            picture = av.VideoFrame.from_ndarray(stripes(160, 120, k), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/show.m3u8"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        del format, args
