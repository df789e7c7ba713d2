"""Opening a container with FFmpeg, and saying in one line why it cannot be opened."""

from __future__ import annotations

import re
from pathlib import Path

import av
from av import error as av_error
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from telltale.core.errors import FormatError, TelltaleError

TEXT_FORMATS = {"tty", "lrc", "srt", "ass", "webvtt", "bin", "xbin", "adf", "idf"}
"""What FFmpeg can also show as pictures or reads as subtitles: text, which no user means as a video."""


class StreamError(TelltaleError):
    """A camera or stream cannot be reached, or has stood still for longer than the user will wait."""


def open_file(path: Path) -> InputContainer:
    """A video file on disk; raises FormatError in one line where it is none."""
    if not path.exists():
        raise FormatError(f"there is no file {path}", hint="check the path")
    if path.is_file() and path.stat().st_size == 0:
        raise FormatError(f"{path} is empty (0 bytes)", hint="copy or record it again")
    try:
        # Without the protocol's name a colon in a file's name would be read as one.
        container = av.open(f"file:{path}", mode="r")
    except av_error.PermissionError as error:
        raise FormatError(f"{path} may not be read", hint="give yourself the right to read it") from error
    except (av_error.FFmpegError, UnicodeError) as error:
        raise FormatError(
            f"{path} is not a video, or is broken from its beginning ({_reason(error)})",
            hint="give a video file; a recording that was cut off before its end may have lost its index",
        ) from error
    if container.format.name in TEXT_FORMATS:
        container.close()
        raise FormatError(f"{path} is a text file", hint="give a video file")
    return container


def open_address(
    address: str,
    *,
    name: str,
    format_name: str | None = None,
    options: dict[str, str] | None = None,
    open_s: float = 10.0,
    read_s: float | None = None,
) -> InputContainer:
    """A stream or a device; `open_s` and `read_s` are how long to wait. Raises StreamError in one line."""
    try:
        return av.open(address, mode="r", format=format_name, options=options, timeout=(open_s, read_s))
    except av_error.ExitError as error:
        raise StreamError(
            f"{name} did not answer within {open_s:.0f} s", hint="check the address and the network"
        ) from error
    except av_error.ProtocolNotFoundError as error:
        raise StreamError(
            f"{name} cannot be read: this FFmpeg does not know its protocol",
            hint="use rtsp, rtmp, http, https, hls, udp or tcp",
        ) from error
    except av_error.InvalidDataError as error:
        raise StreamError(
            f"what {name} sends is no video",
            hint="check the address: a page or an empty file may answer there",
        ) from error
    except (av_error.FFmpegError, ValueError) as error:
        raise StreamError(
            f"{name} cannot be opened ({_reason(error)})", hint="check that it is switched on and its address"
        ) from error


def video_stream(container: InputContainer, name: str, *, threads: int = 1) -> VideoStream:
    """The container's main video, set to decode with so many threads (0: as many as FFmpeg likes).

    The cover of a piece of music is no video.
    """
    videos = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not videos:
        kinds = "only sound" if container.streams.audio else "no video"
        raise FormatError(f"{name} holds {kinds}", hint="give a recording with pictures")
    best = container.streams.best("video")
    stream = best if isinstance(best, VideoStream) and best in videos else videos[0]
    if stream.codec_context is None:
        raise FormatError(
            f"{name} is written in a way that this FFmpeg cannot decode", hint="convert it to H.264"
        )
    stream.thread_type = "NONE" if threads == 1 else "AUTO"
    stream.thread_count = threads
    return stream


def without_password(address: str) -> str:
    """An address that may be shown and written down.

    >>> without_password("rtsp://me:secret@10.0.0.2/live")
    'rtsp://me:***@10.0.0.2/live'
    """
    return re.sub(r"(://[^/@:]*):[^/@]*@", r"\1:***@", address)


def _reason(error: Exception) -> str:
    words = error.strerror if isinstance(error, av_error.FFmpegError) else None
    return words or type(error).__name__
