"""Errors a user can act on: what is wrong, where, and what to do next.

Everything Telltale raises on purpose is a `TelltaleError`. The command line prints its message in one
line and exits with its `exit_code`; any other exception is a fault of ours: one line too, exit code 70.
"""

from __future__ import annotations


class TelltaleError(Exception):
    """Something the user can mend. `hint` says how, in words that finish the line."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments do not survive the default pickling between processes.
        return (_rebuild, (type(self), self.message, self.hint))

    def __str__(self) -> str:
        """
        >>> str(TelltaleError("no folder at /data/s1", hint="give the folder of a study"))
        'no folder at /data/s1: give the folder of a study'
        """
        return f"{self.message}: {self.hint}" if self.hint else self.message


def _rebuild(kind: type[TelltaleError], message: str, hint: str) -> TelltaleError:
    return kind(message, hint=hint)


class ConfigError(TelltaleError):
    """A setting is misspelt, missing, of the wrong type or out of range."""


class FormatError(TelltaleError):
    """A file or folder is not what it should be."""


class ConsentError(TelltaleError):
    """A face was asked for that its owner has not agreed to have read for this purpose."""

    exit_code = 3


class FaultsFoundError(TelltaleError):
    """A check ran to its end and found faults: the answer is no, nothing broke."""

    exit_code = 1
