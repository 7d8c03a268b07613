"""The frozen part of an encoder, by itself: what a recipe or a bundle names, opened in whichever process needs it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from captioner.images import ImageSpec
from captioner.models.bundle import load_bundle
from captioner.models.encoding.fastest import Fastest
from captioner.nn.encoder.backbones import check_image
from captioner.nn.encoder.grid import GridEncoder, Stem, fingerprint
from captioner.recipes import read_recipe


@dataclass(frozen=True)
class FrozenEncoder:
    """Computes features as a training does that finds none.

    Args:
        source: a recipe (`.yaml`) or a bundle.
        device: where it computes.
    """

    source: Path
    device: str = "cpu"

    def __reduce__(self) -> tuple[Any, ...]:
        """Only names are sent to other processes."""
        return FrozenEncoder, (self.source, self.device)

    @property
    def image(self) -> ImageSpec:
        """What the encoder sees of a photo."""
        return self._opened[1]

    @property
    def identity(self) -> dict[str, Any]:
        """What its numbers depend on, as JSON."""
        encoder, image = self._opened
        return {"encoder": fingerprint(encoder), "transform": image.to_dict()}

    @torch.inference_mode()
    def __call__(self, pixels: Float[np.ndarray, "b 3 y x"]) -> Float[Tensor, "b c ..."]:
        """The features of photos."""
        return self._opened[0].begin(torch.from_numpy(pixels).to(self.device), self._stem)

    @cached_property
    def _stem(self) -> Stem | None:
        """What computes the frozen part on a processor; None on other devices."""
        return Fastest(self._opened[0].stem) if self.device == "cpu" else None

    @cached_property
    def _opened(self) -> tuple[GridEncoder, ImageSpec]:
        """The encoder and what it sees.

        Raises:
            FileNotFoundError: there is no such recipe, bundle or file of weights.
            ValueError: the recipe names no encoder, or one that does not go.
        """
        if self.source.is_dir():
            return self._of(self.source)
        recipe = read_recipe(self.source)
        data, model = recipe.get("data") or {}, recipe.get("model") or {}
        if model.get("start_from") is not None:
            return self._of(Path(model["start_from"]))
        settings = (model.get("network") or {}).get("encoder")
        if not isinstance(settings, dict):
            raise ValueError(
                f"{self.source} names no model.network.encoder, so there is nothing to compute features by"
            )
        if settings.get("weights") == "none":
            raise ValueError(
                f"{self.source} leaves the encoder's weights to chance (none), so its features mean nothing"
            )
        try:
            encoder, image = GridEncoder(**settings), ImageSpec(**(data.get("image") or {}))
        except TypeError as error:
            raise ValueError(f"{self.source}: {error}") from None
        check_image(settings.get("name", "resnet50"), image)
        return encoder.to(self.device).eval(), image

    def _of(self, bundle: Path) -> tuple[GridEncoder, ImageSpec]:
        opened = load_bundle(bundle)
        return opened.network.encoder.to(self.device).eval(), opened.image
