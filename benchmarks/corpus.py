"""Write made-up English for benchmarks: plain prose, or the same prose as an article spinner leaves it.

    python benchmarks/corpus.py DIR [--files N] [--megabytes M] [--spun SHARE] [--seed S]

With --files a tree of N text files, by themselves 1 to 7 kB each, with --megabytes of that size together;
without --files one file, DIR/prose.txt.  Nothing is fetched, and the same arguments write the same bytes.
The sentences are correct and mean little: a tool that looks for mistakes or spun words should find next to
nothing in the plain text.  --spun 0.5 replaces half of the words that tools/spinner_dictionary/words.tsv
lists.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from cleanup.inflection import plural, verb_forms

DICTIONARY = Path(__file__).parent.parent / "tools" / "spinner_dictionary" / "words.tsv"
MEGABYTE = 1_000_000
LEAST_FILE, MOST_FILE = 1_000, 7_000  # bytes
FILES_A_FOLDER = 100
READIEST = 4  # a spinner seldom reaches behind the first few entries

# A topic: who acts, what they do (verb, objects), and where.
TOPICS: tuple[tuple[str, str, str], ...] = (
    (
        "the baker|the miller|her aunt|the apprentice|his brother|the woman from the mill|the shopkeeper",
        "baked: the bread, the rolls, a dozen pies, the cakes for the wedding"
        "|carried: the flour, the baskets, two sacks of oats, the trays"
        "|weighed: the sugar, the butter, the dough, the salt"
        "|sold: the last loaf, the biscuits, the jam, all the rolls"
        "|cleaned: the oven, the tables, the window, the floor",
        "in the kitchen|behind the shop|at the market|in the old bakery|next to the church|by the mill",
    ),
    (
        "the fisherman|the captain|the boy|the harbour master|the old sailor|the crew|the pilot",
        "mended: the nets, the sails, the ropes, the broken oar"
        "|painted: the boat, the hull, the cabin door, the railing"
        "|watched: the tide, the clouds, the gulls, the ships"
        "|brought home: the catch, a basket of crabs, the lamps, the heavy nets"
        "|tied up: the boat, the ferry, the raft, the small yacht",
        "in the harbour|near the lighthouse|on the beach|below the cliffs|at the end of the pier|on deck",
    ),
    (
        "the teacher|the headmaster|the older girls|the new pupil|the librarian|the class|the children",
        "read: the letter, a short poem, the first chapter, the notice on the door"
        "|wrote: a long essay, the answers, the names, a letter to the mayor"
        "|borrowed: three books, the atlas, a pencil, the dictionary"
        "|learned: the song, the dates, the rules of chess, a few words of Latin"
        "|opened: the windows, the parcel, the piano, the blue notebook",
        "in the library|in the front row|at school|under the big clock|in the reading room|in the hall",
    ),
    (
        "the gardener|the farmer|her neighbour|his grandfather|the shepherd|the vet|the farmer's son",
        "planted: the beans, two rows of onions, a pear tree, the roses"
        "|fed: the hens, the sheep, the calf, the horses"
        "|picked: the apples, the plums, a bowl of cherries, the last tomatoes"
        "|repaired: the fence, the gate, the roof of the barn, the tractor"
        "|watered: the lettuce, the young trees, the flower beds, the herbs",
        "behind the barn|in the orchard|on the hill|beside the stream|in the upper field|near the gate",
    ),
    (
        "the doctor|the nurse|the patient|a young surgeon|the chemist|the porter|the visitor",
        "wrote down: the dose, the address, the results, the time of the visit"
        "|checked: the chart, the bandage, the list, the pulse"
        "|ordered: more blankets, the medicine, fresh water, a cup of tea"
        "|folded: the sheets, the towels, the letter, the newspaper"
        "|explained: the treatment, the delay, the new timetable, the risk",
        "in the ward|at the clinic|in the corridor|on the second floor|at the front desk|in the waiting room",
    ),
    (
        "the driver|the guard|the engineer|a passenger|the signalman|the mechanic|the conductor",
        "tested: the brakes, the engine, the signal, the new carriage"
        "|loaded: the trunks, the mail, the bicycles, the crates of fruit"
        "|counted: the tickets, the passengers, the coins, the empty seats"
        "|missed: the train, the connection, the last bus, the turning"
        "|oiled: the wheels, the hinges, the chain, the points",
        "at the station|on the platform|in the depot|under the bridge|on the night train|at the crossing",
    ),
    (
        "the painter|the violinist|the organist|the choir|the singer|the young actor|the stage manager",
        "played: the overture, a slow waltz, the hymn, the same tune"
        "|tuned: the violin, the piano, the cello, the guitar"
        "|drew: the bridge, a portrait of the mayor, the roofs, two horses"
        "|practised: the duet, the last scene, the scales, the speech"
        "|hung: the picture, the curtain, the lanterns, the poster",
        "in the theatre|in the studio|on the stage|at the concert|in the village hall|in the gallery",
    ),
)
WHEN = (
    "before breakfast|after lunch|on Monday|on Tuesday|on Thursday|last week|in the evening|"
    "early in the morning|at noon|in March|in April|in October|on the first day of the holidays|"
    "two days later|after the storm|during the winter|before the rain came|"
    "at the end of the week|when the bell rang|as soon as it was light"
).split("|")
WEATHER = "cold|warm|wet|windy|dry|foggy|bright|rainy|quiet|sunny|cloudy|mild|grey|stormy|frosty".split("|")
PART_OF_DAY = "morning|afternoon|evening|day|night|week|month|autumn|spring".split("|")
NAMES = (
    "Anna|Peter|Margaret|Thomas|Ellen|George|Ruth|Henry|Alice|Martin|Clara|Simon|Helen|Arthur|Judith|Walter|"
    "Mrs Hill|Mr Barnes|Mrs Cooper|Mr Reed|Mrs Marsh|Mr Dale|Mr Fletcher|Mrs Wood"
).split("|")
NUMBERS = "two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty".split("|")
AFTERWARDS = (
    "went home|had a cup of tea|sat down by the fire|told the others|locked the door|slept until noon|"
    "waited for the bus|walked to the village|laughed about it|forgot about it|said nothing|"
    "came back with a friend"
).split("|")
# {who} {did} {where} come from the topic of the paragraph, the others from the lists above.
TEMPLATES = (
    "{who} {did} {where} {when}.",
    "{when}, {who} {did} {where}.",
    "{who} {did}, and {who} {did}.",
    "{who} {did} {where}, but nobody noticed.",
    "{when}, {who} {did} and then {then}.",
    "it was a {weather} {part}, and {who} {did} {where}.",
    "{name} said that {who} {did} {when}.",
    "{name} and {name} waited {where} for {number} hours.",
    "while {who} {did}, {who} {did} {where}.",
    "{name} asked why {who} {did} {when}.",
    "there were {number} people {where}, and most of them knew {name}.",
    "because the {part} was {weather}, {who} {then}.",
    "{who} {did} {when}, so {name} {then}.",
    "{name} did not believe that {who} {did} {where}.",
    "for {number} years {name} lived close by, and every {part} was the same.",
    "the next {part} was {weather}, and {who} {then}.",
    "{number} people saw that {who} {did} {where}.",
    "if you ask {name}, {who} {did} only once.",
    "{who} {did} {where}; {name} {then}.",
    "when {name} arrived, {who} {did} {where}.",
)

Slots = dict[str, list[str]]
Filler = Callable[[], str]


def _phrases(actions: str) -> list[str]:
    """Every verb of a topic with each of its objects."""
    pairs = (action.split(": ") for action in actions.split("|"))
    return [f"{verb} {thing}" for verb, things in pairs for thing in things.split(", ")]


def _slots() -> list[Slots]:
    """What may fill the templates, for each topic."""
    shared = {"when": WHEN, "weather": WEATHER, "part": PART_OF_DAY, "name": NAMES, "number": NUMBERS}
    return [
        {**shared, "then": AFTERWARDS, "who": who.split("|"), "did": _phrases(did), "where": where.split("|")}
        for who, did, where in TOPICS
    ]


_PARTS = [re.split(r"\{(\w+)\}", template) for template in TEMPLATES]  # text, slot, text, slot, ..., text


def _sentence(rng: random.Random, slots: Slots) -> str:
    """One sentence; no slot of it is filled twice with the same."""
    parts = _PARTS[int(rng.random() * len(_PARTS))]
    pieces: list[str] = []
    for place, part in enumerate(parts):
        if place % 2:
            choices = slots[part]
            at = int(rng.random() * len(choices))
            pieces.append(choices[at] if choices[at] not in pieces else choices[at - 1])
        else:
            pieces.append(part)
    text = "".join(pieces)
    return text[0].upper() + text[1:]


def paragraphs(seed: int) -> Iterator[str]:
    """Paragraphs of three to eight sentences on one topic each, without end; the seed decides all."""
    rng, topics = random.Random(seed), _slots()
    while True:
        slots = topics[int(rng.random() * len(topics))]
        yield " ".join(_sentence(rng, slots) for _ in range(3 + int(rng.random() * 6)))


def _inflected(part: str, word: str) -> tuple[str, ...]:
    """A word in the forms of its part of speech, in a fixed order."""
    if part == "n":
        return word, plural(word)
    return (word, *verb_forms(word)) if part == "v" else (word,)


@cache
def spinner() -> dict[str, list[str]]:
    """What a spinner writes for a word, inflected as the word is."""
    table: dict[str, list[str]] = {}
    for line in DICTIONARY.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        head, part, spun = line.split("\t")
        if part not in "nvar":
            continue
        choices = [_inflected(part, form) for form in spun.split("; ")[:READIEST]]
        for place, form in enumerate(_inflected(part, head)):
            table.setdefault(form, [choice[place] for choice in choices])
    return table


def spin(text: str, share: float, rng: random.Random) -> str:
    """The text with this share of the words that the dictionary lists replaced."""
    table = spinner()

    def replaced(match: re.Match[str]) -> str:
        word = match.group()
        choices = table.get(word)
        if choices is None or rng.random() >= share:
            return word
        return choices[int(rng.random() * len(choices))]

    return re.sub(r"\b[a-z]+\b", replaced, text)


def prose(seed: int, spun: float = 0.0) -> Iterator[str]:
    """Paragraphs as `paragraphs` gives them, spun at this share, each with its empty line."""
    rng = random.Random(seed + 1)
    for paragraph in paragraphs(seed):
        yield (spin(paragraph, spun, rng) if spun else paragraph) + "\n\n"


def write_file(path: Path, size: int, source: Iterator[str]) -> int:
    """Write paragraphs until the file has at least this many bytes; answers how many it has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        while written < size:
            written += file.write(next(source))
    return written  # all of it is ASCII


def write_corpus(
    folder: Path, *, files: int = 0, megabytes: float | None = None, spun: float = 0.0, seed: int = 1
) -> int:
    """Write a tree of files, or with no number of files the one file prose.txt; answers the bytes written."""
    source = prose(seed, spun)
    if not files:
        return write_file(folder / "prose.txt", int((megabytes or 1) * MEGABYTE), source)
    rng = random.Random(seed + 2)
    written = 0
    for number in range(files):
        size = rng.randint(LEAST_FILE, MOST_FILE)
        if megabytes is not None:
            size = int(megabytes * MEGABYTE / files)
        name = f"{number // FILES_A_FOLDER:03}/{number:05}.txt"
        written += write_file(folder / name, size, source)
    return written


def _share(text: str) -> float:
    """A number from 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must lie between 0 and 1")
    return value


def main() -> None:
    """Write what the arguments ask for and say how much it is."""
    parser = argparse.ArgumentParser(
        description="Write made-up English prose, plain or spun, for benchmarks."
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument(
        "--files", type=int, default=0, metavar="N", help="a tree of N files (default: one file)"
    )
    parser.add_argument(
        "--megabytes", type=float, metavar="M", help="how much in all (default: 1, or by the files)"
    )
    parser.add_argument(
        "--spun", type=_share, default=0.0, metavar="SHARE", help="0 to 1: words replaced (default: 0)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="S", help="another seed, another text (default: 1)"
    )
    chosen = parser.parse_args()
    written = write_corpus(
        chosen.folder, files=chosen.files, megabytes=chosen.megabytes, spun=chosen.spun, seed=chosen.seed
    )
    print(f"{chosen.folder}: {max(chosen.files, 1)} files, {written:,} bytes")


if __name__ == "__main__":
    main()
