"""The studio's questions over HTTP; each names the permission that it wants."""

from __future__ import annotations

import asyncio
import json
import mimetypes
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from telltale.core.clock import now
from telltale.core.errors import ConsentError, FormatError
from telltale.gate.accounts import Account
from telltale.gate.doors import anyone, logged_in, permitted
from telltale.gate.headers import REPORT_POLICY
from telltale.gate.roles import Permission
from telltale.strategy.export import Which, export_exposures
from telltale.studio import audit, decisions, parts, recordings, study_page
from telltale.studio.parts import PartTurn
from telltale.studio.recordings import Source
from telltale.studio.shelf import OnShelf
from telltale.studio.statements import statements
from telltale.studio.stretch import on_grid

router: Final = APIRouter(prefix="/v1", tags=["studio"])
pages: Final = APIRouter(include_in_schema=False)

WEB: Final = Path(__file__).parent / "web"
"""The built pages, packed into the wheel."""
Result = TypeVar("Result")

_Limit = Annotated[int, Query(ge=1, le=500)]
_Name = Annotated[str, Query(max_length=128)]


def _door(permission: Permission) -> Any:
    return Depends(permitted(permission))


async def _asked(question: Callable[[], Result]) -> Result:
    """Ask in a thread, so that viewers do not wait; what is not there is a 404."""
    try:
        return await asyncio.to_thread(question)
    except ConsentError as error:
        raise HTTPException(403, str(error)) from error
    except FormatError as error:
        raise HTTPException(404, str(error)) from error


@router.get("/decisions", dependencies=[_door(Permission.SEE_DECISIONS)])
async def some_decisions(
    shelf: OnShelf, limit: _Limit = 100, before: _Name = "", session: _Name = "", outcome: _Name = ""
) -> dict[str, Any]:
    """Decisions, shown or not, with every verdict; the latest first."""
    return await _asked(
        partial(decisions.page, shelf.database, limit=limit, before=before, session=session, outcome=outcome)
    )


@router.get("/decisions/ratio", dependencies=[_door(Permission.SEE_DECISIONS)])
async def sample_ratio(shelf: OnShelf) -> dict[str, Any]:
    """Whether chance put as many units into each arm as it should have."""
    question = partial(decisions.ratios, shelf.database, shelf.catalogue, shelf.experiments)
    return {"experiments": await _asked(question)}


@router.get("/decisions/exposures.parquet", dependencies=[_door(Permission.EXPORT)], response_class=Response)
async def exposures(shelf: OnShelf, which: Which = "assigned") -> Response:
    """Decisions as the table `exposures` of the study format.

    How many are not in it, by the reason, is in the file's metadata (`telltale.left_out`) and in a header.
    """

    def table() -> tuple[bytes, str]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        exported = export_exposures(shelf.database, which=which, now=now())
        left_out = json.dumps(exported.left_out, sort_keys=True)
        kept = exported.table.schema.metadata or {}
        about = {**kept, b"telltale.which": which.encode(), b"telltale.left_out": left_out.encode()}
        sink = pa.BufferOutputStream()
        pq.write_table(exported.table.replace_schema_metadata(about), sink)
        return bytes(sink.getvalue()), left_out

    content, left_out = await _asked(table)
    headers = {
        "content-disposition": 'attachment; filename="exposures.parquet"',
        "x-telltale-left-out": left_out,
    }
    return Response(content, media_type="application/vnd.apache.parquet", headers=headers)


@router.get("/recordings", dependencies=[_door(Permission.SEE_SESSIONS)])
async def some_recordings(shelf: OnShelf) -> dict[str, Any]:
    """What may be played."""
    found = await _asked(partial(recordings.all_recordings, shelf))
    return {"recordings": [one.told() for one in found]}


@router.get(
    "/recordings/{source}/{session}/rows",
    dependencies=[_door(Permission.SEE_SESSIONS)],
    response_class=Response,
)
async def rows(shelf: OnShelf, source: Source, session: str) -> Response:
    """Rows as float32, row k at k / 10 s from the stretch's beginning, NaN where unread.

    Three hours at most; the headers say where in the session they begin, and until when more is kept.
    """

    def content() -> tuple[bytes, dict[str, float]]:
        found = recordings.stretch(shelf, source, session)
        return on_grid(found.signal).astype("<f4", copy=False).tobytes(), found.told()

    body, where = await _asked(content)
    headers = {f"x-telltale-{name.replace('_', '-')}": str(value) for name, value in where.items()}
    return Response(body, media_type="application/octet-stream", headers=headers)


@router.get("/recordings/{source}/{session}/track", dependencies=[_door(Permission.SEE_SESSIONS)])
async def track(shelf: OnShelf, source: Source, session: str) -> dict[str, Any]:
    """Affect, probability, acts, events and decisions of a recording."""
    return await _asked(partial(recordings.track_of, shelf, source, session))


@router.get(
    "/recordings/{source}/{session}/video",
    dependencies=[_door(Permission.SEE_SESSIONS)],
    response_class=FileResponse,
)
async def video(shelf: OnShelf, source: Source, session: str) -> FileResponse:
    """The video, where its viewer agreed to be recorded."""
    path = await _asked(partial(recordings.video_of, shelf, source, session))
    return FileResponse(path, media_type="video/mp4")


@router.get("/study", dependencies=[_door(Permission.SEE_STUDY)])
async def study(shelf: OnShelf) -> dict[str, Any]:
    """Table 1 of the study that is open, and its reports."""
    found = await _asked(partial(study_page.told, shelf))
    if found is None:
        raise HTTPException(404, "no study and no report: serve with --study FOLDER or --report FOLDER")
    return found


@router.get("/switches/parts", dependencies=[Depends(logged_in)])
async def part_turns(shelf: OnShelf) -> list[dict[str, Any]]:
    """Every turn of the switch of a room or an intervention, the latest first."""
    return await _asked(partial(parts.all_turns, shelf.database))


@router.post("/switch/part")
async def turn_part(
    body: PartTurn, shelf: OnShelf, who: Annotated[Account, _door(Permission.STOP)]
) -> dict[str, Any]:
    """Stop one room or one intervention, or let it go on; every process acts on it within a second."""
    return await _asked(partial(parts.turn_part, shelf.database, shelf.catalogue, body, who.name))


@router.get("/audit/consents", dependencies=[_door(Permission.SEE_AUDIT)])
async def consents(shelf: OnShelf, viewer: _Name = "", limit: _Limit = 200) -> dict[str, Any]:
    """Who agreed to what and said what, by alias; `viewer` looks one up by the shop's own name."""

    def found() -> dict[str, Any]:
        return {
            "consents": audit.consents(shelf.database, viewer=viewer, limit=limit),
            "statements": statements(shelf.database, viewer=viewer, limit=limit),
        }

    return await _asked(found)


@router.get("/audit/receipts", dependencies=[_door(Permission.SEE_AUDIT)])
async def receipts(shelf: OnShelf) -> dict[str, Any]:
    """Withdrawals and purges."""
    return {"receipts": await _asked(partial(audit.all_receipts, shelf.database))}


@pages.api_route(
    "/reports/{name}/{path:path}", methods=["GET", "HEAD"], dependencies=[_door(Permission.SEE_STUDY)]
)
async def report(shelf: OnShelf, name: str, path: str) -> FileResponse:
    """A report's page and its figures; nothing in it may run."""
    folder = shelf.reports.get(name)
    wanted = None if folder is None else (folder / path).resolve()
    if (
        folder is None
        or wanted is None
        or not wanted.is_relative_to(folder.resolve())
        or not wanted.is_file()
    ):
        raise HTTPException(404, "no such report")
    # A page that is kept up to date is another one soon.
    headers = {"content-security-policy": REPORT_POLICY, "cache-control": "no-cache"}
    return FileResponse(wanted, headers=headers)


@pages.get("/studio/{path:path}", dependencies=[Depends(anyone)])
async def page(path: str, request: Request) -> FileResponse:
    """The studio's own files; any other path is one of its pages."""
    wanted = (WEB / path).resolve()
    inside = wanted.is_relative_to(WEB.resolve()) and wanted.is_file()
    if not inside and ("." in path.rpartition("/")[2] or not (WEB / "index.html").is_file()):
        raise HTTPException(404, "no such file" if (WEB / "index.html").is_file() else _UNBUILT)
    # Names of built files hold a digest of what is in them: they never change.
    lasting = inside and path.startswith("assets/")
    cached = "public, max-age=31536000, immutable" if lasting else "no-cache"
    return _packed(wanted if inside else WEB / "index.html", request, {"cache-control": cached})


def _packed(file: Path, request: Request, headers: dict[str, str]) -> FileResponse:
    """A file as the build packed it, for who unpacks it."""
    headers |= {"vary": "accept-encoding"}
    packed = file.with_name(f"{file.name}.gz")
    if "gzip" in request.headers.get("accept-encoding", "") and packed.is_file():
        kind = mimetypes.guess_type(file.name)[0]
        return FileResponse(packed, media_type=kind, headers={**headers, "content-encoding": "gzip"})
    return FileResponse(file, headers=headers)


@pages.get("/", dependencies=[Depends(anyone)])
async def root() -> RedirectResponse:
    """The studio."""
    return RedirectResponse("/studio/")


_UNBUILT: Final = "the studio's pages are not built: run 'make studio'"
