"""Shared by all tests: where the real data and weights lie, if they do; the network's shapes are checked."""

import gc
import os
import subprocess
from collections.abc import Generator, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from jaxtyping import config, install_import_hook

from tests.paths import ROOT, SHARED

# Tests run in as many processes as there are cores, so each computes in one thread; set before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

LAID_OUT = SHARED / "tools" / "wordnet"
NN = ROOT / "captioner" / "nn"
# these are traced with stand-ins that are no tensors
CHECKED = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in NN.rglob("*.py")
    if path.stem not in ("__init__", "lite", "small", "timm", "padding")
]
if find_spec("beartype"):
    install_import_hook(CHECKED, "beartype.beartype")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Nothing that is imported for the tests is garbage: looking for some among it takes a fifth of all the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and weights beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared (real data and weights), which does not exist here")
    return SHARED


@pytest.fixture
def unchecked() -> Iterator[None]:
    """No check of types and shapes: for tests of what the program itself says to a wrong value."""
    before = config.jaxtyping_disable
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", before)


@pytest.fixture(scope="session")
def wordnet(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """nltk's WordNet, laid out from the system's packages where nltk does not find it."""
    import nltk
    from nltk.corpus import wordnet

    try:
        wordnet.ensure_loaded()
    except LookupError:
        if not LAID_OUT.is_file():
            pytest.skip("needs WordNet for nltk: python -m nltk.downloader wordnet")
        folder = tmp_path_factory.mktemp("wordnet")
        if subprocess.run([LAID_OUT, folder], capture_output=True, check=False).returncode:
            pytest.skip(f"{LAID_OUT} could not lay out WordNet, and nltk does not find it")
        nltk.data.path.insert(0, str(folder))
        wordnet.ensure_loaded()
    return wordnet


@pytest.fixture(scope="session")
def parser(wordnet: Any) -> Any:
    """The tagger and parser that questions are made with."""
    from captioner.data.questions.parsing import MODELS, Parser

    spacy = pytest.importorskip("spacy", reason="needs spaCy: pip install 'captioner[questions]'")
    if not any(map(spacy.util.is_package, MODELS)):
        pytest.skip("needs spaCy's English model: python -m spacy download en_core_web_sm")
    return Parser()
