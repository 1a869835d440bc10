"""Talks of `posdiag guide` that are left and taken up again, answers that are corrected, and what is due."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.computers import Computer
from tests.conftest import Command, Simulator

GUIDE = ("guide", "no receipt", "--profile", "generic/closed-mobile")


def test_a_talk_that_was_left_is_taken_up(computer: Computer) -> None:
    left = computer.typing("1\n2\n1\ns\n", *GUIDE)  # a slip was printed and came out white; then stop
    assert left.status == 130
    on = computer.typing("s\n", "guide", "--continue")
    asked = [line for line in left.err.splitlines() if line.endswith("Done?")]
    again = [line for line in on.err.splitlines() if line.endswith("Done?")]
    assert asked[0] not in again
    assert "Understood: nothing is printed." in on.out


def test_an_answer_can_be_corrected(computer: Computer) -> None:
    done = computer.typing("1\n7\nb\n2\ns\n", *GUIDE)
    assert "go back to the question before" in done.err
    assert done.err.count("What came out?") == 2


def test_nothing_was_left(posdiag: Command) -> None:
    done = posdiag("guide", "--continue")
    assert done.status == 78
    assert "no talk with posdiag guide was left" in done.err


@pytest.mark.parametrize(("lang", "due"), [("en", "Nobody has tried"), ("zh", "还没有人试过")])
def test_what_is_due_and_what_helps_always(lang: str, due: str, computer: Computer) -> None:
    before = computer.posdiag("guide", "--prevent", "--lang", lang).out
    assert due not in before
    assert "8. " in before
    computer.posdiag("check")
    assert due in computer.posdiag("guide", "--prevent", "--lang", lang).out


def test_a_talk_about_one_complaint_has_tried_no_terminal(posdiag: Command) -> None:
    posdiag("guide", "97", "--profile", "generic/closed-mobile")
    assert "Nobody has tried" in posdiag("guide", "--prevent").out


def test_a_worn_part_is_due(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    served = simulator("printer", "--set", "counters=head", "--fault", "PRN-PAPER-NEAR-END")
    at = ["--set", f"printer.at={served.at}", "--set", "printer.near_end_sensor=true"]
    found = json.loads(posdiag("run", "generic/escpos-thermal", *at, "--json").out)["diagnosis"]["causes"]
    assert [cause["fault"] for cause in found] == ["PRN-PAPER-NEAR-END"]
    assert "Receipt printer: " in posdiag("guide", "--prevent").out.partition("What keeps")[0]
