"""What a recipe asks for and does not get, for it starts from a bundle, is told in one line; what agrees is not."""

from captioner.images import ImageSpec
from captioner.nn.settings import AnswerSettings, CoreSettings, EncoderSettings, NetworkSettings
from captioner.training.overruled import tell_overruled
from captioner.training.tasks.start import DECIDED

BUNDLE = NetworkSettings(
    EncoderSettings("efficientnet_lite2", "here.pth"), CoreSettings(cell="gru", state=512, grid=512)
)


def test_another_encoder_and_another_core_are_told(caplog):
    core = CoreSettings(cell="gru", state=256, components=1.7)
    wanted = NetworkSettings(EncoderSettings("efficientnet_b4", "default", trainable_stages=2), core, dropout=0.1)
    tell_overruled("model.network", wanted, BUNDLE, apart=DECIDED)
    (record,) = caplog.records
    assert record.getMessage() == (
        "model.start_from keeps the bundle's shape: model.network.encoder.name is efficientnet_lite2, not"
        " efficientnet_b4; model.network.core.state is 512, not 256; model.network.core.components is False, not 1.7"
    )


def test_what_is_the_same_or_not_said_or_decided_by_the_recipe_is_not_told(caplog):
    agreeing = NetworkSettings(EncoderSettings("efficientnet_lite2", "none"), CoreSettings(cell="gru"))
    deciding = NetworkSettings(answers=AnswerSettings(glimpses=3), dropout=0.1, photo_dropout=0.2)
    for wanted in (agreeing, deciding, NetworkSettings()):
        tell_overruled("model.network", wanted, BUNDLE, apart=DECIDED)
    tell_overruled("data.image", ImageSpec(), ImageSpec(size=257, mean=(0.5, 0.5, 0.5)))
    tell_overruled("data.image", ImageSpec(mean=(0.5, 0.5, 0.5)), ImageSpec(size=257, mean=(0.5, 0.5, 0.5)))
    assert not caplog.records


def test_another_side_of_the_photos_is_told(caplog):
    tell_overruled("data.image", ImageSpec(size=321), ImageSpec(size=257))
    assert [record.getMessage() for record in caplog.records] == [
        "model.start_from keeps the bundle's shape: data.image.size is 257, not 321"
    ]
