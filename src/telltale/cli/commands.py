"""The list of commands: name, file, one line each. A new command is a new file and a line here."""

from __future__ import annotations

import typer


def register(app: typer.Typer, study_app: typer.Typer) -> None:
    """Give each command its name."""
