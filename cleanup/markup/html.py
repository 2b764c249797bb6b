"""The blocks of HTML, read by a scanner of our own.

``html.parser`` counts in lines and columns and takes quadratic time over what is never closed: about 5 s for
80 kB of ``<!--``, about 50 s for 60 kB of ``<a`` (Python 3.11.7, 2026-11-24).  What is needed here is less:
where each tag begins and ends.  Broken markup is read as browsers read it, and where they drop text, it is
left alone.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from cleanup.datatypes import Kind, Prose, Protected, Reason, Span
from cleanup.markup.inline import protected_inline, undecodable
from cleanup.markup.spans import merge_protected

_MARKUP = re.compile(r"<(?=[A-Za-z/!?])")
_TAG = re.compile(
    r"<(?P<closing>/?)(?P<name>[A-Za-z][^\s/>]*+)"
    r"(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)*+>"
)
_LANGUAGE = re.compile(r"(?<![\w\-])(?:xml:)?lang\s*=\s*[\"']?([A-Za-z]+)", re.IGNORECASE)

_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_RAW = frozenset("script style textarea title xmp iframe noembed noframes".split())
_CODE = frozenset("code kbd samp var tt pre xmp script style".split())
_DROPPED = frozenset(
    "head textarea svg math template object canvas audio video select datalist iframe noembed noframes"
    " noscript".split()
)
_QUOTING = frozenset({"blockquote", "q", "cite"})
_BLOCK_LEVEL = frozenset(
    "address article aside blockquote body caption center colgroup dd details dialog dir div dl dt fieldset"
    " figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu"
    " nav ol optgroup option p pre section select summary table tbody td textarea tfoot th thead title tr ul"
    " xmp".split()
)
# What a start tag closes first when it is the innermost open element: authors leave these end tags out.
_CLOSED_BY = {
    "li": {"li", "p"},
    "dt": {"dt", "dd", "p"},
    "dd": {"dt", "dd", "p"},
    "td": {"td", "th", "p"},
    "th": {"td", "th", "p"},
    "tr": {"td", "th", "tr", "p"},
    "option": {"option"},
}
_DEEPEST_LOOK = 200  # how far up an end tag looks for the element it closes: keeps hostile nesting linear


@dataclass(frozen=True, slots=True)
class _Element:
    """An open element: why its text is no prose, if it is none, and where its quotation began."""

    name: str
    hidden: Reason | None
    is_foreign: bool  # in another language, until English begins inside it
    quotation_start: int | None


_OUTERMOST = _Element("", None, False, None)


def read_html(text: str) -> Prose:
    """Find the stretches of character data that a reader of the page would see as one block."""
    reader = _Reader(text)
    reader.read()
    protected = [*undecodable(text), *reader.protected]
    for block in reader.blocks:
        protected.extend(protected_inline(text, block.start, block.end, Kind.HTML))
    return Prose(tuple(reader.blocks), merge_protected(protected))


class _Reader:
    """Walks over the tags of one document, gathering blocks and protected spans."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.blocks: list[Span] = []
        self.protected: list[Protected] = []
        self._open: list[_Element] = []
        self._names: Counter[str] = Counter()
        self._block: tuple[int, int] | None = None
        self._after_break = False

    def read(self) -> None:
        at = 0
        while at < len(self.text):
            match = _MARKUP.search(self.text, at)
            start = match.start() if match else len(self.text)
            self._character_data(at, start)
            at = self._markup(start) if match else start
        self._flush()
        while self._open:
            self._pop(len(self.text))

    def _markup(self, start: int) -> int:
        """Read the tag, comment or declaration at ``start``; return the offset behind it."""
        tag = _TAG.match(self.text, start)
        if tag is not None:
            self.protected.append(Protected(Span(*tag.span()), Reason.MARKUP))
            name = tag["name"].lower()
            if tag["closing"]:
                self._end_tag(name, tag.end())
                return tag.end()
            return self._start_tag(name, tag)
        if self.text.startswith("<!--", start):
            end = self._behind("-->", start + 2)
        elif self.text.startswith("<![CDATA[", start):
            end = self._behind("]]>", start)
        elif self.text[start + 1 : start + 3].lstrip("/")[:1].isalpha():
            end = len(self.text)  # a tag that is never closed: browsers drop all that follows
        else:
            end = self._behind(">", start)
        self.protected.append(Protected(Span(start, end), Reason.MARKUP))
        return end

    def _behind(self, closing: str, start: int) -> int:
        found = self.text.find(closing, start)
        return len(self.text) if found < 0 else found + len(closing)

    def _start_tag(self, name: str, tag: re.Match[str]) -> int:
        if name == "br":
            if self._after_break:
                self._flush()
            self._after_break = True
        if name in _BLOCK_LEVEL:
            self._flush()
            self._close_implied(name, tag.start())
        if name in _VOID or self.text[tag.end() - 2] == "/":
            return tag.end()
        self._push(name, tag)
        if name in _RAW:
            return self._raw(name, tag.end())
        return tag.end()

    def _push(self, name: str, tag: re.Match[str]) -> None:
        outer = self._open[-1] if self._open else _OUTERMOST
        hidden = outer.hidden
        if name == "title" and self._names["head"] and not self._names["svg"]:
            hidden = None
        elif name in _CODE:
            hidden = Reason.CODE
        elif name in _DROPPED:
            hidden = Reason.MARKUP
        language = _LANGUAGE.search(tag.group())
        is_foreign = language[1].lower() not in {"en", "eng"} if language else outer.is_foreign
        quotation_start = tag.start() if name in _QUOTING else None
        self._open.append(_Element(name, hidden, is_foreign, quotation_start))
        self._names[name] += 1

    def _raw(self, name: str, start: int) -> int:
        """Read the content of an element in which no tag counts but the one that closes it."""
        closing = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(self.text, start)
        end = closing.start() if closing else len(self.text)
        self._character_data(start, end)
        return end

    def _close_implied(self, name: str, at: int) -> None:
        closed = _CLOSED_BY.get(name, {"p"})
        while self._open and self._open[-1].name in closed:
            self._pop(at)

    def _end_tag(self, name: str, end: int) -> None:
        if name in _BLOCK_LEVEL:
            self._flush()
        if not self._names[name]:
            return
        for depth, element in enumerate(reversed(self._open[-_DEEPEST_LOOK:]), start=1):
            if element.name == name:
                for _ in range(depth):
                    self._pop(end)
                return
            # A stray </b> closes nothing outside its paragraph.
            if element.name in _BLOCK_LEVEL and name not in _BLOCK_LEVEL:
                return

    def _pop(self, end: int) -> None:
        element = self._open.pop()
        self._names[element.name] -= 1
        if element.quotation_start is not None:
            self.protected.append(Protected(Span(element.quotation_start, end), Reason.QUOTATION))

    def _character_data(self, start: int, end: int) -> None:
        piece = self.text[start:end]
        kept = piece.strip()
        if not kept:
            return
        element = self._open[-1] if self._open else _OUTERMOST
        if element.hidden is not None or element.is_foreign:
            self.protected.append(Protected(Span(start, end), element.hidden or Reason.MARKUP))
            return
        self._after_break = False
        first = start + len(piece) - len(piece.lstrip())
        last = first + len(kept)
        self._block = (self._block[0], last) if self._block else (first, last)

    def _flush(self) -> None:
        if self._block is not None:
            self.blocks.append(Span(*self._block))
        self._block = None
        self._after_break = False
