from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest
from conftest import Cli
from hypothesis import given, settings
from hypothesis import strategies as st
from report_samples import HOSTILE, article_result, finding_of, result_of, results

from cleanup import __version__
from cleanup.datatypes import Result
from cleanup.errors import FileError
from cleanup.report import CHECKERS, WRITERS, Writer
from cleanup.report.as_html import embedded_objects, html_report
from cleanup.report.as_json import document_object, dumps, undo
from cleanup.report.page import assets
from cleanup.report.page.charts import histogram, strip
from cleanup.report.page.data import page_object
from cleanup.report.page.text import entries, word_parts
from cleanup.report.visible import UNSEEN

VOID = {"meta", "br", "img", "link", "input", "hr"}
OURS = set(
    "html head meta title style body a header h1 h2 h3 p div button main article section svg circle rect text "
    "dl dt dd ul ol li i b table thead tbody tr th td del ins mark code span details summary aside kbd footer "
    "script nav caption dialog fieldset figcaption figure form input label legend output progress select".split()
)


class Tree(HTMLParser):
    """Every element of a page with its attributes, and its texts; unbalanced tags are an error.

    In the cells of the outcome the old words are left out: they are hidden where both sides are shown.
    """

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self._is_after = False
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), attrs
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "a":
            self._is_after = (dict(attrs).get("id") or "").startswith("a")
        if tag not in VOID:
            self._open.append(tag)
            if "dialog" not in self._open:
                self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        self._is_after = self._is_after and tag != "a"
        assert self._open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data: str) -> None:
        if self._is_after and "del" in self._open:
            return
        for tag in set(self._open) if "dialog" not in self._open else ():
            self.texts[tag][-1] += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def outside_dialogs(tree: Tree) -> list[tuple[str, dict[str, str]]]:
    """The elements before the first dialog: the help shows marks of its own."""
    first = [name for name, _ in tree.elements].index("dialog")
    return tree.elements[:first]


def hostile() -> Result:
    doubtful = finding_of(len(HOSTILE) + 1, HOSTILE, message=HOSTILE, rule_id=HOSTILE)
    changes = (0, len(HOSTILE), HOSTILE[::-1] + HOSTILE)
    text = f"{HOSTILE}\n{HOSTILE}\r\n"
    return result_of(
        text, changes, path=HOSTILE, unfixed=[doubtful], notes=[HOSTILE], message=HOSTILE, rule_id=HOSTILE
    )


def test_the_page_is_well_formed_and_has_its_landmarks() -> None:
    tree = Tree(html_report([article_result()]))
    for landmark in ("header", "main", "aside", "footer", "article", "h1"):
        assert len(tree.all(landmark)) == 1, landmark
    assert tree.all("html") == [{"lang": "en"}]
    assert {"name": "generator", "content": f"cleanup {__version__}"} in tree.all("meta")
    assert tree.all("nav") == []


def test_every_change_is_marked_in_both_columns_and_linked_to_its_details() -> None:
    result = article_result()
    tree = Tree(html_report([result]))
    ids = [attributes["id"] for _, attributes in tree.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    links = [attributes["href"] for attributes in tree.all("a")]
    assert {link[1:] for link in links} <= set(ids)
    count = len(result.edits)
    texts = [name for name, _ in outside_dialogs(tree)]
    assert texts.count("mark") == 3 * len(result.unfixed)  # in both columns, and in the list
    shown = [word_parts(edit.before, edit.after)[2] for edit in result.edits]
    assert texts.count("ins") == count + len([each for each in shown if each])  # in the list and in the text
    assert {f"{side}1-{number}" for side in "abd" for number in range(1, count + 1)} <= set(ids)
    assert len([each for each in ids if re.fullmatch(r"d1-\d+", each)]) == count + len(result.unfixed)


def test_the_policy_allows_nothing_but_the_page_s_own_style_and_script() -> None:
    page = html_report([article_result()])
    tree = Tree(page)
    policy = next(meta["content"] for meta in tree.all("meta") if "http-equiv" in meta)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert len(scripts) == len(styles) == 1
    for kind, code in (("script", scripts[0]), ("style", styles[0])):
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert not [1 for _, attributes in tree.elements if "style" in attributes or "src" in attributes]
    assert not [1 for _, attributes in tree.elements if any(name.startswith("on") for name in attributes)]
    assert not re.search(r"https?://|@import|url\(", styles[0] + scripts[0])
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", scripts[0])


@pytest.mark.parametrize("writers", [WRITERS, CHECKERS])
def test_hostile_text_is_inert(writers: Mapping[str, Writer]) -> None:
    page = writers["html"]([hostile(), hostile()], {})
    tree = Tree(page)
    assert {name for name, _ in tree.elements} <= OURS
    assert len(tree.all("script")) == 2
    assert not [1 for _, attributes in tree.elements if any(name.startswith("on") for name in attributes)]
    assert all(attributes["href"].startswith("#") for attributes in tree.all("a"))
    assert not [sign for sign in UNSEEN.findall(page) if sign != "\n"]
    assert any("&quot;quoted&quot; &amp; <!-- -->" in text for text in tree.texts["td"])
    page.encode("utf-8")


@given(results(alphabet="ab \n\r<>&\"'\u202e\x00\udc80é"))
@settings(max_examples=60, deadline=None)
def test_any_result_makes_a_well_formed_page_whose_cells_hold_both_texts(result: Result) -> None:
    tree = Tree(html_report([result]))
    if result.edits:
        cells = tree.texts["td"]
        for text, column in ((result.before, cells[::2]), (result.after, cells[1::2])):
            shown = UNSEEN.sub(lambda match: "" if match[0] in "\r\n" else f"⟨U+{ord(match[0]):04X}⟩", text)
            found = "".join(column).replace("⟨U+000D⟩", "")
            assert re.sub(r"\s", "", found) == re.sub(r"\s", "", shown)


@given(results(alphabet="ab \n<>&\"'\u2028\u202e\x00\udc80é\U000e0041"))
@settings(max_examples=60, deadline=None)
def test_the_embedded_data_is_the_json_report(result: Result) -> None:
    page = html_report([result, result], {result.path: {"encoding": "</script>"}})
    wanted = json.loads(dumps(document_object(result, {"encoding": "</script>"})))
    objects = embedded_objects(page)
    originals = [each.pop("original") for each in objects]
    assert objects == [wanted, wanted]
    assert [each["text"] for each in originals] == [result.before] * 2  # type: ignore[index]
    assert undo(result.after, objects[0]) == result.before


@pytest.mark.parametrize(
    "page", ["", "<p>", '<script type="application/json" id="cleanup-report">{"a"</script>']
)
def test_a_page_without_data_is_refused(page: str) -> None:
    with pytest.raises(FileError, match="holds no cleanup report"):
        embedded_objects(page)


def test_several_files_have_an_index() -> None:
    tree = Tree(
        html_report([article_result("a.txt"), article_result("b <c>.txt"), result_of("calm\n", path="c.txt")])
    )
    assert len(tree.all("nav")) == 1
    assert tree.texts["h2"][:4] == ["Files", "a.txt", "b <c>.txt", "c.txt"]
    assert tree.texts["td"][:9] == ["0.98", "66", "4"] * 2 + ["0.98", "0", "0"]
    assert {"#f1", "#f2", "#f3"} <= {link["href"] for link in tree.all("a")}


def test_a_check_shows_one_column_and_marks_all_findings() -> None:
    tree = Tree(CHECKERS["html"]([article_result()], {}))
    assert [table["class"] for name, table in outside_dialogs(tree) if name == "table"] == ["text solo"]
    assert not [1 for name, _ in outside_dialogs(tree) if name in ("del", "ins")]


def test_no_results_make_a_page_all_the_same() -> None:
    assert embedded_objects(html_report([])) == []


def test_a_finding_that_overlaps_an_edit_is_listed_and_not_marked_twice() -> None:
    result = result_of("an arranged crime", (3, 11, "organized"), unfixed=[finding_of(3, "arranged crime")])
    tree = Tree(html_report([result]))
    assert "".join(tree.texts["td"][0]) == "an arranged crime"
    assert len([1 for name, _ in outside_dialogs(tree) if name == "mark"]) == 1


def test_what_was_put_in_or_left_out_has_a_mark_all_the_same() -> None:
    page = html_report([result_of("ab cd", (1, 1, "x"), (3, 5, ""))])
    assert 'id="b1-1"><del></del></a>' in page
    assert 'id="a1-2"><del>cd</del><ins></ins></a>' in page


def test_rows_keep_the_number_of_their_line() -> None:
    tree = Tree(html_report([result_of("one\n\n\nfour\nfive\nsix", (9, 11, "x y"))]))
    assert [text for text in tree.texts["th"] if text.isdigit()] == ["1", "4", "6"]


def test_a_long_article_stays_under_a_megabyte() -> None:
    paragraph = "The official stated on Thursday that the new settlement will replace a pact meant to last. "
    text = "\n\n".join([paragraph * 5] * 125)
    changes = [(match.start(), match.end(), "said") for match in re.finditer("stated", text)]
    changes += [(match.start(), match.end(), "agreement") for match in re.finditer("settlement", text)]
    assert len(text.split()) == 10_000
    assert len(changes) == 1250
    result = result_of(text, *sorted(changes)[: 1250 * 7 // 12])  # as dense as the sample article is repaired
    assert len(html_report([result]).encode()) < 1_000_000


def test_the_words_that_both_readings_share_are_not_marked() -> None:
    assert word_parts("will likely be", "will be") == ("will ", "likely ", "", "be")
    assert word_parts("make up", "make it up") == ("make ", "", "it ", "up")
    assert word_parts("a", "b") == ("", "a", "b", "")
    assert word_parts("a a", "a") == ("a", " a", "", "")


@given(st.text("ab \n", max_size=12), st.text("ab \n", max_size=12))
def test_the_parts_of_two_readings_make_both_again(before: str, after: str) -> None:
    lead, old, new, tail = word_parts(before, after)
    assert (lead + old + tail, lead + new + tail) == (before, after)


TEXT = "On\r\nthe arranged crime\r\n"


@pytest.mark.parametrize(
    ("data", "encoding", "bom", "obstacle"),
    [
        (TEXT.encode(), "utf-8", False, ""),
        (b"\xef\xbb\xbf" + TEXT.encode(), "utf-8", True, ""),
        (TEXT.encode("utf-16"), "utf-16-le", False, "The file is in utf-16-le"),
        (TEXT.encode("cp1252"), "cp1252", False, "The file is in cp1252"),
        (b"another file", "utf-8", False, "cannot be made again"),
    ],
)
def test_the_page_knows_whether_it_can_write_the_file_s_bytes(
    data: bytes, encoding: str, bom: bool, obstacle: str
) -> None:
    digests = {"encoding": encoding, "sha256_before": hashlib.sha256(data).hexdigest()}
    original = page_object(result_of(TEXT, (8, 16, "organized")), digests)["original"]
    assert isinstance(original, dict)
    assert original["bom"] is bom
    assert original["text"] == TEXT
    assert bool(obstacle) == bool(original["obstacle"])
    assert obstacle in original["obstacle"]


def test_bytes_that_are_no_utf8_are_no_obstacle() -> None:
    data = b"an arranged crime \xff\xe9 here"
    text = data.decode("utf-8", "surrogateescape")
    digests = {"encoding": "utf-8", "sha256_before": hashlib.sha256(data).hexdigest()}
    assert page_object(result_of(text), digests)["original"] == {"text": text, "bom": False, "obstacle": ""}


@pytest.mark.parametrize("text", ["lone \ud800 half", "parted \ud83d\ude00 halves"])
def test_text_that_no_page_can_write_is_told(text: str) -> None:
    original = page_object(result_of(text), None)["original"]
    assert isinstance(original, dict)
    assert "surrogates" in original["obstacle"]
    json.loads(dumps(original))


def test_the_strip_has_a_bar_where_something_was_found_and_leads_there() -> None:
    doubtful = finding_of(900, "last", confidence=0.5)
    result = result_of("x" * 1000, (0, 10, "first"), (500, 520, "middle"), unfixed=[doubtful])
    drawn = strip(result, entries(result), "1")
    assert re.findall(r'href="#(a1-\d)".*?x="(\d+)".*?height="(\d+)"', drawn) == [
        ("a1-1", "1", "46"),
        ("a1-2", "601", "92"),
        ("a1-3", "1081", "18"),
    ]
    assert drawn.count('class="l"') == 2  # the bar, and the legend
    assert "3 findings between line 1 and line 1 of 1" in drawn


def test_the_histogram_says_its_figures() -> None:
    result = result_of("x" * 100, (0, 10, "a"), (20, 30, "b"), unfixed=[finding_of(50, "x", confidence=1.0)])
    drawn = histogram(entries(result))
    assert 'aria-label="Confidences: 3 from 95 to 100 percent"' in drawn
    low = result_of(
        "x" * 100, unfixed=[finding_of(50, "x", confidence=0.41), finding_of(60, "x", confidence=0.0)]
    )
    assert "1 from 0 to 5 percent, 1 from 40 to 45 percent" in histogram(entries(low))
    assert histogram(entries(result_of("x"))) == ""


def test_the_files_of_the_page_stay_small() -> None:
    files = [
        path for path in Path(assets.__file__).parent.rglob("*.*") if path.suffix in (".css", ".js", ".html")
    ]
    assert len(files) > 15
    assert {
        path.name: n for path in files if (n := len(path.read_text(encoding="utf-8").splitlines())) > 400
    } == {}


def test_every_file_of_the_page_is_in_it() -> None:
    page = html_report([article_result()])
    for path in Path(assets.__file__).parent.rglob("*.*"):
        if path.suffix in (".css", ".js", ".html"):
            assert path.read_text(encoding="utf-8") in page, path.name


def test_a_check_knows_the_files_it_read(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"The pact is meant to combat arranged crime.\r\n")
    done = cli("check", "--format", "html", "--exit-zero", str(tmp_path / "a.txt"))
    (found,) = embedded_objects(done.out.decode())
    assert found["sha256_before"] == hashlib.sha256((tmp_path / "a.txt").read_bytes()).hexdigest()
    assert found["original"] == {
        "text": "The pact is meant to combat arranged crime.\r\n",
        "bom": False,
        "obstacle": "",
    }
