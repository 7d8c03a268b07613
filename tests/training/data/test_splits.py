"""What a split of a training is refused for."""

import json

import pytest

from captioner.training.data.splits import Part


@pytest.mark.parametrize("further", [{}, {"annotations": []}])
def test_photos_without_any_caption_teach_nothing(tmp_path, further):
    path = tmp_path / "image_info_test2014.json"
    path.write_text(json.dumps({"images": [{"id": 1, "file_name": "a.jpg"}], **further}))
    with pytest.raises(ValueError, match=r"image_info_test2014.json lists photos without captions, as COCO's image"):
        _ = Part("test", {None: path}, None, None, None).photos
