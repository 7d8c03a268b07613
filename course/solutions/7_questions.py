"""Solutions of `7_questions.ipynb`."""


def accuracy(said, people):
    """From 0 to 1; `people` is a list of ten answers."""
    each = []
    for left_out in range(len(people)):
        others = people[:left_out] + people[left_out + 1 :]
        each.append(min(others.count(said) / 3, 1))
    return sum(each) / len(each)


def refine(u, looks):
    """The question after all looks; tensors."""
    for attend, W in looks:
        u = u + W @ attend(u)
    return u


def by_kind(questions, said, truth):
    """A dictionary: kind to share of right answers; three lists of texts come in."""
    right = {}
    for question, one, other in zip(questions, said, truth, strict=True):
        right.setdefault(" ".join(question.split()[:2]), []).append(one == other)
    return {kind: sum(each) / len(each) for kind, each in right.items()}
