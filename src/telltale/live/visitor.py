"""One session at the service: what its token and its viewer allow, and how it stands now."""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from collections.abc import Container
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final

from telltale.core.signal import Values
from telltale.gate.limits import Bucket, Rate
from telltale.gate.tokens import ViewerToken
from telltale.intent.evidence import WINDOW_S
from telltale.live.frames import MOST_ROWS
from telltale.live.messages import Show
from telltale.live.outbox import Outbox
from telltale.live.rolling import Rolled
from telltale.strategy.hysteresis import Rises
from telltale.strategy.moment import Past

ROW_RATE: Final = Rate(per_s=12.0, at_once=MOST_ROWS + 120.0)
"""Ten a second and a little, and all that was kept after a break."""
TEXT_RATE: Final = Rate(per_s=5.0, at_once=30.0)
AWAY_S: Final = 60.0
"""So long a session is kept for a device that broke off."""
UNSEEN_S: Final = 10.0
"""So long after it was made a decision is sent, or sent again: later it is no answer to the moment."""
_MOST_SENT: Final = 32
MOST_OVERRUNS: Final = 20
"""Messages beyond the rate before the connection is closed."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a viewer agrees to, and has been told and said, as it holds now."""

    purposes: frozenset[str] = frozenset()
    disclosed: bool = False
    released: bool = False
    age_at_least: int = 0
    opted_out: bool = False


class WindowDigest:
    """SHA-256 of the last half minute of rows: by it a decision is traced to what the model was given."""

    __slots__ = ("_seconds",)

    def __init__(self) -> None:
        self._seconds: deque[bytes] = deque(maxlen=round(WINDOW_S))

    def add(self, block: Values) -> None:
        """A second's rows."""
        self._seconds.append(hashlib.sha256(block.tobytes()).digest())

    def text(self) -> str:
        """In hexadecimal; the same wherever the same rows were taken in."""
        return hashlib.sha256(b"".join(self._seconds)).hexdigest()


@dataclass(slots=True, eq=False)
class Visitor:
    """A session that is open, connected or expected back."""

    token: ViewerToken
    rolled: Rolled
    outbox: Outbox
    rises: Rises
    row_rate: Bucket
    text_rate: Bucket
    agreement: Agreement
    language: str = "en"
    utc_offset: timedelta = timedelta(0)
    past: list[Past] = field(default_factory=list)
    """What was shown to this viewer in any session, or would have been but for chance, in the last day."""
    digest: WindowDigest = field(default_factory=WindowDigest)
    product: str = ""
    """On show, as the page says."""
    paused: bool = False
    away_since_s: float | None = None
    """When the device broke off; None while it is connected."""
    joined_ms: int = 0
    """When its device said hello here last."""
    decided_until: int = 0
    """No second up to this one is decided again."""
    overruns: int = 0
    sent: OrderedDict[str, tuple[float, Show]] = field(default_factory=OrderedDict)
    """What was sent to be shown, by its name, and when it was decided."""

    @property
    def session(self) -> str:
        """Its name."""
        return self.token.session

    @property
    def place(self) -> tuple[str, str]:
        """Their room and the product on show: what facts are about."""
        return self.token.room, self.product

    @property
    def opted_out(self) -> bool:
        """Whether nothing may be shown because of the face, for now or until they say otherwise."""
        return self.agreement.opted_out or self.paused

    def local_time(self, now: datetime) -> time:
        """What the viewer's clock shows."""
        return (now + self.utc_offset).time()

    def send_show(self, show: Show, decided_s: float) -> None:
        """Send a decision, and remember that it was sent."""
        self.sent[show.decision] = (decided_s, show)
        if len(self.sent) > _MOST_SENT:
            self.sent.popitem(last=False)
        self.outbox.put(show)

    def unseen(self, seen: Container[str], now_s: float) -> list[Show]:
        """What was decided a moment ago and did not reach the device."""
        return [
            show for name, (at_s, show) in self.sent.items() if name not in seen and now_s - at_s <= UNSEEN_S
        ]
