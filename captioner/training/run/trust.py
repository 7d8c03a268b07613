"""What a recipe may name: a few classes of Lightning. Whatever else it names would be imported and called."""

import re
from collections.abc import Sequence
from inspect import getmodule

from jsonargparse import set_parsing_settings
from pytorch_lightning import callbacks, loggers, profilers

from captioner.decoding.settings import Decoding
from captioner.images import ImageSpec
from captioner.nn.settings import AnswerSettings, CoreSettings, EncoderSettings, NetworkSettings
from captioner.training.data.caption_files import CaptionFiles
from captioner.training.data.question_files import QuestionFile, QuestionFiles
from captioner.training.tasks.self_critical import SelfCritical

FLAG = "--trust-recipe"
SETTINGS: tuple[type, ...] = (
    *(EncoderSettings, CoreSettings, AnswerSettings, NetworkSettings, Decoding, ImageSpec, SelfCritical),
    *(CaptionFiles, QuestionFile, QuestionFiles),
)
"""What our own settings are made of: plain values. The parser imports some of them by their names."""
KNOWN: tuple[type, ...] = (
    *(callbacks.DeviceStatsMonitor, callbacks.EarlyStopping, callbacks.GradientAccumulationScheduler),
    *(callbacks.LearningRateMonitor, callbacks.ModelCheckpoint, callbacks.ModelSummary, callbacks.RichModelSummary),
    *(callbacks.RichProgressBar, callbacks.StochasticWeightAveraging, callbacks.TQDMProgressBar),
    *(loggers.CSVLogger, loggers.TensorBoardLogger, profilers.AdvancedProfiler, profilers.SimpleProfiler),
)
"""None of them takes a function by its name."""
_DENIED = re.compile(r"Importing '([^']{1,200})' is not allowed")


def restrict(arguments: Sequence[str]) -> list[str]:
    """Lets the parser import nothing but the known classes, unless the command line trusts the recipe.

    The parser's settings are the process's: where it was restricted once, it stays so.

    Returns:
        The arguments without the flag, which no recipe can give.
    """
    if FLAG not in arguments:
        rooms = ("pytorch_lightning.callbacks", "pytorch_lightning.loggers", "pytorch_lightning.profilers")
        allowed = [f"{module.__name__}.{known.__name__}" for known in KNOWN if (module := getmodule(known))]
        allowed += [
            f"{room}.{known.__name__}" for known in KNOWN for room in rooms if known.__module__.startswith(room)
        ]
        allowed += [f"{known.__module__}.{known.__name__}" for known in SETTINGS]
        set_parsing_settings(
            import_path_denylist=["*"], import_path_allowlist=allowed, instantiate_subclass_spec_in_any=False
        )
    return [argument for argument in arguments if argument != FLAG]


def refusal(message: str) -> str | None:
    """One sentence, if the parser's message is that something may not be imported."""
    if (found := _DENIED.search(message)) is None:
        return None
    return (
        f"the recipe names {found[1]}, which would be run as code: without {FLAG}, which is for recipes by somebody you"
        f" trust, it may name {', '.join(sorted(known.__name__ for known in KNOWN))} of pytorch_lightning"
    )
