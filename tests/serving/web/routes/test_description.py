"""Whatever the OpenAPI description allows, and much that it does not, never makes the service fail."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

POSTS = ["POST /v1/caption", "POST /v1/ask", "POST /v1/draw", "POST /v1/show"]
GETS = ["GET /v1/health", "GET /v1/model"]
EXAMPLES = 100  # of each of the ten, so 1,000
ALLOWED, REFUSED = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "mode"), [*((name, ALLOWED) for name in POSTS + GETS), *((name, REFUSED) for name in POSTS)]
)
def test_no_request_makes_the_service_fail(serve, name, mode):
    described = schemathesis.openapi.from_url(f"{serve().address}openapi.json")
    found = [each.ok() for each in described.get_all_operations() if isinstance(each, Ok)]
    operations = {operation.label: operation for operation in found}
    assert sorted(operations) == sorted(POSTS + GETS)

    @given(case=operations[name].as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def check(case: Case) -> None:
        response = case.call()
        assert response.status_code < 500
        case.validate_response(response, checks=[status_code_conformance, response_schema_conformance])

    check()
