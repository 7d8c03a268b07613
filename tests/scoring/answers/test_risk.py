import pytest

from captioner.scoring.answers.risk import at_coverage, risk_curve


def test_the_curve_against_answering_only_from_each_probability_on():
    probabilities, accuracies = [0.9, 0.2, 0.9, 0.5, 0.7], [1.0, 0.0, 0.5, 1.0, 0.3]
    curve = risk_curve(probabilities, accuracies)
    assert [point.at_least for point in curve] == [0.9, 0.7, 0.5, 0.2]
    for point in curve:
        given = [right for sure, right in zip(probabilities, accuracies, strict=True) if sure >= point.at_least]
        assert point.coverage == pytest.approx(len(given) / 5)
        assert point.risk == pytest.approx(1 - sum(given) / len(given))
    assert at_coverage(curve, 0.5) == curve[1]
    assert at_coverage(curve, 1.0) == curve[-1]


def test_no_answers_have_no_risk():
    with pytest.raises(ValueError, match=r"^there are no answers, so there is no risk to tell$"):
        risk_curve([], [])
