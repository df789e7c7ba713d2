"""Where fetched models lie on the user's disk."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from telltale.core.errors import ConfigError

VARIABLE = "TELLTALE_CACHE"


def cache_folder() -> Path:
    """The folder for what can be fetched again; it need not exist yet.

    `TELLTALE_CACHE` names it; without that it is `telltale` in the place where the system keeps such things.
    """
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser().absolute() if named else _system_folder() / "telltale"


def _system_folder() -> Path:
    try:
        home = Path.home()
    except RuntimeError as error:
        raise ConfigError("this user has no home folder", hint=f"set {VARIABLE} to a folder") from error
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    if sys.platform == "darwin":
        return home / "Library" / "Caches"
    asked = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG standard tells programs to ignore a path that is not absolute.
    return Path(asked) if asked.startswith("/") else home / ".cache"
