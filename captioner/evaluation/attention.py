"""Where the captions of an evaluation looked, scored against the objects of the photos."""

from math import isqrt
from pathlib import Path

from captioner.evaluation.captions import Evaluation
from captioner.images import ImageSpec
from captioner.scoring.attention import AttentionScores, Instances, Mention, score_attention
from captioner.scoring.naming import named, spellings


def evaluate_attention(evaluation: Evaluation, instances: Instances, image: ImageSpec) -> AttentionScores | None:
    """Scores where the captions looked when they named an object; None if they named nothing that is there.

    Args:
        instances: the objects of the photos.
        image: what part of a photo the network saw.

    Raises:
        ValueError: the photos are not those of `instances`, or there is no attention.
    """
    names = spellings(instances.categories)
    mentions = []
    for key, result in evaluation.said.items():
        caption = result.captions[0]
        side = isqrt(caption.attention.shape[1])
        if side < 2:
            raise ValueError("this model has no places to look at, so there is no attention to score")
        region = image.region(*instances.size(key))
        for place, category in named(caption.words, names):
            mentions.append(Mention(caption.attention[place], instances.covered(key, category, region, side)))
    return score_attention(mentions) if any(mention.cover.any() for mention in mentions) else None


def instances_beside(captions: Path) -> Path | None:
    """The instances file that belongs to a captions file, as COCO names the two, if it is there."""
    path = captions.with_name(captions.name.replace("captions", "instances"))
    return path if path != captions and path.is_file() else None
