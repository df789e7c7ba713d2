"""The list of commands: name, file, one line each. A new command is a new file and a line here."""

from __future__ import annotations

import typer


def register(app: typer.Typer, study_app: typer.Typer) -> None:
    """Give each command its name."""
    from telltale.cli import (
        demo,
        rig_import,
        simulate,
        study_check,
        study_describe,
        study_forget,
        study_migrate,
    )

    app.command("demo")(demo.demo)
    app.command("simulate")(simulate.simulate)
    study_app.command("check")(study_check.check)
    study_app.command("describe")(study_describe.describe)
    study_app.command("forget")(study_forget.forget)
    study_app.command("migrate")(study_migrate.migrate)

    rig_app = typer.Typer(help="The face that simulated video is drawn with.", no_args_is_help=True)
    rig_app.command("import")(rig_import.import_rig)
    app.add_typer(rig_app, name="rig")
