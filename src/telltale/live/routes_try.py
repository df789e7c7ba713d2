"""The page on which whoever tries the service is the viewer, with their own camera. Only with `--try-out`.

The page, its worker and the networks come from this host; the camera's pictures stay in the browser.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse

from telltale.gate.doors import anyone, is_this_machine
from telltale.gate.tokens import ViewerToken
from telltale.live.routes_viewer import Live, SessionToken, signed

router: Final = APIRouter(tags=["trying"])
WEB: Final = Path(__file__).parent / "edge"
"""The built device, packed into the wheel."""
ROOM: Final = "try"
PLACE: Final = "DE"
_TYPES: Final = {".onnx": "application/octet-stream", ".wasm": "application/wasm", ".mjs": "text/javascript"}


@router.post("/v1/try/session", status_code=201, dependencies=[Depends(anyone)])
async def try_session(request: Request, live: Live) -> SessionToken:
    """A visit for whoever sits before this machine."""
    if not live.settings.try_out or not is_this_machine(request):
        raise HTTPException(404, "only for trying, on the machine itself: serve with --try-out")
    viewer = f"try-{secrets.token_hex(4)}"
    return signed(ViewerToken(viewer, secrets.token_hex(12), ROOM, PLACE, "trying"), live)


@router.get("/try/{path:path}", include_in_schema=False, dependencies=[Depends(anyone)])
async def page(path: str, live: Live) -> FileResponse:
    """The page and the device."""
    if not live.settings.try_out:
        raise HTTPException(404, "only for trying: serve with --try-out")
    return _file(WEB, path or "index.html", "the device is not built: run 'make edge'")


@router.get("/models/{name}", include_in_schema=False, dependencies=[Depends(anyone)])
async def model(name: str, live: Live) -> FileResponse:
    """The networks that the device runs."""
    return _file(live.edge_models(), name, "no such network")


def _file(folder: Path, path: str, missing: str) -> FileResponse:
    wanted = (folder / path).resolve()
    if not wanted.is_relative_to(folder.resolve()) or not wanted.is_file():
        raise HTTPException(404, missing)
    headers = {"cache-control": "no-cache", "cross-origin-resource-policy": "same-origin"}
    return FileResponse(wanted, media_type=_TYPES.get(wanted.suffix), headers=headers)
