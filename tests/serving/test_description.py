"""Whatever the OpenAPI description allows, and much that it does not, never makes the service fail."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import response_schema_conformance

from captioner.inference import load
from captioner.serving.api import create_app
from captioner.serving.settings import Limits
from tests import two_heads

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    folder = two_heads.save(tmp_path_factory.mktemp("described"))
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(load(folder), Limits(), folder=folder))


schema = schemathesis.pytest.from_fixture("described")


@schema.parametrize()
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_makes_the_service_fail(case):
    response = case.call()
    assert response.status_code < 500
    case.validate_response(response, checks=[response_schema_conformance])
