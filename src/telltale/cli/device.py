"""`telltale device`: what a shop's page loads, for the shop's own host."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from telltale.cli import console


def device(
    out: Annotated[Path, typer.Argument(help="Folder to write to, such as public/telltale.")],
) -> None:
    """Write all that a viewer's browser loads: script, worker, runtime, networks, and their licences."""
    from telltale.live.device_files import write_device

    written = write_device(out)
    size = sum(path.stat().st_size for path in written) / 1e6
    console.out.print(f"{console.escape(str(out))}: {len(written)} files, {size:.1f} MB", soft_wrap=True)
