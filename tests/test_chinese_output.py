"""What a Chinese reader reads of a run has no English word: measurements, their values, evidence, prompts, advice."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from diag.knowledge import registry, texts
from tests.conftest import ROOT
from tests.forkserver import clean_environment
from tests.latin_in_chinese import NAMES, words

RUNS = [
    ("demo/countertop",),
    ("demo/handheld",),
    ("demo/countertop", "PRN-MUTE", "MSR-TRACK2", "ICC-CARD-MUTE@card_reader", "MDM-NO-DIALTONE"),
    ("demo/handheld", "MDM-SIM-ABSENT", "PRN-PAPER-END", "PWR-BATTERY-WORN"),
    ("demo/countertop", "MSR-LINE"),
    ("demo/handheld", "MDM-DENIED"),
]


@pytest.mark.parametrize("arguments", RUNS, ids="-".join)
def test_a_run_in_chinese(arguments: tuple[str, ...], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.latin_in_chinese", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=clean_environment(tmp_path), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [""]


@pytest.mark.parametrize("line", ["刷卡：card 1 forward", "状态：no-sentinels", "名称：card_1_track1"])
def test_an_english_word_is_seen(line: str) -> None:
    assert list(words(line, NAMES))


@pytest.mark.parametrize(
    "line", ["posdiag run demo/countertop --lang zh", "加上 --set printer.at=ADDRESS", "PRN-PAPER-END"]
)
def test_what_is_typed_is_left_alone(line: str) -> None:
    assert list(words(line, NAMES)) == []


def measured(kind: str) -> Iterator[tuple[str, ast.expr]]:
    """Yield where a driver makes a measurement, and the value that stands there."""
    for file in (ROOT / "drivers" / kind).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if is_call and node.func.id == "Measurement" and len(node.args) > 1:
                yield f"{file.name}:{node.lineno}", node.args[1]


def literals(value: ast.expr) -> Iterator[str]:
    """Yield the words that a value is composed of in place; the keys of what is said are texts already."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.JoinedStr):
        parts = (part.value for part in value.values if isinstance(part, ast.Constant))
        yield from (word for part in parts for word in re.findall(r"[a-z]{2,}", str(part)))
    elif isinstance(value, ast.IfExp | ast.BoolOp):
        for part in (value.body, value.orelse) if isinstance(value, ast.IfExp) else value.values:
            yield from literals(part)


@pytest.mark.parametrize("kind", registry.kinds())
def test_words_of_values_have_texts(kind: str) -> None:
    """A value that a driver composes of words has to be said (`Said`), so that each language words the value."""
    known = texts.of_room(kind, "zh").values
    assert [(where, word) for where, value in measured(kind) for word in literals(value) if word not in known] == []
