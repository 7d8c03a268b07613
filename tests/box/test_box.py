"""The model in the box, as far as it is installed, and that nothing of torch is imported where it is used."""

import subprocess
import sys

import pytest

import captioner
from captioner import box

USES = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "torchvision", "pytorch_lightning", "safetensors", "jaxtyping", "onnx"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refuse())
from importlib import import_module

for verb in ("caption", "ask", "attend", "serve"):
    import_module(f"captioner.cli.use.{verb}")
for module in (
    "cli.measure.evaluate", "evaluation.answers", "evaluation.captions", "evaluation.faithfulness", "evaluation.looks",
    "figures.attention", "figures.animation", "figures.pages", "inference.engines.graphs", "scoring.answers.wups",
    "serving.web.app", "serving.web.server",
):
    import_module(f"captioner.{module}")
print("torch" in sys.modules)
"""


def test_what_uses_the_box_needs_no_torch():
    found = subprocess.run([sys.executable, "-c", USES], check=False, capture_output=True, text=True)
    assert (found.stdout, found.stderr) == ("False\n", "")


def test_without_a_name_the_box_is_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(box, "FOLDER", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"has no model in its box .*; name one: --model FOLDER, or hf://"):
        captioner.load()
    (tmp_path / "exported.json").write_text("{}")
    with pytest.raises(ValueError, match="lacks format, heads or image"):
        captioner.load()
