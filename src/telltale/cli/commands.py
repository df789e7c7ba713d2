"""The list of commands: name, file, one line each. A new command is a new file and a line here."""

from __future__ import annotations

import typer


def register(app: typer.Typer, study_app: typer.Typer) -> None:
    """Give each command its name."""
    from telltale.cli import (
        causal_did,
        causal_effect,
        causal_forecast,
        causal_graph,
        causal_paths,
        causal_through,
        causal_whatif,
        demo,
        device,
        evaluate,
        host_agree,
        host_evaluate,
        host_live,
        host_read,
        host_report,
        intent_stream,
        models,
        play,
        predict,
        read,
        relay,
        rig_import,
        rig_render,
        serve,
        simulate,
        study_align,
        study_check,
        study_describe,
        study_forget,
        study_import,
        study_migrate,
        study_split,
        study_windows,
        train,
        units_evaluate,
        units_train,
    )

    app.command("demo")(demo.demo)
    app.command("read")(read.read)
    app.command("simulate")(simulate.simulate)
    app.command("train")(train.train)
    app.command("evaluate")(evaluate.evaluate)
    app.command("predict")(predict.predict)
    app.command("serve")(serve.serve)
    app.command("account")(serve.add_account)
    app.command("play")(play.play)
    app.command("relay")(relay.relay)
    app.command("device")(device.device)
    study_app.command("check")(study_check.check)
    study_app.command("describe")(study_describe.describe)
    study_app.command("forget")(study_forget.forget)
    study_app.command("migrate")(study_migrate.migrate)
    study_app.command("import")(study_import.import_tables)
    study_app.command("windows")(study_windows.windows)
    study_app.command("split")(study_split.split)
    study_app.command("align")(study_align.align)

    rig_app = typer.Typer(help="The face that simulated video is drawn with.", no_args_is_help=True)
    rig_app.command("import")(rig_import.import_rig)
    rig_app.command("render")(rig_render.render)
    app.add_typer(rig_app, name="rig")

    models_app = typer.Typer(help="The networks that read a face.", no_args_is_help=True)
    models_app.command("install")(models.install)
    models_app.command("list")(models.list_models)
    app.add_typer(models_app, name="models")

    causal_app = typer.Typer(help="What caused what, and what a strategy did.", no_args_is_help=True)
    causal_app.command("did")(causal_did.did)
    causal_app.command("effect")(causal_effect.effect)
    causal_app.command("forecast")(causal_forecast.forecast)
    causal_app.command("graph")(causal_graph.graph)
    causal_app.command("paths")(causal_paths.paths)
    causal_app.command("through")(causal_through.through)
    causal_app.command("whatif")(causal_whatif.whatif)
    app.add_typer(causal_app, name="causal")

    host_app = typer.Typer(help="What a host shows, and what of it sells.", no_args_is_help=True)
    host_app.command("agree")(host_agree.agree)
    host_app.command("live")(host_live.live)
    host_app.command("read")(host_read.read)
    host_app.command("report")(host_report.report)
    host_app.command("evaluate")(host_evaluate.evaluate)
    app.add_typer(host_app, name="host")

    intent_app = typer.Typer(help="Who is about to buy, as it happens.", no_args_is_help=True)
    intent_app.command("stream")(intent_stream.stream)
    app.add_typer(intent_app, name="intent")

    units_app = typer.Typer(help="Train what tells action units, and test it.", no_args_is_help=True)
    units_app.command("train")(units_train.train)
    units_app.command("evaluate")(units_evaluate.evaluate)
    app.add_typer(units_app, name="units")
