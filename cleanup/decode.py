"""From a lattice to decisions: what is believed of each stretch of a document, and how firmly.

Strong rules are decided first, by themselves, for they hold in any document; their originals stand in the
lattice as the context of their neighbours.  Everything else is weighed: the probability that a spinner was
at work in the section, times the probability of the change over all paths of the lattice given that it was.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cleanup.analysis import Analysis
from cleanup.channel import Match, article_before
from cleanup.datatypes import Candidate, Evidence, Finding, Severity, Span
from cleanup.evidence import arc_evidence, message, rule_confidence
from cleanup.lattice import NEVER, Sums
from cleanup.pool import KEEP, RULE
from cleanup.readings import INDEX
from cleanup.replacement import Weighed
from cleanup.rulebook import Form, made_up_rule
from cleanup.standing import TERM_STANDING, disjoint, unshadowed
from cleanup.thesaurus import LONGEST
from cleanup.verdict import Verdict

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Nats for full agreement with the other places of the same words.
CONSISTENCY_NATS = 1.0

# Neighbours are one decision where the belief in both is this many times the product of the beliefs in each.
LEAST_LIFT = 1.1

#: The most confidence in what nothing but a language model has found: below the default edit threshold.
MODEL_ALONE = 0.65

_LEAST_SHOWN = 1e-3  # the same where everything that was considered is asked for
_SHOWN = 1e-3  # readings less likely than this are not worth a line


def is_edit(finding: Finding, edit_threshold: float) -> bool:
    """Whether a finding is certain enough to be repaired."""
    return finding.severity is Severity.ERROR and finding.confidence >= edit_threshold


def sums_of(analysis: Analysis, verdict: Verdict) -> Sums:
    """The sums over all readings, given that a spinner was at work, strong rules decided."""
    held = verdict.is_kept(analysis)
    scores = _scores(analysis, verdict, held, _strong_matches(analysis, held))
    return analysis.paths.sums(scores, analysis.edge_scores)


def decide(
    analysis: Analysis, verdict: Verdict, least: float, without: Collection[str] = ()
) -> list[Weighed]:
    """The findings of a document, disjoint and in order, those of less confidence than ``least`` left out."""
    held = verdict.is_kept(analysis)
    strong = _strong_matches(analysis, held)
    scores = _scores(analysis, verdict, held, strong)
    edges = analysis.edge_scores
    sums = analysis.paths.sums(scores, edges)
    if "consistency" not in without:
        agreement = _agreement(analysis, sums.arcs)
        if agreement.any():
            sums = analysis.paths.sums(scores + CONSISTENCY_NATS * agreement, edges)
    right = _calibrated(analysis, sums.arcs, analysis.arcs.kind == RULE)
    belief = verdict.believed(analysis, right)
    chances = sums.arcs.tolist()
    found = _strong_findings(analysis, strong, chances)
    found += _findings(analysis, verdict, belief, chances, strong, least)
    found += _warnings(analysis, verdict, held, least)
    return _grouped(analysis, verdict, unshadowed(analysis, disjoint(found)), sums)


def _strong_matches(analysis: Analysis, held: Bools) -> list[Match]:
    """The matches of strong rules outside held places, disjoint: the longer before the shorter."""
    taken: set[int] = set()
    chosen = []
    candidates = [
        match
        for match, place in zip(analysis.matches, analysis.match_places, strict=True)
        if not held[place]
        and match.rule.severity == Severity.ERROR.value
        and not match.rule.needs_spun_document
    ]
    for match in sorted(
        candidates, key=lambda match: (-len(match.tokens), -match.rule.confidence, match.span)
    ):
        places = {token.span.start for token in match.tokens}
        if not places & taken:
            taken |= places
            chosen.append(match)
    return sorted(chosen, key=lambda match: match.span)


def _agreement(analysis: Analysis, posterior: Floats) -> Floats:
    """How much the other places where the same words stand agree with each arc.

    From -1 to 1, and 0 where there is no other place.  A spinner has one dictionary: what it did to a word
    here, it did to that word there.
    """
    arcs = analysis.arcs
    changed = np.flatnonzero((arcs.kind != KEEP) & (arcs.length > 0))
    start, span = arcs.start[changed], arcs.end[changed] - arcs.start[changed]
    numbers = np.concatenate([analysis.stream.numbers, np.zeros(LONGEST, dtype=np.int64)])
    spun = [np.where(span > at, numbers[start + at], 0) for at in range(LONGEST)]
    pair = _labels(_packed(spun), _packed(list(arcs.words[changed].T)))
    places = np.bincount(pair)
    total = np.bincount(pair, weights=posterior[changed])
    others = places[pair] - 1
    mean = (total[pair] - posterior[changed]) / np.maximum(others, 1)
    agreement = np.zeros(len(arcs.start))
    agreement[changed] = np.where(others > 0, (2 * mean - 1) * others / (others + 1), 0.0)
    return agreement


def _packed(columns: Sequence[Ints]) -> Ints:
    """Up to four word numbers in one number."""
    packed = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        packed = packed << 16 | column
    return packed


def _labels(first: Ints, second: Ints) -> Ints:
    """The same number for the same pair, from 0."""
    order = np.lexsort((second, first))
    one, other = first[order], second[order]
    is_new = (one[1:] != one[:-1]) | (other[1:] != other[:-1])
    labels = np.zeros(len(order), dtype=np.int64)
    labels[order[1:]] = np.cumsum(is_new)
    return labels


def _scores(analysis: Analysis, verdict: Verdict, held: Bools, strong: Sequence[Match]) -> Floats:
    """The score of each arc, given that a spinner was at work."""
    arcs = analysis.arcs
    changed = arcs.kind != KEEP
    scores = analysis.arc_scores + verdict.biases[verdict.sections.number[arcs.start]] * changed
    scores[changed & _touches(arcs.start, arcs.end, held)] = NEVER
    if strong:
        decided = np.zeros(len(analysis.stream.numbers), dtype=bool)
        chosen = {id(match) for match in strong}
        for match in strong:
            decided[slice(*analysis.stretch(match))] = True
        own = np.zeros(len(scores), dtype=bool)
        rules = arcs.kind == RULE
        own[rules] = [id(analysis.proposals[ref].match) in chosen for ref in arcs.ref[rules].tolist()]
        scores[_touches(arcs.start, arcs.end, decided) & ~own] = NEVER
    return np.asarray(scores)


def _touches(start: Ints, end: Ints, places: Bools) -> Bools:
    total = np.concatenate([[0], np.cumsum(places)])
    return np.asarray(total[end] > total[start])


def _calibrated(analysis: Analysis, posterior: Floats, is_ruled: Bools) -> Floats:
    """Probabilities as shares of right repairs in spun text, as they were fitted by cross-validation."""
    weights = analysis.models.weights
    slope, offset = (
        np.where(is_ruled, ruled, wide)
        for ruled, wide in zip(weights.rule_calibration, weights.wide_calibration, strict=True)
    )
    bounded = np.clip(posterior, 1e-9, 1 - 1e-9)
    odds = np.log(bounded / (1 - bounded))
    return np.asarray(1 / (1 + np.exp(-(slope * odds + offset))))


def _findings(
    analysis: Analysis,
    verdict: Verdict,
    belief: Floats,
    posterior: Sequence[float],
    strong: Sequence[Match],
    least: float,
) -> list[Weighed]:
    """What the lattice makes of each stretch that no strong rule has taken."""
    arcs = analysis.arcs
    threshold = max(least / 4, _SHOWN)  # the belief in one wording may be spread over several arcs
    stretches: defaultdict[tuple[int, int], dict[str, list[int]]] = defaultdict(dict)
    strong_spans = {match.span for match in strong}
    lowest = np.where(arcs.is_term, _LEAST_SHOWN / TERM_STANDING, _LEAST_SHOWN)
    shown = belief >= threshold if least > 0 else np.asarray(posterior) > lowest
    for arc, start, end, span in _ends(analysis, np.flatnonzero((arcs.kind != KEEP) & shown)):
        if span not in strong_spans:
            stretches[start, end].setdefault(analysis.text(arc), []).append(arc)
    if not stretches:
        return []
    readings = [_likeliest_first(stretch, posterior) for stretch in stretches.values()]
    chances = np.array([sum(posterior[arc] for arc in wordings[0][1]) for wordings in readings])
    first_ruled = min(np.flatnonzero(arcs.kind == RULE).tolist(), default=len(arcs.kind))
    is_ruled = np.array([max(wordings[0][1]) >= first_ruled for wordings in readings])  # they come last
    right = _calibrated(analysis, chances, is_ruled)
    scores = verdict.scores[verdict.sections.number[[start for start, _ in stretches]]]
    confidences = np.minimum(right * scores, 0.999).tolist()
    for at, wordings in enumerate(readings if analysis.of_model else ()):
        if not _has_support(analysis, wordings[0][1]):
            confidences[at] = min(confidences[at], MODEL_ALONE)
    return [
        _finding(analysis, start, end, wordings, confidence, posterior)
        for (start, end), wordings, confidence in zip(stretches, readings, confidences, strict=True)
        if confidence >= least
    ]


def _ends(analysis: Analysis, chosen: Ints) -> Iterator[tuple[int, int, int, Span]]:
    """Arcs with the places they begin and end at, and the stretches of the text that they read."""
    start, end = analysis.arcs.start[chosen], analysis.arcs.end[chosen]
    places = (chosen, start, end, analysis.stream.start[start], analysis.stream.end[end - 1])
    for arc, first, stop, low, high in zip(*(row.tolist() for row in places), strict=True):
        yield arc, first, stop, Span(low, high)


def _likeliest_first(
    stretch: Mapping[str, list[int]], posterior: Sequence[float]
) -> list[tuple[str, list[int]]]:
    """The readings of one stretch with their arcs."""
    if len(stretch) == 1:
        return list(stretch.items())
    chances = {text: sum(posterior[arc] for arc in wording) for text, wording in stretch.items()}
    return [(text, stretch[text]) for text in sorted(chances, key=lambda text: (-chances[text], text))]


def _has_support(analysis: Analysis, arcs: Sequence[int]) -> bool:
    """Whether more than the language model proposes a reading, or the rest of the document speaks for it."""
    if not analysis.of_model.issuperset(arcs):
        return True
    columns = [INDEX["quoted"], INDEX["elsewhere"]]
    return bool((analysis.arcs.features[np.ix_(arcs, columns)] > 0).any())


def _finding(
    analysis: Analysis,
    start: int,
    end: int,
    readings: Sequence[tuple[str, list[int]]],
    confidence: float,
    posterior: Sequence[float],
) -> Weighed:
    """One stretch with its readings, likeliest first, as a match and a finding."""
    match = _match(analysis, start, end, readings)
    keep = _log(min(posterior[start:end]))  # the arcs that keep come first, one for each place
    candidates = [_candidate(analysis, text, arcs, posterior, keep) for text, arcs in readings]
    evidence = arc_evidence(analysis, match, readings[0][1], candidates[0], len(readings))
    return _report(analysis, match, tuple(candidates), confidence, evidence)


def _report(
    analysis: Analysis,
    match: Match,
    candidates: tuple[Candidate, ...],
    confidence: float,
    evidence: Sequence[Evidence],
) -> Weighed:
    """A match with what is to be said of it."""
    text = analysis.document.text[match.span.start : match.span.end]
    said = match.rule.message or message(text, candidates)
    severity = Severity(match.rule.severity)
    return match, Finding(
        match.span, text, match.rule.id, severity, said, candidates, confidence, tuple(evidence)
    )


def _log(probability: float) -> float:
    return math.log(max(probability, 1e-12))


def _candidate(
    analysis: Analysis, text: str, arcs: Sequence[int], posterior: Sequence[float], keep: float
) -> Candidate:
    """One wording, with what speaks for it apart: where it comes from, its neighbours, its document."""
    best = max(arcs, key=lambda arc: (posterior[arc], -arc))
    channel, evidence = analysis.parts(best)
    total = _log(sum(posterior[arc] for arc in arcs)) - keep
    origin = "rule" if analysis.arcs.kind[best] == RULE else "thesaurus"
    if analysis.arcs.kind[best] == RULE:
        origin = analysis.match_of(best).rule.origin
    source = total - channel - evidence
    return Candidate(text, channel, source, evidence, origin, analysis.margin(arcs))


def _match(analysis: Analysis, start: int, end: int, readings: Sequence[tuple[str, list[int]]]) -> Match:
    """The match of a rule that proposes the likeliest wording, or one made up for the thesaurus."""
    arcs = analysis.arcs
    for arc in readings[0][1]:
        if arcs.kind[arc] == RULE:
            return analysis.match_of(arc)
    stream, document = analysis.stream, analysis.document
    block = document.blocks[int(stream.block[start])]
    first, last = int(stream.token[start]), int(stream.token[end - 1])
    tokens = tuple(block.token(document.text, at) for at in range(first, last + 1))
    spun = tuple(token.folded.lstrip("+") for token in tokens)
    form = Form(spun, -1, " ".join(spun), tuple(text for text, _ in readings))
    article = article_before(document, block, first)
    name, silent = form.spun.replace(" ", "-"), (0.0,) * len(form.originals)
    rule = made_up_rule("thesaurus", name, "thesaurus", silent)
    return Match(Span(tokens[0].span.start, tokens[-1].span.end), tokens, block.span, form, rule, article)


def _strong_findings(
    analysis: Analysis, strong: Sequence[Match], posterior: Sequence[float]
) -> list[Weighed]:
    """What strong rules find, as certain as the rules are; neighbours rank the candidates."""
    arcs: dict[int, list[int]] = {id(match): [] for match in strong}
    ruled = np.flatnonzero(analysis.arcs.kind == RULE).tolist() if strong else ()
    for arc in ruled:
        match = analysis.match_of(arc)
        if id(match) in arcs:
            arcs[id(match)].append(arc)
    found = []
    for match in strong:
        order = sorted(arcs[id(match)], key=lambda arc: (-posterior[arc], analysis.text(arc)))
        candidates = tuple(_candidate(analysis, analysis.text(arc), [arc], posterior, 0.0) for arc in order)
        confidence, evidence = rule_confidence(match, analysis.document, candidates[0].text)
        found.append(_report(analysis, match, candidates, confidence, evidence))
    return found


def _warnings(analysis: Analysis, verdict: Verdict, held: Bools, least: float) -> list[Weighed]:
    """Findings of rules that only report."""
    found = []
    for match, place in zip(analysis.matches, analysis.match_places, strict=True):
        if match.rule.severity == Severity.ERROR.value or held[place]:
            continue
        confidence = match.rule.confidence
        if match.rule.needs_spun_document:
            confidence *= verdict.scores[verdict.sections.number[place]]
        if confidence >= least:
            candidates = tuple(
                Candidate(text, 0.0, 0.0, 0.0, match.rule.origin) for text in match.form.originals
            )
            found.append(_report(analysis, match, candidates, confidence, ()))
    return found


def _grouped(analysis: Analysis, verdict: Verdict, found: list[Weighed], sums: Sums) -> list[Weighed]:
    """Neighbours that hang on each other, made one decision: as certain as both together are.

    Neither *safety* nor *settlement* helps the other until both are put right.
    """
    ends = [analysis.stretch(match) for match, _ in found]
    joints = _joint_beliefs(analysis, verdict, found, ends, sums)
    grouped = list(found)
    for at, (joint, lift) in joints.items():
        first, second = grouped[at][1], grouped[at + 1][1]
        if lift > LEAST_LIFT:
            both = min(first.confidence, second.confidence, joint)
            for number, other in ((at, second), (at + 1, first)):
                match, finding = grouped[number]
                reason = Evidence("group", f"decided together with “{other.candidates[0].text}” beside it")
                changed = replace(finding, confidence=both, evidence=(*finding.evidence, reason))
                grouped[number] = (match, changed)
    return grouped


def _joint_beliefs(
    analysis: Analysis,
    verdict: Verdict,
    found: Sequence[Weighed],
    ends: Sequence[tuple[int, int]],
    sums: Sums,
) -> dict[int, tuple[float, float]]:
    """For each finding that touches the next: the belief in both, and how much the one lifts the other."""
    arcs, lattice = analysis.arcs, analysis.lattice
    touching = [at for at in range(len(found) - 1) if ends[at][1] == ends[at + 1][0]]
    gated = {at for at in range(len(found)) if found[at][0].rule.needs_spun_document}
    joints: dict[int, tuple[float, float]] = {}
    borders = {ends[at][1]: at for at in touching if {at, at + 1} <= gated}
    if not borders:
        return joints
    scores = verdict.scores[verdict.sections.number]
    starts, stops = np.full((2, len(analysis.stream.numbers) + 1), -1)
    for border, at in borders.items():
        starts[border], stops[border] = ends[at][0], ends[at + 1][1]
    changed = arcs.kind != KEEP
    left = changed & (starts[arcs.end] == arcs.start)
    right = changed & (stops[arcs.start] == arcs.end)
    over_both = left[lattice.source] & right[lattice.target] & (sums.edges > _SHOWN)
    for edge in np.flatnonzero(over_both).tolist():
        source, target = int(lattice.source[edge]), int(lattice.target[edge])
        at = borders[int(arcs.end[source])]
        first, second = found[at][1].candidates[0], found[at + 1][1].candidates[0]
        if analysis.text(source) != first.text or analysis.text(target) != second.text:
            continue
        alone = float(sums.arcs[source] * sums.arcs[target])
        joint = float(sums.edges[edge])
        is_ruled = np.array([arcs.kind[source] == RULE and arcs.kind[target] == RULE])
        right = float(_calibrated(analysis, np.array([joint]), is_ruled)[0])
        belief = right * float(scores[arcs.start[source]])
        if belief > joints.get(at, (0.0, 0.0))[0]:
            joints[at] = belief, joint / max(alone, 1e-12)
    return joints
