"""The closed lists behind the rules: colours, numbers, people, words that name no thing; and the forms of verbs."""


def listed(words: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(words.split())


NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
NUMBERS |= {str(number): number for number in NUMBERS.values()}

# A colour as captions spell it: the one that an answer has.
COLOURS = {name: name for name in listed("black white red blue green yellow orange pink purple brown grey gold silver")}
COLOURS |= {"gray": "grey", "tan": "brown", "golden": "gold", "violet": "purple", "turquoise": "blue", "navy": "blue"}
COLOURS |= {"maroon": "red", "beige": "brown", "crimson": "red", "lavender": "purple", "teal": "blue"}
# Colours that one and the same thing is called: none of a group is the wrong one where another is said.
ALIKE = [
    {"brown", "gold", "orange", "red", "yellow"}, {"black", "grey", "brown"},
    {"white", "grey", "silver", "brown", "gold"},
    {"red", "pink", "purple", "orange"}, {"blue", "purple", "grey", "green", "black"}, {"green", "yellow", "brown"},
]  # fmt: skip

# Who somebody is: sex and age, each empty where the word leaves it open.
PEOPLE = {
    "man": ("m", "adult"), "woman": ("f", "adult"), "boy": ("m", "child"), "girl": ("f", "child"),
    "child": ("", "child"), "baby": ("", "child"), "person": ("", ""), "adult": ("", "adult"), "couple": ("", ""),
}  # fmt: skip
VAGUE = frozenset({"person", "adult", "couple", "animal"})  # words that are no good answer to "who?"
# The plain word for many: the answers of people who mean the same should be the same.
SAME = {
    "guy": "man", "gentleman": "man", "male": "man", "lady": "woman", "female": "woman", "kid": "child",
    "toddler": "child", "infant": "baby", "people": "person", "someone": "person", "somebody": "person",
    "individual": "person", "human": "person", "bike": "bicycle", "puppy": "dog", "pup": "dog", "doggy": "dog",
    "canine": "dog", "kitten": "cat", "automobile": "car", "bicyclist": "cyclist", "biker": "cyclist", "tee": "shirt",
    "tshirt": "shirt", "t-shirt": "shirt", "photo": "picture", "ocean": "sea", "motorbike": "motorcycle",
    "sofa": "couch", "rollerblader": "skater", "trousers": "pants", "trouser": "pants", "jean": "jeans",
    "sunglass": "sunglasses", "goggle": "goggles", "pant": "pants", "swimsuit": "bathing suit",
    "grassy field": "field",
}  # fmt: skip
# Words for one thing that have the form of many.
PAIRS = listed("pants shorts jeans glasses sunglasses goggles overalls pajamas tights stairs")

# "a group of people": what is meant stands behind "of".
PARTS = listed(
    "group pair couple set bunch crowd team piece pile number kind type lot row line series herd flock pack body"
    " patch bit stack bowl cup glass bottle can plate variety array bundle side top edge middle front back end"
    " part section sort form stretch slice collection amount gathering"
)
TWO = frozenset({"pair", "couple"})
# Nouns that name nothing to be pointed at.
NO_THINGS = listed(
    "air background foreground front back side top bottom middle center centre edge end corner day night time way"
    " view distance picture photo photograph image camera scene area place something other another one each all"
    " some thing it them him himself herself itself themselves her he she they themself everyone anyone nobody who"
    " which that what face head hand arm leg foot mouth hair eye ear tail body tongue tooth nose finger back"
    " shoulder knee lap sunset sunrise sun shade shadow weather game race competition event action sport fun trick"
    " stunt jump ride walk turn part left right direction style color colour type kind bit lot number half rest"
    " sight motion move pose position job work party event parade show performance trip tour game match practice"
    " midair mid-air mid height bank full next outside inside city town day group pair couple set bunch crowd team"
    " row line background. smile expression attention breath thumb skin nail piece stunt nothing anything"
    " everything black white red blue green yellow brown pink orange purple grey gray spot gear outfit"
    " clothing clothes uniform attire equipment object item surface dirt"
)
# Verbs of which nobody would say that somebody is doing them, or that say little.
NO_DEEDS = listed(
    "be have wear look appear seem try get prepare begin start stop enjoy go do make take use attempt keep let"
    " see contain include dress cover surround fill show feature become turn come put set display lead give need"
    " want pretend manage wait ready join participate compete perform practice engage gather follow face leave"
    " continue like love share spend celebrate visit work meet grin blur head pass reach approach watch stare gaze"
    " point bear smile pose hang overlook tie decorate cross near move travel attach own stick block race catch"
)
# What the parser makes of "riding", "skis" and "lying"; and a common slip.
MISREAD = {"rid": "ride", "sky": "ski", "ly": "lie", "lay": "lie"}
UNSURE = listed("playing falling leaning balancing stunting")  # captions leave them out, so silence is no "no"
HOLDS = frozenset({"hold", "carry"})
# What somebody does to a thing that one can ask for: "what is the man riding?"
TO_THINGS = listed(
    "ride chase throw kick climb eat push pull drive read play paddle row hit bite watch pet hug"
    " kiss feed paint blow pick cut drink lick sniff chew swing wash clean build bounce toss shovel lift drag ring"
)
# Those of them that may stand without a thing: "who is eating?"
ALSO_ALONE = listed("climb eat read play paddle row swing paint drink ride")
NOT_RIDDEN = listed("dog ramp rail handlebar pedal")
# Where something is, as a question can say it; those of `AT_PLACES` may also be asked by "where".
AT_PLACES = frozenset({"in", "on", "at", "inside", "in front of", "on top of"})
PREPOSITIONS = AT_PLACES | listed(
    "through across along over under near against behind beside down up into onto by underneath"
)


def ing(verb: str) -> str:
    """The form of a verb that tells what is being done: "run" gives "running"."""
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    vowels = "".join("v" if letter in "aeiou" else "c" for letter in verb)
    short = vowels.lstrip("c") == "vc" or verb in ("begin", "unplug", "snowplug")
    return verb + (verb[-1] if short and verb[-1] not in "wxy" else "") + "ing"


def article(noun: str) -> str:
    """The noun behind "a" or "an"."""
    return f"{'an' if noun[0] in 'aeiou' and not noun.startswith(('uni', 'one')) else 'a'} {noun}"
