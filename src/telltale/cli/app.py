"""Puts the commands together and turns errors into one line and an exit code.

Exit codes: 0 done, 1 the answer is no (faults were found), 2 the input is wrong, 3 consent is missing,
130 stopped by the user. A traceback shows only with `--debug`.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from telltale.cli import console
from telltale.core.errors import TelltaleError

app = typer.Typer(
    name="telltale",
    help="Reads the small signs on a face during live commerce, and finds out what they mean for a sale.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
study_app = typer.Typer(help="Make, check and cut studies.", no_args_is_help=True)
app.add_typer(study_app, name="study")


def _version(wanted: bool) -> None:
    if wanted:
        from telltale import __version__

        typer.echo(f"telltale {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")] = False,
    version: Annotated[  # noqa: ARG001 (Typer calls `_version` for it)
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    console.settings.debug = debug


def main() -> None:
    """Run the command line; the entry point of `telltale`."""
    from telltale.cli import commands

    commands.register(app, study_app)
    try:
        app()
    except TelltaleError as error:
        if console.settings.debug:
            raise
        console.complain(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        console.complain("stopped; nothing half-written was left behind")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
