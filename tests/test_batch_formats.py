"""Corpora that are odd: what is in them comes back whole, or is refused in one line."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Cli
from test_batch import BAD, CLEAN, GOOD, batch, read_jsonl, write, write_jsonl

from cleanup.batch import chunks
from cleanup.batch.chunks import Chunk, Seen
from cleanup.batch.columnar import Columnar
from cleanup.batch.options import Options
from cleanup.batch.records import COLUMNS
from cleanup.batch.work import Item


def rows_of(name: str) -> list[list[str]]:
    with Path(name).open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def test_a_bare_carriage_return_in_a_field_comes_back(cli: Cli) -> None:
    write("a.csv", f'id,text\n1,"x\ry {BAD}"\n2,{CLEAN}\n')
    batch(cli, "a.csv", "out", "--in-column")
    head, *rows = rows_of("out/a/part-00000.csv")
    assert [row[:2] for row in rows] == [["1", f"x\ry {GOOD}"], ["2", CLEAN]]
    assert {len(row) for row in rows} == {len(head)}
    assert b"\r\n" not in Path("out/a/part-00000.csv").read_bytes()


@pytest.mark.parametrize("flag", ["--text-column", "--id-column"])
@pytest.mark.parametrize("name", COLUMNS)
def test_our_own_columns_are_not_read(cli: Cli, flag: str, name: str) -> None:
    write_jsonl("a.jsonl", BAD, **{name: BAD})
    said = batch(cli, "a.jsonl", "out", flag, name, status=2)
    assert f"{flag} {name}: " in said
    assert "rename it first" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("names", [["id", "text", "text"], ["id", "text", "id"]])
def test_a_column_that_is_there_twice_is_refused(cli: Cli, names: list[str]) -> None:
    write("a.csv", f"{','.join(names)}\n1,2,3\n")
    pq.write_table(pa.Table.from_arrays([pa.array(["1"])] * 3, names=names), "a.parquet")
    for file in ("a.csv", "a.parquet"):
        said = batch(cli, file, "out", "--id-column", "id", status=2)
        assert f"{file}: 2 columns are called {max(names, key=names.count)!r}: " in said
        assert said.count("\n") == 1


def test_other_parquet_columns_may_share_a_name(cli: Cli) -> None:
    names = ["n", "n", "text", "cleanup_text", "cleanup_text"]
    values = ([1, 2], [3, 4], [BAD, CLEAN], ["o", "o"], ["o", "o"])
    pq.write_table(pa.Table.from_arrays([pa.array(column) for column in values], names=names), "a.parquet")
    batch(cli, "a.parquet", "out")
    table = pq.ParquetFile("out/a/part-00000.parquet").read()
    assert table.column_names == ["n", "n", "text", *COLUMNS]
    assert [table.column(at).to_pylist() for at in (0, 1, 3)] == [[1, 2], [3, 4], [GOOD, CLEAN]]


@pytest.mark.parametrize("more", [[], ["--in-column"], ["--sample", "2"]])
def test_views_come_back_as_views(cli: Cli, more: list[str]) -> None:
    texts = [BAD, None, CLEAN, BAD, CLEAN]
    table = pa.table(
        {
            "text": pa.array(texts, pa.string_view()),
            "b": pa.array([b"1", b"a value of more than twelve bytes", None, b"", b"5"], pa.binary_view()),
            "l": pa.array([["x"], [], None, ["y", "z"], ["q"]], pa.list_(pa.string_view())),
        }
    )
    pq.write_table(table, "a.parquet")
    batch(cli, "a.parquet", "out", *more)
    after = pq.read_table("out/a/part-00000.parquet")
    wanted = range(0, 5, 2) if "--sample" in more else range(5)
    assert [after.schema.field(at).type for at in range(3)] == table.schema.types
    for name in ("b", "l"):
        values = table.column(name).to_pylist()
        assert after.column(name).to_pylist() == [values[at] for at in wanted]
    repaired = "text" if "--in-column" in more else "cleanup_text"
    assert after.column(repaired).to_pylist() == [GOOD if texts[at] == BAD else texts[at] for at in wanted]


def test_what_pyarrow_cannot_write_is_one_line(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise pa.ArrowNotImplementedError("no kernel\nfor this")

    pq.write_table(pa.table({"text": [BAD]}), "a.parquet")
    monkeypatch.setattr(pq, "ParquetWriter", fail)
    said = batch(cli, "a.parquet", "out", status=2)
    assert "a.parquet: cannot be written again: no kernel" in said
    assert "Traceback" not in said


def test_a_quotation_mark_that_is_never_closed_is_set_aside(cli: Cli) -> None:
    write("a.csv", f'id,text\n1,"{BAD}" x\n2,a "b" {CLEAN}\n3,"{CLEAN}\n4,{CLEAN}\n5,{BAD}\n')
    batch(cli, "a.csv", "out")
    assert [row[:2] for row in rows_of("out/a/part-00000.csv")[1:]] == [
        ["1", f"{BAD} x"],
        ["2", f'a "b" {CLEAN}'],
    ]
    [failed] = read_jsonl("out/failed.jsonl")
    assert (failed["line"], failed["reason"]) == (4, "no record: a quotation mark is never closed")


def test_rows_hold_no_more_than_themselves(cli: Cli) -> None:
    table = pa.table({"text": [CLEAN] * 500, "x": ["x" * 1000] * 500})
    pq.write_table(table, "a.parquet")
    rows = list(Columnar("a.parquet", Options()).records(lambda number: number % 100 == 0))
    batches = {id(row.raw[0]): row.raw[0] for row in rows if not hasattr(row, "reason")}
    assert [held.num_rows for held in batches.values()] == [5]
    assert sum(held.get_total_buffer_size() for held in batches.values()) < 20_000


def test_an_id_that_is_no_utf8_sets_its_row_aside(cli: Cli) -> None:
    ids = pa.array([b"one", b"\xff", b"three"], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"id": ids, "text": [BAD, CLEAN, CLEAN]}), "a.parquet")
    batch(cli, "a.parquet", "out", "--id-column", "id")
    [failed] = read_jsonl("out/failed.jsonl")
    assert (failed["line"], failed["reason"]) == (2, "not UTF-8")
    assert pq.read_table("out/a/part-00000.parquet").column("id").to_pylist() == ["one", "three"]


def test_a_chunk_is_full_of_what_it_holds_not_only_of_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_HELD_BYTES", 1000)
    chunk, seen = Chunk(None), Seen()  # type: ignore[arg-type]
    for at in range(3):
        item = Item(CLEAN)
        slot, is_new = seen.slot(item)
        assert not chunk.is_full
        chunk.add(at, item, slot, is_new=is_new, held=400)
    assert chunk.is_full
    assert len(chunk.items) == 1
