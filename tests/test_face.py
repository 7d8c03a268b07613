"""What `import captioner` gives, and that it stays light."""

import subprocess
import sys

import pytest

import captioner


def loaded(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules, file=sys.__stdout__)"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(result.stdout.splitlines()[-1].split())


def test_importing_touches_nothing_heavy():
    assert not loaded("import captioner") & {"torch", "numpy", "PIL", "matplotlib", "pytorch_lightning"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["nonsense"], ["scenes", "--help"]])
def test_help_imports_no_torch(arguments):
    code = f"from captioner.cli.main import main\ntry:\n    main({arguments})\nexcept SystemExit:\n    pass"
    assert not loaded(code) & {"torch", "matplotlib", "pytorch_lightning", "nltk"}


def test_inference_loads_neither_lightning_nor_matplotlib():
    assert not loaded("import captioner.inference") & {"matplotlib", "pytorch_lightning", "jsonargparse", "nltk"}


def test_everything_that_is_promised_is_there():
    for name in captioner.__all__:
        assert getattr(captioner, name).__name__ == name
    with pytest.raises(AttributeError, match=r"module 'captioner' has no attribute 'nonsense'"):
        captioner.nonsense  # noqa: B018
