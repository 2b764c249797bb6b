"""The commands that measure the rule book and let it grow: report, new, import, learn, suggest."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cleanup.cli.choices import Choices
from cleanup.cli.console import put, say
from cleanup.cli.inputs import STDIN, Inputs
from cleanup.cli.pairs import files_of, json_lines, read_list, read_pairs, require_free, write_output
from cleanup.config import Settings
from cleanup.errors import UsageError
from cleanup.files import is_same_file, printable, read_bytes
from cleanup.rulebook.reader import read_packs
from cleanup.rulebook.writing import Draft, slug


def report_packs(paths: Sequence[str], choices: Choices, output_format: str) -> int:
    """Print the figures of every pack over clean texts and over spun texts with their originals."""
    from cleanup.growing.measure import Case, Measure
    from cleanup.pipeline import Engine

    listed = [path for path in paths if path.endswith(".jsonl")]
    engine = Engine(Settings(rules=choices.rules))
    measure = Measure(read_packs(choices.rules), engine.rulebook, engine)
    for path in listed:
        measure.add(Case(path, spun, original) for spun, original in json_lines(path))
    inputs = Inputs([path for path in paths if path not in listed], choices)
    measure.add(Case(item.path, item.decoded.text, item.decoded.text) for item in inputs)
    for path in paths:
        skipped = [name for name in files_of([path])[1:] if name.endswith(".jsonl")]
        if skipped:
            shown = ", ".join(map(printable, sorted(skipped)[:3])) + (", …" if len(skipped) > 3 else "")
            inputs.note(printable(path), f"skipped: {shown}: name .jsonl files to measure on their pairs")
    if not measure.clean_words + measure.spun_words:
        return _nothing_read(inputs)
    rows = [*measure.rows.values(), measure.together]
    if output_format == "json":
        report = {
            "clean_words": measure.clean_words,
            "spun_words": measure.spun_words,
            "packs": [row.as_dict() for row in rows],
            "false_alarms": dict(measure.false_alarms.most_common()),
        }
        put(json.dumps(report, indent=1) + "\n")
        return 2 if inputs.failed else 0
    width = max(len(row.pack) for row in rows)
    head = "rules  forms  inflected  examples   hits  right  precision  false alarms  gated"
    put(f"{'pack':{width}}  {head}\n")
    for row in rows:
        precision = "-" if row.precision is None else f"{row.precision:.3f}"
        put(
            f"{row.pack:{width}} {row.rules:6} {row.forms:6} {row.inflected:10} {row.examples:9} "
            f"{row.hits:6} {row.right:6} {precision:>10} {row.alarms:13} {row.gated:6}\n"
        )
    put(f"on {measure.spun_words:,} spun words and {measure.clean_words:,} clean words\n")
    for rule_id, count in measure.false_alarms.most_common():
        put(f"false alarm: {rule_id}, {count} times\n")
    return 2 if inputs.failed else 0


def _nothing_read(inputs: Inputs) -> int:
    """Say that no text was read, unless each mistake was told already."""
    if not inputs.failed:
        say("cleanup: error: no text was read: name files that hold prose")
    return 2


def new_rule(draft: Draft, pack: str, directory: str, example: str, rules: Sequence[str]) -> int:
    """Write one rule and say where it stands."""
    from cleanup.growing.new import add_rule, check_name, checked

    check_name("--pack", pack)
    draft, example = checked(draft, example)
    known = {rule.id for item in read_packs(rules) for rule in item.rules}
    here = Path(directory) / f"{pack}.toml"
    if here.is_file() and read_bytes(here).strip(b"\xef\xbb\xbf").strip():
        known |= {rule.id for item in read_packs([str(here)]) for rule in item.rules}
    taken = {rule_id.partition("/")[2] for rule_id in known if rule_id.startswith(f"{pack}/")}
    draft = replace(draft, id=draft.id or slug(draft.original[0], taken))
    path = add_rule(draft, pack, Path(directory), example, rules)
    put(f"{printable(str(path))}: rule {pack}/{draft.id}\n")
    if not example:
        say("its example is a skeleton: write a sentence that somebody might write in its place")
    return 0


def import_list(
    path: str,
    list_format: str,
    output: str,
    *,
    pack: str,
    source: str,
    licence: str,
    rules: Sequence[str],
    force: bool,
    quiet: bool,
) -> int:
    """Write a list as a pack, and tell what was left out."""
    from cleanup.growing.imports import import_entries
    from cleanup.growing.lists import read_entries

    require_free(output, ".toml", force=force, inputs=[path])
    name = _pack_name(pack, output, "imported" if path == STDIN else slug(Path(path).stem))
    title = "Imported from " + ("standard input" if path == STDIN else printable(Path(path).name))
    source, licence = _provenance(source, title, licence)
    entries = read_entries(printable(path), read_list(path), list_format)
    packs = [item for item in read_packs(rules) if not (output and is_same_file(item.path, output))]
    made = import_entries(entries, packs, name, title, source, licence)
    write_output(output, made.text)
    for item in made.left_out:
        say(f"left out: {printable(path)}: {item}")
    if not quiet:
        say(
            f"{len(entries)} entries: {made.strong} rules that repair anywhere, {made.gated} only in "
            "spun text, "
            f"{made.warnings} that only report; {len(made.left_out)} forms left out"
        )
    return 0


def _pack_name(pack: str, output: str, otherwise: str) -> str:
    """What the pack is called: as its file, for the book takes the name from there."""
    from cleanup.growing.new import check_name

    stem = Path(output).stem if output else ""
    if pack:
        check_name("--pack", pack)
    if stem:
        check_name("the name of --output", stem)
    if pack and stem and pack != stem:
        raise UsageError(
            f"--pack {pack} and --output {printable(output)}: a pack is called like its file: "
            f"leave --pack out, or write to {pack}.toml"
        )
    return pack or stem or otherwise


def _provenance(source: str, otherwise: str, licence: str) -> tuple[str, str]:
    """Source and licence as a head can hold them, each on one line."""
    from cleanup.growing.new import clean_text

    return clean_text("--source", source or otherwise), clean_text("--licence", licence)


def learn_pairs(
    paths: Sequence[str], output: str, *, at_least: int, source: str, licence: str, force: bool, quiet: bool
) -> int:
    """Write a lexicon learned from pairs of texts, and tell what was dropped."""
    from cleanup.analysis import load_models
    from cleanup.growing.learn import accepted, learn

    require_free(output, ".tsv", force=force, inputs=files_of(paths) if os.path.exists(output) else ())
    names = ", ".join("standard input" if path == STDIN else printable(Path(path).name) for path in paths)
    source, licence = _provenance(source, f"Learned from {names}", licence)
    models = load_models()
    learned = learn(read_pairs(paths), models.table, models.thesaurus, at_least)
    kept, refused = accepted(learned.kept, read_packs(), Path(output).stem if output else "learned")
    head = (
        f"# source: {source}\n# licence: {licence}\n"
        "# columns: spun form, original, chance that the one was the other, evidence: how often, in how\n"
        "# many documents; Dunning's log-likelihood ratio; nats by which the original fits better; contexts\n"
    )
    write_output(output, head + "".join(item.row() + "\n" for item in kept))
    for item, reason in refused:
        say(f"left out: {item.spun} <- {item.original}: {reason}")
    if not quiet:
        for item, reason in learned.dropped:
            if not reason.startswith("seen"):
                say(f"dropped: {item.spun} <- {item.original}: {reason}")
        rare = sum(reason.startswith("seen") for _, reason in learned.dropped)
        left_out = f", {len(refused)} left out" if refused else ""
        say(
            f"{learned.documents} pairs of documents, {learned.sentences} of sentences: {len(kept)} "
            f"substitutions, {len(learned.dropped)} dropped, {rare} of them seen less than {at_least} times"
            f"{left_out}"
        )
    return 0


def suggest_rules(
    paths: Sequence[str], choices: Choices, output: str, *, top: int, at_least: int, force: bool
) -> int:
    """Write draft rules for what is repaired often and surely without a rule."""
    from cleanup.analysis import load_models
    from cleanup.growing.suggest import Collector, write_drafts
    from cleanup.rulebook import load_rulebook

    require_free(output, ".toml", force=force, inputs=paths)
    name = _pack_name("", output, "drafts")
    collector = Collector(load_rulebook(choices.rules), load_models().table)
    inputs = Inputs(paths, choices)
    documents = 0
    for item, result in inputs.results():
        if output and is_same_file(item.path, output):
            raise UsageError(f"{printable(output)} is what is read: choose another name")
        documents += 1
        collector.add(result)
    if not documents:
        return _nothing_read(inputs)
    packs = [item for item in read_packs(choices.rules) if not (output and is_same_file(item.path, output))]
    text, count, refused = write_drafts(collector.best(top, at_least), packs, name)
    write_output(output, text)
    if not choices.quiet:
        for spun, reason in refused:
            say(f"left out: {spun}: {reason}")
        left_out = f", {len(refused)} left out that the book would refuse" if refused else ""
        say(f"{documents} documents: {count} drafts{left_out}")
    return 2 if inputs.failed else 0
