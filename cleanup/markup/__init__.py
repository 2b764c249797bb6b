"""Which spans of a text are prose, in plain text, Markdown and HTML; everything else is left alone.

Three readers find the blocks (``plain``, ``markdown``, ``html``) and ``inline`` finds what inside a block is
not prose.  All of them report code points of the text as it came: nothing is normalised, decoded or
stripped, so that an offset found here is an offset in the file.
"""

from __future__ import annotations

from cleanup.datatypes import Kind, Prose

__all__ = ["kind_of", "read_prose"]

_KIND_OF_SUFFIX = {
    "md": Kind.MARKDOWN,
    "markdown": Kind.MARKDOWN,
    "mdown": Kind.MARKDOWN,
    "mkd": Kind.MARKDOWN,
    "html": Kind.HTML,
    "htm": Kind.HTML,
    "xhtml": Kind.HTML,
}


def kind_of(path: str) -> Kind:
    """How the file of this name marks up its prose, judged by its suffix alone.

    >>> kind_of("docs/README.MD").value, kind_of("page.htm").value, kind_of("-").value
    ('markdown', 'html', 'plain')
    """
    return _KIND_OF_SUFFIX.get(path.rpartition(".")[2].lower(), Kind.PLAIN)


def read_prose(text: str, kind: Kind) -> Prose:
    """Find the blocks of prose in a text, and the spans that no edit may touch.

    Never raises, whatever the text; the time is linear in its length.
    """
    # Each reader is imported when it is needed: a run over plain text shall not pay for the others.
    if kind is Kind.MARKDOWN:
        from cleanup.markup.markdown import read_markdown

        return read_markdown(text)
    if kind is Kind.HTML:
        from cleanup.markup.html import read_html

        return read_html(text)
    from cleanup.markup.plain import read_plain

    return read_plain(text)
