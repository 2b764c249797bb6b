"""Print the SHA-256 of every data file that ships, or write the list into cleanup/data/README.md.

Run from the root of a checkout, after a data file has changed:

    python tools/data_digests.py --write

Without ``--write`` the list is printed, in the form that ``sha256sum --check`` reads in cleanup/data/.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "cleanup" / "data"
README = DATA / "README.md"
NOT_DATA = frozenset(["README.md", "LICENSES"])

# The one block of the README that begins with a digest.
_BLOCK = re.compile(r"(?<=^```text\n)(?:[0-9a-f]{64}  \S+\n)*(?=^```$)", re.MULTILINE)


def digests(directory: Path = DATA) -> str:
    """One line for each data file, in order of their paths: its digest, two blanks, its path."""
    paths = sorted(
        path.relative_to(directory)
        for path in directory.rglob("*")
        if path.is_file() and path.relative_to(directory).parts[0] not in NOT_DATA
    )
    return "".join(f"{_digest(directory / path)}  {path.as_posix()}\n" for path in paths)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def listed(readme: Path = README) -> str:
    """The list as the README holds it."""
    found = _BLOCK.search(readme.read_text(encoding="utf-8"))
    return found.group() if found else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--write", action="store_true", help="put the list into cleanup/data/README.md")
    given = parser.parse_args()
    if given.write:
        text, count = _BLOCK.subn(digests(), README.read_text(encoding="utf-8"), count=1)
        if not count:
            parser.error(f"{README}: no block of digests, which begins with a line ```text")
        README.write_text(text, encoding="utf-8")
    else:
        print(digests(), end="")


if __name__ == "__main__":
    main()
