"""`telltale intent stream`: rows of many viewers in, a probability each second out, as lines of JSON."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from telltale.cli import console


def stream(
    model: Annotated[
        Path, typer.Argument(help="Folder of a tcn-stream, seconds or acts model; default: the one shipped.")
    ],
    play: Annotated[
        list[Path] | None,
        typer.Option(help="Play this Signal as a viewer, in place of lines; repeatable."),
    ] = None,
    viewers: Annotated[int, typer.Option(min=1, help="Viewers at most at one time.")] = 1000,
    silent_s: Annotated[
        float, typer.Option(min=1, help="Seconds without a line after which a viewer counts as gone.")
    ] = 300.0,
    share_with_cart: Annotated[
        float | None,
        typer.Option(
            min=1e-9, max=1 - 1e-9, help="Share of such moments that precede a cart; as in training else."
        ),
    ] = None,
) -> None:
    """Read rows from standard input, tell each viewer's probability of a cart each second.

    A line in: {"viewer": "a", "times_s": [0.1, ...], "rows": [[128 numbers, null where unread], ...]}, or
    {"viewer": "a", "gone": true}. A line out: {"viewer", "second", "probability", "read_share"}. A line that
    cannot be read is told on standard error and left out; the exit code is then 1. Lines that wait are
    answered together, one that comes alone at once.
    """
    from telltale.cli.waiting_lines import waiting_lines
    from telltale.core.errors import FormatError
    from telltale.intent.default_model import model_folder
    from telltale.intent.stream import open_stream
    from telltale.intent.stream_lines import InVainError, LineStream, run_lines

    lines = LineStream(
        open_stream(model_folder(model), viewers),
        share_with_cart=share_with_cart,
        # Nobody leaves a recording before its end, however long it takes to play.
        silent_s=math.inf if play else silent_s,
    )
    batches: Iterable[Sequence[str | bytes]]
    batches = _played(play) if play else waiting_lines(sys.stdin.fileno())
    refused = 0
    for answer in run_lines(lines, batches, time.monotonic):
        if isinstance(answer, FormatError):
            refused += not isinstance(answer, InVainError)
            console.err.print(console.escape(str(answer)), soft_wrap=True)
        else:
            print(answer.line(), flush=True)  # noqa: T201
    if refused:
        raise typer.Exit(1)


def _played(paths: list[Path]) -> Iterator[list[str]]:
    """Recordings as lines, a second of all of them in a batch."""
    import json

    import numpy as np

    from telltale.core.signal_file import read_signal

    signals = {path.stem: read_signal(path) for path in paths}
    last_s = max(float(signal.times_s[-1]) if len(signal) else 0.0 for signal in signals.values())
    for second in range(int(last_s) + 1):
        batch = []
        for viewer, signal in signals.items():
            first, stop = np.searchsorted(signal.times_s, [second + 1e-6, second + 1 + 1e-6])
            if stop > first:
                rows = signal.values[first:stop].astype(object)
                rows[~np.isfinite(signal.values[first:stop])] = None
                message = {
                    "viewer": viewer,
                    "times_s": signal.times_s[first:stop].tolist(),
                    "rows": rows.tolist(),
                }
                batch.append(json.dumps(message))
        yield batch
