"""The errors that a user can act on; anything else that escapes is our bug and keeps its traceback."""

from __future__ import annotations


class CleanupError(Exception):
    """A mistake that the user can mend: the message says what is wrong, where, and what to do."""


class UsageError(CleanupError):
    """The command line or an argument of the library asks for something that cannot be done."""


class ConfigError(CleanupError):
    """A configuration file has an unknown key, a value of the wrong type, or cannot be parsed."""


class RuleError(CleanupError):
    """A rule file is refused: the message names the file, the line, the rule and the remedy."""


class FileError(CleanupError):
    """A file cannot be read or written."""
