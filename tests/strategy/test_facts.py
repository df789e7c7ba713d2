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
        ({"name": "sale_ends_at", "value": "19.99"}, "give a time"),
        ({"name": "sale_ends_at", "value": "20"}, "give a time"),
        ({"name": "sale_ends_at", "value": "tonight"}, "give a time"),
        ({"name": "sale_ends_at", "value": "2026-03-01"}, "give a time"),
        ({"name": "sale_ends_at", "value": "２０:15"}, "give a time"),
        ({"name": "product_sentence", "value": "Only 19.99 today"}, "speaks of money"),
        ({"name": "product_sentence", "value": "Blue, 19.99"}, "holds '19.99', which may be a price"),
        ({"name": "product_sentence", "value": "19.99 year"}, "may be a price"),
        ({"name": "product_sentence", "value": "19 and 2 years"}, "holds '19', which may be a price"),
        ({"name": "product_sentence", "value": "蓝色 99"}, "may be a price"),
        ({"name": "product_sentence", "value": "2 years, 5 %"}, "speaks of money"),
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


@pytest.mark.parametrize(
    "value",
    [
        "Comes with a two-year guarantee",
        "2-year guarantee",
        "2年保修，可水洗",
        "Machine washable at 40 degrees",
        "可 40 度水洗",
        "Rice cooker, 1.8 l, for 4 people",
        "20 x 30 cm, 1,5 kg",
        "USB-C, 65 W",
        "Fully charged in 90 minutes",
        "Warm to 40 °C",
    ],
)
def test_a_number_with_a_unit_is_no_price(value: str) -> None:
    assert fact("product_sentence", value).value == value


@pytest.mark.parametrize("value", ["20:15", "2026-03-01 20:15", "2026-03-01T20:15+08:00"])
def test_a_sale_ends_at_a_time(value: str) -> None:
    assert fact("sale_ends_at", value).value == value
