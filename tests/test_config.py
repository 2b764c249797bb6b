"""Settings: found from the file upwards, checked, one clear line when wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleanup import config
from cleanup.config import Settings, find_settings, parse_settings
from cleanup.errors import ConfigError


@pytest.fixture(autouse=True)
def _forget() -> None:
    config._settings_above.cache_clear()


def test_the_nearest_file_above_counts(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.cleanup]\nmin-confidence = 0.1\n")
    assert find_settings(below / "x.txt").min_confidence == 0.1
    config._settings_above.cache_clear()
    (tmp_path / "a" / ".cleanup.toml").write_text("min-confidence = 0.2\n")
    found = find_settings(below / "x.txt")
    assert (found.min_confidence, found.source) == (0.2, str(tmp_path / "a" / ".cleanup.toml"))


def test_a_pyproject_of_somebody_else_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert find_settings(tmp_path / "x.txt").source != str(tmp_path / "pyproject.toml")


def test_rule_paths_are_relative_to_the_file() -> None:
    assert parse_settings({"rules": ["own.toml"]}, "/etc/p/.cleanup.toml").rules == ("/etc/p/own.toml",)


def test_per_path_tables_apply_to_what_they_match() -> None:
    table = {"ignore": ["news"], "per-path": {"docs/*": {"ignore": ["names"], "min-confidence": 0.9}}}
    settings = parse_settings(table, "/p/.cleanup.toml")
    assert settings.for_path("/p/docs/a.txt").ignore == ("names",)
    assert settings.for_path("/p/docs/a.txt").min_confidence == 0.9
    assert settings.for_path("/p/a.txt").ignore == ("news",)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"minconfidence": 1}, "unknown key 'minconfidence'"),
        ({"min_confidence": 1}, "unknown key 'min_confidence'"),
        ({"min-confidence": "high"}, "a number from 0 to 1"),
        ({"min-confidence": 7}, "a number from 0 to 1"),
        ({"edit-threshold": True}, "a number from 0 to 1"),
        ({"ignore": "news"}, "a list of strings"),
        ({"encoding": 8}, "a string"),
        ({"per-path": {"x": 1}}, "per-path must be tables"),
        ({"per-path": {"x": {"rules": []}}}, "unknown key 'rules'"),
    ],
)
def test_a_wrong_table_is_one_clear_line(table: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=r"^/p/\.cleanup\.toml: ") as caught:
        parse_settings(table, "/p/.cleanup.toml")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"[tool.cleanup\n", b"[tool]\ncleanup = 3\n", b"# cleanup \xff\n"])
def test_a_broken_file_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"pyproject\.toml: ") as caught:
        find_settings(tmp_path / "x.txt")
    assert "\n" not in str(caught.value)


def test_defaults_are_valid() -> None:
    assert Settings().min_confidence <= Settings().edit_threshold
