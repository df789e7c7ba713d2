"""What is there when a service starts is not looked at again until it stops."""

from __future__ import annotations

import gc

from telltale.live.collector import Collector


def test_collections_are_spared_from_start_to_stop() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    collector = Collector()
    collector.start()
    try:
        assert gc.get_freeze_count() > frozen + 10_000
        assert gc.get_threshold() > before
        # What comes later and hangs in a circle still goes.
        circle: list[object] = []
        circle.append(circle)
        del circle
        assert gc.collect() >= 1
    finally:
        collector.stop()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
