"""Consent: one question, asked before every reading: may this person's face be used for this, now?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from telltale.core.errors import ConsentError, FormatError
from telltale.study import schema


@dataclass(frozen=True, slots=True)
class Grant:
    """One thing a person agreed to."""

    granted_at: datetime
    withdrawn_at: datetime | None


_TABLE = {"participant_id": "consents", "host_id": "host_consents"}


class ConsentRegister:
    """The consents of a study's viewers or of its hosts, answered from memory.

    Parameters
    ----------
    consents
        The table `consents` or `host_consents`.
    who
        Its column of people: `participant_id` or `host_id`.
    """

    def __init__(self, consents: pa.Table, who: str = "participant_id") -> None:
        self._who = who
        self._grants: dict[tuple[str, str], list[Grant]] = {}
        columns = [consents.column(n).to_pylist() for n in (who, "purpose", "granted_at", "withdrawn_at")]
        for person, purpose, granted_at, withdrawn_at in zip(*columns, strict=True):
            self._grants.setdefault((person, purpose), []).append(Grant(granted_at, withdrawn_at))

    def may(self, person: str, purpose: str, now: datetime) -> bool:
        """Whether a consent for `purpose` was given by `now` and has not been taken back since.

        Withdrawal reaches back: once a consent is withdrawn, nothing that was recorded under it may be
        used any more, whenever it was recorded. So `now` is the moment of use, not of recording.
        """
        if purpose not in schema.PURPOSES:
            raise FormatError(
                f"unknown purpose {purpose!r}", hint=f"choose one of {', '.join(schema.PURPOSES)}"
            )
        return any(
            grant.granted_at <= now and (grant.withdrawn_at is None or now < grant.withdrawn_at)
            for grant in self._grants.get((person, purpose), [])
        )

    def holding(self, purpose: str, now: datetime) -> frozenset[str]:
        """All whose consent for `purpose` holds, see `may`."""
        return frozenset(
            person for person, of in self._grants if of == purpose and self.may(person, purpose, now)
        )

    def require(self, person: str, purpose: str, now: datetime) -> None:
        """Raise `ConsentError` unless `may` says yes."""
        if not self.may(person, purpose, now):
            raise ConsentError(
                f"{person} has given no consent for '{purpose}' that holds",
                hint=f"leave this person out, or record the consent in {_TABLE[self._who]}.parquet",
            )
