"""Write cleanup/data/function_words.json: the commonest short words of many languages, from wordfreq.

Run from the root of a checkout, with the package installed:

    python tools/build_function_words.py

A word is kept for the language in which it is most frequent by a factor of three, so that *in*, *die* or *a*
speak for nobody.  The same wordfreq gives the same bytes.
"""

from __future__ import annotations

import json
from pathlib import Path

from wordfreq import get_frequency_dict

LANGUAGES = ["ca", "cs", "da", "de", "en", "es", "fi", "fr", "hu", "id", "it", "lt", "ms", "nb", "nl", "pl",
             "pt", "ro", "sh", "sk", "sl", "sv", "tr", "vi"]  # fmt: skip
WORDS_PER_LANGUAGE = 120
LEAD = 3.0


def main() -> None:
    tables = {language: get_frequency_dict(language, wordlist="small") for language in LANGUAGES}
    words = {}
    for language, table in tables.items():
        candidates = sorted(table, key=lambda word: (-table[word], word))
        kept = [word for word in candidates[:400] if word.isalpha() and _leads(word, language, tables)]
        words[language] = sorted(kept[:WORDS_PER_LANGUAGE])
    path = Path(__file__).parent.parent / "cleanup" / "data" / "function_words.json"
    path.write_text(json.dumps(words, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(f"{path}: {sum(map(len, words.values()))} words of {len(words)} languages")


def _leads(word: str, language: str, tables: dict[str, dict[str, float]]) -> bool:
    # Danish and Norwegian, Malay and Indonesian share their commonest words: they may share them here.
    pairs = ["da nb", "id ms", "cs sk", "sh sl", "da sv", "nb sv", "ca es", "es pt"]
    kin = {frozenset(pair.split()) for pair in pairs}
    own = tables[language][word]
    return all(
        own >= LEAD * table.get(word, 0.0)
        for other, table in tables.items()
        if other != language and frozenset({language, other}) not in kin
    )


if __name__ == "__main__":
    main()
