"""Viewers' tokens: signed, short-lived, good for one session only.

A token is a JSON Web Token (HS256), so that a shop's own server can sign it with whatever library it has.
It names a pseudonym, never a person, and grants nothing but the viewer's own routes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import jwt

from telltale.core.errors import TelltaleError

ISSUED_FOR: Final = "telltale.viewer"
LONGEST: Final = timedelta(minutes=30)
"""From issue to end; a session that lasts longer renews its token."""
_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


class TokenError(TelltaleError):
    """A token that opens nothing."""


@dataclass(frozen=True, slots=True)
class ViewerToken:
    """What a token says."""

    viewer: str
    """The viewer's pseudonym at the shop."""
    session: str
    """The one visit it is good for."""
    room: str
    """The broadcast that is watched."""
    jurisdiction: str
    """Whose law holds, as a policy's name."""
    device: str = ""
    """Such as phone."""


def sign(token: ViewerToken, secret: str, *, now: datetime, lasts: timedelta) -> str:
    """A token as text.

    Parameters
    ----------
    lasts
        Until it ends, `LONGEST` at most.
    """
    problems = [f"{name} {value!r}" for name, value in _names(token) if not _NAME.fullmatch(value)]
    if problems:
        raise TokenError(
            f"not fit for a token: {', '.join(problems)}",
            hint="use 1 to 64 letters, digits and . _ : - (a pseudonym, no name or address)",
        )
    if not timedelta(0) < lasts <= LONGEST:
        raise TokenError(f"a token cannot last {lasts}", hint=f"give at most {LONGEST}")
    claims = {
        "aud": ISSUED_FOR,
        "sub": token.viewer,
        "session": token.session,
        "room": token.room,
        "jurisdiction": token.jurisdiction,
        "device": token.device,
        "iat": int(now.timestamp()),
        "exp": int((now + lasts).timestamp()),
    }
    return jwt.encode(claims, secret, algorithm="HS256")


def read(text: str, secret: str, *, now: datetime) -> ViewerToken:
    """What a token says, once its signature and its times are found good.

    >>> from telltale.core.clock import now
    >>> text = sign(ViewerToken("v1", "s1", "r1", "eu"), "k" * 32, now=now(), lasts=timedelta(minutes=5))
    >>> read(text, "k" * 32, now=now()).viewer
    'v1'
    """
    try:
        claims = jwt.decode(
            text,
            secret,
            algorithms=["HS256"],
            audience=ISSUED_FOR,
            # Times are checked below, against the caller's clock.
            options={
                "require": ["sub", "session", "room", "jurisdiction", "iat", "exp"],
                "verify_exp": False,
                "verify_iat": False,
            },
        )
        token = ViewerToken(
            viewer=claims["sub"],
            session=claims["session"],
            room=claims["room"],
            jurisdiction=claims["jurisdiction"],
            device=claims.get("device", ""),
        )
        begins, ends = int(claims["iat"]), int(claims["exp"])
    except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError) as error:
        raise TokenError("the token is not one of ours", hint="open a session anew") from error
    if not all(isinstance(value, str) and _NAME.fullmatch(value) for _, value in _names(token)):
        raise TokenError("the token names what no session can have", hint="open a session anew")
    if ends - begins > LONGEST.total_seconds():
        raise TokenError(f"the token lasts longer than {LONGEST}", hint="sign shorter ones, and renew them")
    # Half a minute for clocks that differ.
    if not begins - 30 <= now.timestamp() < ends:
        raise TokenError("the token has run out", hint="renew it before it ends")
    return token


def _names(token: ViewerToken) -> list[tuple[str, str]]:
    names = [(n, getattr(token, n)) for n in ("viewer", "session", "room", "jurisdiction")]
    return names + ([("device", token.device)] if token.device else [])
