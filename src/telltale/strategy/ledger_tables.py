"""The ledger's tables: what was decided and shown, who agreed to what, and what links the two to a person.

Decisions, exposures and consents know a viewer and a session only by an alias, made with a random key of each
viewer's own (`keys.py`). Visits and rows know the pseudonym. A withdrawal deletes these and destroys the key:
the audit stays whole, and nobody can tell any more whom it speaks of.
"""

from __future__ import annotations

from typing import Final

from telltale.records.database import AbstractDatabase, open_database
from telltale.records.tables import Column, Table
from telltale.records.versions import Schema, prepare

VIEWER_KEYS: Final = Table(
    "viewer_keys",
    "one row a viewer; destroying it unlinks all that is kept under the viewer's aliases",
    (
        Column("viewer", "text", "the viewer's pseudonym"),
        Column("secret", "bytes", "32 random bytes"),
        Column("made_at", "utc", "when"),
    ),
    ("viewer",),
)

VISITS: Final = Table(
    "visits",
    "one row a visit of one viewer to one room; deleted by withdrawal",
    (
        Column("session", "text", "the visit"),
        Column("viewer", "text", "whose", refers_to="viewer_keys.viewer", on_delete="delete"),
        Column("room", "text", "where"),
        Column("started_at", "utc", "when it began: second 0"),
        Column("jurisdiction", "text", "ISO 3166 code of where the viewer is; empty where not known"),
        Column("device", "text", "such as phone or laptop"),
    ),
    ("session",),
    (("viewer",), ("started_at",)),
)

RECORDED_ROWS: Final = Table(
    "recorded_rows",
    "rows of a face, one second each; only with consent to research; deleted by withdrawal",
    (
        Column("session", "text", "whose", refers_to="visits.session", on_delete="delete"),
        Column("second", "whole", "the end of the second, from the session's start"),
        Column("content", "bytes", "ten rows as the edge packs them"),
    ),
    ("session", "second"),
)

CONSENTS: Final = Table(
    "consents",
    "one row each time something is agreed to or taken back; nothing is ever changed",
    (
        Column("viewer", "text", "the viewer's alias"),
        Column("purpose", "text", "what for, as study/schema.py names it"),
        Column("at", "utc", "when"),
        Column("granted", "flag", "true: agreed to; false: taken back"),
        Column("text_version", "text", "which wording the viewer saw"),
    ),
    ("viewer", "purpose", "at", "granted"),
)

OPT_OUTS: Final = Table(
    "opt_outs",
    "one row each time a viewer opts out of being shown anything, or in again; deleted by withdrawal",
    (
        Column("viewer", "text", "the viewer's alias"),
        Column("at", "utc", "when"),
        Column("opted_out", "flag", "true: out; false: in again"),
    ),
    ("viewer", "at"),
)

DECISIONS: Final = Table(
    "decisions",
    "one row a decision, shown or not; kept by withdrawal, which unlinks it",
    (
        Column("id", "text", "the session's alias and the second"),
        Column("viewer", "text", "the viewer's alias"),
        Column("session", "text", "the session's alias"),
        Column("room", "text", "where"),
        Column("second", "whole", "seconds from the session's start"),
        Column("decided_at", "utc", "when"),
        Column("intervention", "text", "what"),
        Column("kind", "text", "of which kind it is"),
        Column("experiment", "text", "by which it was assigned"),
        Column("unit_kind", "text", "viewer, room or switchback"),
        Column("unit", "text", "what was assigned; a viewer by the alias"),
        Column("arm", "text", "treated or control"),
        Column("propensity", "number", "the arm's probability, holdout included"),
        Column("held_out", "flag", "whether the viewer is held out of everything"),
        Column("counts", "flag", "shown, or would have been but for chance"),
        Column("shown", "flag", "whether the page was told to show it"),
        Column("verdicts", "text", "what each guard said, as JSON"),
        Column("probability", "number", "what the model said"),
        Column("model", "text", "which model, with its version"),
        Column("policy", "text", "by which policy"),
        Column("policy_version", "text", "in which version"),
        Column("jurisdiction", "text", "where the viewer was"),
        Column("catalogue", "text", "digest of the catalogue"),
        Column("inputs", "text", "digest of what the model was given"),
    ),
    ("id",),
    (("viewer", "decided_at"), ("experiment",), ("decided_at",)),
)

EXPOSURES: Final = Table(
    "exposures",
    "one row for each decision that a page says it has shown",
    (
        Column("decision", "text", "which", refers_to="decisions.id", on_delete="delete"),
        Column("at", "utc", "when"),
    ),
    ("decision",),
)

SWITCHES: Final = Table(
    "switches",
    "one row each time somebody switches something off or on again; nothing is ever changed",
    (
        Column("number", "whole", "their order"),
        Column("scope", "text", "all, room:R or intervention:I"),
        Column("is_off", "flag", "true: nothing of this scope is shown"),
        Column("who", "text", "whose hand it was"),
        Column("why", "text", "in words"),
        Column("at", "utc", "when"),
    ),
    ("number",),
)

FACTS: Final = Table(
    "facts",
    "one row for each statement of the shop; the latest of a name and what it is about counts",
    (
        Column("name", "text", "which fact, as facts.py names it"),
        Column("about", "text", "the room or the product"),
        Column("stated_at", "utc", "when"),
        Column("value", "text", "as JSON"),
        Column("valid_until", "utc", "until when it may be said"),
        Column("true_for_everyone", "flag", "whether it is so for every viewer"),
        Column("shown_without_inference", "flag", "whether everyone is shown it in any case"),
        Column("source", "text", "who says so"),
    ),
    ("name", "about", "stated_at"),
)

RECEIPTS: Final = Table(
    "receipts",
    "one row for each withdrawal and each purge: what was deleted, and of whom nothing",
    (
        Column("id", "text", "the receipt"),
        Column("kind", "text", "withdrawal or purge"),
        Column("at", "utc", "when"),
        Column("counts", "text", "rows by table, as JSON"),
    ),
    ("id",),
)

SCHEMA: Final = Schema(
    "strategy",
    1,
    (
        VIEWER_KEYS,
        VISITS,
        RECORDED_ROWS,
        CONSENTS,
        OPT_OUTS,
        DECISIONS,
        EXPOSURES,
        SWITCHES,
        FACTS,
        RECEIPTS,
    ),
)


def open_ledger(url: str) -> AbstractDatabase:
    """Open a database by its URL, the ledger's tables made or brought forward.

    >>> import tempfile
    >>> with open_ledger(f"sqlite:///{tempfile.mkdtemp()}/ledger.db") as database:
    ...     database.rows("SELECT COUNT(*) FROM decisions")
    [(0,)]
    """
    database = open_database(url)
    try:
        prepare(database, SCHEMA)
    except BaseException:
        database.close()
        raise
    return database
