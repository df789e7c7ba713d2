"""Puts the commands together and turns errors into one line and an exit code.

Exit codes: 0 done, 1 the answer is no (faults were found) or nobody stayed to read it, 2 the input is
wrong, 3 consent is missing, 70 Telltale itself failed, 130 stopped by the user. A traceback shows only
with `--debug`.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from typing import Annotated, Final

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


@functools.cache
def build() -> typer.Typer:
    """The whole command line, every command in its place."""
    from telltale.cli import commands

    commands.register(app, study_app)
    return app


def main() -> None:
    """Run the command line; the entry point of `telltale`."""
    # Who is asked to end by a container or a service manager ends as tidily as by Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(_exit_code())


_STOPPED: Final = 130
_STOPPED_LINE: Final = "stopped; nothing half-written was left behind"

# Typer names only the youngest child of the error it raises for a wrong command line.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


def _exit_code() -> int:
    try:
        # Not standalone: Typer would frame its own errors and swallow the interrupt.
        code = int(build()(prog_name="telltale", standalone_mode=False) or 0)
        sys.stdout.flush()
        # Typer may turn the interrupt into a code before it gets here.
        if code == _STOPPED:
            console.complain(_STOPPED_LINE)
        return code
    except TelltaleError as error:
        if console.settings.debug:
            raise
        console.complain(str(error))
        return error.exit_code
    except _UsageError as error:
        return _tell_usage(error)
    except (KeyboardInterrupt, typer.Abort):
        console.complain(_STOPPED_LINE)
        return _STOPPED
    except BrokenPipeError:
        # The reader of our output has left (`| head`); Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if console.settings.debug:
            raise
        return _tell_fault(error)


def _tell_fault(error: Exception) -> int:
    """One line for what nobody foresaw: no input of the user's should lead here."""
    what = ": ".join(filter(None, (type(error).__name__, " ".join(str(error).split()))))
    console.complain(f"{what}: this is a fault of Telltale, not of yours: 'telltale --debug ...' shows where")
    return 70


def _tell_usage(error: Exception) -> int:
    """One line for a wrong command line, with where to look; the whole help where nothing was asked."""
    context = getattr(error, "ctx", None)
    message = str(getattr(error, "format_message", lambda: error)()).strip()
    if type(error).__name__ == "NoArgsIsHelpError":
        if message:
            sys.stderr.write(message + "\n")
        return 2
    path = context.command_path if context is not None else "telltale"
    console.complain(f"{message.rstrip('.')}: see '{path} --help'")
    return 2
