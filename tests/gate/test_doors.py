"""Who counts as sitting at this machine."""

from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection

from telltale.gate.doors import is_this_machine


def asked(address: str, **headers: str) -> HTTPConnection:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "client": (address, 1), "headers": pairs})


def test_whoever_asks_from_here_without_a_proxy_is_at_this_machine() -> None:
    assert is_this_machine(asked("127.0.0.1"))
    assert is_this_machine(asked("::1"))
    assert not is_this_machine(asked("10.0.0.7"))


@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded", "x_real_ip"])
def test_what_a_proxy_on_this_machine_passes_on_is_not(header: str) -> None:
    """Also where nobody told the service that a proxy stands before it."""
    assert not is_this_machine(asked("127.0.0.1", **{header: "203.0.113.9"}))
