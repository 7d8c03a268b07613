"""The textbook case: four letters, and a vanilla RNN that learns to say "hello" from "h" (Karpathy 2015).

python scripts/examples/hello.py
"""

import torch
from torch import nn

from captioner.nn.core.attending import AttendingCore
from captioner.nn.core.plan import Plan
from captioner.nn.heads.characters import CharacterHead

LETTERS, WORD = "helo", "hello"
INPUTS = torch.eye(4)  # each letter is one of four unit vectors


def main() -> None:
    """Trains for a second, and says the word step by step."""
    torch.manual_seed(0)
    core, head = AttendingCore(embedding=4, features=0, cell="rnn", state=8), CharacterHead(vocabulary=4, state=8)
    ids = torch.tensor([LETTERS.index(letter) for letter in WORD])
    adam = torch.optim.Adam([*core.parameters(), *head.parameters()], lr=0.05)
    begin, plan = core.layers.zeros(1, INPUTS), Plan(torch.tensor([4]), photos=1)
    for _ in range(150):  # "hell" is given, "ello" is to be said
        read = core(INPUTS[ids[:-1]], plan, begin, None)
        loss = nn.functional.cross_entropy(head(read.hidden), ids[1:])
        adam.zero_grad()
        torch.autograd.backward(loss)
        adam.step()

    said, state = "h", begin
    print("after      h     e     l     o")
    while len(said) < len(WORD):
        step = core.step(core.say(INPUTS[LETTERS.index(said[-1])][None]), state, None)
        p, state = head(step.hidden).softmax(dim=1)[0], step.state
        print(f"{said:6}" + "".join(f"{value:6.2f}" for value in p.tolist()))
        said += LETTERS[int(p.argmax())]
    print(said)


if __name__ == "__main__":
    main()
