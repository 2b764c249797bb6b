"""``cleanup baseline``: what is found today is known from now on, and only what is new is reported."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from cleanup.cli.choices import Choices
from cleanup.cli.console import put
from cleanup.cli.deciding import Store, Stores, Use
from cleanup.cli.inputs import STDIN, Input, Inputs
from cleanup.datatypes import Decision, Result, Ruling
from cleanup.decisions import Words, anchored
from cleanup.document import Document, SpanIndex
from cleanup.errors import UsageError
from cleanup.files import printable


def baseline_paths(paths: Sequence[str], choices: Choices, *, prune: bool) -> int:
    """Record the findings of every document, or remove the decisions that fit no place any more."""
    if STDIN in paths:
        raise UsageError("cleanup baseline needs files: standard input has no name to remember")
    # A file that is named and not there yet is about to be written.
    is_new = bool(choices.decisions) and not os.path.lexists(choices.decisions)
    inputs = Inputs(paths, replace(choices, honours_decisions=not is_new))
    stores = Stores(choices)
    if prune:
        _prune(inputs, stores, paths, quiet=choices.quiet)
    else:
        _record(inputs, stores, quiet=choices.quiet)
    return 2 if inputs.failed else 0


def _record(inputs: Inputs, stores: Stores, *, quiet: bool) -> None:
    found: defaultdict[str, list[Decision]] = defaultdict(list)
    opened: dict[str, Store] = {}
    for document, result in inputs.results():
        store = stores.of(document.path)
        opened[store.path] = store
        found[store.path] += _known(document, result, store)
    for path, store in sorted(opened.items()):
        entries = found[path]
        if entries or os.path.lexists(path):
            store.save([*store.entries, *entries])
        if not quiet:
            count = len(entries)
            put(f"{printable(path)}: {count} finding{'s' * (count != 1)} recorded\n")


def _known(source: Input, result: Result, store: Store) -> list[Decision]:
    """The findings of a document that nobody has decided about, as entries of a baseline."""
    words = Words(Document(result.before, kind=source.kind))
    decided = SpanIndex([item.span for item in result.decided])
    path = store.relative(source.path)
    entries = []
    for finding in result.findings:
        place = words.place(finding.span)
        if place is None or decided.first_overlap(finding.span) is not None:
            continue
        before, after = anchored(words, place)
        span = words.span(place.first, place.end)
        text = " ".join(result.before[span.start : span.end].split())
        entries.append(
            Decision(Ruling.BASELINE, text, before=before, after=after, rule=finding.rule_id, path=path)
        )
    return entries


def _prune(inputs: Inputs, stores: Stores, paths: Sequence[str], *, quiet: bool) -> None:
    use = Use()
    for document, result in inputs.results(tells_unused=False):
        if document.engine.decisions:
            use.add(document.engine.decisions, result)
    unused: defaultdict[str, set[Decision]] = defaultdict(set)
    for decisions in use.all():
        path = decisions.path
        gone = {entry for entry in decisions.entries if _is_gone(entry, decisions.base, paths)}
        unused[path] = {*(entry for _, entry in use.unused(path)), *(gone - use.used(path))}
    for path, entries in sorted(unused.items()):
        store = stores.at(path)
        store.save([entry for entry in store.entries if entry not in entries])
        if not quiet:
            count = len(entries)
            put(f"{printable(path)}: {count} unused decision{'s' * (count != 1)} removed\n")


def _is_gone(entry: Decision, base: str, paths: Sequence[str]) -> bool:
    """Whether a decision is about a file that is no longer there, below a directory that was read."""
    path = os.path.abspath(os.path.join(base, entry.path))
    if not entry.path or os.path.lexists(path):
        return False
    return any(os.path.isdir(named) and path.startswith(os.path.abspath(named) + os.sep) for named in paths)
