"""Viewers' tokens: what opens a session, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.gate.tokens import ISSUED_FOR, LONGEST, TokenError, ViewerToken, read, sign

SECRET = "s" * 32
NOW = datetime(2026, 3, 1, 20, tzinfo=UTC)
TOKEN = ViewerToken("v1", "s1", "r1", "eu", "phone")


def signed(**changes: object) -> str:
    """A token whose claims were changed before it was signed."""
    claims = jwt.decode(
        sign(TOKEN, SECRET, now=NOW, lasts=LONGEST),
        SECRET,
        ["HS256"],
        audience=ISSUED_FOR,
        options={"verify_exp": False},
    )
    claims |= changes
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, SECRET, "HS256")


def test_what_was_signed_is_read_until_it_ends() -> None:
    text = sign(TOKEN, SECRET, now=NOW, lasts=timedelta(minutes=5))
    assert read(text, SECRET, now=NOW) == TOKEN
    assert read(text, SECRET, now=NOW + timedelta(minutes=4, seconds=59)) == TOKEN
    with pytest.raises(TokenError, match="run out"):
        read(text, SECRET, now=NOW + timedelta(minutes=5))


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another"},
        {"sub": None},
        {"sub": 7},
        {"sub": "a name with spaces"},
        {"session": ""},
        {"exp": int(NOW.timestamp()) + 7200},
        {"exp": "soon"},
        {"iat": int(NOW.timestamp()) + 600, "exp": int(NOW.timestamp()) + 900},
    ],
    ids=str,
)
def test_a_token_that_claims_otherwise_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(TokenError):
        read(signed(**changes), SECRET, now=NOW)


@pytest.mark.parametrize("algorithm", ["none", "HS512"])
def test_another_algorithm_is_refused(algorithm: str) -> None:
    claims = jwt.decode(signed(), SECRET, ["HS256"], audience=ISSUED_FOR, options={"verify_exp": False})
    text = jwt.encode(claims, None if algorithm == "none" else SECRET * 2, algorithm)
    with pytest.raises(TokenError):
        read(text, SECRET * 2, now=NOW)


@given(st.text(max_size=200))
def test_no_text_opens_a_session(text: str) -> None:
    with pytest.raises(TokenError):
        read(text, SECRET, now=NOW)


def test_another_secret_opens_nothing() -> None:
    with pytest.raises(TokenError, match="not one of ours"):
        read(signed(), "t" * 32, now=NOW)


def test_names_and_addresses_are_not_signed() -> None:
    with pytest.raises(TokenError, match="a pseudonym"):
        sign(replace(TOKEN, viewer="li.wei@example.com"), SECRET, now=NOW, lasts=LONGEST)
    with pytest.raises(TokenError, match="cannot last"):
        sign(TOKEN, SECRET, now=NOW, lasts=LONGEST * 2)
