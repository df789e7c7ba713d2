"""The web application of one process: routes, doors, headers, health."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.middleware.cors import CORSMiddleware

from telltale import __version__
from telltale.core.errors import TelltaleError
from telltale.gate import routes as gate_routes
from telltale.gate.body_limit import BodyLimit
from telltale.gate.doors import anyone, scraper
from telltale.gate.headers import SafeHeaders
from telltale.gate.refusals import REFUSALS, in_a_line
from telltale.live import metrics, routes_operator, routes_try, routes_viewer, socket
from telltale.live.service import Service
from telltale.records.errors import ConstraintError, RecordsError

health: Final = APIRouter(tags=["health"])


@health.get("/healthz", dependencies=[Depends(anyone)])
async def healthy() -> dict[str, str]:
    """Whether the process answers at all."""
    return {"status": "ok", "version": __version__}


@health.get("/readyz", dependencies=[Depends(anyone)], responses={503: {"description": "do not come here"}})
async def ready(request: Request) -> Response:
    """Whether devices may come; asks the database too."""
    service: Service = request.app.state.service
    why = service.unready
    if not why:
        try:
            await asyncio.wait_for(service.here.book.read(lambda d: d.rows("SELECT 1")), 2.0)
        except (TelltaleError, TimeoutError):
            why = "the database is not to be had"
    return JSONResponse({"ready": not why, "why": why}, 503 if why else 200)


@health.get("/metrics", dependencies=[Depends(scraper)], response_class=PlainTextResponse)
async def all_metrics(request: Request) -> Response:
    """Counts and times, as Prometheus reads them."""
    service: Service = request.app.state.service
    return Response(service.metrics.text(), media_type=metrics.CONTENT_TYPE)


def build_app(
    service: Service, *, further: Sequence[APIRouter] = (), state: dict[str, Any] | None = None
) -> FastAPI:
    """The application; its life begins and ends the service's.

    Parameters
    ----------
    further
        Routers of other parts that share the doors: the studio's.
    state
        What these look for in `app.state`.
    """

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await service.start()
        try:
            yield
        finally:
            await service.stop()

    app = FastAPI(
        title="Telltale live",
        version=__version__,
        summary="Reads consented viewers' vectors, and decides within guardrails.",
        lifespan=life,
        responses=REFUSALS,
        # Its pages load scripts from elsewhere; the description alone is enough.
        docs_url=None,
        redoc_url=None,
    )
    app.state.service, app.state.gate = service, service.gate
    for name, value in (state or {}).items():
        setattr(app.state, name, value)
    for router in (
        health,
        gate_routes.router,
        routes_viewer.router,
        routes_operator.router,
        routes_try.router,
        socket.router,
        *further,
    ):
        app.include_router(router)
    app.add_exception_handler(TelltaleError, _refused)
    app.add_exception_handler(RequestValidationError, _misread)
    app.add_middleware(BodyLimit)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(service.settings.origins),
        allow_methods=["GET", "POST", "PUT", "DELETE"],
        allow_headers=["authorization", "content-type"],
        max_age=600,
    )
    app.add_middleware(SafeHeaders)
    return app


async def _refused(_: Request, error: Exception) -> Response:
    """What a part refuses is told in its one line."""
    busy = isinstance(error, RecordsError) and not isinstance(error, ConstraintError)
    headers = {"retry-after": "1"} if busy else None
    detail = "the database is busy: try again" if busy else str(error)
    if isinstance(error, ConstraintError):
        # Its own line names the database.
        detail = "a value cannot be kept: send another"
    return JSONResponse({"detail": detail}, 503 if busy else 422, headers)


async def _misread(_: Request, error: Exception) -> Response:
    """What does not fit is told in a line too, and not sent back."""
    assert isinstance(error, RequestValidationError)
    return JSONResponse({"detail": in_a_line(error.errors())}, 422)
