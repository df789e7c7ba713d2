"""Accounts: who may log in, for how long, and what is kept of a password."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from telltale.core.errors import ConfigError
from telltale.gate.accounts import INVITED_FOR, STAYS, Accounts, LoginError
from telltale.gate.roles import GRANTS, Permission, Role
from telltale.records.database import open_database

NOW = datetime(2026, 3, 1, 20, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    with open_database(f"sqlite:///{tmp_path}/live.db") as database:
        found = Accounts(database)
        found.add("ana", {Role.ANALYST}, PASSWORD, NOW)
        yield found


def test_a_login_lasts_and_ends(accounts: Accounts) -> None:
    account, cookie = accounts.log_in("ana", PASSWORD, NOW)
    assert account.roles == {Role.ANALYST}
    assert account.permissions == GRANTS[Role.ANALYST]
    assert accounts.of(cookie, NOW) == account
    assert accounts.of(cookie, NOW + STAYS) is None
    accounts.log_out(cookie)
    assert accounts.of(cookie, NOW) is None


def test_a_wrong_name_and_a_wrong_password_are_refused_alike(accounts: Accounts) -> None:
    told = []
    for name, password in (("ana", "wrong password"), ("bob", PASSWORD)):
        with pytest.raises(LoginError) as refused:
            accounts.log_in(name, password, NOW)
        told.append(str(refused.value))
    assert told[0] == told[1]


def test_a_new_password_ends_the_logins_of_the_old(accounts: Accounts) -> None:
    _, cookie = accounts.log_in("ana", PASSWORD, NOW)
    accounts.add("ana", {Role.OPERATOR, Role.PRIVACY}, PASSWORD + "2", NOW)
    assert accounts.of(cookie, NOW) is None
    with pytest.raises(LoginError):
        accounts.log_in("ana", PASSWORD, NOW)
    assert accounts.log_in("ana", PASSWORD + "2", NOW)[0].roles == {Role.OPERATOR, Role.PRIVACY}
    accounts.remove("ana")
    assert not accounts.all()
    with pytest.raises(ConfigError):
        accounts.remove("ana")


def test_neither_password_nor_cookie_is_in_the_file(accounts: Accounts, tmp_path: Path) -> None:
    _, cookie = accounts.log_in("ana", PASSWORD, NOW)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"ana" in kept
    assert PASSWORD.encode() not in kept
    assert cookie.encode() not in kept


@pytest.mark.parametrize(("name", "password"), [("Ana", PASSWORD), ("a", PASSWORD), ("bob", "short")])
def test_what_is_no_account_is_refused(accounts: Accounts, name: str, password: str) -> None:
    with pytest.raises(ConfigError):
        accounts.add(name, {Role.ANALYST}, password, NOW)


def test_an_invitation_lets_in_once(accounts: Accounts) -> None:
    code = accounts.invite("ana", NOW)
    account = accounts.of(accounts.redeem(code, NOW), NOW)
    assert account is not None
    assert account.name == "ana"
    with pytest.raises(LoginError):
        accounts.redeem(code, NOW)
    late = accounts.invite("ana", NOW)
    with pytest.raises(LoginError):
        accounts.redeem(late, NOW + INVITED_FOR)


def test_every_permission_is_somebodys_and_nobody_has_all() -> None:
    assert set().union(*GRANTS.values()) == set(Permission)
    assert all(grants != set(Permission) for grants in GRANTS.values())
