"""Whole corpora: every format comes back as it was but for what is repaired, in order, whatever the jobs."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import os
import pty
import re
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from conftest import Cli, Outcome

from cleanup import analysis, terms
from cleanup.batch import chunks, estimate, state
from cleanup.batch.chunks import Seen
from cleanup.batch.local import LocalEngine
from cleanup.batch.options import Options
from cleanup.batch.streams import DAMAGES, Staged, Target, name_all, opened
from cleanup.batch.work import Done, Item, Work, Worker
from cleanup.cli.progress import Lines
from cleanup.config import Settings
from cleanup.errors import CleanupError, RuleError
from cleanup.pipeline import Engine

BAD = "They fight arranged crime in all of the towns."
GOOD = "They fight organized crime in all of the towns."
CLEAN = "Nobody has touched a word of this plain line."
GERMAN = "Die Beamten sagten, dass sie nicht vor Mittag dort sein würden, weil es an diesem Tag regnet."
SPUN = (
    "The White Home on Tuesday turned down a Republican supply to fund the government. Aides to the president "
    "stated he would not sign any invoice that minimize money for meals stamps. Investigators stated the group ran "
    "an arranged crime ring, and a press convention was referred to as off."
)
ADDED = [
    "cleanup_text",
    "cleanup_score",
    "cleanup_rate",
    "cleanup_edits",
    "cleanup_version",
    "cleanup_status",
]


_models, _terms = cache(analysis.load_models), cache(terms.load_terms)


@pytest.fixture(autouse=True)
def _tables_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the time of these tests, most would go into the tables."""
    monkeypatch.setattr("cleanup.analysis.load_models", _models)
    monkeypatch.setattr("cleanup.terms.load_terms", _terms)


def write(name: str, text: str | bytes) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def write_jsonl(name: str, *texts: str | None, **more: Any) -> Path:
    return write(
        name, "".join(json.dumps({"id": at, "text": text, **more}) + "\n" for at, text in enumerate(texts))
    )


def read_jsonl(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(name).read_text().splitlines()]


def tree_of(directory: str, *, times: bool = False) -> dict[str, Any]:
    """Every file below a directory with its bytes; of the manifest what may not differ."""
    found: dict[str, Any] = {}
    for path in sorted(Path(directory).rglob("*")):
        if path.is_file():
            found[str(path.relative_to(directory))] = path.read_bytes()
    if "manifest.json" in found and not times:
        manifest = json.loads(found["manifest.json"])
        del manifest["times"]
        found["manifest.json"] = manifest
    return found


def manifest(directory: str = "out") -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(Path(directory, "manifest.json").read_text())
    return loaded


def batch(cli: Cli, *arguments: str, status: int = 0) -> str:
    """Run in this process, and quietly; what was said on standard error."""
    run = cli("batch", "--jobs", "1", "--quiet", *arguments)
    assert run.status == status, run.err
    return run.err


# trees


def test_a_tree_comes_back_under_the_same_names_with_its_bytes_kept(cli: Cli) -> None:
    files = {
        "a.txt": (BAD.replace(".", ".\r\n").encode(), GOOD.replace(".", ".\r\n").encode()),
        "sub/deep/b.md": (f"\ufeff# A\n\n{BAD}".encode(), f"\ufeff# A\n\n{GOOD}".encode()),
        "sub/c.html": (f"<p class='x'>{BAD}</p>".encode(), f"<p class='x'>{GOOD}</p>".encode()),
        "d.txt": (f"Café: {BAD}".encode("cp1252"), f"Café: {GOOD}".encode("cp1252")),
        "e.txt": (CLEAN.encode("utf-16"), CLEAN.encode("utf-16")),
        "f.txt": (b"", b""),
        "g.txt": (GERMAN.encode(), GERMAN.encode()),
        "näme \n.txt": (BAD.encode(), GOOD.encode()),
    }
    for name, (before, _) in files.items():
        write(f"in/{name}", before)
    batch(cli, "in", "out")
    for name, (before, after) in files.items():
        assert Path("in", name).read_bytes() == before
        assert Path("out", name).read_bytes() == after
    assert manifest()["counts"] == {"clean": 1, "empty": 1, "not English": 1, "repaired": 5}
    documents = {entry["path"]: entry for entry in read_jsonl("out/documents.jsonl")}
    assert set(documents) == set(files)
    (edit,) = documents["a.txt"]["edits"]
    assert (edit["start"], edit["before"], edit["after"]) == (11, "arranged crime", "organized crime")


def test_a_tree_is_chosen_as_check_chooses_it(cli: Cli) -> None:
    subprocess.run(["git", "init", "--quiet", "in"], check=True)
    for name in ("a.txt", "hidden/b.txt", "drafts/c.txt", "d.py", "e.rst", "f.fixed.txt"):
        write(f"in/{name}", BAD)
    write("in/.gitignore", "hidden/\n")
    os.symlink("..", "in/loop")
    os.symlink("a.txt", "in/link.txt")
    batch(cli, "in", "out", "--exclude", "drafts/", "--include", "*.rst")
    assert {entry["path"] for entry in manifest()["inputs"]} == {"a.txt", "e.rst"}


def test_settings_of_a_tree_hold_for_the_files_below_them(cli: Cli) -> None:
    write("in/.cleanup.toml", "[per-path.\"b/*\"]\nignore = ['law/organized-crime']\nencoding = 'cp1252'\n")
    write("in/a.txt", BAD)
    write("in/b/a.txt", BAD)
    batch(cli, "in", "out")
    assert Path("out/a.txt").read_text() == GOOD
    assert Path("out/b/a.txt").read_text() == BAD


def test_several_inputs_have_a_directory_each(cli: Cli) -> None:
    write("one/a.txt", BAD)
    write("two/a.txt", CLEAN)
    batch(cli, "one", "two", "out")
    assert Path("out/one/a.txt").read_text() == GOOD
    assert Path("out/two/a.txt").read_text() == CLEAN


def test_a_file_that_cannot_be_read_is_set_aside_and_the_others_go_on(cli: Cli) -> None:
    write("in/a.txt", BAD)
    write("in/b.txt", b"\x89PNG\r\n\x1a\n\0\0\0")
    run = cli("batch", "-j", "1", "in", "out")
    assert run.status == 0
    assert "1 set aside: out/failed.jsonl" in run.err
    assert read_jsonl("out/failed.jsonl") == [{"path": "b.txt", "line": None, "reason": "binary file"}]
    assert Path("out/a.txt").read_text() == GOOD
    assert not Path("out/b.txt").exists()


def test_nothing_that_could_be_read_is_status_2(cli: Cli) -> None:
    write("in/b.txt", b"\x89PNG\r\n\x1a\n\0\0\0")
    batch(cli, "in", "out", status=2)
    write("c.jsonl", "nonsense\n[]\n")
    batch(cli, "c.jsonl", "out2", status=2)
    write("d.parquet", "nonsense")
    batch(cli, "d.parquet", "out3", status=2)
    assert "no Parquet file" in read_jsonl("out3/failed.jsonl")[0]["reason"]


# JSON Lines


def test_json_lines_keep_all_columns_their_order_and_their_spelling(cli: Cli) -> None:
    line = '{"z": 1.50,  "text" : "%s",\t"a": {"x": [1e3, null]}, "é": "\\u00e9\\ud83d", "n": 12345678901234567890}'
    write("c.jsonl", (line % BAD) + "\r\n\n" + (line % CLEAN))
    batch(cli, "c.jsonl", "out")
    first, second = Path("out/c/part-00000.jsonl").read_bytes().decode().split("\n")[:2]
    assert first.startswith((line % BAD)[:-1] + ', "cleanup_text": ')
    assert first.endswith("\r")
    assert second.startswith((line % CLEAN)[:-1] + ', "cleanup_text": ')
    row = json.loads(first)
    assert list(row)[-6:] == ADDED
    assert row["cleanup_text"] == GOOD
    assert row["cleanup_status"] == "repaired"
    assert row["cleanup_version"].startswith("0.1.0+")
    (edit,) = row["cleanup_edits"]
    assert list(edit) == ["start", "end", "before", "after", "rule", "confidence"]
    assert BAD[edit["start"] : edit["end"]] == edit["before"]
    assert json.loads(second)["cleanup_edits"] == []


def test_in_column_puts_the_text_where_it_was(cli: Cli) -> None:
    write("c.jsonl", f'{{"text":"{BAD}","b":1.0}}\n')
    batch(cli, "c.jsonl", "out", "--in-column")
    line = Path("out/c/part-00000.jsonl").read_text()
    assert line.startswith(f'{{"text":"{GOOD}","b":1.0, "cleanup_score": ')
    assert "cleanup_text" not in line


def test_the_output_of_a_run_can_be_the_input_of_the_next(cli: Cli) -> None:
    write_jsonl("c.jsonl", BAD, CLEAN)
    batch(cli, "c.jsonl", "one")
    batch(cli, "one/c/part-00000.jsonl", "two")
    one, two = read_jsonl("one/c/part-00000.jsonl"), read_jsonl("two/part-00000/part-00000.jsonl")
    assert one == two
    assert list(one[0]) == list(two[0])


def test_broken_lines_are_set_aside_with_their_numbers(cli: Cli) -> None:
    good = json.dumps({"text": BAD}).encode()
    lines = [
        good,
        b"{broken",
        b"",
        b"[1]",
        b'{"text": "\xff"}',
        b'{"text": 3}',
        b'{"other": ""}',
        good + b" x",
    ]
    lines += [b'{"text": null}', b"[" * 100_000, json.dumps({"text": CLEAN}).encode()]
    write("c.jsonl", b"\xef\xbb\xbf" + b"\n".join(lines))
    batch(cli, "c.jsonl", "out")
    assert [entry["line"] for entry in read_jsonl("out/failed.jsonl")] == [2, 4, 5, 6, 7, 8, 10]
    reasons = " ".join(entry["reason"] for entry in read_jsonl("out/failed.jsonl"))
    for words in ("no JSON object", "not UTF-8", "'text' is no text", "there is no 'text'", "more behind"):
        assert words in reasons
    rows = read_jsonl("out/c/part-00000.jsonl")
    assert [row["cleanup_status"] for row in rows] == ["repaired", "no text", "clean"]
    assert rows[1]["cleanup_text"] is None
    assert manifest()["counts"] == {"clean": 1, "failed": 7, "no text": 1, "repaired": 1}


def test_shards_hold_so_many_records_in_order(cli: Cli) -> None:
    write_jsonl("c.jsonl", *(f"{CLEAN} {at}" for at in range(10)))
    batch(cli, "c.jsonl", "out", "--shard-size", "4")
    parts = sorted(Path("out/c").iterdir())
    assert [path.name for path in parts] == [f"part-0000{at}.jsonl" for at in range(3)]
    assert [row["id"] for path in parts for row in read_jsonl(str(path))] == list(range(10))
    assert [shard["records"] for shard in manifest()["shards"]] == [4, 4, 2]
    assert manifest()["inputs"][0]["bytes"] == Path("c.jsonl").stat().st_size


@pytest.mark.parametrize("count", [0, 4])
def test_a_corpus_that_ends_with_a_shard_has_no_empty_one(cli: Cli, count: int) -> None:
    write_jsonl("c.jsonl", *[CLEAN] * count)
    batch(cli, "c.jsonl", "out", "--shard-size", "2")
    assert len(manifest()["shards"]) == count // 2


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_compression_is_kept_and_always_the_same(cli: Cli, ending: str) -> None:
    raw = write_jsonl("c.jsonl", BAD, CLEAN).read_bytes()
    halves = [raw[:40], raw[40:]]  # several members, or frames, in one file
    pack = gzip.compress if ending == ".gz" else zstandard.ZstdCompressor().compress
    write(f"c.jsonl{ending}", b"".join(map(pack, halves)))
    outputs = []
    for out in ("one", "two"):
        batch(cli, f"c.jsonl{ending}", out)
        outputs.append(Path(out, "c", f"part-00000.jsonl{ending}").read_bytes())
    assert outputs[0] == outputs[1]
    unpack = gzip.decompress if ending == ".gz" else _unzstd
    assert [json.loads(line)["cleanup_text"] for line in unpack(outputs[0]).splitlines()] == [GOOD, CLEAN]
    assert ending != ".gz" or outputs[0][4:8] == bytes(4)


def _unzstd(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().stream_reader(data).read()


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_a_torn_file_gives_what_it_still_holds_and_says_so(cli: Cli, ending: str) -> None:
    raw = b"".join(
        json.dumps({"text": f"{CLEAN} {os.urandom(20).hex()}"}).encode() + b"\n" for _ in range(9000)
    )
    data = gzip.compress(raw) if ending == ".gz" else zstandard.ZstdCompressor().compress(raw)
    write(f"c.jsonl{ending}", data[: len(data) // 2])
    batch(cli, f"c.jsonl{ending}", "out", "--sample", "1000", "--shard-size", "2")
    (failure,) = read_jsonl("out/failed.jsonl")
    assert "damaged from here on" in failure["reason"]
    assert manifest()["counts"]["clean"] >= 2


def test_a_directory_of_corpora_keeps_its_names_and_its_settings(cli: Cli) -> None:
    write("in/.cleanup.toml", "exclude = ['old/']\n")
    write("in/b/.cleanup.toml", "ignore = ['law/organized-crime']\n")
    for name in ("in/a.jsonl", "in/b/a.jsonl", "in/b/a.ndjson", "in/old/a.jsonl"):
        write_jsonl(name, BAD)
    batch(cli, "in", "out")
    texts = {
        str(path.relative_to("out")): read_jsonl(str(path))[0]["cleanup_text"]
        for path in Path("out").rglob("part-*")
    }
    assert texts == {
        "a/part-00000.jsonl": GOOD,
        "b/a.jsonl/part-00000.jsonl": BAD,
        "b/a.ndjson/part-00000.ndjson": BAD,
    }


# tables


@pytest.mark.parametrize(("ending", "separator"), [("csv", ","), ("tsv", "\t"), ("csv.gz", ",")])
def test_tables_keep_fields_with_newlines_quotes_and_separators(
    cli: Cli, ending: str, separator: str
) -> None:
    rows = [
        ["id", "text", "more, or\tless"],
        ["1", f'{BAD}\r\nHe said "no", and left.\n', "ünï\ncode"],
        ["", CLEAN, ""],
        ["3", "", 'a "b"'],
    ]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator).writerows(rows)
    data = b"\xef\xbb\xbf" + buffer.getvalue().encode()
    write(f"c.{ending}", gzip.compress(data) if ending.endswith("gz") else data)
    batch(cli, f"c.{ending}", "out", "--id-column", "id")
    raw = Path("out/c", f"part-00000.{ending}").read_bytes()
    text = (gzip.decompress(raw) if ending.endswith("gz") else raw).decode()
    found = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    assert [row[:3] for row in found] == rows
    assert found[0][3:] == ADDED
    assert found[1][3] == rows[1][1].replace("arranged", "organized")
    assert [row[-1] for row in found[1:]] == ["repaired", "clean", "empty"]
    assert json.loads(found[1][6])[0]["after"] == "organized crime"
    assert found[3][4] == ""


def test_rows_that_do_not_fit_their_table_are_set_aside(cli: Cli) -> None:
    write("c.csv", b"text,n\n%s,1\nonly one\n\n\xff,2\na,b,c\n" % BAD.encode())
    batch(cli, "c.csv", "out", "--in-column")
    assert [entry["line"] for entry in read_jsonl("out/failed.jsonl")] == [3, 5, 6]
    text = Path("out/c/part-00000.csv").read_text()
    assert text.splitlines()[1].startswith(f"{GOOD},1,")


# Parquet


TYPES = [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]


@pytest.mark.parametrize("kind", TYPES, ids=str)
@pytest.mark.parametrize("in_column", [False, True])
def test_parquet_keeps_columns_types_nulls_and_nesting(cli: Cli, kind: pa.DataType, in_column: bool) -> None:
    table = pa.table(
        {
            "n": pa.array([1, None, 3], pa.int16()),
            "text": pa.array([BAD, None, CLEAN], pa.string()).cast(kind)
            if not pa.types.is_dictionary(kind)
            else pa.array([BAD, None, CLEAN]).dictionary_encode(),
            "list": pa.array([[{"a": 1}], None, []], pa.list_(pa.struct([("a", pa.int8())]))),
            "when": pa.array([0, 1, None], pa.timestamp("ms", "UTC")),
        }
    ).replace_schema_metadata({"origin": "a test"})
    pq.write_table(table, "c.parquet", compression="zstd", row_group_size=2)
    batch(cli, "c.parquet", "out", "--shard-size", "2", *(["--in-column"] if in_column else []))
    found = pa.concat_tables([pq.read_table(path) for path in sorted(Path("out/c").iterdir())])
    assert found.schema.metadata == {b"origin": b"a test"}
    assert found.column_names == [*table.column_names, *ADDED[in_column:]]
    for name in table.column_names:
        assert found.schema.field(name).type == table.schema.field(name).type
        if name != "text" or not in_column:
            assert found[name].to_pylist() == table[name].to_pylist()
    assert found["text" if in_column else "cleanup_text"].to_pylist() == [GOOD, None, CLEAN]
    assert found["cleanup_status"].to_pylist() == ["repaired", "no text", "clean"]
    assert found["cleanup_score"].to_pylist()[1] is None
    assert json.loads(found["cleanup_edits"][0].as_py())[0]["rule"] == "law/organized-crime"
    assert pq.ParquetFile("out/c/part-00000.parquet").metadata.row_group(0).column(0).compression == "ZSTD"


def test_parquet_is_written_the_same_every_time(cli: Cli) -> None:
    pq.write_table(pa.table({"text": [BAD, CLEAN] * 5}), "c.parquet")
    batch(cli, "c.parquet", "one")
    batch(cli, "c.parquet", "two")
    assert tree_of("one") == tree_of("two")


def test_a_column_of_numbers_is_no_text(cli: Cli) -> None:
    pq.write_table(pa.table({"text": [1]}), "c.parquet")
    assert "the column 'text' holds int64, not text" in batch(cli, "c.parquet", "out", status=2)


# choices


def test_gates_keep_what_they_hold_back_and_say_why(cli: Cli) -> None:
    write_jsonl("c.jsonl", BAD, "Arranged crime.", f"{BAD} " * 5, GERMAN, "", None, CLEAN)
    batch(cli, "c.jsonl", "out", "--min-words", "3", "--max-words", "30")
    rows = read_jsonl("out/c/part-00000.jsonl")
    assert [row["cleanup_status"] for row in rows] == [
        "repaired", "too short", "too long", "not English", "empty", "no text", "clean",
    ]  # fmt: skip
    assert all(row["cleanup_text"] == row["text"] for row in rows[1:])
    assert [row["cleanup_score"] is None for row in rows] == [False, True, True, True, True, True, False]


def test_thresholds_drop_and_repair_by_the_spin_score(cli: Cli) -> None:
    write_jsonl("c.jsonl", BAD, SPUN, CLEAN)
    batch(cli, "c.jsonl", "score", "--only-score")
    rows = read_jsonl("score/c/part-00000.jsonl")
    assert [row["cleanup_status"] for row in rows] == ["kept", "kept", "clean"]
    assert list(rows[0])[2:] == ["cleanup_score", "cleanup_rate", "cleanup_version", "cleanup_status"]
    low, high, _ = (row["cleanup_score"] for row in rows)
    assert low < 0.5 < high
    batch(cli, "c.jsonl", "drop", "--drop-above", "0.5")
    rows = read_jsonl("drop/c/part-00000.jsonl")
    assert [row["id"] for row in rows] == [0, 2]
    assert manifest("drop")["counts"] == {"clean": 1, "dropped": 1, "repaired": 1}
    batch(cli, "c.jsonl", "repair", "--repair-above", "0.5")
    rows = read_jsonl("repair/c/part-00000.jsonl")
    assert [row["cleanup_status"] for row in rows] == ["kept", "repaired", "clean"]
    assert rows[0]["cleanup_text"] == BAD
    batch(cli, "c.jsonl", "nothing", "--drop-above", "0.5", "--shard-size", "1")
    assert sorted(path.name for path in Path("nothing/c").iterdir()) == [
        "part-00000.jsonl",
        "part-00002.jsonl",
    ]


def test_a_dropped_file_of_a_tree_is_not_there(cli: Cli) -> None:
    write("in/a.txt", SPUN)
    write("in/b.txt", BAD)
    batch(cli, "in", "out", "--drop-above", "0.5", "--only-score")
    assert not Path("out/a.txt").exists()
    assert Path("out/b.txt").read_text() == BAD
    assert [entry["output"] for entry in read_jsonl("out/documents.jsonl")] == [None, "b.txt"]


def test_duplicates_are_read_once_and_say_of_what(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    treat = Worker.treat
    monkeypatch.setattr(Worker, "treat", lambda self, item: (read.append(item.content), treat(self, item))[1])
    write_jsonl("c.jsonl", BAD, CLEAN, BAD, BAD, "", "", BAD)
    batch(cli, "c.jsonl", "out", "--shard-size", "6", "--id-column", "id")
    rows = read_jsonl("out/c/part-00000.jsonl")
    assert [row["cleanup_status"] for row in rows] == [
        "repaired", "clean", "duplicate of 0", "duplicate of 0", "empty", "empty",
    ]  # fmt: skip
    assert [row["cleanup_text"] for row in rows[:4]] == [GOOD, CLEAN, GOOD, GOOD]
    assert read == [BAD, CLEAN, "", BAD]  # the second shard stands for itself
    assert manifest()["counts"]["duplicate"] == 2


def test_the_memory_for_duplicates_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_SEEN_TEXTS", 2)
    seen = Seen()
    first = seen.slot(Item("a"))[0]
    assert seen.slot(Item("b"))[1]
    assert seen.slot(Item("a")) == (first, False)
    assert seen.slot(Item("c"))[1]
    assert seen.slot(Item("b"))[1]


def test_a_sample_takes_every_so_manyth_document(cli: Cli) -> None:
    write_jsonl("c.jsonl", *(f"{CLEAN} {at}" for at in range(10)))
    batch(cli, "c.jsonl", "out", "--sample", "4", "--shard-size", "2")
    ids = [row["id"] for path in sorted(Path("out/c").iterdir()) for row in read_jsonl(str(path))]
    assert ids == [0, 4, 8]
    for name in "abcde":
        write(f"in/{name}.txt", CLEAN)
    batch(cli, "in", "trees", "--sample", "2")
    assert sorted(path.name for path in Path("trees").glob("*.txt")) == ["a.txt", "c.txt", "e.txt"]


def test_a_dry_run_estimates_and_writes_nothing(cli: Cli) -> None:
    write_jsonl("c.jsonl", *([BAD, CLEAN] * 20), SPUN)
    before = tree_of(".")
    for arguments in (["c.jsonl", "out"], ["c.jsonl"]):
        run = cli("batch", "-j", "1", "-q", "--dry-run", *arguments)
        assert run.status == 0
        lines = {line.split("  ")[0]: line for line in run.out.decode().splitlines()}
        assert lines.keys() == {"documents", "words", "edits", "expected harm", "spun documents", "time"}
        assert "41 of them read closely" in lines["documents"]
        assert "in 10,000 words" in lines["edits"]
        assert "2.4%" in lines["spun documents"]
        assert "with --jobs 1" in lines["time"]
    assert tree_of(".") == before


def test_the_sample_of_a_dry_run_is_spread_evenly_and_scaled(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate, "_MOST_DOCUMENTS", 5)
    for at in range(16):
        write(f"in/{at:02}.txt", BAD)
    out = cli("batch", "-j", "1", "-q", "--dry-run", "in").out.decode()
    lines = {line.split("  ")[0]: line.split()[-1 if "time" in line else 1] for line in out.splitlines()}
    assert "4 of them read closely" in out
    assert (lines["documents"], lines["edits"]) == ("16", "16")


PAGE = (
    "<html><body><nav>Home About</nav><article><p>%s Nobody had seen so many people in the streets before.</p>"
    "<p>The second paragraph has some more words, because one is not enough.</p></article></body></html>"
)


def test_extraction_writes_the_main_text_of_pages(cli: Cli) -> None:
    for name in ("a.html", "b.htm", "b.txt"):
        write(f"in/{name}", PAGE % BAD)
    write("in/empty.html", "<html></html>")
    batch(cli, "in", "out", "--extract")
    assert sorted(path.name for path in Path("out").glob("*.txt")) == ["a.txt", "b.htm.txt", "b.txt"]
    text = Path("out/a.txt").read_text()
    assert text.startswith(GOOD)
    assert "Home" not in text
    assert Path("out/b.txt").read_text() == PAGE % GOOD
    assert "no main text" in read_jsonl("out/failed.jsonl")[0]["reason"]


@pytest.mark.parametrize(
    ("name", "arguments", "library"),
    [
        ("in/a.html", ["in", "--extract"], "trafilatura"),
        ("c.jsonl.zst", ["c.jsonl.zst"], "zstandard"),
        ("c.parquet", ["c.parquet"], "pyarrow"),
    ],
)
def test_a_missing_library_is_named_with_the_command_that_installs_it(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, name: str, arguments: list[str], library: str
) -> None:
    write(name, BAD)
    monkeypatch.setitem(sys.modules, library, None)
    assert f"pip install {library}" in batch(cli, *arguments, "out", status=2)


def test_a_slow_pattern_sets_one_record_aside(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    fix = Engine.fix

    def slow(self: Engine, text: str, **more: Any) -> Any:
        if "vessel" in text:
            raise RuleError("rule own/kettle: the pattern '(a|aa)+$' took over 2 s on one sentence")
        return fix(self, text, **more)

    monkeypatch.setattr(Engine, "fix", slow)
    write_jsonl("c.jsonl", "The tea vessel sang.", BAD, "The tea vessel sang.")
    batch(cli, "c.jsonl", "out")
    assert [failure["line"] for failure in read_jsonl("out/failed.jsonl")] == [1, 3]
    assert "own/kettle" in read_jsonl("out/failed.jsonl")[0]["reason"]
    assert [row["cleanup_text"] for row in read_jsonl("out/c/part-00000.jsonl")] == [GOOD]


def test_a_bug_on_one_document_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(Work((Settings(),), Options()))
    monkeypatch.setattr(worker, "_treat_text", lambda *_: 1 // 0)
    (outcome,) = worker.treat_all([Item("a")]).outcomes
    assert "internal error" in outcome.reason


# jobs


def test_the_bytes_are_the_same_for_any_number_of_jobs(cli: Cli) -> None:
    write_jsonl("c.jsonl", *(f"{BAD} {SPUN} {at}" for at in range(60)), "", GERMAN, BAD, BAD)
    write("in/a.txt", BAD)
    write("in/b.md", SPUN)
    for jobs in ("1", "2"):
        run = cli(
            "batch", "-j", jobs, "-q", "c.jsonl", f"out{jobs}", "--shard-size", "25", "--id-column", "id"
        )
        assert (run.status, run.out, run.err) == (0, b"", "")
    assert tree_of("out1") == tree_of("out2")


class _Chunk:
    def __init__(self, *items: Item) -> None:
        self.items = items


def test_the_engine_gives_back_in_order_and_takes_few_chunks_at_a_time() -> None:
    taken = []

    def source():  # type: ignore[no-untyped-def]
        for at in range(20):
            taken.append(at)
            yield _Chunk(Item(f"{BAD} {at}")) if at % 3 else _Chunk()

    with LocalEngine(Work((Settings(),), Options()), 2) as engine:
        for at, (chunk, done) in enumerate(engine.run(source())):
            assert len(taken) <= at + 6 + 1
            assert len(done.outcomes) == len(chunk.items)
            assert all(outcome.content == f"{GOOD} {at}" for outcome in done.outcomes)
    assert not [thread for thread in threading.enumerate() if "ThreadPool" in thread.name]


def test_a_killed_process_is_one_clear_error() -> None:
    with LocalEngine(Work((Settings(),), Options()), 2) as engine:
        results = engine.run(_Chunk(Item(BAD)) for _ in range(50))
        assert isinstance(next(results)[1], Done)
        for process in engine._processes:
            process._process.kill()
        with pytest.raises(CleanupError, match="the same command goes on from here"):
            list(results)


def test_rules_that_broke_meanwhile_are_one_clear_error() -> None:
    work = Work((Settings(rules=("missing.toml",)),), Options())
    with LocalEngine(work, 2) as engine, pytest.raises(CleanupError, match=r"missing\.toml"):
        list(engine.run([_Chunk(Item(BAD))]))


# what is complete is not done again


def test_what_is_complete_is_not_done_again(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    write_jsonl("c.jsonl", BAD, CLEAN, GERMAN)
    write("in/a.txt", BAD)
    write("in/b.txt", CLEAN)
    read: list[object] = []
    treat = Worker.treat
    monkeypatch.setattr(Worker, "treat", lambda self, item: (read.append(item.content), treat(self, item))[1])
    for source in ("c.jsonl", "in"):
        arguments = (source, f"out-{source}", "--shard-size", "1")
        batch(cli, *arguments)
        before = tree_of(f"out-{source}")
        read.clear()
        batch(cli, *arguments)
        assert read == []
        assert tree_of(f"out-{source}") == before
    Path("out-c.jsonl/c/part-00001.jsonl").unlink()
    Path("out-in/a.txt").write_text("changed by hand")
    batch(cli, "c.jsonl", "out-c.jsonl", "--shard-size", "1")
    batch(cli, "in", "out-in", "--shard-size", "1")
    assert read == [CLEAN, BAD.encode()]
    assert tree_of("out-in") == before


def test_another_input_or_other_choices_need_force(cli: Cli) -> None:
    write("in/a.txt", BAD)
    write("in/b.txt", CLEAN)
    batch(cli, "in", "out")
    write("in/b.txt", BAD)
    assert "made with other inputs (b.txt)" in batch(cli, "in", "out", status=2)
    assert Path("out/b.txt").read_text() == CLEAN
    batch(cli, "in", "out", "--force")
    assert Path("out/b.txt").read_text() == GOOD
    assert "--only-score" in batch(cli, "in", "out", "--only-score", status=2)
    assert "other settings" in batch(cli, "in", "out", "--quotes", "keep", status=2)
    run = json.loads(Path("out/.cleanup-batch/run.json").read_text())
    write("out/.cleanup-batch/run.json", json.dumps({**run, "rules": "older", "version": "0.0.9"}))
    assert "other version of cleanup, rules" in batch(cli, "in", "out", status=2)


def test_with_force_a_changed_file_alone_is_done_again(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        write(f"in/{name}.txt", f"{BAD} {name}")
    batch(cli, "in", "out")
    read: list[object] = []
    treat = Worker.treat
    monkeypatch.setattr(Worker, "treat", lambda self, item: (read.append(item.content), treat(self, item))[1])
    write("in/b.txt", CLEAN)
    batch(cli, "in", "out", "--force")
    assert read == [CLEAN.encode()]
    batch(cli, "in", "fresh")
    assert tree_of("out") == tree_of("fresh")


def test_after_force_nothing_of_the_run_before_is_left(cli: Cli) -> None:
    write_jsonl("c.jsonl", SPUN, BAD, CLEAN, GERMAN)
    batch(cli, "c.jsonl", "out", "--shard-size", "1")
    batch(cli, "c.jsonl", "out", "--shard-size", "3", "--drop-above", "0.5", "--force")
    batch(cli, "c.jsonl", "fresh", "--shard-size", "3", "--drop-above", "0.5")
    assert tree_of("out") == tree_of("fresh")


def test_one_run_at_a_time_writes_into_a_directory(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    write("in/a.txt", BAD)
    batch(cli, "in", "out")
    import fcntl

    with open("out/.cleanup-batch/lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another cleanup batch is writing there" in batch(cli, "in", "out", status=2)


def test_an_input_that_changes_meanwhile_stops_the_run(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    write("in/a.txt", BAD)
    opening = state.State.open

    def changing(self: state.State, *arguments: Any, **more: Any) -> None:
        opening(self, *arguments, **more)
        write("in/a.txt", CLEAN)

    monkeypatch.setattr(state.State, "open", changing)
    assert "another program changed it" in batch(cli, "in", "out", status=2)


def test_a_file_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    for compression in ("", ".gz", ".zst"):
        target = Target(tmp_path / "a", compression)
        target.stream.write(b"half")
        target.discard()
        assert list(tmp_path.iterdir()) == []


def test_streams_of_all_compressions_come_back(tmp_path: Path) -> None:
    data = os.urandom(5000) + bytes(3_000_000) + b"end"
    for compression in ("", ".gz", ".zst"):
        target = Target(tmp_path / "a", compression)
        target.stream.write(data)
        target.commit()
        with opened(str(tmp_path / "a"), compression) as (stream, _):
            assert stream.read() == data
    write(str(tmp_path / "b"), b"nonsense")
    with opened(str(tmp_path / "b"), ".zst") as (stream, _), pytest.raises(DAMAGES):
        stream.read()


# usage


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["c.jsonl"], "name a directory for the output"),
        (["in", "in"], "is the input itself"),
        (["in", "in/out"], "inside the input"),
        (["in/deep", "in"], "around the input"),
        (["in", "full"], "holds note.txt, which cleanup batch did not write"),
        (["in", "c.jsonl"], "is not a directory"),
        (["missing", "out"], "no such file"),
        (["in/a.txt", "out"], "the name of a corpus ends with"),
        (["c.jsonl", "out", "--text-column", "body"], "there are id, text"),
        (["c.jsonl", "out", "--id-column", "key"], "name one with --id-column"),
        (["c.jsonl", "out", "--extract"], "--extract is for trees"),
        (["-", "out"], "not standard input"),
        (["mixed", "out"], "leave one kind out"),
        (["nothing", "out"], "nothing to read"),
        (["ours", "out", "--include", "*.json"], "cleanup batch writes manifest.json itself"),
        (["pipe.jsonl", "out"], "is a named pipe"),
        (["in", "mixed/in", "out"], "two inputs are called"),
        (["in", "out", "--only-score", "--in-column"], "choose one"),
        (["in", "out", "--only-score", "--repair-above", "0.5"], "choose one"),
        (["in", "out", "--min-words", "9", "--max-words", "3"], "no document could be that long"),
        (["in", "out", "--shard-size", "0"], "--shard-size"),
        (["in", "out", "--select", "nonsense"], "no rule or pack"),
    ],
)
def test_bad_usage_is_one_clear_line(cli: Cli, arguments: list[str], words: str) -> None:
    write("in/a.txt", BAD)
    write("in/deep/b.txt", BAD)
    write_jsonl("c.jsonl", BAD)
    write("full/note.txt", "")
    write("mixed/a.txt", BAD)
    write("mixed/in/a.txt", BAD)
    write("mixed/b.csv", "text\n")
    write("ours/manifest.json", BAD)
    os.mkfifo("pipe.jsonl")
    Path("nothing").mkdir()
    before = tree_of(".")
    run = cli("batch", *arguments)
    assert run.status == 2
    assert run.err.count("\n") == 1
    assert run.err.startswith("cleanup: error: ")
    assert words in run.err
    assert tree_of(".") == before


def test_with_force_the_output_may_stand_beside_other_things(cli: Cli) -> None:
    write("in/a.txt", BAD)
    write("full/note.txt", "mine")
    batch(cli, "in", "full", "--force")
    assert Path("full/note.txt").read_text() == "mine"
    assert Path("full/a.txt").read_text() == GOOD


# what is shown


def test_the_summary_counts_and_quiet_is_quiet(cli: Cli) -> None:
    write_jsonl("c.jsonl", BAD, CLEAN, CLEAN)
    run = cli("batch", "-j", "1", "c.jsonl", "out")
    lines = [line.split() for line in run.out.decode().splitlines()]
    assert ["repaired", "1", "33.3%"] in lines
    assert ["documents", "3", "3", "in", "this", "run"] in lines
    assert run.err == ""
    again = cli("batch", "-j", "1", "c.jsonl", "out").out.decode()
    assert "0 in this run" in again
    assert cli("batch", "-q", "-j", "1", "c.jsonl", "out")[1:] == (b"", "")
    write("c.jsonl", "nonsense\n" + json.dumps({"text": BAD}))
    assert cli("batch", "-q", "-j", "1", "c.jsonl", "other") == Outcome(0, b"", "")


def test_lines_tell_how_far_it_is_and_how_fast(capfd: pytest.CaptureFixture[str]) -> None:
    lines = Lines(seconds=0)
    lines.begin("working", 1000)
    lines.advance(250, 5)
    lines.end()
    said = capfd.readouterr().err
    assert said.startswith("working: 25%, 5 documents, ")
    assert "MB/s" in said
    assert " left" in said


def test_a_terminal_gets_a_bar_with_rate_and_time_left(tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text(
        "".join(json.dumps({"text": f"{BAD} {at}"}) + "\n" for at in range(300))
    )
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cleanup", "batch", "-j", "1", "c.jsonl", "out"]
    environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm"}
    run = subprocess.Popen(command, cwd=tmp_path, stderr=theirs, stdout=subprocess.DEVNULL, env=environment)
    os.close(theirs)
    shown = ""
    with contextlib.suppress(OSError):  # nobody is at the other end any more
        while block := os.read(ours, 4096):
            shown += block.decode("utf-8", "replace")
    os.close(ours)
    assert run.wait() == 0
    assert "working" in shown
    assert re.search(r"\d+ documents, [\d.]+ a second", shown)


def test_where_rules_lie_is_nowhere_in_the_output(cli: Cli) -> None:
    write("c.jsonl", json.dumps({"text": "The tea vessel sang."}))
    for place in ("one", "two/deep"):
        write(
            f"{place}/own.toml",
            'source = "written for this test"\nlicence = "MIT"\n[[rule]]\nid = "kettle"\n'
            'spun = ["tea vessel"]\noriginal = ["kettle"]\n'
            'fixes = [["The tea vessel sang.", "The kettle sang."]]\n',
        )
        run = cli("batch", "-j", "1", "-q", "--rules", f"{place}/own.toml", "c.jsonl", f"out-{place[:3]}")
        assert run.status == 0, run.err
    assert tree_of("out-one") == tree_of("out-two")
    write("one/own.toml", Path("one/own.toml").read_text().replace("kettle", "teapot"))
    assert "other rules" in batch(cli, "--rules", "one/own.toml", "c.jsonl", "out-one", status=2)


def test_many_small_files_wait_for_the_disk_together(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(120):
        write(f"in/{at % 3}/{at}.txt", f"{CLEAN} {at}")
    waits: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (waits.append(file), fsync(file))[1])
    batch(cli, "in", "out", "--look", "quick")
    assert len(waits) < 40
    assert len(list(Path("out").rglob("*.txt"))) == 120


@pytest.mark.parametrize("can_sync", [True, False])
def test_files_are_on_the_disk_before_they_have_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_sync: bool
) -> None:
    if not can_sync:
        monkeypatch.setattr("sys.platform", "elsewhere")
    done: list[str] = []
    for name in ("fsync", "replace"):
        call = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, name=name, call=call: (done.append(name), call(*args))[1])
    name_all([Staged.of(tmp_path / f"{at}", b"text") for at in range(3)])
    assert done == [*["fsync"] * (0 if can_sync else 3), *["replace"] * 3, "fsync"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1", "2"]
