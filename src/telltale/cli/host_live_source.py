"""What `telltale host live` looks at: frames at their own speed, and how they came to their end."""

from __future__ import annotations

from collections.abc import Iterator

from telltale.media.containers import StreamError
from telltale.media.frame import Frame, Source
from telltale.media.replay import Replay
from telltale.media.source import AbstractSource


class FollowedSource(AbstractSource):
    """A source whose frames come as if they were shown now, and that remembers how it ended.

    Parameters
    ----------
    source
        A live one is left as it is; a recording, also a web server's, is played at its own speed.
    """

    def __init__(self, source: Source) -> None:
        self._source = source if source.info.live else Replay(source)
        self.info, self.counts = self._source.info, self._source.counts
        self.ended = ""
        """Why no more frames come; empty as long as more may."""
        self.broken = False
        """Whether more should have come."""

    def __iter__(self) -> Iterator[Frame]:
        try:
            yield from self._source
        except StreamError as error:
            self.ended, self.broken = " ".join(str(error).split()), True
            raise
        self.ended = "the stream came to its end"

    def close(self) -> None:
        self._source.close()
