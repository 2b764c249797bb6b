"""The programs that measure the engine, and the list of data files that they and the package rest on."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from lm_samples import FACTS, tensors, write_gguf
from quality import ablations, clean_text, language_model, reliability

from cleanup.config import Settings

ROOT = Path(__file__).parent.parent
DATA = ROOT / "cleanup" / "data"
MOST_BYTES = 25_000_000

SPUN = (
    "The new settlement will replace the pact meant to combat drug trafficking and arranged crime, officers "
    "stated on Thursday. The White Home and the Supreme Courtroom have not but commented on the press convention."
)
CLEAN = "We walked along the river until noon, and then we had our lunch under an old tree near the mill."


def run(name: str, *arguments: object) -> str:
    """What a program beside the scorer prints."""
    program = ROOT / "tests" / "quality" / f"{name}.py"
    command = [sys.executable, str(program), *map(str, arguments)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


# --- the data that ships


@pytest.fixture(scope="module")
def tool() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "tools" / "data_digests.py"))


def test_the_readme_holds_the_digest_of_every_data_file(tool: dict[str, Any]) -> None:
    """After a change of data: python tools/data_digests.py --write."""
    assert tool["listed"]().splitlines() == tool["digests"]().splitlines()


def test_the_data_stay_small() -> None:
    sizes = {str(path.relative_to(DATA)): path.stat().st_size for path in DATA.rglob("*") if path.is_file()}
    assert sum(sizes.values()) <= MOST_BYTES, sizes


def test_a_changed_byte_changes_the_list(tool: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "table").mkdir()
    (tmp_path / "table" / "words.txt").write_text("one\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("not data", encoding="utf-8")
    before = tool["digests"](tmp_path)
    assert [line.split("  ")[1] for line in before.splitlines()] == ["table/words.txt"]
    (tmp_path / "table" / "words.txt").write_text("two\n", encoding="utf-8")
    assert tool["digests"](tmp_path) != before


def test_a_readme_without_the_list_holds_none(tool: dict[str, Any], tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("```text\nsome other block\n```\n", encoding="utf-8")
    assert tool["listed"](readme) == ""


# --- clean_text.py


def test_paragraphs_end_where_html_says() -> None:
    page = "<p>One<br>line <b>and</b>\n more.<ul><li>no</li></ul>no <p>Two <p>Three</p> no"
    assert clean_text.Paragraphs.of(page) == ["Oneline and more.", "Two", "Three"]


def test_extraction_keeps_english_prose_once(tmp_path: Path) -> None:
    unpacked, into = tmp_path / "unpacked", tmp_path / "texts"
    pages, sayings = (
        unpacked / "debian/manual/usr/share/doc",
        unpacked / "debian/fortunes/usr/share/games/fortunes",
    )
    for directory in (pages, sayings, into):
        directory.mkdir(parents=True)
    long = " ".join([CLEAN] * 2)
    german = "Wir gingen am Fluss entlang, und dann aßen wir unter einem alten Baum bei der Mühle. " * 3
    (pages / "a.html").write_text(f"<p>Too short.</p><p>{long}</p>", encoding="utf-8")
    (pages / "b.html").write_text(f"<p>{long}</p>", encoding="utf-8")  # the same page again
    (pages / "c.de.html").write_text(f"<p>{german}</p>", encoding="utf-8")
    (sayings / "wisdom").write_text(
        f"{CLEAN}\n%\nAll of us said so, and it was not so.\n%\n", encoding="utf-8"
    )
    (sayings / "wisdom.dat").write_bytes(b"\0")
    clean_text.write_texts(into, unpacked)
    found = {path.name: path.read_text(encoding="utf-8") for path in into.iterdir()}
    assert found == {
        "manual-0000.txt": long + "\n",
        "fortunes-0000.txt": f"{CLEAN}\n\nAll of us said so, and it was not so.\n",
    }


def test_changed_words_leave_out_those_that_stay() -> None:
    assert clean_text.changed_words("an space", "an area") == 1
    assert clean_text.changed_words("brand new", "new") == 1
    assert clean_text.changed_words("gains", "beneficial properties") == 2


def test_clean_text_counts_edits(tmp_path: Path) -> None:
    (tmp_path / "page-0000.txt").write_text(CLEAN + "\n", encoding="utf-8")
    (tmp_path / "page-0001.txt").write_text(SPUN + "\n", encoding="utf-8")
    found = json.loads(run("clean_text", tmp_path, "--json"))
    figures = found["figures"]["all"]
    assert figures["files"] == 2
    assert figures["words"] == len((CLEAN + " " + SPUN).split())
    assert figures["edits"] == len(found["edits"]) > 0
    assert figures["files_with_edits"] == 1
    assert {edit["file"] for edit in found["edits"]} == {"page-0001.txt"}
    assert any((edit["before"], edit["after"]) == ("White Home", "White House") for edit in found["edits"])
    shown = run("clean_text", tmp_path, "--show", 1)
    assert "| all | 2 |" in shown
    assert shown.count("page-0001.txt:1 ") == 1


# --- ablations.py


def test_ablations_print_one_row_a_set_up(tmp_path: Path) -> None:
    spun, clean = tmp_path / "pages.jsonl", tmp_path / "plain.jsonl"
    gold = SPUN.replace("arranged crime", "organized crime").replace("White Home", "White House")
    gold = gold.replace("Courtroom", "Court").replace("press convention", "press conference")
    spun.write_text(json.dumps({"id": "1", "spun": SPUN, "gold": gold}) + "\n", encoding="utf-8")
    clean.write_text(json.dumps({"id": "2", "spun": CLEAN, "gold": CLEAN}) + "\n", encoding="utf-8")
    head, _, *rows = run("ablations", "--files", spun, clean).splitlines()
    cells = [row.strip("| ").split(" | ") for row in rows]
    assert [row[0] for row in cells][:2] == ["rules only", "+ thesaurus"]
    assert len(cells) == 13
    assert "pages: P / R" in head
    shipped = next(row for row in cells if "as shipped" in row[0])
    assert float(shipped[1].split(" / ")[0]) > 0
    assert shipped[3:] == ["0.0", "0"]  # no damage to the clean passage, no quotation altered


def test_ablations_read_the_samples() -> None:
    groups = ablations.read_groups(
        [ablations.SAMPLES / f"{name}.jsonl" for name in ("spun", "clean")], every=5
    )
    assert set(groups) == {"spun A-C", "spun D", "clean"}
    measured = ablations.measure({name: cases[:2] for name, cases in groups.items()}, without=())
    assert measured["spun A-C"]["repaired"] > 0
    assert measured["clean"]["damage"] == 0


def test_a_table_is_put_in_the_place_of_the_old_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("One\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n| c |\n| --- |\n", encoding="utf-8")
    ablations.put_table(page, "| a | b |\n| --- | --- |\n| 3 | 4 |\n| 5 | 6 |")
    wanted = "One\n\n| a | b |\n| --- | --- |\n| 3 | 4 |\n| 5 | 6 |\n\n| c |\n| --- |\n"
    assert page.read_text(encoding="utf-8") == wanted
    with pytest.raises(SystemExit):
        ablations.put_table(page, "| another |\n| --- |")


def test_the_tables_in_the_docs_are_those_that_the_programs_print() -> None:
    page = (ROOT / "docs" / "engine.md").read_text(encoding="utf-8").splitlines()
    groups: dict[str, list[Any]] = {name: [] for name in ("spun A-C", "spun D", "article", "clean")}
    assert next(ablations.table(groups)) in page
    assert reliability.table([]).splitlines()[0] in page


# --- reliability.py


def claim(confidence: float, is_right: bool) -> reliability.Claim:
    return reliability.Claim(confidence, is_right, True, False)


def test_every_claim_falls_into_one_bin() -> None:
    claims = [claim(confidence, True) for confidence in (0.05, 0.1, 0.15, 0.9, 0.999, 1.0)]
    bins = reliability.binned(claims)
    assert sum(len(item.claims) for item in bins) == len(claims)
    assert [len(item.claims) for item in bins if item.claims] == [1, 2, 3]


def test_wilson_interval() -> None:
    item = reliability.Bin(0.4, 0.5, tuple(claim(0.45, at < 5) for at in range(10)))
    low, high = item.interval
    assert (round(low, 3), round(high, 3)) == (0.237, 0.763)


def test_a_claim_is_right_when_it_gives_the_gold_text() -> None:
    spun, gold = "a brand new pace restrict", [(2, 11, "new"), (12, 25, "speed limit")]
    pace, restrict = (12, 16, "speed"), (17, 25, "limit")
    gives = reliability.gives_gold
    assert gives(spun, (2, 11, "New"), [], gold)
    assert not gives(spun, (2, 7, "very"), [], gold)
    assert gives(spun, pace, [restrict], gold)
    assert not gives(spun, pace, [], gold)
    assert not gives(spun, pace, [(17, 25, "bound")], gold)
    assert gives(spun, (2, 16, "new speed"), [restrict], gold)


def test_reliability_writes_table_and_picture(tmp_path: Path) -> None:
    picture = tmp_path / "reliability.svg"
    table = run("reliability", "--shipped", "--every", 12, "--output", picture)
    assert "| 0.90 to 1.00 |" in table
    assert "findings, mean gap" in table
    counts = [int(row.split("|")[2]) for row in table.splitlines() if row.startswith("| 0.")]
    assert f"| edits: {Settings().edit_threshold:.2f} and above |" in table
    assert sum(counts) > 50
    drawn = ElementTree.parse(picture).getroot()
    texts = [element.text or "" for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"confidence of the finding", "share of right repairs"} <= set(texts)
    assert [text for text in texts if text.isdigit()] == [str(count) for count in counts]


def test_the_picture_in_the_docs_is_one() -> None:
    drawn = ElementTree.parse(ROOT / "docs" / "reliability.svg").getroot()
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"


# --- what the language model is worth


def pair_of(*repaired: str) -> language_model.Pair:
    """A passage as two set-ups left it."""
    case = {"spun": SPUN, "gold": SPUN.replace("arranged crime", "organized crime")}
    return language_model.Pair(*(language_model.score.score_case(case, text) for text in repaired))


def test_one_passage_has_no_interval() -> None:
    pair = pair_of(SPUN, SPUN.replace("arranged crime", "organized crime"))
    assert not re.search(r" to [+-]", " ".join(language_model.row("one", [pair])))
    assert (
        len(re.findall(r" \([+-]\d\.\d+ to [+-]\d\.\d+\)", " ".join(language_model.row("two", [pair] * 2))))
        == 4
    )


def test_the_times_are_medians(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "article.txt").write_text(SPUN, encoding="utf-8")
    model = write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS)
    took = [(3, 4, 7), (6, 20, 90), (1, 2, 8)]  # loading, without the model, with it
    clock = iter([moment for row in took for seconds in row for moment in (0.0, float(seconds))])
    monkeypatch.setattr(language_model, "SAMPLES", tmp_path)
    monkeypatch.setattr(language_model, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    language_model.speed(str(model))
    out = capsys.readouterr().out
    assert "loading 3.00 s; article 8.0 s" in out
    assert "without the model 4.00 s" in out
