"""What was on show, on the clock of the broadcast."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.factors.studies import event, visit, write

from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.study.display import displays


def by_hand(events: list[dict[str, Any]], late_s: float, lasts_s: float) -> list[tuple[str, float, float]]:
    """One visit's displays, switch by switch: at one moment hiding comes before showing."""
    order = sorted(events, key=lambda one: (one["time_s"], one["type"] == "product_pin", one["product_id"]))
    found: list[tuple[str, float, float]] = []
    on_show: str | None = None
    since = 0.0
    for one in order:
        if one["type"] == "product_pin":
            if on_show is not None:
                found.append((on_show, since, one["time_s"]))
            on_show, since = one["product_id"], one["time_s"]
        elif on_show is not None and on_show == one["product_id"]:
            found.append((on_show, since, one["time_s"]))
            on_show = None
    if on_show is not None:
        found.append((on_show, since, lasts_s))
    return sorted((name, late_s + start, late_s + min(stop, lasts_s)) for name, start, stop in found)


@pytest.mark.parametrize("seed", range(4))
def test_each_visits_displays_lie_on_its_broadcasts_clock(tmp_path: Path, seed: int) -> None:
    rng = stream(seed, "displays")
    products = [{"product_id": f"p{k}", "category": "x", "price": 1.0, "currency": "CNY"} for k in range(3)]
    late = {"a": -12.5, "b": 0.0, "c": 40.25}
    visits = [visit(name, "ann", since_s=late_s, lasts_s=90.0) for name, late_s in late.items()]
    times = rng.choice(900, size=(3, 10), replace=False) / 10
    events = [
        event(name, float(t), ("product_pin", "product_pin", "product_unpin")[rng.integers(3)], f"p{k % 3}")
        for name, row in zip(late, times, strict=True)
        for k, t in enumerate(row)
    ]
    # Shown again just before the end, and beyond it.
    events += [event("c", 89.0, "product_pin", "p0"), event("c", 95.0, "product_unpin", "p0")]
    found = displays(write(tmp_path / "s", visits, {"products": products, "events": events})).to_pylist()
    wanted = [
        one
        for name in late
        for one in by_hand([e for e in events if e["session_id"] == name], late[name], 90.0)
    ]
    told = sorted((row["product_id"], row["start_s"], row["stop_s"]) for row in found)
    assert [name for name, _, _ in told] == [name for name, _, _ in sorted(wanted)]
    for mine, theirs in zip(told, sorted(wanted), strict=True):
        assert mine[1:] == pytest.approx(theirs[1:], abs=1e-9)
    assert {row["room_id"] for row in found} == {"r1"}


def test_a_log_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    study = write(tmp_path / "s", [visit("a", "ann")])
    study.table_path("events").unlink()
    with pytest.raises(FormatError, match=r"cannot be read .* run 'telltale study check"):
        displays(study)
