"""The main text of a web page, without menus, banners and comments; needs the extra ``html``."""

from __future__ import annotations

from importlib.util import find_spec

from cleanup.errors import FileError, UsageError


def require_extractor() -> None:
    """Refuse to extract where the library for it is missing.

    Raises:
        UsageError: with the command that installs it.

    """
    if find_spec("trafilatura") is None:
        raise UsageError("--extract needs trafilatura: pip install trafilatura lxml_html_clean")


def main_text(page: str) -> str:
    """The main text of a page, a paragraph a line.

    Raises:
        FileError: when there is none.

    """
    import trafilatura

    text = trafilatura.extract(page, include_comments=False)
    if not text:
        raise FileError("no main text was found in the page")
    return f"{text}\n"
