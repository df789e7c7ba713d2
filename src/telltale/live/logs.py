"""Logs as lines of JSON. Fields are named in advance: nothing that tells who somebody is has a name here."""

from __future__ import annotations

import json
import logging
import sys
from types import TracebackType
from typing import Any, Final

from telltale.core.clock import iso, now

LOGGER: Final = logging.getLogger("telltale.live")
_FIELDS: Final = frozenset(
    {
        "status",
        "ms",
        "path",
        "count",
        "why",
        "version",
        "viewers",
        "port",
        "worker",
        "policy",
        "model",
        "role",
    }
)
"""All that a line may hold besides time, level and event: no session, viewer, address or words of theirs."""


_OF_STRANGERS: Final = ("Invalid UTF-8 sequence", "Invalid HTTP request")


def log(event: str, level: int = logging.INFO, **fields: object) -> None:
    """Tell that something happened.

    >>> log("started", viewer="v17")
    Traceback (most recent call last):
    ValueError: no log may hold viewer
    """
    unknown = fields.keys() - _FIELDS
    if unknown:
        raise ValueError(f"no log may hold {', '.join(sorted(unknown))}")
    LOGGER.log(level, event, extra={"fields": fields})


def _where(trace: TracebackType | None) -> str:
    """The innermost function and line of a fault."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": iso(now()),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0] is not None:
            # The kind and the place of a fault, never its message, which may quote what a viewer sent.
            line["fault"] = record.exc_info[0].__name__
            line["where"] = _where(record.exc_info[2])
        return json.dumps(line)


def _is_ours(record: logging.LogRecord) -> bool:
    """False for what a stranger's broken bytes make the web server say: they could fill a disk with it."""
    return not record.getMessage().startswith(_OF_STRANGERS)


def set_up_logs(level: int = logging.INFO) -> None:
    """Lines of JSON on stderr, also for what the web server warns of.

    What else it would say names callers' addresses, so it is not asked.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    handler.addFilter(_is_ours)
    for name in (LOGGER.name, "uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level if name == LOGGER.name else logging.WARNING)
    logging.getLogger("uvicorn.access").disabled = True
