"""What viewers and the shop's server ask over HTTP: sessions, consent, withdrawal, facts."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from telltale.core import clock
from telltale.gate import tokens
from telltale.gate.doors import anyone, shop, viewer
from telltale.gate.tokens import TokenError, ViewerToken
from telltale.live.service import Service
from telltale.live.tables import Statements
from telltale.strategy.facts import Fact, FactName
from telltale.strategy.policy import Policy
from telltale.study.schema import PURPOSES

router: Final = APIRouter(prefix="/v1", tags=["viewers"])
LASTS: Final = timedelta(minutes=15)

_Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]


def service_of(request: Request) -> Service:
    """The service of an application."""
    service: Service = request.app.state.service
    return service


Live = Annotated[Service, Depends(service_of)]
Viewer = Annotated[ViewerToken, Depends(viewer)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewSession(_Body):
    """A visit that the shop opens for one of its viewers."""

    viewer: Annotated[_Name, Field(description="the shop's pseudonym for the viewer; no name, no address")]
    room: Annotated[_Name, Field(description="the broadcast")]
    place: Annotated[
        str,
        Field(max_length=8, pattern=r"^[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?$", description="ISO 3166, such as DE"),
    ]
    device: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")] = ""


class SessionToken(_Body):
    """What the device needs."""

    session: str
    token: str
    ends_at: datetime


class Disclosure(_Body):
    """What a viewer is to be told and asked before anything is read."""

    policy: str
    version: str
    purposes_needed: list[str]
    purposes_offered: list[str]
    release_needed: bool
    least_age: int
    rows_days: int
    audit_days: int
    kinds_shown: list[str]
    """Of what may be shown because of the face: kinds that both the policy and the catalogue know."""


class Agreed(_Body):
    """What a viewer agrees to, and has been told and said."""

    purposes: Annotated[list[str], Field(max_length=len(PURPOSES))]
    text_version: Annotated[str, Field(min_length=1, max_length=64)]
    disclosed: bool = False
    released: bool = False
    age_at_least: Annotated[int, Field(ge=0, le=120)] = 0


class ReceiptTold(_Body):
    """That all was taken back: what was deleted, and of whom nothing."""

    receipt: str
    at: datetime
    deleted: dict[str, int]


class StatedFact(_Body):
    """Something that the shop says is so, for everyone."""

    name: FactName
    about: _Name
    value: Annotated[str, Field(max_length=200)] | Annotated[int, Field(ge=0, le=10**9)]
    valid_until: datetime
    true_for_everyone: bool
    source: Annotated[str, Field(min_length=1, max_length=100)]
    shown_without_inference: bool = False


@router.post("/sessions", status_code=201, dependencies=[Depends(shop)])
async def open_session(body: NewSession, live: Live) -> SessionToken:
    """Open a visit; the shop's server asks, and hands the token to the page."""
    token = ViewerToken(body.viewer, secrets.token_hex(12), body.room, body.place.upper(), body.device)
    return signed(token, live)


@router.post("/sessions/renew")
async def renew(token: Viewer, live: Live) -> SessionToken:
    """A new token for the same visit, before the old one ends."""
    return signed(token, live)


def signed(token: ViewerToken, live: Service) -> SessionToken:
    """A token for a visit, good for a quarter of an hour."""
    now = clock.now()
    try:
        text = tokens.sign(token, live.environment.token_secret, now=now, lasts=LASTS)
    except TokenError as error:
        raise HTTPException(422, str(error)) from error
    return SessionToken(session=token.session, token=text, ends_at=now + LASTS)


@router.get("/disclosure", dependencies=[Depends(anyone)])
async def disclosure(live: Live, place: Annotated[str, Field(max_length=8)] = "") -> Disclosure:
    """What the law of a place wants a viewer to be told and asked."""
    policy: Policy = live.strategist.policy_of(place)
    needed = list(policy.consents_needed.value)
    allowed = {*policy.kinds_from_affect.value, *policy.kinds_if_shown_anyway.value}
    shown = {one.kind for one in live.strategist.catalogue.interventions}
    return Disclosure(
        policy=policy.name,
        version=policy.version,
        purposes_needed=needed,
        purposes_offered=[one for one in ("read_face", "personalise", "research") if one not in needed],
        release_needed=policy.release_needed.value,
        least_age=int(policy.least_age.value),
        rows_days=int(policy.rows_days.value),
        audit_days=int(policy.audit_days.value),
        kinds_shown=sorted(allowed & shown),
    )


@router.put("/consent")
async def agree(body: Agreed, token: Viewer, live: Live) -> dict[str, Any]:
    """What the viewer agrees to from now on; what is not named is taken back."""
    unknown = sorted(set(body.purposes) - set(PURPOSES))
    if unknown:
        raise HTTPException(422, f"unknown purposes {', '.join(unknown)}: choose of {', '.join(PURPOSES)}")
    said = Statements(body.disclosed, body.released, body.age_at_least)
    book, now = live.here.book, clock.now()
    await book.agree(token.viewer, body.purposes, said, text_version=body.text_version, now=now)
    await live.agreed(token.viewer)
    agreement = await book.agreement_of(token.viewer, clock.now())
    why = live.strategist.why_unread(token.jurisdiction, agreement)
    return {"purposes": sorted(agreement.purposes), "may_read": not why, "why": why}


@router.delete("/consent")
async def withdraw(token: Viewer, live: Live) -> ReceiptTold:
    """Take everything back: what is kept of the viewer is deleted now, wherever the service runs."""
    return await withdraw_viewer(live, token.viewer)


async def withdraw_viewer(live: Service, name: str) -> ReceiptTold:
    """Delete what is kept of a viewer, here and in every process; the receipt tells how much."""
    receipt = await live.here.book.withdraw(name, clock.now())
    await live.tell_all({"kind": "withdrawn", "viewer": name})
    live.metrics.withdrawn.inc()
    return ReceiptTold(receipt=receipt.id, at=receipt.at, deleted=receipt.counts)


@router.put("/opt-out", status_code=204)
async def opt_out(token: Viewer, live: Live, out: bool = True) -> Response:
    """Nothing is to be shown because of the face, though it may be read; `out=false` takes it back."""
    await live.here.book.opt_out(token.viewer, opted_out=out, now=clock.now())
    await live.agreed(token.viewer)
    return Response(status_code=204)


@router.put("/facts", status_code=204, dependencies=[Depends(shop)])
async def state_fact(body: StatedFact, live: Live) -> Response:
    """The shop says something that a note or badge may then say, until it ends."""
    try:
        fact = Fact(
            body.name,
            body.about,
            body.value,
            body.valid_until,
            body.true_for_everyone,
            body.source,
            body.shown_without_inference,
        )
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
    await live.here.book.state_fact(fact, clock.now())
    return Response(status_code=204)
