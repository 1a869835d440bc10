"""What is printed for people fits the screen: its width, its letters, its colours."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from diag.cli import letters
from diag.cli.wrapping import wrap
from tests.conftest import POSDIAG, ROOT, Command, clean_environment

COLOUR = re.compile(r"\x1b\[\d*m")
C = {"LC_ALL": "C", "LANG": "C.UTF-8"}
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

OnScreen = Callable[..., str]


@pytest.fixture
def on_screen(tmp_path: Path) -> OnScreen:
    """Run `posdiag …` with a terminal of 40 columns for one of its outputs, and return what stands there."""

    def run(*words: str, env: Mapping[str, str] | None = None, stream: str = "stdout") -> str:
        master, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
        environment = {**clean_environment(tmp_path), "TERM": "xterm", **(env or {})}
        for name in {"COLUMNS", "NO_COLOR"} - (env or {}).keys():
            environment.pop(name, None)
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: terminal}
        process = subprocess.Popen(
            [POSDIAG, *words], stdin=subprocess.DEVNULL, env=environment, cwd=tmp_path, **streams
        )  # fmt: skip
        os.close(terminal)
        found = b""
        with contextlib.suppress(OSError):  # EIO is the end of a terminal's output
            while data := os.read(master, 4096):
                found += data
        process.wait(timeout=30)
        os.close(master)
        return found.decode().replace("\r\n", "\n")

    return run


def too_wide(text: str, width: int) -> list[str]:
    """Return the lines that are wider than the screen, although they hold more than one word, and no command."""
    plain = COLOUR.sub("", text).split("\n")
    broken = [line for line in plain if cell_len(line) > width and len(line.split()) > 1]
    return [line for line in broken if not line.lstrip().startswith("posdiag ")]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "words",
    [
        ["check", "generic/linux-power"],
        ["run", "generic/linux-power"],
        ["faults"],
        ["faults", "PRN-CUTTER"],
        ["doctor"],
        ["profile", "list"],
    ],
    ids=" ".join,
)
def test_lines_are_wrapped_at_words(on_screen: OnScreen, words: list[str], lang: str) -> None:
    text = on_screen(*words, "--lang", lang)
    assert text.count("\n") > 2
    assert too_wide(text, 40) == []


@pytest.mark.parametrize("words", [[], ["run"], ["confirm"], ["profile"], ["profile", "check"]], ids=" ".join)
def test_help_cuts_nothing_off(on_screen: OnScreen, posdiag: Command, words: list[str]) -> None:
    text = on_screen(*words, "--help")
    assert too_wide(text, 40) == []
    assert "…" not in text
    options = set(re.findall(r"--[a-z-]+", posdiag(*words, "--help").out)) - {"--help", "--fault", "--component"}
    assert options <= set(re.findall(r"--[a-z-]+", text))


def test_history_is_wrapped(on_screen: OnScreen, posdiag: Command) -> None:
    posdiag("run", "generic/linux-power")
    text = on_screen("history")
    assert "generic/linux-power" in text
    assert too_wide(text, 40) == []


def test_the_further_lines_of_a_step_stand_under_its_text(on_screen: OnScreen) -> None:
    text = on_screen("faults", "PRN-CUTTER")
    assert re.search(r"\n  1\. \w.{20,}\n     \w.*\n", text)


def test_columns_are_respected(on_screen: OnScreen, posdiag: Command) -> None:
    wide = on_screen("faults", "PRN-CUTTER", env={"COLUMNS": "200"})
    assert (
        wide.strip() == posdiag("faults", "PRN-CUTTER", env={"COLUMNS": "40"}).out.strip()
    )  # no terminal: not wrapped


def test_colour_is_for_terminals_and_can_be_switched_off(on_screen: OnScreen, posdiag: Command) -> None:
    assert COLOUR.search(on_screen("doctor"))
    assert not COLOUR.search(on_screen("doctor", env={"NO_COLOR": "1"}))
    assert not COLOUR.search(on_screen("doctor", env={"TERM": "dumb"}))
    assert not COLOUR.search(posdiag("doctor").out)


def test_progress_is_drawn_where_a_screen_can_be_drawn_on(on_screen: OnScreen) -> None:
    assert "\x1b[" in on_screen("run", "generic/linux-power", stream="stderr")
    assert on_screen("run", "generic/linux-power", stream="stderr", env={"TERM": "dumb"}) == "Power: examined\n"


def test_errors_are_wrapped(on_screen: OnScreen) -> None:
    text = on_screen("run", "demo/countertop", "--component", "toaster", stream="stderr")
    assert "there are:" in text
    assert too_wide(text, 40) == []


def test_symbols_have_stand_ins_in_the_c_locale(posdiag: Command) -> None:
    for env in (C, ASCII):
        done = posdiag("doctor", env=env)
        assert done.out.isascii()
        assert "OK posdiag is installed in" in done.out
        assert "??" not in done.out
        assert done.err == ""
    assert "✓" in posdiag("doctor").out


def test_help_is_ascii_in_the_c_locale(posdiag: Command) -> None:
    assert posdiag("run", "--help", env=C).out.isascii()


def test_question_marks_for_letters_are_said(posdiag: Command) -> None:
    done = posdiag("faults", "PRN-CUTTER", "--lang", "zh", env=ASCII)
    assert "???" in done.out
    assert "character set (ascii) lacks" in done.err
    in_c = posdiag("faults", "PRN-CUTTER", "--lang", "zh", env=C)  # Python writes UTF-8 there, see PEP 540
    assert "切刀" in in_c.out
    assert in_c.err == ""


def test_every_symbol_of_the_texts_has_a_stand_in() -> None:
    files = [*(ROOT / "drivers").rglob("texts/en.yaml"), *(ROOT / "diag").rglob("en.yaml")]
    used = {letter for file in files for letter in file.read_text(encoding="utf-8") if not letter.isascii()}
    assert used - letters.STAND_INS.keys() == set()
    assert all(text.isascii() for text in letters.STAND_INS.values())


def test_a_command_stays_whole() -> None:
    command = "posdiag run generic/msr-serial --set magstripe.at=/dev/ttyS0"
    assert wrap(f"      Serial reader: {command}", 40) == ["      Serial reader:", f"        {command}"]
    assert wrap(f"  {command}", 40) == [f"  {command}"]
    assert wrap("✓ posdiag is installed in /a/folder/somewhere", 40)[1:] == ["  /a/folder/somewhere"]


@given(st.text(alphabet="ab c，。（）“”中文1", max_size=120), st.integers(20, 60))
def test_wrapping_loses_nothing(text: str, width: int) -> None:
    text = re.sub(r" +(?=[，。）”])|(?<=[（“]) +", "", text)  # at a blank a line may end in any case
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines[1:]:
        assert line.strip()[:1] not in {"，", "。", "）", "”"} or not text.strip(" ，。）”")
    for line in lines[:-1]:
        assert line[-1:] not in {"（", "“"}
