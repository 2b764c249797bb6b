"""The data that a page embeds: the JSON report, and the original text with what it takes to write it."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping, Sequence

from cleanup.datatypes import Result
from cleanup.errors import FileError
from cleanup.files import sha256
from cleanup.report.as_json import document_object, dumps
from cleanup.report.visible import UNSEEN

_ELEMENT = '<script type="application/json" id="cleanup-report">'
_EMBEDDED = re.compile(f"{_ELEMENT}(.*?)</script>", re.DOTALL)
_PARTED = re.compile("[\ud800-\udbff](?=[\udc00-\udfff])")


def embedded(results: Sequence[Result], digests: Mapping[str, Mapping[str, str]]) -> str:
    """The script element with one object a document: `document_object`, and ``original``.

    As JSON that ends no script element and hides nothing in the page's source.
    """
    objects = [page_object(result, digests.get(result.path)) for result in results]
    text = re.sub("[<>&]", lambda match: f"\\u{ord(match[0]):04x}", dumps(objects))
    return f"{_ELEMENT}{UNSEEN.sub(lambda match: json.dumps(match[0])[1:-1], text)}</script>\n"


def embedded_objects(page: str) -> list[dict[str, object]]:
    """The objects that a page embeds, one a document, in their order.

    Raises: `FileError` when the page holds none.
    """
    # The data stand behind the text, in which every "<" is escaped, so the first match is ours.
    match = _EMBEDDED.search(page)
    try:
        objects = json.loads(match[1]) if match else None
    except ValueError:
        objects = None
    if not isinstance(objects, list) or not all(isinstance(each, dict) for each in objects):
        raise FileError("the page holds no cleanup report; give the .report.html that `cleanup fix` wrote")
    return objects


def page_object(result: Result, digests: Mapping[str, str] | None) -> dict[str, object]:
    """The JSON report of one document, with the ``original`` from which the page writes the outcome.

    Its fields are ``text``; ``bom``, whether a byte order mark goes in front; and ``obstacle``, which says
    why the page cannot write the file's bytes, or is empty.
    """
    text = result.before
    if _PARTED.search(text):  # JSON joins the halves, and every offset behind them would be off by one
        original: dict[str, object] = {"text": None, "bom": False}
        original["obstacle"] = "The text holds parted surrogates, which a page cannot give back."
    else:
        bom, obstacle = _way_back(text, digests or {})
        original = {"text": text, "bom": bom, "obstacle": obstacle}
    return {**document_object(result, digests), "original": original}


def _way_back(text: str, digests: Mapping[str, str]) -> tuple[bool, str]:
    """Whether a byte order mark stood before the text, and why the page cannot write its bytes."""
    encoding = digests.get("encoding", "utf-8")
    if encoding != "utf-8":
        return False, f"The file is in {encoding}, and a page writes UTF-8 alone."
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False, "The text holds lone surrogates, which UTF-8 cannot write."
    wanted = digests.get("sha256_before")
    if wanted is None or wanted == sha256(data):
        return False, ""
    if wanted == sha256(codecs.BOM_UTF8 + data):
        return True, ""
    return False, "The file’s bytes cannot be made again from the text of this report."
