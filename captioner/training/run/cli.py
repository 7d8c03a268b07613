"""`captioner fit|validate|test`: the command line comes in; what goes wrong leaves as one sentence."""

from argparse import ArgumentError
from contextlib import ExitStack

import torch
from pytorch_lightning.utilities.exceptions import (  # type: ignore[attr-defined]
    MisconfigurationException,
    SIGTERMException,
)

from captioner.training.run.interruption import GONE, another_is_gone, keyboard_interrupts
from captioner.training.run.kinds import chosen
from captioner.training.run.precision import tiny_numbers_as_zero
from captioner.training.run.steering import CaptionerCLI, Recipe
from captioner.training.run.telling.messages import only_our_words
from captioner.training.run.trust import FLAG, refusal, restrict


def run(arguments: list[str]) -> int:
    """Runs `fit`, `validate` or `test` with the rest of the command line.

    Returns:
        0, or 143 where the process was told to end (SIGTERM).

    Raises:
        ValueError: the settings are unknown, impossible, or do not go together; or another process of the run ended.
        FileNotFoundError: a file that they name does not exist.
        KeyboardInterrupt: after Ctrl-C; the last checkpoint stays.
    """
    only_our_words()
    torch.set_float32_matmul_precision("high")
    verb = arguments[0]
    arguments = restrict(arguments)
    trust = f"{FLAG}: let the recipe name any class or function, which runs it; for recipes by somebody you trust"
    try:
        with keyboard_interrupts(), tiny_numbers_as_zero(), ExitStack() as held:
            CaptionerCLI(
                verb,
                chosen(arguments),
                held,
                args=arguments,
                seed_everything_default=0,
                auto_configure_optimizers=False,
                save_config_callback=Recipe,
                save_config_kwargs={"save_to_log_dir": False},
                trainer_defaults={
                    "max_epochs": 10,
                    "gradient_clip_val": 5.0,
                    "num_sanity_val_steps": 0,
                    "log_every_n_steps": 20,
                    "enable_model_summary": False,
                    "use_distributed_sampler": False,  # the loaders share what they load among the processes
                },
                parser_kwargs={
                    "prog": "captioner",
                    "exit_on_error": False,
                    verb: {"exit_on_error": False, "epilog": trust},
                },
            )
    except ArgumentError as error:
        if (sentence := refusal(str(error))) is not None:
            raise ValueError(sentence) from None
        reason = " ".join(str(error).split())
        raise ValueError(f"{reason}; `captioner {verb} --help` lists the settings") from None
    except RecursionError:
        raise ValueError("the recipe is nested too deep to be read") from None
    except MisconfigurationException as error:
        raise ValueError(" ".join(str(error).split())) from None
    except (ValueError, OSError) as error:
        told = str(error)
        if "DataLoader worker process" not in told:
            raise
        raise ValueError(told.strip().splitlines()[-1].partition(": ")[2]) from None  # what the worker said
    except RuntimeError as error:
        if not another_is_gone(error):
            raise
        raise ValueError(GONE) from None
    except SIGTERMException:
        return 143
    return 0
