"""What device and service say to each other besides rows: small JSON objects, each with its `type`.

`spec/live.schema.json` is made from these classes; `spec/live.md` says when each is sent. The page is never
told a probability: it is told that a second arrived, and what to show.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from telltale.core.errors import FormatError
from telltale.gate.refusals import in_a_line

VERSION: Final = 1
PROTOCOL: Final = f"telltale.v{VERSION}"
"""Of the WebSocket's sub-protocols; the token goes beside it as `token.` and the token."""
MOST_TEXT: Final = 4096
"""Bytes of a message that is no rows."""

_Id = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_.:-]+$")]
_Row = Annotated[int, Field(ge=1, le=7 * 24 * 3600 * 10)]


_Product = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Hello(_Message):
    """The first message of each connection."""

    type: Literal["hello"]
    version: Literal[1]
    next_row: _Row = 1
    """Number of the row that the device makes next."""
    kept_from: _Row = 1
    """Number of the oldest row that it can send again."""
    language: Literal["en", "zh-Hans"] = "en"
    utc_offset_min: Annotated[int, Field(ge=-14 * 60, le=14 * 60)] = 0
    """The device's clock minus UTC: quiet hours are the viewer's own."""
    product: _Product = ""
    """What is on show."""
    seen: Annotated[list[_Id], Field(max_length=64)] = []
    """Decisions of this session that reached it, the latest."""


class Exposed(_Message):
    """What was decided has been on the screen."""

    type: Literal["exposed"]
    decision: _Id


class Device(_Message):
    """How the device is doing, every few seconds."""

    type: Literal["device"]
    frames_per_s: Annotated[float, Field(ge=0, le=1000)]
    dropped: Annotated[int, Field(ge=0, le=10**9)]
    """Frames that were skipped since the last report."""
    ms_a_frame: Annotated[float, Field(ge=0, le=60_000)]


class Pause(_Message):
    """The viewer turned reading off, or the tab is hidden."""

    type: Literal["pause"]
    why: Literal["viewer", "hidden"]


class Resume(_Message):
    """Reading goes on."""

    type: Literal["resume"]


class ShopEvent(_Message):
    """The viewer did something in the shop, named as the study format names it."""

    type: Literal["event"]
    name: Literal[
        "view_item",
        "add_to_cart",
        "remove_from_cart",
        "begin_checkout",
        "purchase",
        "like",
        "share",
        "gift",
        "chat",
    ]
    product: _Product = ""


FromDevice = Annotated[Hello | Exposed | Device | Pause | Resume | ShopEvent, Field(discriminator="type")]
_READER: Final[TypeAdapter[Any]] = TypeAdapter(FromDevice)


class Ready(_Message):
    """The answer to `hello`."""

    type: Literal["ready"] = "ready"
    version: Literal[1] = 1
    session: str
    send_from: int
    """Number of the first row that is wanted; the device sends from there, or from its oldest."""
    reading: bool
    """Whether the device may read now; when false, `why` says who forbids it."""
    why: str = ""


class Second(_Message):
    """A second was taken in."""

    type: Literal["second"] = "second"
    second: int
    read: float
    """Share of its rows that showed a face."""


class Show(_Message):
    """Something to show, once: a decision that came twice has the same name."""

    type: Literal["show"] = "show"
    decision: str
    intervention: str
    kind: str
    text: str
    """In the viewer's language."""
    for_s: float
    """How long it may stay."""


class SlowDown(_Message):
    """Too much comes, or too little is taken; wait before sending more."""

    type: Literal["slow_down"] = "slow_down"
    wait_s: float
    why: str


class Stop(_Message):
    """Reading has to stop now."""

    type: Literal["stop"] = "stop"
    why: Literal["withdrawn", "switched_off", "no_consent", "forbidden", "closing", "elsewhere"]
    final: bool
    """Whether the device may not come back with this token."""


class Go(_Message):
    """Reading may go on."""

    type: Literal["go"] = "go"


class Refused(_Message):
    """A message was refused; the connection goes on."""

    type: Literal["refused"] = "refused"
    why: str


FROM_SERVICE: Final = (Ready, Second, Show, SlowDown, Stop, Go, Refused)


def parse(text: str) -> Hello | Exposed | Device | Pause | Resume | ShopEvent:
    """A message from a device.

    >>> parse('{"type": "exposed", "decision": "d1"}').decision
    'd1'
    """
    try:
        found: Hello | Exposed | Device | Pause | Resume | ShopEvent = _READER.validate_json(text)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        raise FormatError(in_a_line(problems), hint="see spec/live.md") from error
    return found


def schema() -> dict[str, Any]:
    """JSON Schema of both directions."""
    service: Any = Annotated[
        Ready | Second | Show | SlowDown | Stop | Go | Refused, Field(discriminator="type")
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Telltale live messages, version {VERSION}",
        "from_device": _READER.json_schema(),
        "from_service": TypeAdapter(service).json_schema(),
    }
