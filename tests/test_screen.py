"""Papers screened: what is found, what is not counted, how strong the evidence is, and how it is worded."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from conftest import ROOT, Cli
from paper_samples import CLEAN, column, odd_phrases, pdf, two_columns, wrapped

from cleanup.config import Settings
from cleanup.datatypes import Kind, SpinScore
from cleanup.screening import reports
from cleanup.screening.features import is_excused, words_of
from cleanup.screening.many import Task, screen_all
from cleanup.screening.paper import Paper, read_paper
from cleanup.screening.phrases import abbreviates
from cleanup.screening.screen import Phrase, Screened, Screener, Standing, Strength, chance_of

# Rules list the first three; the others are found by their words alone.
LISTED = "We trained irregular timberland and a bolster vector machine. The mean square blunder was small. "
UNLISTED = "It rests on a convolutional brain organization (CNN) for picture acknowledgment in the field. "


@pytest.fixture(scope="module")
def screener() -> Screener:
    return Screener()


def screened(screener: Screener, text: str, kind: Kind = Kind.PLAIN) -> Screened:
    return screener.screen(Paper("paper.txt", text, kind, ""))


def found(result: Screened) -> dict[str, str]:
    return {phrase.text: phrase.expected for phrase in result.phrases}


def test_phrases_of_rules_and_of_terms_are_found(screener: Screener) -> None:
    result = screened(screener, f"{CLEAN}\n\n{LISTED}{UNLISTED}\n\n{CLEAN}")
    assert found(result) | {
        "irregular timberland": "random forest",
        "mean square blunder": "mean square error",
        "convolutional brain organization": "convolutional neural network",
        "picture acknowledgment": "image recognition",
    } == found(result)
    assert result.strength is Strength.STRONG
    assert result.phrases[0].place == 3


def test_clean_text_gives_nothing(screener: Screener) -> None:
    result = screened(screener, f"{CLEAN}\n\n{CLEAN}\n")
    assert (result.phrases, result.strength, result.per_thousand) == ((), Strength.NONE, 0.0)


def test_the_clean_passages_give_nothing(screener: Screener) -> None:
    """They are by other hands and full of words that spinners like: 21,921 words."""
    for name in ("clean.jsonl", "held_out_clean.jsonl"):
        for line in (ROOT / "samples" / name).read_text(encoding="utf-8").splitlines():
            assert screened(screener, json.loads(line)["spun"]).phrases == ()


def test_one_phrase_alone_is_some_evidence(screener: Screener) -> None:
    result = screened(screener, f"{CLEAN}\n\nWe trained irregular timberland on them.\n")
    assert result.strength is Strength.SOME
    assert (result.distinct, len(result.phrases), result.counted) == (1, 1, 1)


def test_a_phrase_said_often_counts_once(screener: Screener) -> None:
    result = screened(
        screener, "\n\n".join([CLEAN, *["Irregular timberland was trained. Irregular timberlands!"] * 5])
    )
    assert (result.distinct, len(result.phrases)) == (1, 10)
    assert result.strength is Strength.SOME


@pytest.mark.parametrize(
    "text",
    [
        f"{CLEAN}\n\nReferences\n\n[1] A. Ames, Irregular timberland and bolster vector machine, 2019.\n",
        f"{CLEAN}\n\nSpinners write “irregular timberland” and “bolster vector machine” for terms.\n",
        f"{CLEAN}\n\nSee https://example.org/irregular-timberland for it (Irregular Timberland et al., 2019).\n",
    ],
)
def test_what_is_another_author_s_is_not_counted(screener: Screener, text: str) -> None:
    assert screened(screener, text).phrases == ()


def test_words_of_references_are_not_counted(screener: Screener) -> None:
    alone = screened(screener, f"{CLEAN}\n")
    with_list = screened(
        screener, f"{CLEAN}\n\nReferences\n\n[1] B. Ames. Storks and dumps in two towns. 2019.\n"
    )
    assert with_list.words == alone.words > 60


def test_an_appendix_is_read(screener: Screener) -> None:
    text = f"{CLEAN}\n\nReferences\n\n[1] B. Ames. Storks. 2019.\n\nAppendix\n\nWe trained irregular timberland here.\n"
    assert found(screened(screener, text)) == {"irregular timberland": "random forest"}


def test_a_paper_cannot_ask_to_be_left_alone(screener: Screener) -> None:
    text = f"[cleanup: off]\n\n{CLEAN}\n\nThe flag to clamor proportion was high.\n"
    assert found(screened(screener, text)) == {"flag to clamor proportion": "signal-to-noise ratio"}


def test_weak_phrases_are_listed_in_company_only(screener: Screener) -> None:
    weak = "Then colossal information was gathered from every town."
    assert screened(screener, f"{CLEAN}\n\n{weak}\n").phrases == ()
    result = screened(screener, f"{CLEAN}\n\n{LISTED}\n\n{weak}\n")
    standing = {phrase.text: phrase.standing for phrase in result.phrases}
    assert standing["colossal information"] is Standing.COMPANY
    assert result.counted == result.distinct - 1


def test_terms_can_be_switched_off() -> None:
    result = screened(Screener(Settings(ignore=("terms",))), f"{CLEAN}\n\n{UNLISTED}\n")
    assert "picture acknowledgment" not in found(result)


def test_other_languages_are_not_screened(screener: Screener) -> None:
    text = (
        "Die Störche wurden im Herbst gewogen und im Frühjahr wieder, und jeder trug einen kleinen Sender. "
        * 9
    )
    result = screened(screener, text)
    assert "not English" in result.note
    assert result.strength is Strength.UNKNOWN


def test_html_and_markdown_are_read(screener: Screener) -> None:
    page = f"<h1>Storks</h1><p>{CLEAN}</p><p>We trained irregular <i>timberland</i> on them &amp; more.</p>"
    listed = (
        f"# Storks\n\n{CLEAN}\n\n- We trained irregular timberland.\n\n```\nbolster vector machine\n```\n"
    )
    assert (
        "random forest"
        in found(screened(screener, page.replace("<i>", "").replace("</i>", ""), Kind.HTML)).values()
    )
    assert found(screened(screener, listed, Kind.MARKDOWN)) == {"irregular timberland": "random forest"}


def test_a_phrase_across_columns_and_a_broken_word_is_found_on_its_page(screener: Screener) -> None:
    left = [*wrapped(CLEAN, 44), "We trained irregular tim-"]
    right = ["berland, and then a bolster", "vector machine was trained.", *wrapped(CLEAN, 44)]
    data = pdf([column(wrapped(CLEAN, 80), 50, 700), two_columns(left, right)])
    result = screener.screen(read_paper("paper.pdf", data))
    assert [(phrase.text, phrase.place) for phrase in result.phrases] == [
        ("irregular timberland", 2),
        ("bolster vector machine", 2),
    ]
    assert result.unit == "page"


def test_honest_swaps_are_excused() -> None:
    for written, term in [
        ("Monte Carlo techniques", "Monte Carlo methods"),
        ("anti-trust law", "antitrust law"),
        ("railway line", "railroad line"),
        ("in most instances", "in most cases"),
        ("spatial dispersion", "spatial distribution"),
    ]:
        assert is_excused(words_of(written), words_of(term)), written
    assert not is_excused(words_of("profound learning"), words_of("deep learning"))


def test_an_abbreviation_behind_a_phrase() -> None:
    written, term = words_of("bolster vector machine"), words_of("support vector machine")
    assert abbreviates(" (SVM) was", written, term)
    assert abbreviates(" (SVMs)", written, term)
    assert not abbreviates(" (BVM) was", written, term)
    assert not abbreviates(" was (SVM)", written, term)


def test_the_chance_of_a_clean_paper() -> None:
    assert chance_of(0, 0.5) == 1.0
    assert chance_of(1, 0.5) == pytest.approx(0.3935, abs=1e-4)
    assert chance_of(3, 0.4) == pytest.approx(0.0079, abs=1e-4)
    assert chance_of(2, 0.0) == 0.0
    assert chance_of(400, 0.1) < 1e-300
    assert chance_of(20, 5.0) == pytest.approx(3.45e-7, rel=0.01)
    assert chance_of(5, 5000.0) == pytest.approx(1.0)


def paper_with(count: int, words: int, **fields: object) -> Screened:
    phrases = odd_phrases(count)
    known: dict[str, object] = {"path": "a.pdf", "title": "On storks", "unit": "page", "phrases": phrases}
    return Screened(words=words, spin=SpinScore(0.1, 0.0), **{**known, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("count", "words", "strength"),
    [
        (0, 5_000, Strength.NONE),
        (1, 500, Strength.SOME),
        (2, 500, Strength.SOME),  # however short, two are not many
        (3, 3_000, Strength.STRONG),
        (3, 8_000, Strength.SOME),
        (4, 8_000, Strength.STRONG),
        (9, 100_000, Strength.SOME),
        (20, 100_000, Strength.STRONG),
    ],
)
def test_strength_goes_with_the_length_of_the_paper(count: int, words: int, strength: Strength) -> None:
    assert paper_with(count, words).strength is strength


def test_the_wording_is_evidence_and_no_accusation() -> None:
    from cleanup.screening.as_html import html_page

    papers = [paper_with(5, 3_000), paper_with(1, 3_000), paper_with(0, 3_000)]
    for text in (
        reports.as_text(papers),
        html_page(papers),
        reports.as_json(papers),
        reports.summary_csv(papers),
    ):
        for word in ("plagiar", "fraud", "guilty", "misconduct", "fake", "cheat", "suspicious", "suspect"):
            assert word not in text.lower()
    assert "proves nothing" in reports.as_text(papers)
    assert "proves nothing" in html_page(papers)


def test_csv_is_rfc_4180_and_inert() -> None:
    evil = '=HYPERLINK("http://x","y"),\n"q"'
    phrase = Phrase(evil, "+1", "@rule", 0.5, Standing.ALONE, "-so", 1, "\t=a ", " b\r\n")
    paper = paper_with(0, 100, phrases=(phrase,), path="=cmd.pdf", title=" -2+3", note="")
    for text in (reports.as_csv([paper]), reports.summary_csv([paper])):
        assert text.endswith("\r\n")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        assert {len(row) for row in rows} == {len(rows[0])}
        for cell in rows[1]:
            assert cell.lstrip()[:1] not in set("=+-@\t\r")
        assert all("\n" not in cell for cell in rows[1])


def test_csv_says_page_or_line() -> None:
    for unit, other in (("page", "line"), ("line", "page")):
        row = next(csv.DictReader(io.StringIO(reports.as_csv([paper_with(1, 100, unit=unit)]), newline="")))
        assert (row[unit], row[other]) == ("3", "")


def test_json_is_one_line_a_paper() -> None:
    lines = reports.as_json([paper_with(2, 1_000), paper_with(0, 10, note="not screened: x")]).splitlines()
    first, second = map(json.loads, lines)
    assert (first["distinct_phrases"], first["occurrences_per_1000_words"]) == (2, 2.0)
    assert first["phrases"][0]["page"] == 3
    assert second["strength"] == "not screened"


def test_text_fits_a_terminal_and_shows_hostile_signs() -> None:
    paper = paper_with(1, 100, path="a\x1b[31m.pdf", title="\u202eevil")
    text = reports.as_text([paper], colour=False, width=60)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert reports.as_text([], colour=True) == ""
    assert "\x1b[" in reports.as_text([paper], colour=True)


def write(folder: Path, **texts: str | bytes) -> None:
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_the_command_prints_a_table_strongest_first(cli: Cli, tmp_path: Path) -> None:
    write(
        tmp_path,
        papers__a_txt=CLEAN,
        papers__b_txt=f"{CLEAN}\n\n{LISTED}",
        papers__c_md=f"{CLEAN}\n\nIrregular timberland.\n",
    )
    outcome = cli("screen", "papers")
    table = outcome.out.decode().splitlines()[:4]
    assert [line.rsplit("  ", 1)[1] for line in table] == [
        "paper",
        "papers/b.txt",
        "papers/c.md",
        "papers/a.txt",
    ]
    assert [line.split("  ")[0] for line in table[1:]] == ["strong evidence", "some evidence", "none"]
    assert outcome.status == 0
    assert "3 papers: 1 strong evidence, 1 some evidence, 1 none" in outcome.err


def test_pdfs_are_found_in_directories_and_bad_ones_cost_one_line(cli: Cli, tmp_path: Path) -> None:
    good = pdf([column(wrapped(f"{CLEAN} {LISTED}", 80), 50, 700)])
    write(
        tmp_path,
        papers__good_pdf=good,
        papers__BAD_PDF=b"%PDF-1.7\n",
        papers__scan_pdf=pdf([[]]),
        papers__a_txt=CLEAN,
    )
    outcome = cli("screen", "papers", "--summary", "summary.csv", "--format", "csv")
    assert outcome.status == 2
    errors = [line for line in outcome.err.splitlines() if "error" in line]
    assert [line.split(": ")[2] for line in errors] == ["papers/BAD.PDF", "papers/scan.pdf"]
    rows = list(csv.DictReader(io.StringIO(outcome.out.decode(), newline="")))
    assert {row["paper"] for row in rows} == {"papers/good.pdf"}
    assert {row["page"] for row in rows} == {"1"}
    summary = list(csv.DictReader(io.StringIO((tmp_path / "summary.csv").read_bytes().decode(), newline="")))
    assert [row["evidence"] for row in summary] == ["strong evidence", "none", "not screened", "not screened"]


def test_fail_above(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, a_txt=f"{CLEAN}\n\nIrregular timberland.\n")
    assert cli("screen", "a.txt").status == 0
    assert cli("screen", "a.txt", "--fail-above", "1").status == 1
    assert cli("screen", "a.txt", "--fail-above", "100").status == 0
    assert cli("screen", "a.txt", "no.pdf", "--fail-above", "1").status == 2


@pytest.mark.parametrize("name", ["out.html", "out.csv", "out.json", "out.txt"])
def test_output_goes_where_it_is_wanted(cli: Cli, tmp_path: Path, name: str) -> None:
    write(tmp_path, a_txt=f"{CLEAN}\n\nIrregular timberland.\n")
    outcome = cli("screen", "a.txt", "-o", name)
    assert (outcome.status, outcome.out) == (0, b"")
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert "rregular timberland" in text
    assert text.startswith({"html": "<!DOCTYPE", "csv": "paper,", "json": "{", "txt": "evidence"}[name[4:]])


def test_mistakes_of_the_user(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, a_txt=CLEAN)
    for arguments, said in [
        (("a.txt", "-o", "report.docx"), "names no format"),
        (("a.txt", "-o", "a.txt"), "one of the papers"),
        (("a.txt", "--summary", "./a.txt"), "one of the papers"),
        (("a.txt", "-o", "no/such/out.html"), "no such file"),
        (("a.txt", "--select", "nonsense"), "nonsense"),
        (("no.txt",), "no such file"),
    ]:
        outcome = cli("screen", *arguments)
        assert outcome.status == 2, arguments
        assert said in outcome.err, arguments
        assert "Traceback" not in outcome.err
    assert (tmp_path / "a.txt").read_text() == CLEAN


def test_standard_input_and_an_empty_directory(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("screen", "-", stdin=f"{CLEAN}\n\nIrregular timberland.\n".encode())
    assert b"some evidence" in outcome.out
    (tmp_path / "empty").mkdir()
    outcome = cli("screen", "empty")
    assert (outcome.status, outcome.out) == (0, b"")
    assert "nothing was read" in outcome.err


def test_the_order_and_the_bytes_do_not_depend_on_the_processes(tmp_path: Path) -> None:
    write(tmp_path, **{f"p{at}_txt": f"{CLEAN}\n\n{LISTED * (at % 3)}" for at in range(5)})
    tasks = [Task(str(path), Settings()) for path in sorted(tmp_path.iterdir())]
    ways = [[outcome for _, outcome in screen_all(tasks, jobs, 300)] for jobs in (1, 3)]
    assert ways[0] == ways[1]
    assert [getattr(outcome, "path", "") for outcome in ways[0]] == [task.path for task in tasks]


def test_a_paper_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit counts from when a process is there; here it never answers."""
    from cleanup.screening import many

    write(tmp_path, a_txt=CLEAN, b_txt=CLEAN)
    tasks = [Task(str(path), Settings()) for path in sorted(tmp_path.iterdir())]
    monkeypatch.setattr(many._Process, "give", _never_answers)
    outcomes = [outcome for _, outcome in screen_all(tasks, 1, 0.2)]
    assert ["given up" in str(outcome) for outcome in outcomes] == [True, True]


def _never_answers(process: object, number: int, _task: Task, seconds: float) -> None:
    import time

    process.number, process.deadline = number, time.monotonic() + seconds  # type: ignore[attr-defined]


def test_a_process_that_crashes_costs_one_paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cleanup.screening import many

    write(tmp_path, a_txt=CLEAN, b_txt=CLEAN, c_txt=CLEAN)
    tasks = [Task(str(path), Settings()) for path in sorted(tmp_path.iterdir())]
    give = many._Process.give

    def crashing(process: many._Process, number: int, task: Task, seconds: float) -> None:
        if number == 1:
            process._process.kill()
        give(process, number, task, seconds)

    monkeypatch.setattr(many._Process, "give", crashing)
    outcomes = [outcome for _, outcome in screen_all(tasks, 1, 300)]
    assert [isinstance(outcome, Screened) for outcome in outcomes] == [True, False, True]
    assert "crashed" in str(outcomes[1])
