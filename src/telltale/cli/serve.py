"""`telltale serve`: the live service and the studio, until it is told to stop."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from telltale.cli import console


def serve(
    config: Annotated[Path | None, typer.Option(help="Settings as TOML; options below come first.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; several want PostgreSQL and Redis.")
    ] = None,
    folder: Annotated[Path | None, typer.Option(help="Where SQLite's file lies.")] = None,
    model: Annotated[str | None, typer.Option(help="Folder of a model that runs row by row.")] = None,
    study: Annotated[Path | None, typer.Option(help="A study for the studio's study page.")] = None,
    report: Annotated[
        list[Path] | None, typer.Option(help="A report's folder, for the study page; repeatable.")
    ] = None,
    try_out: Annotated[
        bool, typer.Option("--try-out", help="Draw secrets and an account for this run alone, and tell them.")
    ] = False,
) -> None:
    """Serve viewers' devices and the studio.

    Secrets come from the environment: TELLTALE_TOKEN_SECRET and TELLTALE_SHOP_KEY, 32 characters or more;
    TELLTALE_DATABASE_URL and TELLTALE_REDIS_URL where several processes share them; TELLTALE_METRICS_KEY.
    """
    from telltale.cli.serve_app import run

    given: dict[str, Any] = {
        "host": host,
        "port": port,
        "workers": workers,
        "folder": None if folder is None else str(folder),
        "model": model,
        "study": None if study is None else str(study),
        "reports": tuple(map(str, report)) if report else None,
    }
    run(config, {name: value for name, value in given.items() if value is not None}, try_out=try_out)


def add_account(
    name: Annotated[str, typer.Argument(help="By which they log in.")],
    role: Annotated[
        list[str] | None,
        typer.Option(help="operator, analyst or privacy_officer; repeatable; not needed to remove."),
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where SQLite's file lies.")] = Path("telltale-live"),
    remove: Annotated[bool, typer.Option("--remove", help="Delete the account instead.")] = False,
) -> None:
    """Add an account of the studio, or give one a new password or role; the password is asked for."""
    from telltale.cli.serve_app import accounts_of
    from telltale.core.clock import now
    from telltale.core.errors import ConfigError
    from telltale.gate.roles import Role

    roles = role or []
    if unknown := [one for one in roles if one not in set(Role)]:
        raise ConfigError(f"no role {unknown[0]!r}", hint=f"choose {', '.join(Role)}")
    if not roles and not remove:
        raise ConfigError(f"no role for {name}", hint=f"give --role, of {', '.join(Role)}")
    with accounts_of(folder, os.environ) as accounts:
        if remove:
            accounts.remove(name)
            console.out.print(f"{name} is removed")
            return
        password = typer.prompt("password", hide_input=True, confirmation_prompt=True)
        accounts.add(name, {Role(one) for one in roles}, password, now())
    console.out.print(f"{name} may log in as {', '.join(roles)}")
