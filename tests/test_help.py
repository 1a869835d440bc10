"""Help and wrong arguments in the reader's language: each command and parameter has a text in each language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from diag.cli.app import app
from diag.cli.help_page import NAME
from diag.knowledge import languages
from diag.knowledge.words import HELP_FOLDER
from tests.conftest import Command

ENGLISH = languages.read(HELP_FOLDER, "en")


def commands(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each command with the words that are typed for it."""
    yield path or NAME, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{path} {name}".strip())


def test_each_command_and_parameter_has_a_text_and_each_text_its_use() -> None:
    every = list(commands(get_command(app)))
    assert {path for path, _ in every} == set(ENGLISH["commands"])
    texts, used = ENGLISH["parameters"], set()
    for path, command in every:
        for parameter in command.params:
            key = next((key for key in (f"{path} {parameter.name}", parameter.name) if key in texts), None)
            assert key, f"{path} {parameter.name}"
            assert not parameter.help or path == NAME, f"{path} {parameter.name}: the text stands in the code"
            used.add(key)
    assert used == set(texts)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--help",), "用法：posdiag [OPTIONS] COMMAND"),
        (("check", "--help"), "快速检查能不能营业"),
        (("profile",), "列出所有机型配置及名称"),
        (("demo", "-h"), "例：\n  posdiag demo\n"),
    ],
)
def test_help_in_chinese(posdiag: Command, words: tuple[str, ...], said: str) -> None:
    done = posdiag(*words, env={"LC_ALL": "zh_CN.UTF-8"})
    assert (done.status, done.err) == (0, "")
    assert said in done.out
    assert "默认 internal" in posdiag("run", "--help", "--lang", "zh").out


@pytest.mark.parametrize(
    ("words", "said", "in_english"),
    [
        (("sim",), "缺少 profile", "profile is missing"),
        (("chek",), "没有命令 chek；是不是要写 check？", "there is no command 'chek'; did you mean check?"),
        (("run", "x", "--lev", "external"), "没有选项 --lev", "there is no option --lev"),
        (("run", "x", "--level", "loud"), "--level：应为其中之一：internal", "--level: one of internal or external"),
        (("run", "x", "--max-steps", "two"), "--max-steps：至少应为 0", "--max-steps: at least 0 is expected"),
        (("run", "x", "y"), "参数太多", "more arguments than this command takes"),
        (("run", "x", "--set"), "--set：此选项要带值", "--set: this option takes a value"),
    ],
)
def test_wrong_arguments(posdiag: Command, words: tuple[str, ...], said: str, in_english: str) -> None:
    done = posdiag(*words, env={"LC_ALL": "zh_CN.UTF-8"})
    assert done.status == 2
    assert done.err.startswith("用法：posdiag")
    assert f"\nposdiag: {said}" in done.err
    assert in_english in posdiag(*words).err


def test_a_wrong_argument_as_json_is_in_english(posdiag: Command) -> None:
    done = posdiag("run", "--qqq", "--json", env={"LC_ALL": "zh_CN.UTF-8"})
    said = {"key": "no_such_option", "values": {"name": "--qqq"}}
    assert json.loads(done.out)["error"] == {"kind": "usage", "message": "there is no option --qqq", "said": said}
    assert "没有选项" in done.err
