"""Every route of the description, asked in ways it allows and ways it forbids, by every kind of caller.

What comes back is never a fault of the service, and is always what the description says.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.live.serving import SHOP, Running, bearer, running

from telltale.gate.roles import Role

EXAMPLES = [3, pytest.param(50, marks=[pytest.mark.slow, pytest.mark.load])]
"""Of each route, caller and way."""
CHECKS: Any = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PATIENCE_S = 60
"""What is asked here is whether the answer is right; a busy disk may hold up a commit for seconds."""
LAST = "POST /v1/operator/logout"
"""After it, whoever was logged in is not any more."""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("live"), studio=True, limited=False) as service:
        yield service


def headers_of(live: Running, caller: str) -> dict[str, str]:
    if caller == "nobody":
        return {}
    if caller == "shop":
        return SHOP
    if caller == "viewer":
        token = live.session("vera")["token"]
        live.agree(token)
        return bearer(token)
    client = live.log_in(Role(caller))
    (cookie,) = client.cookies.items()
    return {"x-telltale": "studio", "cookie": "=".join(cookie)}


def ask(
    live: Running, operation: Any, mode: GenerationMode, headers: dict[str, str], examples: int
) -> set[int]:
    """The statuses that came back; each answer is as described."""
    statuses = set[int]()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def each(case: Any) -> None:
        answer = case.call(base_url=live.url, headers=headers, timeout=PATIENCE_S)
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    # Nothing can be wrong where nothing is sent.
    with contextlib.suppress(Unsatisfiable):
        each()
    return statuses


@pytest.mark.parametrize("examples", EXAMPLES)
@pytest.mark.parametrize("caller", ["nobody", "shop", "viewer", *(role.value for role in Role)])
def test_every_answer_is_as_described(live: Running, caller: str, examples: int) -> None:
    headers = headers_of(live, caller)
    described: Any = schemathesis.openapi.from_url(f"{live.url}/openapi.json")
    operations = {found.ok().label: found.ok() for found in described.get_all_operations()}
    statuses: dict[str, set[int]] = {}
    for label in sorted(operations, key=LAST.__eq__):
        for mode in GenerationMode:
            # A password takes its time on purpose.
            slow = label == "POST /v1/operator/login" and mode == GenerationMode.POSITIVE
            if caller == "nobody" or not slow:
                statuses.setdefault(label, set()).update(
                    ask(live, operations[label], mode, headers, examples)
                )
    assert statuses[LAST]
    # What is asked as it should be is done, and nobody was only told to wait.
    assert any(status < 300 for label, found in statuses.items() for status in found if "/v1/" in label)
    assert not [label for label, found in statuses.items() if 429 in found]
