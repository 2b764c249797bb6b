"""From bytes to text and back: laws first, then the encodings that scraped files come in."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cleanup.decoding import Decoded, Skip, decode
from cleanup.errors import FileError

ENGLISH = "The official said on Monday that talks would go on.\r\nNobody was hurt.\n"
RUSSIAN = "Правительство объявило о новом соглашении по безопасности. Переговоры продолжатся.\n"
JAPANESE = "政府は新しい安全保障協定を発表した。当局者は交渉が続くと述べた。カタカナもあります。\n"
FRENCH = "Le café était fermé, a déclaré l’élève – «\xa0déjà vu\xa0» à 5\xa0€.\n"
ENCODINGS = st.sampled_from(
    [
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "cp1252",
        "koi8-r",
        "cp932",
        "iso2022-jp",
    ]
)
TEXTS = st.sampled_from([ENGLISH, RUSSIAN, JAPANESE, FRENCH])


def read(data: bytes, encoding: str | None = None) -> Decoded:
    decoded = decode(data, encoding=encoding)
    assert isinstance(decoded, Decoded), decoded
    return decoded


def reason(data: bytes) -> str:
    skipped = decode(data)
    assert isinstance(skipped, Skip), skipped
    return skipped.reason


@given(st.binary(max_size=200))
def test_any_bytes_are_skipped_or_come_back_whole(data: bytes) -> None:
    decoded = decode(data)
    assert isinstance(decoded, Skip) or decoded.encode(decoded.text) == data


@given(
    st.sampled_from([codecs.BOM_UTF8, codecs.BOM_UTF16, codecs.BOM_UTF16_BE, codecs.BOM_UTF32]),
    st.binary(),
)
def test_any_bytes_after_a_mark_are_skipped_or_come_back_whole(bom: bytes, rest: bytes) -> None:
    decoded = decode(bom + rest)
    assert isinstance(decoded, Skip) or decoded.encode(decoded.text) == bom + rest


@given(
    st.lists(
        st.sampled_from(
            [b"the ", b"official ", b"caf\xe9 ", b"\x93so\x94 ", "né ".encode(), b"\xff ", b"\r\n", b"\x83A "]
        )
    )
)
def test_an_edit_of_one_ascii_word_keeps_all_other_bytes(words: list[bytes]) -> None:
    data = b"".join([*words, b" officers ", *reversed(words)])
    decoded = decode(data)
    assume(isinstance(decoded, Decoded))
    assert isinstance(decoded, Decoded)
    assert decoded.encode(decoded.text.replace(" officers ", " people ")) == data.replace(
        b" officers ", b" people "
    )


@given(st.text(), ENCODINGS)
def test_any_text_that_an_encoding_holds_survives_being_told_that_encoding(text: str, encoding: str) -> None:
    try:
        data = text.encode(encoding)
        assume(data.decode(encoding) == text)
    except UnicodeError:
        assume(False)
    try:
        decoded = decode(data, encoding=encoding)
    except FileError:  # the codec itself is not one to one: refused, not damaged
        return
    assert isinstance(decoded, Skip) or decoded.encode(decoded.text) == data


@given(TEXTS, ENCODINGS, st.integers(1, 3))
def test_prose_in_a_known_encoding_is_read_as_written_or_skipped(
    text: str, encoding: str, times: int
) -> None:
    try:
        data = (text * times).encode(encoding)
    except UnicodeEncodeError:
        assume(False)
    decoded = decode(data)
    assert isinstance(decoded, Skip) or decoded.text == text * times


@given(st.binary(max_size=100))
def test_the_same_bytes_are_read_the_same_way_twice(data: bytes) -> None:
    assert decode(data) == decode(data)


@pytest.mark.parametrize(
    ("text", "written", "read_as"),
    [
        ("caf\xe9", "cp1252", "cp1252"),
        ("x caf\xe9 y\n", "cp1252", "cp1252"),
        ("It’s “so” – 5 £, 20°, naïve señor.", "cp1252", "cp1252"),
        (FRENCH, "cp1252", "cp1252"),
        ("Größer als Müller, sagte Åse.", "latin-1", "cp1252"),
        (ENGLISH + "Zażółć gęślą jaźń. Rząd ogłosił nową umowę.", "cp1250", "cp1250"),
        (RUSSIAN, "koi8-r", "koi8_r"),
        (RUSSIAN, "cp1251", "cp1251"),
        (ENGLISH + RUSSIAN, "koi8-r", "koi8_r"),
        (JAPANESE, "shift_jis", "cp932"),
        (ENGLISH + JAPANESE, "shift_jis", "cp932"),
        (JAPANESE, "iso2022-jp", "iso2022_jp_2"),
        (ENGLISH + FRENCH, "utf-16-le", "utf-16-le"),
        (ENGLISH + FRENCH, "utf-16-be", "utf-16-be"),
        (ENGLISH, "ascii", "utf-8"),
        ("", "ascii", "utf-8"),
    ],
)
def test_an_encoding_is_found_without_a_mark(text: str, written: str, read_as: str) -> None:
    decoded = read(text.encode(written))
    assert (decoded.text, decoded.encoding, decoded.bom) == (text, read_as, b"")


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_mark_is_believed_kept_and_not_part_of_the_text(bom: bytes, encoding: str) -> None:
    data = bom + FRENCH.encode(encoding)
    decoded = read(data, encoding="cp1252")
    assert (decoded.text, decoded.encoding, decoded.bom) == (FRENCH, encoding, bom)
    assert decoded.encode(FRENCH.replace("café", "bar")) == bom + FRENCH.replace("café", "bar").encode(
        encoding
    )


@pytest.mark.parametrize("text", ["a\r\nb\rc\nd", "no newline at the end", "\n\n", "a\x0bb\x0cc\x85d\u2028e"])
def test_no_newline_is_translated(text: str) -> None:
    assert read(text.encode()).text == text
    assert read(text.encode("utf-16")).text == text


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"text with one \0 in it",
        b"ab\0c",
        b"\0" * 64,
        b"%PDF-1.7\nplain looking",
        b"{\\rtf1 Hello}",
        b"\x1f\x8b\x08",
        bytes(range(1, 32)) * 8,
        codecs.BOM_UTF16_LE + b"\x01\x00" * 50,
        codecs.BOM_UTF16_LE + b"\x12\xd8" * 50,
        codecs.BOM_UTF8 + b"a\0b",
    ],
)
def test_what_is_no_text_is_skipped_as_binary(data: bytes) -> None:
    assert reason(data) == "binary file"


def test_half_a_character_after_a_utf16_mark_is_skipped_with_the_reason() -> None:
    assert reason(codecs.BOM_UTF16_LE + b"abc") == "not utf-16-le, as its byte order mark says"


def test_a_lone_surrogate_in_utf16_is_kept() -> None:
    data = codecs.BOM_UTF16_LE + (ENGLISH * 3).encode("utf-16-le") + b"\x12\xd8"
    assert read(data).text.endswith("\ud812")


def test_bytes_that_fit_nothing_are_skipped_with_a_remedy() -> None:
    assert reason(bytes(range(128, 256)) * 4) == "unknown encoding: name it with the setting encoding"


@pytest.mark.parametrize("bom", [b"", codecs.BOM_UTF8])
def test_stray_bytes_in_utf8_stand_as_lone_surrogates(bom: bytes) -> None:
    data = bom + "Déjà vu, a café.".encode() + b" bad\xe9 \xff"
    decoded = read(data)
    assert (decoded.text, decoded.encoding) == ("Déjà vu, a café. bad\udce9 \udcff", "utf-8")
    assert decoded.encode(decoded.text.replace("vu", "lu")) == data.replace(b"vu", b"lu")


@pytest.mark.parametrize(
    ("head", "encoding", "read_as"),
    [
        ('<html><meta charset="iso-8859-2">', "iso-8859-2", "iso8859-2"),
        ("<meta http-equiv=Content-Type content='text/html; charset=windows-1250'>", "cp1250", "cp1250"),
        ("<?xml version='1.0' encoding='ISO-8859-2'?>", "iso-8859-2", "iso8859-2"),
        ("% -*- coding: iso-8859-2 -*-\n", "iso-8859-2", "iso8859-2"),
        ("#!/x\n% -*- mode: x; coding: iso-8859-2; -*-\n", "iso-8859-2", "iso8859-2"),
    ],
)
def test_a_declaration_is_believed_before_a_guess(head: str, encoding: str, read_as: str) -> None:
    text = head + "\nřeč"
    decoded = read(text.encode(encoding))
    assert (decoded.text, decoded.encoding) == (text, read_as)


def test_latin_1_declared_means_cp1252_as_on_the_web() -> None:
    assert read(b'<meta charset="iso-8859-1">it\x92s').text == '<meta charset="iso-8859-1">it’s'


@pytest.mark.parametrize("label", ["utf-16", "utf-7", "cp037", "rot13", "no-such", "punycode", "undefined"])
def test_a_declaration_that_cannot_be_true_is_not_believed(label: str) -> None:
    data = f"<meta charset={label}>caf\xe9 ".encode("cp1252")
    assert read(data).encoding == "cp1252"


def test_a_declaration_does_not_outweigh_good_utf8() -> None:
    assert read('<meta charset="iso-8859-1">café'.encode()).encoding == "utf-8"


def test_a_named_encoding_wins_over_what_the_bytes_look_like() -> None:
    assert read("é".encode(), encoding="latin-1").text == "Ã©"
    assert read("hi".encode("utf-16-le"), encoding="utf-16").text == "hi"


def test_a_named_encoding_that_does_not_fit_is_an_error_with_byte_offset_and_remedy() -> None:
    with pytest.raises(
        FileError, match=r"^not utf-8: byte 0xE9 at offset 3 does not fit; set another encoding"
    ):
        decode(b"caf\xe9 ", encoding="utf-8")


@pytest.mark.parametrize("name", ["no-such", "rot13", "base64", "punycode", "unicode_escape", "a\0b", ""])
def test_a_name_that_is_no_encoding_of_files_is_an_error(name: str) -> None:
    with pytest.raises(FileError, match="unknown encoding"):
        decode(b"abc", encoding=name)


def test_a_named_encoding_that_would_change_bytes_is_refused() -> None:
    with pytest.raises(FileError, match="would not give the same bytes back"):
        decode(b"a\x1b(B\x1b(Bb", encoding="iso2022_jp")


def test_a_character_that_the_encoding_lacks_is_one_clear_line() -> None:
    decoded = Decoded("it's", "latin-1")
    with pytest.raises(
        FileError, match=r"'\\u2019' \(U\+2019\), which latin-1 cannot write: convert"
    ) as caught:
        decoded.encode("it’s")
    assert "\n" not in str(caught.value)


def test_large_files_are_told_by_the_lines_beyond_ascii() -> None:
    english = ENGLISH * 2_000
    for tail, encoding in ((RUSSIAN, "koi8-r"), (FRENCH, "cp1252"), (JAPANESE, "shift_jis")):
        assert read((english + tail * 20).encode(encoding)).text == english + tail * 20
    one_line = "The café said. " * 10_000
    assert read(one_line.encode("cp1252")).text == one_line
