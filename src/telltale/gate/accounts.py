"""Accounts of the studio: a name, roles, a password kept as its scrypt hash; and who is logged in."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from telltale.core.errors import ConfigError, TelltaleError
from telltale.gate.roles import GRANTS, Permission, Role
from telltale.records.database import AbstractDatabase
from telltale.records.tables import Column, Table
from telltale.records.utc import milliseconds
from telltale.records.versions import Schema, prepare

LEAST_PASSWORD: Final = 12
STAYS: Final = timedelta(hours=12)
"""A login's life."""
INVITED_FOR: Final = timedelta(minutes=10)
"""An invitation's."""
_NAME: Final = re.compile(r"[a-z0-9._-]{2,32}")
# 32 MiB and some 60 ms a guess: what OWASP asks of scrypt (2023).
_COST: Final = {"n": 2**15, "r": 8, "p": 3, "maxmem": 2**26}

ACCOUNTS: Final = Table(
    "accounts",
    "one row a person who may use the studio",
    (
        Column("name", "text", "by which they log in"),
        Column("roles", "text", "of operator, analyst, privacy_officer, by commas"),
        Column("salt", "bytes", "drawn for this account"),
        Column("hash", "bytes", "scrypt of the password"),
        Column("made_at", "utc", "when"),
    ),
    ("name",),
)
LOGINS: Final = Table(
    "logins",
    "one row for each browser that is logged in",
    (
        Column("token_hash", "bytes", "SHA-256 of the cookie"),
        Column("account", "text", "who", refers_to="accounts.name", on_delete="delete"),
        Column("ends_at", "utc", "when it ends by itself"),
    ),
    ("token_hash",),
)
INVITATIONS: Final = Table(
    "invitations",
    "one row for each link that lets its account in, once",
    (
        Column("code_hash", "bytes", "SHA-256 of the code in the link"),
        Column("account", "text", "who", refers_to="accounts.name", on_delete="delete"),
        Column("ends_at", "utc", "when it ends by itself"),
    ),
    ("code_hash",),
)
SCHEMA: Final = Schema("gate", 1, (ACCOUNTS, LOGINS, INVITATIONS))


class LoginError(TelltaleError):
    """A name and a password that do not go together; it never says which was wrong."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who is logged in."""

    name: str
    roles: frozenset[Role]

    @property
    def permissions(self) -> frozenset[Permission]:
        """All that any of the roles grants."""
        return frozenset().union(*(GRANTS[role] for role in self.roles))


class Accounts:
    """The accounts in a database."""

    def __init__(self, database: AbstractDatabase) -> None:
        self._database = database
        prepare(database, SCHEMA)

    def add(self, name: str, roles: Collection[Role], password: str, now: datetime) -> None:
        """A new account, or a new password and roles for one that is there; its logins then end."""
        if not _NAME.fullmatch(name):
            raise ConfigError(f"{name!r} is no name", hint="use 2 to 32 of a-z, 0-9 and . _ -")
        if len(password) < LEAST_PASSWORD:
            raise ConfigError(
                f"a password of {len(password)} characters", hint=f"use {LEAST_PASSWORD} or more"
            )
        salt = secrets.token_bytes(16)
        with self._database.transaction() as t:
            t.run("DELETE FROM accounts WHERE name = ?", (name,))
            kept = ",".join(sorted(roles))
            t.run(ACCOUNTS.insert(), (name, kept, salt, _hash(password, salt), milliseconds(now)))

    def remove(self, name: str) -> None:
        """Delete an account and its logins."""
        with self._database.transaction() as t:
            if not t.run("DELETE FROM accounts WHERE name = ?", (name,)):
                there = ", ".join(account.name for account in self.all())
                raise ConfigError(f"there is no account {name!r}", hint=f"those there are: {there or 'none'}")

    def all(self) -> list[Account]:
        """Every account, by name."""
        rows = self._database.rows("SELECT name, roles FROM accounts ORDER BY name")
        return [Account(name, _roles(roles)) for name, roles in rows]

    def log_in(self, name: str, password: str, now: datetime) -> tuple[Account, str]:
        """The account and a new cookie."""
        rows = self._database.rows("SELECT roles, salt, hash FROM accounts WHERE name = ?", (name,))
        # A name that is not there takes as long as one that is.
        roles, salt, kept = rows[0] if rows else ("", b"\0" * 16, b"")
        if not hmac.compare_digest(_hash(password, bytes(salt)), bytes(kept)):
            raise LoginError("name and password do not go together", hint="try again, or ask who runs this")
        return Account(name, _roles(roles)), self._new_login(name, now)

    def invite(self, name: str, now: datetime) -> str:
        """A code that lets an account in once, without its password: for a link on one's own screen."""
        code = secrets.token_urlsafe(32)
        with self._database.transaction() as t:
            t.run(INVITATIONS.insert(), (_digest(code), name, milliseconds(now + INVITED_FOR)))
        return code

    def redeem(self, code: str, now: datetime) -> str:
        """A new cookie for an invitation, which is then used up."""
        asked = (_digest(code), milliseconds(now))
        # A guess is only looked up: it neither waits for a writer nor holds one up.
        sql = "FROM invitations WHERE code_hash = ? AND ends_at > ?"
        found = self._database.rows(f"SELECT account {sql}", asked)
        if found:
            with self._database.transaction() as t:
                found = t.rows(f"DELETE {sql} RETURNING account", asked)
        if not found:
            raise LoginError("the invitation is used up or has ended", hint="log in by name and password")
        return self._new_login(found[0][0], now)

    def _new_login(self, name: str, now: datetime) -> str:
        cookie = secrets.token_urlsafe(32)
        with self._database.transaction() as t:
            t.run("DELETE FROM logins WHERE ends_at <= ?", (milliseconds(now),))
            t.run("DELETE FROM invitations WHERE ends_at <= ?", (milliseconds(now),))
            t.run(LOGINS.insert(), (_digest(cookie), name, milliseconds(now + STAYS)))
        return cookie

    def of(self, cookie: str, now: datetime) -> Account | None:
        """Whose cookie it is; nobody's when it has ended."""
        rows = self._database.rows(
            "SELECT name, roles FROM logins JOIN accounts ON account = name"
            " WHERE token_hash = ? AND ends_at > ?",
            (_digest(cookie), milliseconds(now)),
        )
        return Account(rows[0][0], _roles(rows[0][1])) if rows else None

    def log_out(self, cookie: str) -> None:
        """End a login."""
        with self._database.transaction() as t:
            t.run("DELETE FROM logins WHERE token_hash = ?", (_digest(cookie),))


def _roles(kept: str) -> frozenset[Role]:
    return frozenset(Role(role) for role in kept.split(",") if role)


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, **_COST)


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()
