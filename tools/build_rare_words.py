"""Write cleanup/data/rare_words.json: frequencies of the words of our rules and terms that the tables lack.

Run from the root of a checkout, with the package installed, when many rules or terms were added:

    python tools/build_rare_words.py && python tools/data_digests.py --write

With them no run has to read the whole of wordfreq, which takes 0.3 s and 60 MB; a word that is missing here
is still asked of it.  The same rules, tables and wordfreq give the same bytes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

from wordfreq import word_frequency

from cleanup.analysis import lacking
from cleanup.collocations import load_collocations
from cleanup.frequency import FLOOR
from cleanup.rulebook import load_rulebook
from cleanup.terms import load_terms

PATH = Path(__file__).parent.parent / "cleanup" / "data" / "rare_words.json"


def rare_words() -> set[str]:
    """The words of every built-in original and term that the vocabulary does not hold."""
    table = load_collocations()
    originals = {original for form in load_rulebook().forms() for original in form.originals}
    return {word for text in originals | set(load_terms().terms) for word in lacking(text, table)}


def main() -> None:
    groups: defaultdict[float, list[str]] = defaultdict(list)
    for word in sorted(rare_words()):
        groups[word_frequency(word, "en", minimum=FLOOR)].append(word)
    rows = {repr(frequency): " ".join(groups[frequency]) for frequency in sorted(groups)}
    PATH.write_text(json.dumps(rows, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(f"{PATH}: {sum(map(len, groups.values()))} words")


if __name__ == "__main__":
    main()
