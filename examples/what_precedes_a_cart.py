"""Draw what faces do in the half minute before a cart: units by seconds, against windows without a cart.

    telltale simulate spring --sessions 800
    python examples/what_precedes_a_cart.py spring cart.svg

Reads vectors and labels only. Each cell is Welch's t of the share of windows in which the unit's energy
passes the height of an act in that second: red is more often before a cart, blue less often.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.stats import ttest_ind

from telltale.core import channels
from telltale.study.store import Study
from telltale.study.window_tensors import iter_windows
from telltale.study.windows import label_windows

HEIGHT = 0.07
CELL, LEFT, TOP = 18, 64, 56
UNITS = [unit for unit in channels.ACTION_UNITS if unit != 45]  # AU45 blinks for its own reasons
BLUE, MIDDLE, RED = (47, 103, 177), (236, 236, 232), (191, 44, 52)


def acts_by_second(study: Study) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int8]]:
    """Whether each unit acted in each second before the end, shape (n, 30, 16), and the labels."""
    windows = label_windows(study).table
    acted = np.zeros((windows.num_rows, 30, len(UNITS)), dtype=bool)
    left, right = (channels.unit_channels(f"energy_{side}")[: len(UNITS)] for side in ("left", "right"))
    for block in iter_windows(study, windows):
        energy = np.nan_to_num(np.maximum(block.values[:, :, left], block.values[:, :, right]))
        acted[block.rows] = (energy.reshape(len(energy), 30, 10, -1).max(axis=2) > HEIGHT)[:, ::-1]
    return acted, windows["label"].to_numpy()


def colour(t: float, most: float = 8.0) -> str:
    """From blue over grey to red."""
    end, share = (RED, t / most) if t > 0 else (BLUE, -t / most)
    mixed = (round(m + (e - m) * min(share, 1.0)) for m, e in zip(MIDDLE, end, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def draw(t: npt.NDArray[np.float64], title: str, note: str) -> str:
    """An SVG of t, shape (30, 16); the cart is at the right."""
    width, height = LEFT + 30 * CELL + 24, TOP + len(UNITS) * CELL + 44
    words = 'font-family="system-ui, sans-serif" fill="#444"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{title}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#fbfbf9"/>',
        f'<text x="{LEFT}" y="26" font-size="15" font-weight="600" {words}>{title}</text>',
        f'<text x="{LEFT}" y="44" font-size="11" {words}>{note}; red: more often before a cart, '
        "blue: less often (t from -8 to 8)</text>",
    ]
    for row, unit in enumerate(UNITS):
        y = TOP + row * CELL
        place = f'x="{LEFT - 8}" y="{y + 13}"'
        parts.append(f'<text {place} font-size="11" text-anchor="end" {words}>AU{unit}</text>')
        for second in range(30):
            place = f'x="{LEFT + (29 - second) * CELL}" y="{y}" width="{CELL - 1}" height="{CELL - 1}"'
            parts.append(f'<rect {place} rx="2" fill="{colour(float(t[second, row]))}"/>')
    base = TOP + len(UNITS) * CELL + 16
    for second in (30, 25, 20, 15, 10, 5, 0):
        x = LEFT + (30 - second) * CELL
        parts.append(f'<text x="{x}" y="{base}" font-size="11" text-anchor="middle" {words}>{second}</text>')
    parts.append(
        f'<text x="{LEFT + 15 * CELL}" y="{base + 18}" font-size="11" text-anchor="middle" {words}>'
        "seconds before the product goes into the cart</text></svg>"
    )
    return "\n".join(parts) + "\n"


def main(folder: Path, out: Path) -> None:
    study = Study.open(folder)
    acted, label = acts_by_second(study)
    test = ttest_ind(acted[label == 1].astype(float), acted[label == 0].astype(float), equal_var=False)
    title = "What precedes a cart" + (" (simulated people)" if study.manifest.simulated else "")
    note = f"{int(label.sum())} windows with, {int((label == 0).sum())} without"
    out.write_text(draw(np.nan_to_num(test.statistic), title, note), encoding="utf-8")
    print(f"{out}: open it in a browser")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
