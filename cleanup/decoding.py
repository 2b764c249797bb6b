"""From bytes to text and back, so that every byte we do not mean to change stays as it was.

Strategies are tried from the surest to the boldest, and none is believed until the text that it gives
encodes to the very same bytes.  No newline is ever translated.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cleanup.errors import FileError

_BOMS = (  # UTF-32 before UTF-16, whose little-endian mark it begins with
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY = "binary file"
_UNKNOWN = "unknown encoding: name it with the setting encoding"
# Formats that may hold no NUL byte, or no strange byte at all, and are still no prose to edit.
_MAGIC = (b"%PDF-", b"%!PS", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b")
_CONTROLS = bytes(code for code in (*range(32), 127) if chr(code) not in "\b\t\n\v\f\r\x1a\x1b")
# Random bytes hold 10 % of these controls, text none: half-way, where neither comes near.
_BINARY_SHARE = 0.05
_HEAD_BYTES = 65_536  # how much of a file is looked at before it is guessed what it is
_LINE_BYTES = 4_096  # how much of a line, before and after its first byte beyond ASCII
_ABOVE_127 = bytes(range(128, 256))
_BEYOND_ASCII = rb"[\x80-\xff]"

# Codecs that Python has and no file is written in: they are transformations or hide other text.
_NO_FILE_ENCODINGS = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7"}
)
# What a label means in practice (WHATWG Encoding Standard, section 4.2), tried before the label itself.
_PRACTICE = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
_WITHOUT_ORDER = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_DECLARATION = (  # here and below, patterns are compiled where they are used: few files need them
    rb"(?i)<meta\b[^>]{0,200}?\bcharset\s*=\s*[\"']?\s*(?P<meta>[\w.:-]+)"
    rb"|\A\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"'](?P<xml>[\w.:-]+)"
    rb"|\A(?:[^\n]*\n)?[^\n]*?-\*-[^\n]*?\bcoding[:=]\s*(?P<emacs>[\w.-]+)"
)
_DECLARATION_BYTES = 4_096

# Bytes above 127 read as cp1252: signs that stand anywhere in Western prose, and signs that stand beside
# a word or a number but never inside a word.
_ANYWHERE = "‘’“”–—…\xa0\xad·´"
_BESIDE_WORDS = "€•™£¢¥§©«®°±²³»¼½¾¿¡¶×÷ªº"
_LETTERS = "[À-ÖØ-öø-ÿŠŒŽšœžŸ]{1,2}"  # as in `créée`; a longer run is Cyrillic, Greek, Chinese


@dataclass(frozen=True, slots=True)
class Skip:
    """Why the bytes are left alone: they are no text, or text that cannot be given back unharmed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and all it takes to make its bytes again: ``decoded.encode(decoded.text)`` are the original's.

    Bytes that are no UTF-8 in an otherwise good UTF-8 file stand in ``text`` as lone surrogates (U+DC80
    to U+DCFF); whoever edits keeps away from words that touch one.
    """

    text: str
    encoding: str
    bom: bytes = b""

    def encode(self, text: str) -> bytes:
        """The bytes of a changed text, in the encoding and behind the byte order mark of the original.

        Raises FileError where the encoding has no such character.
        """
        try:
            return self.bom + text.encode(self.encoding, _errors_for(self.encoding))
        except UnicodeEncodeError as error:
            sign = text[error.start]
            raise FileError(
                f"the corrected text holds {sign!a} (U+{ord(sign):04X}), which {self.encoding} cannot write:"
                " convert the file to UTF-8 first"
            ) from error


def decode(data: bytes, *, encoding: str | None = None) -> Decoded | Skip:
    """The text of a file's bytes, or why they are left alone.

    A byte order mark wins over ``encoding``, which wins over everything else.  Raises FileError when the
    bytes are not in that encoding, or it is none.
    """
    for bom, marked in _BOMS:
        if data.startswith(bom):
            decoded = _decode_marked(data, bom, marked)
            if decoded is not None:
                return decoded
    if encoding is not None:
        return _decode_as_told(data, encoding)
    if b"\0" in data:
        return _decode_utf16(data) or Skip(_BINARY)
    if data.startswith(_MAGIC) or _is_binary(data[:_HEAD_BYTES]):
        return Skip(_BINARY)
    # ISO-2022 writes Japanese in ASCII bytes behind escapes: as UTF-8 it would look like English letters.
    decoded = _attempt(data, "iso2022_jp_2") if b"\x1b$" in data else None
    return (
        decoded
        or _attempt(data, "utf-8", errors="strict")
        or _decode_as_declared(data)
        or _guess(data)
        or Skip(_UNKNOWN)
    )


def readings(data: bytes, encoding: str) -> Iterator[Decoded]:
    """The ways to read bytes that are known to be in an encoding: behind its byte order mark, and as a whole.

    Every one of them gives the same bytes back; there is none where the bytes are in another encoding.
    """
    marks = [mark for mark, marked in _BOMS if marked == encoding and data.startswith(mark)]
    for bom in (*marks, b""):
        decoded = _attempt(data, encoding, bom)
        if decoded is not None:
            yield decoded


def _errors_for(encoding: str) -> str:
    """The error handler that brings back what the encoding itself does not allow."""
    if encoding == "utf-8":
        return "surrogateescape"
    return "surrogatepass" if encoding.startswith(("utf-16", "utf-32")) else "strict"


def _attempt(data: bytes, encoding: str, bom: bytes = b"", errors: str | None = None) -> Decoded | None:
    """The bytes after the mark read in one encoding, or None unless they come back byte for byte."""
    try:
        text = data[len(bom) :].decode(encoding, errors or _errors_for(encoding))
        decoded = Decoded(text, encoding, bom)
        if encoding == "utf-8" and errors == "strict":  # has one spelling for each text: nothing to compare
            return decoded
        return decoded if decoded.encode(text) == data else None
    except (ValueError, FileError, LookupError):  # a name with a NUL is a ValueError
        return None


def _is_binary(head: bytes) -> bool:
    return len(head) - len(head.translate(None, _CONTROLS)) > _BINARY_SHARE * len(head)


def _decode_marked(data: bytes, bom: bytes, encoding: str) -> Decoded | Skip | None:
    """Read what follows a byte order mark; None where the mark may be the start of a longer one."""
    decoded = _attempt(data, encoding, bom)
    if decoded is None:
        return None if encoding.startswith("utf-32") else Skip(f"not {encoding}, as its byte order mark says")
    head = decoded.text[:_HEAD_BYTES]
    # Nearly any bytes pass for UTF-16 once lone surrogates are let through: many of them are no text.
    surrogates = len(re.findall("[\ud800-\udfff]", head))
    is_binary = "\0" in decoded.text or _is_binary(head.encode("ascii", "replace"))
    if is_binary or (encoding != "utf-8" and surrogates > 0.01 * len(head)):
        return Skip(_BINARY)
    return decoded


def _decode_as_told(data: bytes, encoding: str) -> Decoded:
    name = _codec_name(encoding)
    if name is None:
        raise FileError(f"unknown encoding {encoding!r}: use one that Python has, such as utf-8 or cp1252")
    name = _WITHOUT_ORDER.get(name, name)
    try:
        text = data.decode(name)
    except UnicodeError as error:
        where = ""
        if isinstance(error, UnicodeDecodeError):
            where = f": byte 0x{data[error.start]:02X} at offset {error.start} does not fit"
        raise FileError(f"not {encoding}{where}; set another encoding, or none to have it guessed") from error
    decoded = Decoded(text, name)
    if decoded.encode(text) != data:
        raise FileError(f"{encoding} would not give the same bytes back; set another encoding, or none")
    return decoded


def _codec_name(label: str) -> str | None:
    """The name that Python has for an encoding of text files, or None."""
    try:
        name = codecs.lookup(label).name
        "a".encode(name).decode(name)
    except (LookupError, UnicodeError, ValueError):  # not a codec, or one that turns bytes into bytes
        return None
    return None if name.replace("_", "-") in _NO_FILE_ENCODINGS else name


def _decode_utf16(data: bytes) -> Decoded | None:
    """UTF-16 without a mark: four of five high bytes are NUL, and what comes out is prose."""
    for encoding, high in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        if high.count(0) < 0.8 * len(high):
            continue
        decoded = _attempt(data, encoding, errors="strict")
        if decoded is not None and "\0" not in decoded.text:
            head = decoded.text[:_HEAD_BYTES]
            prose = sum(sign.isalpha() or sign.isspace() for sign in head)
            if prose >= 0.6 * len(head) and not _is_binary(head.encode("ascii", "replace")):
                return decoded
    return None


def _decode_as_declared(data: bytes) -> Decoded | None:
    """Believe a declaration if the encoding that it names spells the declaration itself as it stands."""
    found = re.search(_DECLARATION, data[:_DECLARATION_BYTES])
    name = _codec_name((found["meta"] or found["xml"] or found["emacs"]).decode("ascii")) if found else None
    if found is None or name is None or name == "utf-8":
        return None
    for codec in (_PRACTICE.get(name, name), name):
        if found[0].decode(codec, "replace").encode("ascii", "replace") == found[0]:
            decoded = _attempt(data, codec)
            if decoded is not None:
                return decoded
    return None


def _has_few_strays(sample: bytes) -> bool:
    """Whether this is UTF-8 with no more stray bytes than good characters beyond ASCII."""
    text = sample.decode("utf-8", "surrogateescape")
    strays = len(re.findall("[\udc80-\udcff]", text))
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    return beyond - strays >= max(1, strays)


def _guess(data: bytes) -> Decoded | None:
    """UTF-8 with stray bytes, or an encoding by what the text would look like in it.

    Western text is told before statistics: in a line or two of it charset-normalizer finds Latvian and
    Czech.  When nothing fits, ASCII with unknown bytes between is kept as such, every one protected.
    """
    sample = _telling_part(data)
    if _has_few_strays(sample):
        return _attempt(data, "utf-8")
    for encoding in ("cp1252", "latin-1") if _is_western(sample) else _guess_by_statistics(sample):
        decoded = _attempt(data, encoding)
        if decoded is not None:
            return decoded
    beyond = len(data) - len(data.translate(None, _ABOVE_127))
    return _attempt(data, "utf-8") if beyond < 0.1 * len(data) else None


def _is_western(sample: bytes) -> bool:
    """Whether nine of ten bytes above 127 stand as they do in Western prose, read as cp1252."""
    text = sample.decode("cp1252", "replace")
    beyond = odd = 0
    for run in re.finditer(r"[^\x00-\x7f]+", text):
        beyond += len(run[0])
        for part in re.finditer(f"[^{_ANYWHERE}]+", run[0]):
            start, end = run.start() + part.start(), run.start() + part.end()
            if not _is_western_part(text[start - 1 : start] if start else "", part[0], text[end : end + 1]):
                odd += len(part[0])
    return odd <= 0.1 * beyond


def _is_western_part(left: str, part: str, right: str) -> bool:
    letters = part.strip(_BESIDE_WORDS)
    if not letters:
        return not (left.isalpha() and right.isalpha())
    if left.islower() and letters[0].isupper():  # `donÕt` is Mac OS Roman
        return False
    if not re.fullmatch(_LETTERS, letters):
        return False
    return len(letters) == 1 or left.isalpha() or right.isalpha()


def _guess_by_statistics(sample: bytes) -> Iterator[str]:
    from charset_normalizer import from_bytes

    # Without backslash and tilde: Asian sets have ¥ and an overline in their places.
    ascii_signs = bytes((*range(0x20, 0x5C), *range(0x5D, 0x7E)))
    # In the half-width katakana of these two any single-byte alphabet looks like words; the web uses cp932.
    for match in from_bytes(sample, cp_exclusion=["shift_jis_2004", "shift_jisx0213"]):
        if ascii_signs.decode(match.encoding, "replace") == ascii_signs.decode("ascii"):  # EBCDIC is not
            yield match.encoding


def _telling_part(data: bytes) -> bytes:
    """The lines that hold bytes beyond ASCII, up to a limit; cut at spaces, which are in no character."""
    if len(data) <= _HEAD_BYTES:
        return data
    beyond_ascii = re.compile(_BEYOND_ASCII)
    pieces: list[bytes] = []
    size = end = 0
    while size < _HEAD_BYTES and (beyond := beyond_ascii.search(data, end)):
        at = beyond.start()
        low, high = max(end, at - _LINE_BYTES), at + _LINE_BYTES
        start = data.rfind(b"\n", low, at) + 1 or low
        end = data.find(b"\n", at, high) + 1 or data.rfind(b" ", at, high) + 1 or min(high, len(data))
        pieces.append(data[start:end])
        size += end - start
    return b"".join(pieces) or data[:_HEAD_BYTES]
