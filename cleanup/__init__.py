"""Find synonym-spun phrasing in scraped text and put the author's words back.

from cleanup import fix_text

result = fix_text(scraped)
print(result.after)
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from cleanup.api import check_text, fix_text, score_text
    from cleanup.config import Settings
    from cleanup.datatypes import Edit, Finding, Kind, Result, SpinScore
    from cleanup.document import Document
    from cleanup.errors import CleanupError
    from cleanup.library import fix_documents
    from cleanup.pipeline import Engine
    from cleanup.rulebook import Rulebook, load_rulebook

# Where the public names live.  They are imported when first used, so that `cleanup --version` and a hook's
# start-up pay for nothing they do not need.
_HOMES = {
    "CleanupError": "errors",
    "Document": "document",
    "Edit": "datatypes",
    "Engine": "pipeline",
    "Finding": "datatypes",
    "Kind": "datatypes",
    "Result": "datatypes",
    "Rulebook": "rulebook",
    "Settings": "config",
    "SpinScore": "datatypes",
    "check_text": "api",
    "fix_documents": "library",
    "fix_text": "api",
    "load_rulebook": "rulebook",
    "score_text": "api",
}

__all__ = [
    "CleanupError",
    "Document",
    "Edit",
    "Engine",
    "Finding",
    "Kind",
    "Result",
    "Rulebook",
    "Settings",
    "SpinScore",
    "check_text",
    "fix_documents",
    "fix_text",
    "load_rulebook",
    "score_text",
]


def __getattr__(name: str) -> object:
    """Import a public name from its home when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cleanup' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"cleanup.{_HOMES[name]}"), name)
