"""`telltale predict`: what a model says of one recording, second by second."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from telltale.cli import console


def predict(
    model: Annotated[Path, typer.Argument(help="Folder of a model; default: the one shipped.")],
    signal: Annotated[Path, typer.Argument(help="A Signal, as `telltale read` writes it.")],
    out: Annotated[Path | None, typer.Option(help="Parquet file for every second.")] = None,
    share_with_cart: Annotated[
        float | None,
        typer.Option(
            min=1e-9, max=1 - 1e-9, help="Share of such moments that precede a cart; as in training else."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell how probable a cart is at each second of a recording."""
    import numpy as np
    import pyarrow as pa

    from telltale.core.signal_file import read_signal
    from telltale.intent.default_model import model_folder
    from telltale.intent.recording import predict_recording
    from telltale.intent.saved import SavedModel
    from telltale.study.store import write_table

    saved = SavedModel(model_folder(model))
    told = predict_recording(saved, read_signal(signal), share_with_cart=share_with_cart)
    columns = {"time_s": told.times_s, "probability": told.probability, "read_share": told.read_share}
    if out is not None:
        write_table(out, pa.table(columns))
    if as_json:
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        known = [dict(zip(columns, (t, None if np.isnan(p) else p, r), strict=True)) for t, p, r in rows]
        console.print_json({"model": saved.kind, "learnt": dict(saved.about.learnt), "seconds": known})
        return
    read = np.isfinite(told.probability)
    who = " (trained on simulated people)" if saved.about.learnt.get("simulated") else ""
    console.out.print(f"{saved.kind}{who}: {len(told.times_s):,} seconds, {read.sum():,} of them read")
    highest = np.argsort(-np.nan_to_num(told.probability, nan=-1.0), kind="stable")[:5]
    rows_shown = [
        (f"{told.times_s[k]:.0f}", f"{told.probability[k]:.3f}", f"{told.read_share[k]:.0%}")
        for k in sorted(highest)
        if read[k]
    ]
    console.print_table("Highest", ["second", "probability", "read"], rows_shown, left=0)
    if out is not None:
        console.out.print(f"written to {console.escape(str(out))}", soft_wrap=True)
