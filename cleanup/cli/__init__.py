"""The command line: what is typed, what is printed, and the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cleanup.errors import CleanupError

#: Usage, configuration, rule and file errors all end with this status.
STATUS_ERROR = 2


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit status; a user's mistake is one line on stderr."""
    try:
        return _run_to_the_end(arguments)
    except CleanupError as error:
        return fail(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        from cleanup.cli.console import silence_output

        silence_output()  # whoever read our output has had enough
        return 141
    except OSError as error:  # of a file that nobody has answered for
        from cleanup.files import describe, printable

        name = error.filename
        where = f"{printable(os.fsdecode(name))}: " if isinstance(name, str | bytes) else ""
        return fail(where + describe(error))


def _run_to_the_end(arguments: Sequence[str]) -> int:
    """Run a command; whatever becomes of it, no bar stays behind on the terminal."""
    try:
        status = _plain_check(arguments)
        return _run_app(arguments) if status is None else status
    finally:
        progress = sys.modules.get("cleanup.cli.progress")
        if progress is not None:
            progress.end_bars()


def _plain_check(arguments: Sequence[str]) -> int | None:
    """Run ``check`` without Typer where nothing but paths and switches is asked for; None otherwise.

    That is what hooks type, and Typer with what it loads takes longer than the check of a small file.
    """
    switches = {"--force-exclude", "--quiet", "-q", "--quotes=keep", "--exit-zero"}
    if len(arguments) < 2 or arguments[0] != "check":
        return None
    end = arguments.index("--") if "--" in arguments else len(arguments)
    given = {argument for argument in arguments[1:end] if argument.startswith("-") and argument != "-"}
    paths = [argument for argument in arguments[1:end] if argument not in given]
    paths += arguments[end + 1 :]
    if not given <= switches or not paths:
        return None
    from cleanup.cli.check import Sheet, check_paths
    from cleanup.cli.choices import Choices

    quiet = bool(given & {"--quiet", "-q"})
    quotes = "keep" if "--quotes=keep" in given else ""
    choices = Choices(force_exclude="--force-exclude" in given, look="quick", quotes=quotes, quiet=quiet)
    fail_on = "never" if "--exit-zero" in given else "error"
    return check_paths(paths, choices, [Sheet("text")], fail_on)


def _run_app(arguments: Sequence[str]) -> int:
    import typer

    from cleanup.cli.app import app

    # Typer carries its own copy of Click since 0.25 and shows only some of its errors: their common base.
    usage_error: type[typer.BadParameter] = typer.BadParameter.__bases__[0]
    try:
        status = app(list(arguments), standalone_mode=False)
    except typer.Abort:
        return 130
    except SystemExit as end:  # Typer makes of a broken pipe a 1, which says that there are findings
        if isinstance(end.__context__, BrokenPipeError):
            raise end.__context__ from None
        raise
    except OSError as error:
        if error.filename is not None:  # a file that nobody has answered for
            raise
        return fail(f"standard output cannot be written: {error.strerror}")  # Typer could not print its help
    except usage_error as error:
        command = getattr(getattr(error, "ctx", None), "command_path", "cleanup")
        if not error.format_message():  # no command: the help was printed
            return STATUS_ERROR
        return fail(f"{error.format_message()} (see `{command} --help`)".replace("\n", " "))
    return int(status or 0)


def fail(message: str) -> int:
    """Say what went wrong on one line and return the exit status for it."""
    from cleanup.cli.console import say

    say(f"cleanup: error: {message}")
    return STATUS_ERROR
