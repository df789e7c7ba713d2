"""From packets to decoded pictures, past what is broken."""

from __future__ import annotations

from collections.abc import Iterator

from av import error as av_error
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from telltale.media.frame import SourceCounts
from telltale.media.source import note_once

BROKEN = (av_error.InvalidDataError, av_error.PatchWelcomeError, av_error.UnknownError)
"""What FFmpeg raises at bytes that make no sense, not at a disk or a network that fails."""

MOST_BAD_READS = 100
"""Reads in a row that may fail before the rest is given up: a reader that stands still must end."""

TRACES = "pictures after a corrupt one can show traces of it up to the next key picture"


def decoded(container: InputContainer, stream: VideoStream, counts: SourceCounts) -> Iterator[VideoFrame]:
    """The pictures of a stream in the order of showing.

    Packets that cannot be decoded, and pictures that FFmpeg had to patch up, are left out and counted.
    """
    packets = container.demux(stream)
    bad_reads = 0
    while bad_reads < MOST_BAD_READS:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except BROKEN:
            bad_reads += 1
            counts.corrupt += 1
            packets = container.demux(stream)
            continue
        bad_reads = 0
        try:
            pictures = stream.decode(packet)
        except (*BROKEN, av_error.BlockingIOError):
            counts.corrupt += 1
            note_once(counts, TRACES)
            continue
        except av_error.EOFError:
            return
        for picture in pictures:
            if picture.is_corrupt:
                counts.corrupt += 1
                note_once(counts, TRACES)
            else:
                yield picture
    note_once(counts, "the rest of the file cannot be read")
