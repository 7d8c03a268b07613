"""Recurrent attention for vision and language: captions and answers that can be looked inside.

    import captioner
    model = captioner.load()  # the model in the box; load("runs/flickr8k/bundle") opens one of your own
    print(model.caption("photo.jpg")[0].text)
    print(model.ask("photo.jpg", "what is on the table?").text)

Nothing heavy is imported before it is used: `import captioner` alone touches neither torch nor Lightning.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"
__all__ = ["Answer", "Answers", "Caption", "Captioned", "Captioner", "Decoding", "Translation", "load"]

if TYPE_CHECKING:
    from captioner.decoding.settings import Decoding
    from captioner.inference import Answer, Answers, Caption, Captioned, Captioner, Translation, load


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'captioner' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("captioner.decoding.settings" if name == "Decoding" else "captioner.inference"), name)
