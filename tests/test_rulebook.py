"""The loader refuses what nobody could trust, with file, line and remedy, and finds what it indexed."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from cleanup.errors import RuleError, UsageError
from cleanup.rulebook import load_rulebook
from cleanup.rulebook.cache import MOST_KEPT, read_cache, write_cache
from cleanup.rulebook.compiled import compile_packs
from cleanup.rulebook.lint import find_problems, refuse
from cleanup.rulebook.patterns import compile_condition
from cleanup.rulebook.reader import parse_packs, read_packs

HEAD = 'source = "written for this test"\nlicence = "MIT"\n'
RULE = """
[[rule]]
id = "kettle"
spun = ["tea vessel"]
original = ["kettle"]
fixes = [["She filled the tea vessel twice.", "She filled the kettle twice."]]
"""


def problems(*texts: str) -> list[str]:
    files = [(f"pack{at}.toml", (HEAD + text).encode()) for at, text in enumerate(texts)]
    return [str(problem) for problem in find_problems(parse_packs(files))]


def rule(**changes: str) -> str:
    lines = {
        "id": '"kettle"',
        "spun": '["tea vessel"]',
        "original": '["kettle"]',
        "fixes": '[["She filled the tea vessel twice.", "She filled the kettle twice."]]',
    }
    lines.update(changes)
    return "\n[[rule]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items() if value)


def test_a_sound_rule_is_accepted() -> None:
    assert problems(RULE) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (rule(fixes=""), "has no example"),
        (rule(fixes='[["Nothing of the sort.", "Nothing at all."]]'), "holds none of the spun forms"),
        (rule(fixes='[["The tea vessel.", "The tea vessel."]]'), "changes nothing"),
        (rule(spun='["vessel"]'), 'set needs = "spun-document"'),
        (rule(spun='["vessel"]', needs='"spun-document"'), "no counter-example"),
        (rule(original="[]"), "has no original"),
        (rule(original="[]", severity='"warning"', fixes=""), "prove it with finds"),
        (rule(spun="[]"), "has no spun form"),
        (rule(spun='["tea\\nvessel"]'), "can never fire"),
        (rule(original='["Tea Vessel"]'), "its own original"),
        (rule(when='"(unclosed"'), "no regular expression"),
        (rule(original='["big tea vessel"]'), "would be changed again by pack0/kettle"),
        (rule(inflect='"verb"', spun='["hand over"]', original='["give"]',
              fixes='[["They hand over the cup.", "They give the cup."]]'), "past and participle differ"),
    ],
)  # fmt: skip
def test_an_unsound_rule_is_refused_with_a_remedy(text: str, words: str) -> None:
    found = problems(text)
    assert any(words in problem for problem in found), found
    assert all(problem.startswith("pack0.toml:4: rule pack0/kettle: ") for problem in found)


def test_a_form_belongs_to_one_rule() -> None:
    twin = rule(id='"pot"', fixes='[["A tea vessel whistled in our cold kitchen.", "A pot whistled."]]')
    assert any("claimed by pack0/kettle" in problem for problem in problems(RULE + twin))
    assert any("claimed by pack0/kettle" in problem for problem in problems(RULE, twin))


def test_a_form_may_be_shared_when_contexts_tell_the_rules_apart() -> None:
    twin = rule(
        id='"pot"', when='"garden"', fixes='[["A garden tea vessel broke last May.", "A garden pot broke."]]'
    )
    assert problems(RULE + twin) == []


def test_examples_from_one_template_are_refused() -> None:
    slots = [rule(id=f'"r{at}"', spun=f'["odd{at} thing"]', original=f'["gadget{at}"]',
                  fixes=f'[["We saw the odd{at} thing in the old town last week.", "We saw the gadget{at}."]]')
             for at in range(2)]  # fmt: skip
    assert any("is made like" in problem for problem in problems("".join(slots)))


def test_a_chain_of_two_rules_is_refused() -> None:
    second = rule(id='"pan"', spun='["kettle"]', original='["pan"]', needs='"spun-document"',
                  keeps='["A kettle is a kettle."]', fixes='[["Nobody bought another kettle there.", "Nobody bought another pan there."]]')  # fmt: skip
    assert any("would be changed again by pack0/pan" in problem for problem in problems(RULE + second))


def test_ids_are_unique() -> None:
    again = rule(spun='["hot jug"]', fixes='[["Pour from a hot jug slowly please.", "Pour from a kettle."]]')
    assert any("the id is taken" in problem for problem in problems(RULE + again))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('titel = "x"', "unknown key 'titel'"),
        (rule(spum='["x"]'), "unknown key 'spum'"),
        (rule(spun='"tea vessel"'), "must be a list"),
        (rule(spun="[1]"), "must be a non-empty string"),
        (rule(severity='"fatal"'), "write 'error' or 'warning'"),
        (rule(needs='"luck"'), "write 'spun-document'"),
        (rule(confidence="1.5"), "between 0.001 and 0.999"),
        (rule(id='"Not A Name"'), "lower-case words"),
        (rule(fixes='[["only one side"]]'), "must be a pair"),
        ("[[rule]\n", "not valid TOML"),
    ],
)
def test_a_malformed_file_is_one_clear_error(text: str, words: str) -> None:
    with pytest.raises(RuleError, match=r"^pack0\.toml") as caught:
        problems(text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["source", "licence"])
def test_a_file_without_source_or_licence_is_refused(key: str) -> None:
    head = "".join(line for line in HEAD.splitlines(keepends=True) if not line.startswith(key))
    with pytest.raises(RuleError, match=key):
        parse_packs([("pack.toml", (head + RULE).encode())])


def test_a_lexicon_states_its_source_and_weights() -> None:
    good = b"# source: this test\n# licence: MIT\nvessel\tkettle\t0.7\nvessel\tpot\t0.2\n"
    (pack,) = parse_packs([("household.tsv", good)])
    (entry,) = pack.rules
    assert (entry.id, entry.original, entry.needs_spun_document) == (
        "household/vessel",
        ("kettle", "pot"),
        True,
    )
    assert entry.confidence == pytest.approx(0.9)
    for bad, words in [
        (b"vessel\tkettle\t0.7\n", "no '# source:'"),
        (good + b"mug cup\n", "separated by tabs"),
        (good + b"mug\tcup\t7\n", "a probability between"),
        (b"\xff\xfe", "not UTF-8"),
    ]:
        with pytest.raises(RuleError, match=words):
            parse_packs([("household.tsv", bad)])


def test_the_built_in_rules_have_no_problem() -> None:
    assert [str(problem) for problem in find_problems(read_packs())] == []


def test_the_first_problem_is_named_and_the_others_counted() -> None:
    with pytest.raises(RuleError, match=r"has no example.*\(and 1 more"):
        refuse(
            find_problems(
                parse_packs([("p.toml", (HEAD + rule(fixes="", spun='["vessel"]', keeps='["A"]')).encode())])
            )
        )


def test_lookup_gives_the_longest_form_first() -> None:
    longer = rule(id='"urn"', spun='["tea vessel of copper"]', original='["urn"]',
                  fixes='[["His tea vessel of copper shone.", "His urn shone."]]')  # fmt: skip
    book = compile_packs(parse_packs([("p.toml", (HEAD + RULE + longer).encode())]))
    assert [form.spun for form in book.forms_at("tea")] == ["tea vessel of copper", "tea vessel"]


def test_select_and_ignore_take_rules_and_packs() -> None:
    book = compile_packs(
        parse_packs(
            [("p.toml", (HEAD + RULE).encode()), ("q.toml", (HEAD + rule(id='"x"', spun='["a b"]')).encode())]
        )
    )
    assert {entry.id for entry in book.selected(["p"], []).rules} == {"p/kettle"}
    assert {entry.id for entry in book.selected([], ["p/kettle"]).rules} == {"q/x"}
    with pytest.raises(UsageError, match="'nope'"):
        book.selected(["nope"], [])


def test_the_cache_is_used_and_checked_against_the_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, own = tmp_path / "cache", tmp_path / "own.toml"
    monkeypatch.setenv("CLEANUP_CACHE_DIR", str(cache))
    rule_of_mine = RULE.replace("tea vessel", "zztea vessel")
    own.write_text(HEAD + rule_of_mine, encoding="utf-8")
    first = load_rulebook([own])
    monkeypatch.setattr("cleanup.rulebook.reader.parse_packs", pytest.fail)
    assert load_rulebook([own]).forms_at("zztea") == first.forms_at("zztea")
    monkeypatch.undo()
    monkeypatch.setenv("CLEANUP_CACHE_DIR", str(cache))
    assert len(list(cache.iterdir())) == 2
    for kept in cache.iterdir():
        kept.write_bytes(kept.read_bytes()[:-1] + b"?")  # a damaged cache is made again
        assert load_rulebook([own]).forms_at("zztea") == first.forms_at("zztea")
    own.write_text(HEAD + RULE.replace("tea vessel", "zztea pitcher"), encoding="utf-8")
    assert [form.spun for form in load_rulebook([own]).forms_at("zztea")] == ["zztea pitcher"]


def test_a_full_disk_keeps_nothing_of_what_was_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor half of it, a file more with every run."""
    write_bytes = Path.write_bytes

    def half(self: Path, data: bytes) -> int:
        write_bytes(self, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device", str(self))

    monkeypatch.setenv("CLEANUP_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(Path, "write_bytes", half)
    write_cache("rules", "0" * 32, b"compiled")
    assert list((tmp_path / "cache").iterdir()) == []
    assert read_cache("rules", "0" * 32) is None


def test_the_cache_lets_go_what_was_not_read_for_longest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEANUP_CACHE_DIR", str(tmp_path))
    now = time.time()
    for at in range(MOST_KEPT):
        write_cache("rules", f"{at:032}", b"compiled")
        os.utime(tmp_path / f"rules-{at:032}.bin", (now - 1e6 + at, now - 1e6 + at))
    write_cache("terms", "t" * 32, b"of another kind")
    assert read_cache("rules", f"{0:032}") == b"compiled"  # the oldest, but read just now
    write_cache("rules", "n" * 32, b"new")
    kept = {path.name for path in tmp_path.iterdir()}
    assert len(kept) == MOST_KEPT + 1
    assert f"rules-{1:032}.bin" not in kept
    assert {f"rules-{0:032}.bin", f"rules-{'n' * 32}.bin", f"terms-{'t' * 32}.bin"} <= kept


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocker = tmp_path / "file"
    blocker.touch()
    monkeypatch.setenv("CLEANUP_CACHE_DIR", str(blocker / "below"))
    assert load_rulebook().rules


def test_a_missing_rule_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no such file"):
        load_rulebook([tmp_path / "none.toml"])
    with pytest.raises(RuleError, match="no rule file here"):
        load_rulebook([tmp_path])


def test_the_phrase_stands_for_itself_in_a_pattern() -> None:
    condition = compile_condition(r"{} scene")
    assert condition.holds("the ", "arranged crime", " scene photographs")
    assert not condition.holds("a scene of ", "arranged crime", "")
    assert compile_condition("CRIME").holds("", "arranged crime", "")


def test_an_exponential_pattern_cannot_hang_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleanup.rulebook.patterns.TIME_LIMIT_SECONDS", 0.05)
    with pytest.raises(RuleError, match="rewrite it"):
        compile_condition(r"(?:a|a?)+(?:b|b?)+(?:a|a?)+$").holds("a" * 3000, "x", "b" * 3000 + "c")
