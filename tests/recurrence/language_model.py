"""A small untrained language model over the characters of a line of Python, for tests of whatever looks inside."""

import torch

from captioner.models.bundle import Bundle
from captioner.nn.core.cells import CellName
from captioner.nn.network import Network
from captioner.nn.settings import CoreSettings, EncoderSettings, NetworkSettings
from captioner.text.vocabulary import Vocabulary

TEXT = 'print("a", [1, 2])  # is it so?\n\n    x = (f(1))\n'


def make(cell: CellName = "lstm", *, layers: int = 2, words: bool = False) -> Bundle:
    """The same weights each time."""
    torch.manual_seed(0)
    vocabulary = Vocabulary.build([TEXT], "words" if words else "characters", min_count=1)
    core = CoreSettings(cell=cell, embedding=5, state=6, layers=layers)
    settings = NetworkSettings(EncoderSettings("none"), core, dropout=0.0)
    network = Network(settings, vocabulary=len(vocabulary), captions=False)
    return Bundle(settings, network.eval(), vocabulary, None)
