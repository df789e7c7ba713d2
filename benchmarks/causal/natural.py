"""How often intervals of natural direct and indirect effects hold the truth, and what a product says.

    python benchmarks/causal/natural.py --seeds 150 --n 600

The worlds are those of `tests/causal/test_natural_effects.py`: one where all is linear, one where treatment
and mediator work together and the mediator bends, one where the treatment does not move the mediator. Of each
part: its truth, the mean found, the standard error told over the spread seen (1 is honest), the coverage, and
the mean of what two regressions give (Baron and Kenny's product).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.effects.test_natural_effects import TRUTH, Kind, frame, mediated, product

from telltale.effects.natural_effects import natural_effects

WORLDS: tuple[Kind, ...] = ("linear", "bent", "none")
PARTS = ("total", "direct", "indirect")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--seeds", type=int, default=150)
    words.add_argument("--n", type=int, default=600)
    given = words.parse_args()
    print(f"{given.n} rows, {given.seeds} seeds, 95 % intervals\n")
    print("| world | part | truth | mean found | told over seen error | coverage | product of arrows |")
    print("|---|---|---|---|---|---|---|")
    for kind in WORLDS:
        found, textbook = [], []
        for seed in range(given.seeds):
            rows = frame(kind, given.n, seed)
            effects = natural_effects(mediated(rows), outcome_model="curved", seed=seed)
            found.append([getattr(effects, name) for name in PARTS])
            direct, indirect = product(rows)
            textbook.append((direct + indirect, direct, indirect))
        for k, (name, truth) in enumerate(zip(PARTS, TRUTH[kind], strict=True)):
            parts = [one[k] for one in found]
            values = np.array([part.value for part in parts])
            error = float(np.mean([part.standard_error for part in parts])) / float(values.std(ddof=1))
            held = float(np.mean([part.low <= truth <= part.high for part in parts]))
            print(
                f"| {kind} | {name} | {truth:.2f} | {values.mean():.3f} | {error:.2f} | {held:.3f} |"
                f" {np.mean([one[k] for one in textbook]):.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
