from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from report_samples import HOSTILE, article_result, finding_of, result_of, results

from cleanup import __version__
from cleanup.datatypes import Result
from cleanup.errors import FileError
from cleanup.report import CHECKERS, WRITERS, Writer
from cleanup.report.as_html import embedded_objects, html_report
from cleanup.report.as_json import document_object, dumps, undo
from cleanup.report.visible import UNSEEN

VOID = {"meta", "br", "img", "link", "input", "hr"}
OURS = set(
    "html head meta title style body a header h1 h2 h3 p div button main article section svg circle text "
    "dl dt dd ul ol li i b table thead tbody tr th td del ins mark code span details summary aside kbd "
    "footer script nav".split()
)


class Tree(HTMLParser):
    """Every element of a page with its attributes, and the texts of some; unbalanced tags are an error."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), attrs
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def hostile() -> Result:
    doubtful = finding_of(len(HOSTILE) + 1, HOSTILE, message=HOSTILE, rule_id=HOSTILE)
    changes = (0, len(HOSTILE), HOSTILE[::-1] + HOSTILE)
    text = f"{HOSTILE}\n{HOSTILE}\r\n"
    return result_of(
        text, changes, path=HOSTILE, unfixed=[doubtful], notes=[HOSTILE], message=HOSTILE, rule_id=HOSTILE
    )


def test_the_page_is_well_formed_and_has_its_landmarks() -> None:
    tree = Tree(html_report([article_result()]))
    for landmark in ("header", "main", "aside", "footer", "article"):
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
    assert len(tree.all("del")) == len(tree.all("ins")) == 2 * count  # in the text, and in the list
    assert len(tree.all("mark")) == 3 * len(result.unfixed)  # in both columns, and in the list
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
    assert objects == [wanted, wanted]
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
    assert tree.texts["h2"] == ["Files", "a.txt", "b <c>.txt", "c.txt"]
    assert {"#f1", "#f2", "#f3"} <= {link["href"] for link in tree.all("a")}


def test_a_check_shows_one_column_and_marks_all_findings() -> None:
    tree = Tree(CHECKERS["html"]([article_result()], {}))
    assert [head.get("class", "") for head in tree.all("table")] == ["text solo"]
    assert tree.all("del") == []


def test_no_results_make_a_page_all_the_same() -> None:
    assert embedded_objects(html_report([])) == []


def test_a_finding_that_overlaps_an_edit_is_listed_and_not_marked_twice() -> None:
    result = result_of("an arranged crime", (3, 11, "organized"), unfixed=[finding_of(3, "arranged crime")])
    tree = Tree(html_report([result]))
    assert "".join(tree.texts["td"][0]) == "an arranged crime"
    assert len(tree.all("mark")) == 1


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
