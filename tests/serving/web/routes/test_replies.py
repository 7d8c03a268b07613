"""What is sent of captions and answers."""

import numpy as np

from captioner.images import ImageSpec
from captioner.inference import Answer, Answers, Caption
from captioner.serving.web.routes.replies import ask_reply, caption_reply

NONE = np.zeros((2, 0))


def test_the_doubt_of_captions_and_answers_is_sent():
    said = Caption("a dog", ("a", "dog"), -3.0, -1.0, NONE, right=0.7)
    reply = caption_reply([said, Caption("a", ("a",), -9.0, -4.0, NONE[:1])], ImageSpec(size=32), (8, 8), "none")
    assert (reply.doubt, reply.right) == ("likely", 0.7)
    assert [each.doubt for each in reply.n_best] == ["likely", None]
    told = Answers("what?", ("what",), (), (Answer("dog", 0.4),), NONE[:1], NONE[:1], right=0.5)
    (answer,) = ask_reply([told], ImageSpec(size=32), (8, 8), "none").answers
    assert (answer.doubt, answer.right, answer.probability) == ("a guess", 0.5, 0.4)
