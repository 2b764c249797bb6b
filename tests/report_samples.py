"""Results made by hand, for the tests of the reports."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from hypothesis import strategies as st

from cleanup.datatypes import Candidate, Edit, Evidence, Finding, Result, Severity, Span, SpinScore

ARTICLE = Path(__file__).parents[1] / "samples" / "article.jsonl"
HOSTILE = (
    "</script><script>alert(1)</script> <img src=x onerror=alert(2)> &quot;quoted&quot; &amp; "
    "<!-- --> ]]> \x00 \x1b[31m \x9b5m \u202etxt.exe\u202c \u2066x\u2069 \u2028 \u2029 \udc80 "
    "' onfocus=alert(3) x='\"><svg/onload=alert(4)>"
)


def candidate_of(text: str, log_channel: float, log_source: float, origin: str = "rule") -> Candidate:
    return Candidate(text, log_channel, log_source, log_evidence=0.0, origin=origin)


def edit_of(start: int, before: str, after: str, **fields: object) -> Edit:
    known: dict[str, object] = {
        "rule_id": "news/sample",
        "message": f"“{before}” is what a spinner makes of “{after}”",
        "candidates": (
            candidate_of(after, -1.5, -3.25),
            candidate_of("another", -2.0, -3.5, "lexicon"),
            candidate_of(before, -9.25, -7.0),
        ),
        "margin": 4.5,
        "confidence": 0.97,
        "evidence": (
            Evidence("collocation", f"“{after}” goes with its neighbours"),
            Evidence("document", "3 times"),
        ),
        **fields,
    }
    return Edit(Span(start, start + len(before)), before, after, **known)  # type: ignore[arg-type]


def finding_of(start: int, text: str, **fields: object) -> Finding:
    known: dict[str, object] = {
        "rule_id": "news/doubtful",
        "severity": Severity.WARNING,
        "message": f"“{text}” may be meant",
        "candidates": (candidate_of("perhaps this", -3.0, -6.0, "lexicon"),),
        "confidence": 0.41,
        "evidence": (Evidence("frequency", "the two are as common"),),
        **fields,
    }
    return Finding(Span(start, start + len(text)), text, **known)  # type: ignore[arg-type]


def result_of(
    before: str,
    *replacements: tuple[int, int, str],
    path: str = "article.txt",
    unfixed: Sequence[Finding] = (),
    notes: Sequence[str] = (),
    **fields: object,
) -> Result:
    """A result from offsets and replacements; ``fields`` go into every edit."""
    edits = tuple(edit_of(start, before[start:end], new, **fields) for start, end, new in replacements)
    pieces, done = [], 0
    for edit in edits:
        pieces += [before[done : edit.span.start], edit.after]
        done = edit.span.end
    after = "".join([*pieces, before[done:]])
    spin = SpinScore(
        0.98, 0.12, (Evidence("vocabulary", "“stated” 12 times outside quotations, “said” never"),)
    )
    return Result(path, before, after, edits, tuple(unfixed), spin, tuple(notes))


def article_result(path: str = "article.txt") -> Result:
    """The sample article with its gold repairs as edits, a few of them left as findings."""
    case = json.loads(ARTICLE.read_text(encoding="utf-8").splitlines()[0])
    spun, gold = case["spun"], case["gold"]
    words, originals = (
        list(re.finditer(r"[\w’'%.$-]*\w|\S", spun)),
        list(re.finditer(r"[\w’'%.$-]*\w|\S", gold)),
    )
    matcher = difflib.SequenceMatcher(None, [w[0] for w in words], [w[0] for w in originals], autojunk=False)
    replacements: list[tuple[int, int, str]] = []
    left: list[Finding] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "replace":
            start, end = words[i1].start(), words[i2 - 1].end()
            if len(replacements) % 17 == 16 and len(left) < 4:
                left.append(finding_of(start, spun[start:end]))
            replacements.append((start, end, gold[originals[j1].start() : originals[j2 - 1].end()]))
    taken = {finding.span.start for finding in left}
    kept = [each for each in replacements if each[0] not in taken]
    return result_of(spun, *kept, path=path, unfixed=left)


@st.composite
def results(draw: st.DrawFn, alphabet: str = "ab \n\r\f\u2028\t<&-+@\\é") -> Result:
    """Any text with any sorted, disjoint edits, insertions and deletions among them."""
    text = draw(st.text(alphabet, max_size=60) | st.lists(st.text(alphabet, max_size=6)).map("\n".join))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    replacements = [(start, end, draw(st.text(alphabet, max_size=8))) for start, end in pairs]
    return result_of(text, *(each for each in replacements if text[each[0] : each[1]] != each[2]))
