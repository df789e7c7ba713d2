"""Secrets from the environment: what is missing, weak or misspelt is told, all at once."""

from __future__ import annotations

import pytest

from telltale.core.errors import ConfigError
from telltale.gate.environment import read_environment


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as refused:
        read_environment({"TELLTALE_TOKEN_SECRET": "short", "TELLTALE_SHOPKEY": "k" * 32, "HOME": "/"})
    lines = str(refused.value).split("\n")
    assert len(lines) == 3
    assert "did you mean TELLTALE_SHOP_KEY" in lines[0]
    assert "has 5 characters" in lines[1]
    assert "TELLTALE_SHOP_KEY is not set" in lines[2]
    assert "short" not in str(refused.value)


def test_for_trying_secrets_are_drawn_anew_each_time() -> None:
    one, other = (read_environment({}, for_trying=True) for _ in range(2))
    assert one.made_up
    assert one.token_secret != other.token_secret
    assert len(one.shop_key) >= 32
    given = read_environment(
        {"TELLTALE_TOKEN_SECRET": "s" * 32, "TELLTALE_SHOP_KEY": "k" * 32}, for_trying=True
    )
    assert not given.made_up
