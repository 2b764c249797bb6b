"""Rules that the book lacks: what the engine repairs again and again, without a rule, in a corpus."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from cleanup.collocations import SourceModel
from cleanup.datatypes import Edit, Result
from cleanup.document import Document, apply_edits, folded_tokens
from cleanup.examples import run_rule
from cleanup.growing.imports import is_natural
from cleanup.inflection import Shape, letter_shape
from cleanup.pipeline import WIDE_PACKS
from cleanup.rulebook import Rulebook
from cleanup.rulebook.lint import Templates, find_problems
from cleanup.rulebook.model import Pack
from cleanup.rulebook.reader import parse_packs
from cleanup.rulebook.writing import Draft, pack_head, slug

_CONTEXTS_KEPT = 3

# A sentence longer than this, in code points, is no example.
_LONGEST_EXAMPLE = 240


@dataclass(slots=True)
class Suggestion:
    """A phrase that the engine repairs and no rule lists.

    ``confidences`` holds one number for each place; ``sentences`` a few pairs of a spun sentence and its
    repair.
    """

    spun: str
    original: str
    confidences: list[float] = field(default_factory=list)
    documents: set[str] = field(default_factory=set)
    sentences: list[tuple[str, str]] = field(default_factory=list)

    @property
    def score(self) -> float:
        """How many right repairs are to be expected in a corpus like this one."""
        return sum(self.confidences)

    def draft(self, taken: set[str]) -> Draft:
        """The rule to be read over by its author, as cautious as a draft should be."""
        mean = self.score / len(self.confidences)
        remarks = [
            f"{len(self.confidences)} places in {len(self.documents)} documents, mean confidence {mean:.2f}"
        ]
        if is_natural(self.spun):
            remarks.append("these words often stand together in honest text: narrow the rule with `when`")
        fixes = self.sentences[:_CONTEXTS_KEPT]
        return Draft(
            slug(self.original, taken), [self.spun], [self.original], needs="spun-document", fixes=fixes,
            remarks=remarks,
        )  # fmt: skip


def write_drafts(
    found: Sequence[Suggestion], packs: Sequence[Pack], name: str
) -> tuple[str, int, list[tuple[str, str]]]:
    """The pack ``name`` of drafts as text, how many it holds, and those that the book refuses, with reasons.

    An example that is made like another one, of the same draft or of any rule, proves nothing: it is left
    out, and a draft without an example goes.
    """
    head = pack_head("Drafts", "Suggested by cleanup from a corpus; read every rule over", "unstated")
    templates = Templates()
    for rule in (rule for pack in packs for rule in pack.rules):
        templates.admit(rule)
    drafts: list[Draft] = []
    refused: list[tuple[str, str]] = []
    taken: set[str] = set()
    for item in found:
        draft = item.draft(taken)
        (pack,) = _parsed(name, head, [draft])
        bad = {sentence for sentence, _, _ in templates.admit(pack.rules[0], keeps_twins=False)}
        bad |= {failure.sentence for failure in run_rule(pack, pack.rules[0])}
        fixes = [(before, after) for before, after in draft.fixes if before not in bad]
        if fixes:
            drafts.append(replace(draft, fixes=fixes))
            taken.add(draft.id)
        else:
            refused.append((item.spun, "none of its sentences can be an example"))
    before = {(problem.rule_id, problem.message) for problem in find_problems(packs)}
    while reasons := _refusals(drafts, packs, name, head, before):
        refused += [(draft.spun[0], reasons[draft.id]) for draft in drafts if draft.id in reasons]
        drafts = [draft for draft in drafts if draft.id not in reasons]
    return head + "".join(draft.text() for draft in drafts), len(drafts), refused


def _parsed(name: str, head: str, drafts: Sequence[Draft]) -> list[Pack]:
    return parse_packs([(f"{name}.toml", (head + "".join(draft.text() for draft in drafts)).encode())])


def _refusals(
    drafts: Sequence[Draft], packs: Sequence[Pack], name: str, head: str, before: set[tuple[str, str]]
) -> dict[str, str]:
    """What the book says of the drafts, by their names; of rules that were sound without them, too."""
    (pack,) = _parsed(name, head, drafts)
    reasons: dict[str, str] = {}
    for problem in find_problems([*packs, pack]):
        if problem.path == pack.path:
            reasons[problem.rule_id.partition("/")[2]] = problem.message
        elif drafts and (problem.rule_id, problem.message) not in before:
            # The draft that a rule of the book now quarrels with; the last one when it cannot be told.
            named = [
                draft.id
                for draft in drafts
                if re.search(rf"(?<![\w/-]){re.escape(f'{name}/{draft.id}')}(?![\w-])", problem.message)
            ]
            for draft_id in named or [drafts[-1].id]:
                reasons.setdefault(draft_id, f"quarrels with {problem.rule_id}")
    return reasons


class Collector:
    """Gathers suggestions from the results for documents, one by one."""

    def __init__(self, book: Rulebook, table: SourceModel) -> None:
        self._listed = {form.tokens for form in book.forms()}
        self._table = table
        self._found: dict[tuple[str, str], Suggestion] = {}

    def add(self, result: Result) -> None:
        """Look at what the engine repaired in one document without a rule."""
        document = Document(result.before, keeps_quotations=False)
        edits = result.edits
        for at, edit in enumerate(edits):
            if edit.rule_id.partition("/")[0] in WIDE_PACKS:
                group = self._phrase(document, edits, at)
                if group is not None:
                    self._count(document, result.path, *group)

    def best(self, count: int, at_least: int) -> list[Suggestion]:
        """The suggestions that were seen ``at_least`` so often, the most promising first."""
        kept = [item for item in self._found.values() if len(item.confidences) >= at_least and item.sentences]
        return sorted(kept, key=lambda item: (-item.score, item.spun, item.original))[:count]

    def _phrase(
        self, document: Document, edits: Sequence[Edit], at: int
    ) -> tuple[str, str, Sequence[Edit]] | None:
        """A repair with the one beside it, or with the neighbour that it goes with best."""
        text, edit = document.text, edits[at]
        following = edits[at + 1] if at + 1 < len(edits) else None
        if following is not None and text[edit.span.end : following.span.start].isspace():
            group = [edit, following]
            return (
                _plain(edit.before + " " + following.before),
                _plain(edit.after + " " + following.after),
                group,
            )
        before = edits[at - 1] if at else None
        if before is not None and text[before.span.end : edit.span.start].isspace():
            return None  # told with the one before it
        spun, original = _plain(edit.before), _plain(edit.after)
        if len(folded_tokens(spun)) > 1:
            return spun, original, [edit]
        left, right = self._neighbours(document, edit)
        gains = self._gain(left, original.split()[0]), self._gain(original.split()[-1], right)
        if max(gains) <= 0:
            return None
        if gains[0] > gains[1]:
            return f"{left} {spun}", f"{left} {original}", [edit]
        return f"{spun} {right}", f"{original} {right}", [edit]

    def _neighbours(self, document: Document, edit: Edit) -> tuple[str, str]:
        """The words on both sides of a repair, empty where something else stands."""
        text = document.text
        for block in document.blocks:
            if block.span.start <= edit.span.start < block.span.end:
                ends = [at for at, end in enumerate(block.ends) if end <= edit.span.start]
                starts = [at for at, start in enumerate(block.starts) if start >= edit.span.end]
                left = ends[-1] if ends else None
                right = starts[0] if starts else None
                return (
                    block.words[left]
                    if left is not None and text[block.ends[left] : edit.span.start].isspace()
                    else "",
                    block.words[right]
                    if right is not None and text[edit.span.end : block.starts[right]].isspace()
                    else "",
                )
        return "", ""

    def _gain(self, first: str, second: str) -> float:
        """How much likelier the second word is behind the first than elsewhere, in nats."""
        if not (first.isalpha() and second.isalpha()):
            return -np.inf
        numbers = (
            np.array([self._table.number(first.lower())]),
            np.array([self._table.number(second.lower())]),
        )
        return float((self._table.log_after_one(*numbers) - self._table.unigrams[numbers[1]])[0])

    def _count(self, document: Document, path: str, spun: str, original: str, group: Sequence[Edit]) -> None:
        tokens = folded_tokens(spun)
        if tokens in self._listed or len(tokens) < 2 or tokens == folded_tokens(original):
            return
        item = self._found.setdefault((spun, original), Suggestion(spun, original))
        item.confidences.append(min(edit.confidence for edit in group))
        item.documents.add(path)
        sentence = _sentence(document, group)
        if sentence and sentence not in item.sentences and len(item.sentences) < _CONTEXTS_KEPT:
            item.sentences.append(sentence)


def _plain(text: str) -> str:
    """A phrase as a rule writes it: in lower case where only its place gave it a capital."""
    text = " ".join(text.split())
    words = text.split(" ")
    if letter_shape(words) is not Shape.PLAIN or words[0][1:] == words[0][1:].lower():
        return text.lower()
    return text


def _sentence(document: Document, group: Sequence[Edit]) -> tuple[str, str] | None:
    """The sentence around a repair, spun and repaired, everything else in it as it stands."""
    start, end = group[0].span.start, group[-1].span.end
    for block in document.blocks:
        if block.span.start <= start < block.span.end:
            span = document.sentence(group[0].span, block.span)
            text = document.text[span.start : span.end]
            if end > span.end or len(text) > _LONGEST_EXAMPLE:
                return None
            after = apply_edits(document.text[: span.end], list(group))[span.start :]
            return " ".join(text.split()), " ".join(after.split())
    return None
