"""Make the pictures of the HTML report that the README shows: `python tools/screenshots.py`.

Needs a Chromium on the PATH.  Writes docs/images/report-light.png and report-dark.png: the report on
samples/article.txt as `cleanup fix` makes it, with one change selected and the words of a quotation that
speak for it lit up.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from chromium import Page, program, started  # noqa: E402

from cleanup.files import sha256  # noqa: E402
from cleanup.pipeline import Engine  # noqa: E402
from cleanup.report.as_html import html_report  # noqa: E402

SHOWN = "safety challenges"
MOST_BYTES = 250_000


def make_page(folder: Path) -> Path:
    """The report on the sample article."""
    data = (ROOT / "samples" / "article.txt").read_bytes()
    result = Engine().fix(data.decode("utf-8"), path="article.txt")
    digests = {
        "sha256_before": sha256(data),
        "sha256_after": sha256(result.after.encode()),
        "encoding": "utf-8",
    }
    path = folder / "article.html"
    path.write_text(html_report([result], {result.path: digests}), encoding="utf-8", newline="")
    return path


def take(page: Page, report: Path, scheme: str, target: Path) -> None:
    """One picture: three decisions made, the next change selected, its evidence lit up in the text."""
    page.size(1340, 820)
    page.media(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
    page.open(report)
    page.press("n", "a", "a", "r")
    chosen = f"[...document.querySelectorAll('.head')].find((e) => e.textContent.includes('{SHOWN}'))"
    page.evaluate(f"{chosen}.click()")
    page.evaluate("document.querySelector('#detail .quote').click(); scrollBy(0, -120)")
    page.evaluate("new Promise((done) => setTimeout(done, 200))")
    page.screenshot(target)
    assert target.stat().st_size <= MOST_BYTES, f"{target}: {target.stat().st_size} bytes"
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size:,} bytes")


def main() -> None:
    """Take both pictures."""
    path = program()
    if path is None:
        raise SystemExit("no Chromium on the PATH")
    images = ROOT / "docs" / "images"
    images.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, started(path) as page:
        report = make_page(Path(folder))
        for scheme in ("light", "dark"):
            take(page, report, scheme, images / f"report-{scheme}.png")


if __name__ == "__main__":
    main()
