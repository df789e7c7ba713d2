"""Options to settings: a value that contradicts itself is told in one line, as those of a file are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from telltale.core.errors import ConfigError

Settings = TypeVar("Settings")


def made(kind: Callable[..., Settings], **options: Any) -> Settings:
    """Make settings from options."""
    try:
        return kind(**options)
    except ValueError as error:
        raise ConfigError(str(error), hint="change that option") from error
