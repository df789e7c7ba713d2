"""A fact is whole, and speaks of no money, or it is none."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.strategy.builder import NOW, fact


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "rumour"}, "unknown fact 'rumour'"),
        ({"value": 0}, "give a count of at least 1"),
        ({"value": "3"}, "give a count"),
        ({"value": True}, "give a count"),
        ({"name": "product_sentence", "value": 3}, "give words"),
        ({"name": "product_sentence", "value": " "}, "give words"),
        ({"name": "product_sentence", "value": "Now only 9 yuan"}, "speaks of money or terms"),
        ({"name": "product_sentence", "value": "全场半价"}, "speaks of money or terms"),
        ({"name": "sale_ends_at", "value": "20:00, 20% off"}, "speaks of money or terms"),
        ({"name": "product_sentence", "value": "Скидка"}, "use English or Chinese letters"),
        ({"source": ""}, "wants 'about' and 'source'"),
        ({"about": ""}, "wants 'about' and 'source'"),
        ({"valid_until": datetime(2026, 3, 1)}, "no time zone"),
    ],
)
def test_what_is_no_fact_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        fact(**changes)


def test_a_fact_holds_until_its_moment() -> None:
    assert fact().holds(NOW + timedelta(minutes=5, seconds=-1))
    assert not fact().holds(NOW + timedelta(minutes=5))
