"""A Ray cluster to train on: one that runs, or one that is begun on this machine and ends with the training.

Ray knows no users and lets whoever reaches it run what they like. One that is begun here is heard on this
machine alone and wants a password that nobody else has; how others are guarded is for those who keep them.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal

from telltale.core.errors import ConfigError
from telltale.core.pool import default_workers

if TYPE_CHECKING:
    from telltale.intent.ray_gradients import RayPlace

LOCAL: Final = "local"
"""The address that begins a cluster on this machine."""
_ANSWERS_S: Final = 10.0


@contextmanager
def ray_cluster(
    address: str, workers: int | None = None, device: Literal["cpu", "cuda"] = "cpu"
) -> Iterator[RayPlace]:
    """Connect to a cluster, or begin one on this machine and end it afterwards.

    Parameters
    ----------
    address
        `local` begins one; else `auto`, `host:port` or `ray://host:port`.
    workers
        As many as the cluster has cores, or cards where the device is one, when not given.
    """
    _refuse_unless_reached(address)
    ray = _quiet_ray(address)
    from telltale.intent.ray_gradients import RayPlace, last_line

    ended_by = signal.getsignal(signal.SIGTERM)
    with ExitStack() as after:
        begun = _begun_here(workers, after) if address == LOCAL else {}
        after.callback(ray.shutdown)
        try:
            ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL, **begun)
        except (OSError, RuntimeError, ValueError) as error:
            raise ConfigError(
                f"no Ray cluster at {address}: {last_line(error)}",
                hint=f"give its address, or '{LOCAL}' to begin one on this machine",
            ) from error
        if signal.getsignal(signal.SIGTERM) is not ended_by:
            # Ray puts its own way to end in the place of ours.
            signal.signal(signal.SIGTERM, ended_by)
        room = int(ray.cluster_resources().get("GPU" if device == "cuda" else "CPU", 0))
        if not room:
            raise ConfigError(
                f"the Ray cluster at {address} has no {device} to learn on", hint="see --device"
            )
        yield RayPlace(workers or room)


def _refuse_unless_reached(address: str) -> None:
    """Ray itself would try for minutes."""
    if address in (LOCAL, "auto"):
        return
    found = re.fullmatch(r"(?:ray://)?(.+):(\d+)", address)
    if found is None:
        raise ConfigError(
            f"{address} is no address of a Ray cluster",
            hint=f"give {LOCAL}, auto, host:port or ray://host:port",
        )
    try:
        socket.create_connection((found[1].strip("[]"), int(found[2])), _ANSWERS_S).close()
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"no Ray cluster answers at {address}", hint="see that it runs and its port is open"
        ) from error


def _quiet_ray(address: str) -> Any:
    """The library, set to keep to itself."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if address == LOCAL and "ray" not in sys.modules:  # It reads these as it loads.
        # Heard on this machine alone. Ray's name for it is of the systems on which it does so by itself.
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
        # With no token given Ray would leave one in the user's home folder.
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        # Ray would let all else go before its workers, for whom this process waits.
        os.environ.setdefault("RAY_worker_niceness", "0")
    try:
        import ray
        from ray._private import worker
    except ImportError as error:
        raise ConfigError(
            "training over a cluster wants Ray", hint="pip install 'telltale-live[ray]'"
        ) from error
    # What goes wrong in the cluster Ray prints on stdout, where --json is to stand alone.
    worker._worker_logs_enabled = False
    return ray


def _begun_here(workers: int | None, after: ExitStack) -> dict[str, Any]:
    """How a cluster on this machine is begun; its logs, and what it had no room for in memory, go with it."""
    # Not where TMPDIR says: the names of sockets may have some hundred letters.
    short = "/tmp" if os.name == "posix" else None
    folder = tempfile.TemporaryDirectory(prefix="ray-", dir=short, ignore_cleanup_errors=True)
    cores = workers or default_workers()
    return {"num_cpus": cores, "include_dashboard": False, "_temp_dir": after.enter_context(folder)}
