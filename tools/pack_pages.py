"""Write the page of every pack, `docs/packs/NAME.md`, and their index from the rule files.

    python tools/pack_pages.py [--check]

With ``--check`` nothing is written, and the exit status is 1 when a page is not what it should be.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from cleanup.datatypes import Severity
from cleanup.rulebook.location import term_files
from cleanup.rulebook.model import Pack, Rule
from cleanup.rulebook.reader import read_packs
from cleanup.terms.reader import parse_lists

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "packs"


def pages() -> dict[str, str]:
    """The text of every page by its file name."""
    packs = read_packs()
    found = {f"{pack.name}.md": "\n".join(_page(pack)) + "\n" for pack in packs}
    found["README.md"] = "\n".join(_index(packs)) + "\n"
    return found


def _index(packs: list[Pack]) -> Iterator[str]:
    yield "# The packs"
    yield ""
    yield "Made from the rule files by `tools/pack_pages.py`: edit those, not these pages."
    yield ""
    yield "| pack | about | rules | spun forms | with inflections | examples |"
    yield "| --- | --- | ---: | ---: | ---: | ---: |"
    total = [0, 0, 0, 0]
    for pack in packs:
        counts = [
            len(pack.rules),
            sum(len(rule.spun) for rule in pack.rules),
            sum(len(rule.forms()) for rule in pack.rules),
            sum(len(rule.fixes) + len(rule.finds) + len(rule.keeps) for rule in pack.rules),
        ]
        total = [one + other for one, other in zip(total, counts, strict=True)]
        cells = " | ".join(f"{count:,}" for count in counts)
        yield f"| [{pack.name}]({pack.name}.md) | {pack.title} | {cells} |"
    yield f"| all | | {' | '.join(f'{count:,}' for count in total)} |"
    yield ""
    yield "Beside the packs stand lists of fixed terms, which are recognised by what is spun for their words:"
    yield ""
    yield "| list | terms |"
    yield "| --- | ---: |"
    lists = parse_lists(term_files(()))
    names = [name for _, name in lists.terms]
    for name in sorted(set(names)):
        yield f"| `rules/terms/{name}.txt` | {names.count(name):,} |"


def _page(pack: Pack) -> Iterator[str]:
    yield f"# {pack.title}"
    yield ""
    kind = "lexicon" if pack.rules and pack.rules[0].origin == "lexicon" else "pack"
    folder = "rules/lexicon" if kind == "lexicon" else "rules"
    suffix = "tsv" if kind == "lexicon" else "toml"
    yield f"`{folder}/{pack.name}.{suffix}`, switched with `--select {pack.name}` and `--ignore {pack.name}`."
    yield ""
    yield f"Source: {pack.source}. Licence: {pack.licence}."
    yield ""
    if kind == "lexicon":
        yield "Its rows only propose: alone they never change a text."
        yield ""
        yield "| spun | originals |"
        yield "| --- | --- |"
        for rule in pack.rules:
            yield f"| {_cell(rule.spun[0])} | {_cell(', '.join(rule.original))} |"
        return
    yield "| rule | spun | original | fires |"
    yield "| --- | --- | --- | --- |"
    for rule in pack.rules:
        cells = (rule.name, "; ".join(rule.spun), "; ".join(rule.original) or "(report only)", _fires(rule))
        yield f"| {' | '.join(map(_cell, cells))} |"


def _fires(rule: Rule) -> str:
    """When a rule fires and what comes of it, in a few words."""
    said = []
    if rule.severity is Severity.WARNING:
        said.append("reports only")
    if rule.needs_spun_document:
        said.append("in spun text")
    if rule.when or rule.unless:
        said.append("by context")
    if rule.match_case:
        said.append("in this case")
    if rule.inflect:
        said.append(f"inflected ({rule.inflect})")
    return ", ".join(said)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> int:
    """Write the pages, or say which are not current."""
    wanted = pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    stale = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"docs/packs/{name} is not current: run python tools/pack_pages.py")
        return int(bool(stale))
    PAGES.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in wanted:
            (PAGES / name).write_text(wanted[name], encoding="utf-8")
        else:
            (PAGES / name).unlink()
    print(f"{len(wanted)} pages, {len(stale)} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
