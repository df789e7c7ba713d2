"""The command line: `telltale ...`. One file a command; heavy parts load only when their command runs."""

from telltale.cli.app import main

__all__ = ["main"]
