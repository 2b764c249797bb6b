"""The files that every page carries: its style, its script, and the parts that never change."""

from __future__ import annotations

import base64
import hashlib
import html
from functools import cache
from importlib import resources

from cleanup import __version__

_STYLES = ("base", "layout", "summary", "text", "sidebar", "dialogs", "narrow", "print")
_SCRIPTS = ("model", "elements", "marks", "evidence", "detail", "list", "filter", "strip", "decide", "export")
_LAST_SCRIPTS = ("keys", "start")


@cache
def style() -> str:
    """The style sheet."""
    return "".join(_read(f"css/{name}.css") for name in _STYLES)


@cache
def script() -> str:
    """The script: the parts share one function, so that nothing of them is global."""
    parts = "".join(_read(f"js/{name}.js") for name in (*_SCRIPTS, *_LAST_SCRIPTS))
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


@cache
def part(name: str) -> str:
    """A piece of the page that is the same in every report, such as ``dialogs``."""
    return _read(f"html/{name}.html")


def head(title: str, style: str, script: str) -> str:
    """What a page of ours begins with, up to its body.

    Under its policy nothing loads, and no style or script but these runs.  ``title`` is escaped here.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f'<meta name="generator" content="cleanup {__version__}">\n'
        f"<title>{html.escape(title)}</title>\n<style>{style}</style>\n</head>\n"
    )


def _policy(style: str, script: str) -> str:
    own = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in (style, script)]
    rest = "base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; style-src 'sha256-{own[0]}'; script-src 'sha256-{own[1]}'; {rest}"


def _read(name: str) -> str:
    return resources.files("cleanup.report.page").joinpath(name).read_text(encoding="utf-8")
