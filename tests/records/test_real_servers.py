"""The servers that the tests start are real ones, and come back at the same port."""

from __future__ import annotations

import socket

import pytest
from tests.real_servers import PostgresServer, RedisServer


def ping(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        peer.sendall(b"PING\r\n")
        return peer.recv(64)


def test_redis_answers_and_comes_back(redis_server: RedisServer) -> None:
    assert ping(redis_server.port) == b"+PONG\r\n"
    redis_server.stop()
    with pytest.raises(OSError, match="refused"):
        ping(redis_server.port)
    redis_server.start()
    assert ping(redis_server.port) == b"+PONG\r\n"


def test_each_test_has_a_database_of_its_own(postgres_server: PostgresServer, postgres_url: str) -> None:
    assert postgres_server.new_database() != postgres_url
    assert postgres_server.url("a").endswith(f":{postgres_server.port}/a")
