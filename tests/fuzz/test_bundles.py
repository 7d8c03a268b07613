"""A thousand mutated models: each opens or is refused in one sentence, without code, in bounded time and memory."""

import resource

import pytest

from tests.fuzz import bundles

pytest.importorskip("onnxscript")


@pytest.mark.slow
def test_mutated_models_open_or_are_refused_in_one_sentence(unchecked):
    report = bundles.run(1000, seed=0)
    assert not report.failures, "\n".join(report.failures[:20])
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2_500_000
    )  # kilobytes, torch's own and the tests' included
