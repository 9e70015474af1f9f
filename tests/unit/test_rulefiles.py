"""Files of rules: where in a file a value stands, and when a changed file comes into force."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.errors import Unavailable, Usage
from pipeline.rulefiles.lines import Flaw, Flawed, read
from pipeline.rulefiles.watched import Watched

TEXT = '''# rules
version = "1"

[[topic]]
name = "Fish = # not a comment"
terms = [
  "cod",   # "a" comment [
  { term = "herring", weight = 2 },
  """
  two
  lines""", "eel",
]

[[topic]]
"quoted key" = 1
nested.key = [[1, 2],
  [3]]
[topic.more]
x = 1
'''


def test_every_value_has_its_line() -> None:
    found = read(TEXT, "f.toml")
    assert found.data["topic"][0]["name"] == "Fish = # not a comment"
    assert found.line("version") == 2
    assert [found.line("topic", 0, "terms", n) for n in range(4)] == [7, 8, 9, 11]
    assert found.line("topic", 1) == 14
    assert found.line("topic", 1, "quoted key") == 15
    assert [found.line("topic", 1, "nested", "key", n) for n in range(2)] == [16, 17]
    assert found.line("topic", "more", "x") == 19
    assert found.line("topic", 0, "absent") == 4
    assert found.line("absent") == 1


@pytest.mark.parametrize(("text", "line"), [("a = 1\nb = = 2\n", 2), ("a = 1\nb = [1,\n", 3), ("a = 1\na = 2\n", 2)])
def test_broken_toml_is_said_with_its_line(text: str, line: int) -> None:
    with pytest.raises(Flawed, match=rf"^f\.toml:{line}: This is not TOML") as caught:
        read(text, "f.toml")
    assert caught.value.flaws[0].line == line


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def number(text: str, name: str) -> int:
    if not text.strip().isdigit():
        raise Flawed(name, [Flaw(1, "no number")])
    return int(text)


def write(path: Path, text: str, second: int) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(second * 10**9, second * 10**9))


def test_a_change_comes_into_force_and_a_flaw_does_not(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, clock = tmp_path / "rules", Clock()
    write(path, "1", 1)
    rules = Watched(path, number, every=1.0, clock=clock)
    assert rules.current() == 1
    write(path, "2", 2)
    assert rules.current() == 1, "it looked before its time"
    clock.now = 1.0
    assert rules.current() == 1, "it took up a file that may be half written"
    clock.now = 2.0
    assert rules.current() == 2
    write(path, "two", 3)
    for _ in range(4):
        clock.now += 1.0
        assert rules.current() == 2
    assert "no number" in rules.fault
    assert len([r for r in caplog.records if r.levelname == "ERROR"]) == 1
    path.unlink()
    clock.now += 1.0
    assert rules.current() == 2
    assert "cannot be read" in rules.fault
    write(path, "3", 4)
    for _ in range(2):
        clock.now += 1.0
        rules.current()
    assert rules.current() == 3
    assert rules.fault == ""


def test_the_first_rules_must_be_sound(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be read"):
        Watched(tmp_path / "none", number)
    (tmp_path / "bad").write_text("x")
    with pytest.raises(Flawed):
        Watched(tmp_path / "bad", number)
    (tmp_path / "latin").write_bytes(b"\xff")
    with pytest.raises(Usage, match="UTF-8"):
        Watched(tmp_path / "latin", number)
