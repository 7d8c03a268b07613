"""Solutions of `5_caption.ipynb`."""

import torch


def first_state(grid, W, b):
    """h₀ of each picture, a tensor (pictures, state), from its grid (pictures, places, channels)."""
    return torch.tanh(grid.mean(dim=1) @ W.T + b)


@torch.no_grad()
def greedy(speaker, start, end, never, most):
    """The ids of the words that are said, without start and end."""
    word, state, said = start, speaker.begin(), []
    while len(said) < most:
        step = speaker.step(torch.tensor([word]), state)
        state, logits = step.state, step.logits[0].clone()
        logits[list(never)] = -torch.inf
        word = int(logits.argmax())
        if word == end:
            break
        said.append(word)
    return said


def log_probability(logits, words):
    """log p of the caption in nats: logits is a tensor (t, v), words a list of t ids."""
    log_p = logits.log_softmax(dim=1)
    return sum(log_p[place, word] for place, word in enumerate(words))
