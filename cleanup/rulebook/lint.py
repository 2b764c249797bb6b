"""What makes a rule book untrustworthy: rules without proof, rules that cannot fire, rules that quarrel."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cleanup.datatypes import Severity
from cleanup.document import fold, folded_tokens
from cleanup.errors import RuleError
from cleanup.rulebook.model import Pack, Rule
from cleanup.rulebook.patterns import compile_condition

# Verbs whose past tense and past participle differ: an inflected rule could not tell them apart.
_TWO_PASTS = frozenset(
    "be become begin break choose come do draw drive eat fall fly forget freeze get give go grow hide "
    "know lie ride ring rise run see shake show sing sink speak steal swear swim take throw wake wear "
    "write".split()
)

# Two examples with this share of their words in common, the phrases aside, were made from one template.
# Sweep over the built-in packs, 2026-11: hand-written sentences stay under 0.5, slotted ones reach 0.8.
_SAME_TEMPLATE = 0.75


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason to refuse a rule: where it stands, what is wrong, and what to do."""

    path: str
    line: int
    rule_id: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: rule {self.rule_id}: {self.message}"


def find_problems(packs: Sequence[Pack]) -> list[Problem]:
    """Everything that is wrong with the packs, in the order of the files."""
    rules = [rule for pack in packs for rule in pack.rules]
    problems = [
        Problem(rule.path, rule.line, rule.id, text) for rule in rules for text in _rule_problems(rule)
    ]
    problems += _duplicate_names(rules)
    problems += _claimed_twice(rules)
    problems += _templates(rules)
    problems += _chains(rules)
    order = {pack.path: at for at, pack in enumerate(packs)}
    return sorted(problems, key=lambda problem: (order[problem.path], problem.line))


def _rule_problems(rule: Rule) -> Iterator[str]:
    if not rule.spun:
        yield "has no spun form: give at least one in `spun`"
    if not rule.original and rule.severity is Severity.ERROR:
        yield 'has no original: give one, or set severity = "warning" to report only'
    for spun, originals in _safe_forms(rule):
        tokens = folded_tokens(spun)
        if not tokens or spun != spun.strip() or "\n" in spun:
            yield f"the form {spun!r} can never fire: write words, without line breaks or outer spaces"
        elif any(folded_tokens(original) == tokens for original in originals) and not rule.match_case:
            yield f"the form {spun!r} is its own original: remove one of the two"
    if rule.origin == "lexicon":
        return
    yield from _example_problems(rule)
    if not rule.waives_examples:
        yield from _proof_problems(rule)
    yield from _condition_problems(rule)
    if rule.inflect == "verb" and any(form.split(" ")[0] in _TWO_PASTS for form in rule.original):
        yield 'inflect = "verb" with an original whose past and participle differ: write each form as a rule'


def _safe_forms(rule: Rule) -> list[tuple[str, tuple[str, ...]]]:
    return rule.forms() if all(form.strip() for form in rule.spun) else []


def _proof_problems(rule: Rule) -> Iterator[str]:
    """Missing examples; whether those that are there come out right is for ``rules test``."""
    if not rule.original and (rule.fixes or not rule.finds):
        yield 'reports only: prove it with finds = ["a sentence that holds the form"] and no fixes'
    elif rule.original and not rule.fixes:
        yield 'has no example: add fixes = [["a spun sentence", "the original sentence"]]'
    is_single_word = any(len(folded_tokens(spun)) == 1 for spun in rule.spun)
    if is_single_word and not rule.keeps:
        yield 'has a single-word form and no counter-example: add keeps = ["a sentence where it is meant"]'
    repairs_anywhere = not (rule.match_case or rule.when or rule.needs_spun_document)
    if is_single_word and repairs_anywhere and rule.severity is Severity.ERROR:
        yield 'repairs a single word anywhere: set needs = "spun-document", or a `when`'


def _example_problems(rule: Rule) -> Iterator[str]:
    """Examples that show nothing."""
    forms = [folded_tokens(spun) for spun, _ in rule.forms()]
    for example in [before for before, _ in rule.fixes] + list(rule.finds):
        if not any(_contains(folded_tokens(example), form) for form in forms):
            yield f"the example {example!r} holds none of the spun forms"
    for before, after in rule.fixes:
        if before == after:
            yield f"the example {before!r} changes nothing: put the original sentence second"


def _condition_problems(rule: Rule) -> Iterator[str]:
    for key, pattern in (("when", rule.when), ("unless", rule.unless)):
        if pattern:
            try:
                compile_condition(pattern)
            except RuleError as error:
                yield f"{key}: {error}"


def _contains(tokens: Sequence[str], form: Sequence[str]) -> bool:
    """Whether the form stands in the tokens; what stands before the form does not matter."""
    first, rest = form[0], tuple(form[1:])
    return any(
        token.lstrip("+") == first.lstrip("+") and tuple(tokens[at + 1 : at + len(form)]) == rest
        for at, token in enumerate(tokens)
    )


def _duplicate_names(rules: Sequence[Rule]) -> Iterator[Problem]:
    seen: dict[str, Rule] = {}
    for rule in rules:
        first = seen.setdefault(rule.id, rule)
        if first is not rule:
            text = f"the id is taken by {first.path}:{first.line}: choose another"
            yield Problem(rule.path, rule.line, rule.id, text)


def _claimed_twice(rules: Sequence[Rule]) -> Iterator[Problem]:
    """A form may belong to several rules only when a `when` of its own tells each but one apart."""
    claims: dict[object, Rule] = {}
    for rule in rules:
        for spun, _ in _safe_forms(rule):
            # A form in fixed case is found before the same form in any case, so the two do not quarrel.
            key = (spun if rule.match_case else folded_tokens(spun), rule.when)
            first = claims.setdefault(key, rule)
            # A lexicon only proposes: what an earlier file says of the form goes before it.
            only_proposes = rule.origin == "lexicon" and first.path != rule.path
            if first is not rule and not only_proposes:
                text = (
                    f"{spun!r} is claimed by {first.id} ({first.path}:{first.line}) too: keep one of the two"
                )
                yield Problem(rule.path, rule.line, rule.id, text)


def _templates(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Examples that say the same sentence around another phrase prove nothing."""
    templates = Templates()
    for rule in rules:
        for sentence, other, text in templates.admit(rule):
            message = f"the example {sentence!r} is made like {text!r} of {other.id}: write another sentence"
            yield Problem(rule.path, rule.line, rule.id, message)


class Templates:
    """The examples of rules, to tell those that say the same sentence around another phrase."""

    def __init__(self) -> None:
        self._skeletons: list[tuple[Rule, str, frozenset[str]]] = []
        self._holders: defaultdict[str, list[int]] = defaultdict(list)

    def admit(self, rule: Rule, *, keeps_twins: bool = True) -> list[tuple[str, Rule, str]]:
        """Take in the examples of a rule, and return those that have a twin, with its rule and its text."""
        phrases = {
            word
            for spun, originals in _safe_forms(rule)
            for form in (spun, *originals)
            for word in fold(form).split()
        }
        twins = []
        for sentence in [*(before for before, _ in rule.fixes), *rule.finds, *rule.keeps]:
            words = frozenset(re.findall(r"[^\W_]+", fold(sentence))) - phrases
            twin = self._twin(words) if len(words) > 2 else None
            if twin:
                twins.append((sentence, *twin))
            if keeps_twins or not twin:
                for word in words:
                    self._holders[word].append(len(self._skeletons))
                self._skeletons.append((rule, sentence, words))
        return twins

    def _twin(self, words: frozenset[str]) -> tuple[Rule, str] | None:
        # Twins share most words, so they share one of the rarest few: only those are compared.
        rare = sorted(words, key=lambda word: (len(self._holders[word]), word))[: 1 + len(words) // 4]
        for at in sorted({at for word in rare for at in self._holders[word]}):
            rule, sentence, other = self._skeletons[at]
            if len(words & other) >= _SAME_TEMPLATE * max(len(words | other), 1):
                return rule, sentence
        return None


def _chains(rules: Sequence[Rule]) -> Iterator[Problem]:
    """A rule whose output another rule would change: fixing twice would not equal fixing once."""
    claims: dict[tuple[str, ...], Rule] = {}
    longest = 1
    for rule in rules:
        repairs = rule.severity is Severity.ERROR and rule.origin != "lexicon"  # a lexicon only proposes
        if repairs and not rule.when and not rule.match_case:
            for spun, _ in _safe_forms(rule):
                tokens = folded_tokens(spun)
                claims.setdefault(tokens, rule)
                longest = max(longest, len(tokens))
    for rule in rules:
        for original in dict.fromkeys(text for _, originals in _safe_forms(rule) for text in originals):
            other = _claimant(folded_tokens(original), claims, longest)
            if other and not (other.unless and other is not rule and _is_silenced(other, original)):
                text = (
                    f"its original {original!r} would be changed again by {other.id}: narrow one of the two"
                )
                yield Problem(rule.path, rule.line, rule.id, text)


def _claimant(tokens: Sequence[str], claims: dict[tuple[str, ...], Rule], longest: int) -> Rule | None:
    for start in range(len(tokens)):
        for end in range(start + 1, min(len(tokens), start + longest) + 1):
            rule = claims.get((tokens[start].lstrip("+"), *tokens[start + 1 : end]))
            if rule:
                return rule
    return None


def _is_silenced(rule: Rule, sentence: str) -> bool:
    """Whether the rule's `unless` already keeps it from firing inside ``sentence``."""
    try:
        condition = compile_condition(rule.unless)
    except RuleError:  # told by `_condition_problems`
        return False
    return any(
        condition.holds(sentence[: found.start()], found.group(), sentence[found.end() :])
        for spun, _ in rule.forms()
        for found in re.finditer(re.escape(spun), sentence, re.IGNORECASE)
    )


def refuse(problems: Iterable[Problem]) -> None:
    """Raise a `RuleError` that names the first problem and counts the others."""
    listed = list(problems)
    if listed:
        more = f" (and {len(listed) - 1} more: see `cleanup rules lint`)" if len(listed) > 1 else ""
        raise RuleError(f"{listed[0]}{more}")
