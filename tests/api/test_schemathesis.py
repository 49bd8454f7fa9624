"""Whatever the OpenAPI document allows, and much that it forbids: never a server error, always what is promised."""

import asyncio
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.people import Sign
from tests.api.served import served

EXAMPLES = 25
CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance, content_type_conformance]


def _try(operation: Any, headers: dict[str, str]) -> int:
    """Try one operation; answers how often."""
    tried = 0

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def attempt(case: Case[Any]) -> None:
        nonlocal tried
        tried += 1
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=20)

    attempt()
    return tried


def _try_all(address: str, signed: dict[str, dict[str, str]]) -> int:
    endless = ["/v1/stream", "/v1/sync/stream"]
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json").exclude(path=endless)
    tried, failures = 0, []
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        try:
            tried += _try(operation, signed["operator" if operation.path.startswith("/v1/ops") else "chief"])
        except (AssertionError, FailureGroup) as failure:
            failures.append((operation.label, failure))
    assert not failures, "\n\n".join(f"{label}: {failure}" for label, failure in failures)
    return tried


@pytest.mark.slow
async def test_nothing_that_fits_the_document_breaks_the_api(app: FastAPI, sign: Sign) -> None:
    signed = {name: sign(name) for name in ("chief", "operator")}
    async with served(app) as address:
        assert await asyncio.to_thread(_try_all, address, signed) > 100
