"""Puts service and studio together and runs them; `make_app` is what each process of the service calls."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from fastapi import FastAPI

from telltale.cli import console
from telltale.core import config as toml
from telltale.core.clock import now
from telltale.core.errors import ConfigError
from telltale.core.signal import Signal
from telltale.gate.accounts import Accounts
from telltale.gate.environment import Environment, read_environment
from telltale.gate.roles import Role
from telltale.intent.default_model import model_folder
from telltale.intent.recording import predict_recording
from telltale.intent.saved import SavedModel
from telltale.live.app import build_app
from telltale.live.frames import MOST_BYTES
from telltale.live.logs import set_up_logs
from telltale.live.service import Service
from telltale.live.settings import ServiceSettings
from telltale.records.database import open_database
from telltale.studio import routes as studio
from telltale.studio.shelf import Shelf
from telltale.study.store import Study

_HANDED_ON: Final = "SERVICE_SETTINGS_OF_TELLTALE"
"""How a process's children are told the settings; no name of a setting, so that nobody sets it."""
TRYING: Final = "trying"
"""The account of `--try-out`."""
DRAIN_S: Final = 10
"""So long devices have to go before their connections are cut."""


def run(config: Path | None, given: Mapping[str, Any], *, try_out: bool) -> None:
    """Serve until told to stop."""
    import uvicorn

    settings = _settings(config, {**given, "try_out": try_out} if try_out else given)
    environment = read_environment(os.environ, for_trying=try_out)
    _refuse_what_cannot_be(settings, environment)
    os.environ["TELLTALE_TOKEN_SECRET"] = environment.token_secret
    os.environ["TELLTALE_SHOP_KEY"] = environment.shop_key
    os.environ[_HANDED_ON] = json.dumps(dataclasses.asdict(settings))
    if try_out:
        _tell_secrets(settings, environment)
    uvicorn.run(
        "telltale.cli.serve_app:make_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=settings.proxy,
        ws_max_size=MOST_BYTES + 1024,
        ws_max_queue=8,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=DRAIN_S,
    )


def make_app() -> FastAPI:
    """The application of one process, from what its parent handed on."""
    set_up_logs()
    held: dict[str, Any] = json.loads(os.environ[_HANDED_ON])
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in held.items()}
    service = Service(ServiceSettings(**values), read_environment(os.environ))
    return build_app(service, further=(studio.router, studio.pages), state={"shelf": shelf_of(service)})


def shelf_of(service: Service) -> Shelf:
    """What the studio reads from beside a service."""
    settings, strategist = service.settings, service.strategist
    study = Study.open(settings.study) if settings.study else None
    model = SavedModel(model_folder(settings.model))

    def score(signal: Signal) -> list[float | None]:
        told = predict_recording(model, signal, share_with_cart=settings.share_with_cart)
        by_second = dict(
            zip(np.rint(told.times_s).astype(int).tolist(), told.probability.tolist(), strict=True)
        )
        found = (by_second.get(second, math.nan) for second in range(1, int(signal.times_s[-1]) + 1))
        return [None if math.isnan(one) else round(one, 4) for one in found]

    return Shelf(
        service.database,
        strategist.catalogue,
        strategist.experiments,
        score,
        study,
        {_name_of(path): Path(path) for path in settings.reports},
    )


@contextmanager
def accounts_of(folder: Path, variables: Mapping[str, str]) -> Iterator[Accounts]:
    """The accounts of a service that need not run."""
    folder.mkdir(parents=True, exist_ok=True)
    url = variables.get("TELLTALE_DATABASE_URL") or ServiceSettings(folder=str(folder)).database_url
    with open_database(url) as database:
        yield Accounts(database)


def _settings(config: Path | None, given: Mapping[str, Any]) -> ServiceSettings:
    settings = ServiceSettings() if config is None else toml.load(ServiceSettings, config)
    try:
        return dataclasses.replace(settings, **given)
    except ValueError as error:
        raise ConfigError(str(error), hint="change that option") from error


def _refuse_what_cannot_be(settings: ServiceSettings, environment: Environment) -> None:
    for path in settings.reports:
        if not (Path(path) / "report.html").is_file():
            raise ConfigError(
                f"{path} holds no report.html",
                hint="give what 'telltale evaluate', 'host report' or 'host live --report' wrote",
            )
        if _for_one_host(Path(path) / "report.json"):
            raise ConfigError(
                f"{path} was written as self-coaching, for the host alone",
                hint="leave it out: whoever opens the studio would see it",
            )
    names = [_name_of(path) for path in settings.reports]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ConfigError(
            f"several reports lie in folders named {', '.join(sorted(twice))}", hint="rename all but one"
        )
    if settings.workers > 1 and not (environment.redis_url and environment.database_url):
        raise ConfigError(
            f"{settings.workers} processes share no memory",
            hint="set TELLTALE_DATABASE_URL=postgresql://... and TELLTALE_REDIS_URL=redis://...",
        )


def _for_one_host(numbers: Path) -> bool:
    try:
        told = json.loads(numbers.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("self_coaching") is True


def _name_of(report: str) -> str:
    """What the studio calls a report by: its folder's name, also where that is given as `.`.

    >>> _name_of("reports/now/")
    'now'
    """
    return Path(report).resolve().name


def _tell_secrets(settings: ServiceSettings, environment: Environment) -> None:
    """An account with every role, a link that lets in once, and the shop's key, on the screen."""
    password = secrets.token_urlsafe(12)
    with accounts_of(Path(settings.folder), os.environ) as accounts:
        accounts.add(TRYING, set(Role), password, now())
        code = accounts.invite(TRYING, now())
    address = f"http://{settings.host}:{settings.port}"
    console.out.print(
        f"studio    {address}/v1/operator/enter?code={code}  (once; or log in as {TRYING}, {password})\n"
        f"your face {address}/try/\n"
        f"shop key  {environment.shop_key}\n",
        soft_wrap=True,
    )
