"""Forty photos by hand-made captions, with the questions that must come of them, and those that must not."""

from typing import NamedTuple


class Case(NamedTuple):
    """Captions of one photo, parted by bars; questions with their answers; beginnings that no question may have."""

    captions: str
    must: set[str]
    never: tuple[str, ...] = ()


CASES = [
    # colour
    Case("A black dog runs.", {"what colour is the dog? black", "is the dog black? yes"}),
    Case("A black and white dog is sleeping.", {"what colour is the dog? black and white"}, ("is the dog black",)),
    Case("A black dog and a brown dog are playing.", set(), ("what colour is the dog",)),
    Case("Two white horses stand in a field.", set(), ("what colour is the horse", "is the horse")),
    Case("A man in a red shirt sits.", {"what colour is the man's shirt? red", "what is the man wearing? shirt"}),
    Case("A boy wears blue shorts.", {"what colour are the boy's shorts? blue", "are the boy's shorts blue? yes"}),
    Case("A gray cat sits.|A grey cat.", {"what colour is the cat? grey"}),
    Case("A black man is sitting.", set(), ("what colour is the man", "is the man black")),
    Case("A red-haired woman smiles.", set(), ("what colour is the woman",)),
    Case("A tan dog.|A brown dog.|A dog.", {"what colour is the dog? brown"}),
    # number
    Case("Two dogs play.|Two dogs.", {"how many dogs are there? 2", "are there two dogs? yes"}),
    Case("A pair of dogs playing.|2 dogs.", {"how many dogs are there? 2"}),
    Case("Two men talk.|Two men.|Men talk in a crowd of people.", set(), ("how many", "are there")),
    Case("Two dogs play.|Two dogs.|Three dogs.|Three dogs.", set(), ("how many dogs",)),
    Case("A man and a woman sit.|Two people.", {"how many people are there? 2"}),
    Case("A group of people walk.|Some people.", set(), ("how many",)),
    Case("A dog runs.|One dog.", {"how many dogs are there? 1"}, ("are there one",)),
    Case("A couple of men talk.|Two men talk.", {"how many men are there? 2"}, ("what is the man",)),
    # who and what
    Case("A woman is reading a book.", {"who is reading a book? woman", "what is the woman reading? book"}),
    Case("A guy climbs a rock.", {"who is climbing a rock? man", "what is the man climbing? rock"}),
    Case("A person is running.", set(), ("who",)),
    Case("A man and a woman are dancing.", set(), ("who",)),
    Case("A surfer is surfing.", set(), ("who",)),
    Case("A horse is running.", {"what animal is running? horse"}, ("who",)),
    Case("A dog chases a cat.", {"what is the dog chasing? cat"}, ("what animal",)),
    Case("A girl eats ice cream.", {"what is the girl eating? ice cream"}),
    # holding and wearing
    Case("A man is holding an umbrella.", {"what is the man holding? umbrella"}, ("what is the man doing",)),
    Case("A dog carries a stick.", {"what is the dog carrying? stick"}),
    Case("A woman wearing a hat.|A woman wearing a coat.", set(), ("what is the woman wearing",)),
    Case("A man holds his breath.", set(), ("what is the man holding",)),
    # where
    Case("A dog in the snow.|A dog runs in the snow.", {"where is the dog? snow", "is the dog in the snow? yes"}),
    Case("A dog sits on a bench.", {"what is the dog sitting on? bench"}, ("where is the dog? bench",)),
    Case("A boy jumps into a pool.", {"what is the boy jumping into? pool"}),
    Case("A girl stands in front of a house.", {"what is the girl standing in front of? house"}),
    Case("A man is in the air.|A man in the air.", set(), ("where is the man", "is the man in the air")),
    # doing
    Case("A boy is running.|A boy runs.", {"what is the boy doing? running", "is the boy running? yes"}),
    Case("A boy is running.|A boy jumps.", {"is the boy jumping? yes"}, ("what is the boy doing",)),
    Case("A dog is not running.|A dog is not running.", set(), ("what is the dog doing", "is the dog running")),
    Case("A man is being chased.|A man is chased.", set(), ("what is the man doing", "is the man")),
    Case("Dog running.|A dog runs with another dog.", set(), ("what is the dog doing", "is the dog running")),
]
