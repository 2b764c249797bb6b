"""The entry point: ``cleanup`` and ``python -m cleanup``."""

import sys


def main() -> int:
    """Run the command line and return its exit status.

    The version is answered before anything heavy is imported.
    """
    if sys.argv[1:] == ["--version"]:
        from cleanup import __version__

        sys.stdout.write(f"cleanup {__version__}\n")
        return 0
    import gc

    from cleanup.cli import run

    gc.set_threshold(
        50_000, 20, 100
    )  # little here refers to itself, and looking for it takes a tenth of the time
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
