"""What holds for every test."""

import os
import signal
from collections.abc import Iterator

import pytest
from tests.hosts_studies import found_case as found_case
from tests.hosts_studies import found_study as found_study
from tests.hosts_studies import shares_study as shares_study
from tests.hosts_studies import signals_study as signals_study
from tests.real_servers import postgres_server as postgres_server
from tests.real_servers import postgres_url as postgres_url
from tests.real_servers import redis_server as redis_server

# Read by torch and scikit-learn as they load, and by the tests' children. Threads that wait for one another
# while several test processes share the cores take six times as long as one.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> Iterator[None]:
    """A shell starts what runs in its background deaf to Ctrl-C, and the tests' children with it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
