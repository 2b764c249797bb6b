"""The library: text in, results out."""

from __future__ import annotations

from collections.abc import Sequence

from cleanup.config import Settings
from cleanup.datatypes import Finding, Kind, Result, SpinScore
from cleanup.pipeline import Engine

_default: Engine | None = None


def _engine(settings: Settings | None) -> Engine:
    global _default  # noqa: PLW0603 - the built-in rules are read once in a process, when first needed
    if settings is not None:
        return Engine(settings)
    if _default is None:
        _default = Engine()
    return _default


def fix_text(text: str, *, kind: Kind | str = Kind.PLAIN, settings: Settings | None = None) -> Result:
    """Repair one text: ``result.after`` is the corrected text, ``result.edits`` says what was changed.

    Args:
        text: the document, as it stands; offsets in the result are code points of it.
        kind: how it marks up prose: ``"plain"``, ``"markdown"`` or ``"html"``.
        settings: thresholds, rules and the language model; the built-in ones when left out.  To treat many
            texts with settings of your own, make one `cleanup.Engine` and call its ``fix``.

    Raises:
        RuleError: when a rule file of ``settings`` is refused.
        ConfigError: when the language model that ``settings`` ask for is not here, or is damaged.

    >>> result = fix_text("The pact is meant to fight arranged crime in both countries.")
    >>> result.after
    'The pact is meant to fight organized crime in both countries.'
    >>> [(edit.before, edit.after) for edit in result.edits]
    [('arranged crime', 'organized crime')]

    """
    return _engine(settings).fix(text, kind=Kind(kind))


def check_text(
    text: str, *, kind: Kind | str = Kind.PLAIN, settings: Settings | None = None
) -> Sequence[Finding]:
    """What looks spun in one text, in order, nothing changed; arguments and errors as in `fix_text`.

    >>> [finding.candidates[0].text for finding in check_text("They fight arranged crime together.")]
    ['organized crime']
    """
    return _engine(settings).find(text, kind=Kind(kind)).findings


def score_text(text: str, *, kind: Kind | str = Kind.PLAIN, settings: Settings | None = None) -> SpinScore:
    """How much of one text a spinner touched: ``score`` in [0, 1]; arguments and errors as in `fix_text`.

    >>> score_text("A plain sentence that nobody has touched.").score < 0.01
    True
    """
    return _engine(settings).find(text, kind=Kind(kind)).spin
