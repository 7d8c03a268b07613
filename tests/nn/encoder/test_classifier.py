"""The classifier of an encoder is a linear map of the grid's mean, or it is refused."""

import pytest
import torch
from torchvision import models

from captioner.nn.encoder.classifier import classifier
from captioner.nn.encoder.grid import GridEncoder


@torch.no_grad()
@pytest.mark.parametrize(
    "name", ["resnet18", "shufflenet_v2_x0_5", pytest.param("efficientnet_b0", marks=pytest.mark.slow)]
)
def test_it_reads_the_mean_of_the_grid(tmp_path, name):
    torch.manual_seed(0)
    model = models.get_model(name, weights=None).eval()
    path = tmp_path / "weights.pth"
    torch.save(model.state_dict(), path)
    pixels = torch.randn(1, 3, 64, 64)
    grid = GridEncoder(name, str(path))(pixels)
    torch.testing.assert_close(classifier(name, str(path), 1000)(grid.mean(dim=1)), model(pixels), rtol=0, atol=1e-4)


def test_more_than_that_other_classes_and_missing_weights_are_refused(tmp_path):
    with pytest.raises(
        ValueError, match="classifier of mobilenet_v3_small is more than a linear map of the grid's mean"
    ):
        classifier("mobilenet_v3_small", "none", 1000)
    with pytest.raises(ValueError, match="small knows 10 classes, but ImageNet's evidence has 1000"):
        classifier("small", "none", 1000)
    state = models.get_model("resnet18", weights=None).state_dict()
    torch.save({key: value for key, value in state.items() if not key.startswith("fc.")}, tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"w.pth does not fit resnet18: 2 keys are missing \(fc.weight, fc.bias\)"):
        classifier("resnet18", str(tmp_path / "w.pth"), 1000)
