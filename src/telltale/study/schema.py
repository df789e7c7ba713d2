"""The study format as data: tables, columns, kinds, references. `docs/study-format.md` says it in words.

The page, the checker, the importers and the simulator all read this file; a test holds the page to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

FORMAT: Final = "telltale-study"
VERSION: Final = 1
"""Raised when a study of the old form would be read wrongly; `versions.py` then holds the way up."""

Kind = Literal["id", "text", "whole", "number", "flag", "utc"]
"""id, text: string; whole: integer; number: float or integer; flag: boolean; utc: timestamp in UTC."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    kind: Kind
    meaning: str
    required: bool = True
    """The column must be there."""
    empty_allowed: bool = False
    """Single values may be null."""
    allowed: tuple[str, ...] = ()
    """The only values, when not empty."""
    refers_to: str = ""
    """`table.column` that must hold the value."""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One Parquet file of a study."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: str = ""
    """The column whose values are unique."""
    required: bool = True
    factors: bool = False
    """Every further column is a number: one factor a column."""

    def column(self, name: str) -> Column:
        """A column by name."""
        return next(column for column in self.columns if column.name == name)


PURPOSES: Final = ("read_face", "record_video", "research", "personalise")
"""What a consent can be for. Reading vectors in an analysis needs `research`; see `consent.py`."""

CART_EVENTS: Final = ("add_to_cart", "remove_from_cart", "begin_checkout", "purchase")
"""Google Analytics 4's names for shop events."""

EVENT_TYPES: Final = (
    "live_join",
    "live_leave",
    "product_pin",
    "product_unpin",
    "view_item",
    *CART_EVENTS,
    "pause",
    "resume",
    "like",
    "share",
    "gift",
    "chat",
    "exposure",
)

PRODUCT_EVENTS: Final = ("product_pin", "product_unpin", "view_item", *CART_EVENTS)
"""Events that must name a product."""

ARMS: Final = ("treated", "control")

_CONSENT: Final = (
    Column("purpose", "text", "what for", allowed=PURPOSES),
    Column("granted_at", "utc", "when"),
    Column("withdrawn_at", "utc", "when it was taken back, else null", empty_allowed=True),
    Column("text_version", "text", "which wording the person saw"),
)

_COUNTED: Final = (
    ("viewers", "mean number of viewers present"),
    ("purchases", "orders paid"),
    ("revenue", "money, in the products' currency"),
    ("comments", "messages"),
    ("likes", "likes"),
    ("shares", "times the broadcast was passed on"),
    ("gifts", "gifts to the host"),
)

COUNTS: Final = tuple(name for name, _ in _COUNTED if name != "viewers")
"""Columns of `room_counts` that count something; viewers are who could do it."""

TABLES: Final[tuple[Table, ...]] = (
    Table(
        "participants",
        "one row a person, under a pseudonym",
        (
            Column("participant_id", "id", "the person's pseudonym; no name, no address"),
            Column("category", "text", "the one product category the person was recruited for"),
            Column("gender", "text", "as the person states it", required=False, empty_allowed=True),
            Column("age_band", "text", "such as 18-29", required=False, empty_allowed=True),
            Column(
                "culture",
                "text",
                "such as east_asia, as your study names it",
                required=False,
                empty_allowed=True,
            ),
            Column(
                "skin_tone",
                "whole",
                "Monk scale, 1 to 10",
                required=False,
                empty_allowed=True,
                low=1,
                high=10,
            ),
        ),
        key="participant_id",
    ),
    Table(
        "consents",
        "one row for each thing a person agreed to; withdrawing fills `withdrawn_at`",
        (
            Column("participant_id", "id", "who agreed", refers_to="participants.participant_id"),
            *_CONSENT,
        ),
    ),
    Table(
        "hosts",
        "one row a host",
        (
            Column("host_id", "id", "the host's pseudonym"),
            Column("gender", "text", "as the host states it", required=False, empty_allowed=True),
            Column("age_band", "text", "such as 18-29", required=False, empty_allowed=True),
            Column("culture", "text", "as your study names it", required=False, empty_allowed=True),
        ),
        key="host_id",
    ),
    Table(
        "host_consents",
        "the same for hosts; needed where there are `host_signals`",
        (Column("host_id", "id", "who agreed", refers_to="hosts.host_id"), *_CONSENT),
        required=False,
    ),
    Table(
        "products",
        "one row a product",
        (
            Column("product_id", "id", "the shop's own number will do"),
            Column("category", "text", "product category"),
            Column("price", "number", "list price, before any promotion", low=0),
            Column("currency", "text", "ISO 4217, such as CNY"),
        ),
        key="product_id",
    ),
    Table(
        "rooms",
        "one row a broadcast: what every viewer of one live stream shares",
        (
            Column("room_id", "id", "the broadcast"),
            Column("host_id", "id", "who hosted; the first of several", refers_to="hosts.host_id"),
            Column("category", "text", "product category on show"),
            Column("platform", "text", "where it ran"),
            Column("started_at", "utc", "when the broadcast began"),
            Column("duration_s", "number", "how long it ran", low=0),
            Column("promotion", "flag", "whether a promotion ran", required=False, empty_allowed=True),
        ),
        key="room_id",
    ),
    Table(
        "room_hosts",
        "one row for each further host of a broadcast, beside `rooms.host_id`",
        (
            Column("room_id", "id", "which broadcast", refers_to="rooms.room_id"),
            Column("host_id", "id", "who hosted it too", refers_to="hosts.host_id"),
        ),
        required=False,
    ),
    Table(
        "sessions",
        "one row a visit of one person to one broadcast",
        (
            Column("session_id", "id", "the visit; also the name of its signal file"),
            Column("participant_id", "id", "who watched", refers_to="participants.participant_id"),
            Column("room_id", "id", "what was watched", refers_to="rooms.room_id"),
            Column("category", "text", "product category"),
            Column("started_at", "utc", "when the visit began, server clock: time 0 of the session"),
            Column("duration_s", "number", "how long it lasted", low=0),
            Column("device", "text", "such as phone or laptop", required=False, empty_allowed=True),
            Column(
                "clock_offset_s",
                "number",
                "time on the video's clock minus time in the log; 0 or absent means they agree",
                required=False,
                empty_allowed=True,
            ),
        ),
        key="session_id",
    ),
    Table(
        "events",
        "one row for each thing a viewer did or was shown, named as Google Analytics 4 names it",
        (
            Column("session_id", "id", "whose", refers_to="sessions.session_id"),
            Column("time_s", "number", "seconds from the session's start, with milliseconds", low=0),
            Column("type", "text", "what happened", allowed=EVENT_TYPES),
            Column(
                "product_id",
                "id",
                "which product; needed for product and cart events",
                empty_allowed=True,
                refers_to="products.product_id",
            ),
            Column(
                "value",
                "number",
                "money for cart events, else null",
                required=False,
                empty_allowed=True,
                low=0,
            ),
            Column(
                "at",
                "utc",
                "the server's own time stamp, if there is one",
                required=False,
                empty_allowed=True,
            ),
        ),
    ),
    Table(
        "chat",
        "one row a message in a broadcast (bullet screen)",
        (
            Column("room_id", "id", "where", refers_to="rooms.room_id"),
            Column("time_s", "number", "seconds from the broadcast's start", low=0),
            Column("text", "text", "the message"),
            Column(
                "participant_id",
                "id",
                "who wrote it, null for a viewer who is not in the study",
                required=False,
                empty_allowed=True,
                refers_to="participants.participant_id",
            ),
        ),
        required=False,
    ),
    Table(
        "surveys",
        "one row for each answer to a question after a session",
        (
            Column("session_id", "id", "after which visit", refers_to="sessions.session_id"),
            Column("item", "text", "which question, such as purchase_intention"),
            Column("answer", "number", "the answer on the scale"),
            Column("scale_low", "number", "lowest possible answer"),
            Column("scale_high", "number", "highest possible answer"),
        ),
        required=False,
    ),
    Table(
        "exposures",
        "one row for each time a strategy was assigned to a session, shown or held back",
        (
            Column("exposure_id", "id", "the assignment"),
            Column("session_id", "id", "to whom", refers_to="sessions.session_id"),
            Column("time_s", "number", "seconds from the session's start", low=0),
            Column("strategy", "text", "which strategy"),
            Column("arm", "text", "treated (shown) or control (held back)", allowed=ARMS),
            Column(
                "propensity",
                "number",
                "probability of the arm that was taken; null where it was not randomised",
                empty_allowed=True,
                low=0,
                high=1,
            ),
        ),
        key="exposure_id",
        required=False,
    ),
    Table(
        "viewer_factors",
        "slow factors of each viewer on a time grid, where 10 Hz vectors are not kept",
        (
            Column("session_id", "id", "whose", refers_to="sessions.session_id"),
            Column("time_s", "number", "end of the grid step, seconds from the session's start", low=0),
        ),
        required=False,
        factors=True,
    ),
    Table(
        "room_factors",
        "slow factors of each broadcast on a time grid, such as the host's expression shares",
        (
            Column("room_id", "id", "which broadcast", refers_to="rooms.room_id"),
            Column("time_s", "number", "end of the grid step, seconds from the broadcast's start", low=0),
        ),
        required=False,
        factors=True,
    ),
    Table(
        "room_counts",
        "what the platform counted in each broadcast, a row a stretch such as a minute",
        (
            Column("room_id", "id", "which broadcast", refers_to="rooms.room_id"),
            Column("time_s", "number", "end of the stretch, seconds from the broadcast's start"),
            Column("length_s", "number", "how long the stretch is"),
            *(
                Column(name, "number", meaning, required=False, empty_allowed=True, low=0)
                for name, meaning in _COUNTED
            ),
            Column(
                "product_id",
                "id",
                "what was on show for most of the stretch",
                required=False,
                empty_allowed=True,
                refers_to="products.product_id",
            ),
            Column(
                "promotion",
                "flag",
                "whether a promotion ran in the stretch",
                required=False,
                empty_allowed=True,
            ),
        ),
        required=False,
    ),
)

BY_NAME: Final = {table.name: table for table in TABLES}

SIGNALS: Final = "signals"
"""Folder of viewers' signals: `signals/SESSION_ID.parquet`, times from the session's start (video clock)."""
HOST_SIGNALS: Final = "host_signals"
"""Folder of hosts' signals: `host_signals/ROOM_ID.parquet`, times from the broadcast's start; those of a
broadcast's further hosts (`room_hosts`) are `host_signals/ROOM_ID/HOST_ID.parquet`."""
DERIVED: Final = "derived"
"""Folder of what analyses write back (windows, splits); every table in it names session or participant."""
RECEIPTS: Final = "receipts"
"""Folder of erasure receipts."""
MANIFEST: Final = "study.toml"
"""Name, format and version of the study."""
