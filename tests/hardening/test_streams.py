"""Standard streams that are closed, full, or whose reader is gone: measuring goes on, and the record is kept."""

from __future__ import annotations

import json
import os
import pty
import re
import resource
import subprocess
import termios
import time
from contextlib import suppress
from pathlib import Path

import pytest

from diag.contract import shown
from diag.contract.links.serial_line import SerialLine
from diag.contract.links.tty import TtyPort
from tests.conftest import Command
from tests.forkserver import POSDIAG, clean_environment
from tests.hardening import noise
from tests.stores import kept

RUN = f"{POSDIAG} run generic/linux-power"


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (f"{RUN} >&-", 3),
        (f"{RUN} 2>&-", 3),
        (f"{RUN} <&-", 3),
        (f"{RUN} <&- >&- 2>&-", 3),
        (f"{RUN} 2>/dev/full", 3),
        (f"{RUN} >/dev/full", 70),
        (f"set -o pipefail; {RUN} 2>&1 | true", 3),
        (f"set -o pipefail; {RUN} --json | head -1", 3),
    ],
)
def test_a_broken_screen_ends_no_run(tmp_path: Path, line: str, status: int) -> None:
    done = subprocess.run(
        ["bash", "-c", line], env=clean_environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr
    [record] = kept(tmp_path)
    assert record["run"]["interrupted"] is False


@pytest.mark.parametrize("words", [["run", "generic/linux-power"], ["profile", "list"], ["report", "nope"]])
def test_a_reader_that_pauses_holds_no_command_that_is_to_end(tmp_path: Path, words: list[str]) -> None:
    """Of a full pipe; the command has begun to wait for it when the signal comes."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, bytes(4096))
    os.set_blocking(writer, True)
    process = subprocess.Popen(
        [POSDIAG, *words], env=clean_environment(tmp_path), cwd=tmp_path, stdin=subprocess.DEVNULL,
        stdout=writer, stderr=writer,
    )  # fmt: skip
    os.close(writer)
    waits = Path(f"/proc/{process.pid}/wchan")
    end = time.monotonic() + 20
    while "poll" not in waits.read_text() and "pipe" not in waits.read_text() and time.monotonic() < end:
        time.sleep(0.05)
    process.terminate()
    try:
        assert process.wait(30) in (3, 78, 130)
    finally:
        process.kill()
        os.close(reader)
    if words[0] == "run":
        [record] = kept(tmp_path)
        assert record["run"]["id"]


def test_a_pipe_that_does_not_wait_gets_all_that_is_written(tmp_path: Path) -> None:
    """A pipe without a wait takes what fits; the reader has all of it later."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, bytes(4096))
    process = subprocess.Popen(
        [POSDIAG, "profile", "schema"], env=clean_environment(tmp_path), cwd=tmp_path, stdout=writer
    )
    os.close(writer)
    with open(reader, "rb") as file:
        written = file.read().lstrip(b"\0")
    assert (process.wait(), json.loads(written)["type"]) == (0, "object")


def test_a_terminal_that_was_closed_is_no_defect(tmp_path: Path) -> None:
    """The person closes the window at a question."""
    master, slave = pty.openpty()
    words = ["guide", "no-print", "--profile", "generic/closed-mobile"]
    process = subprocess.Popen(
        [POSDIAG, *words], env=clean_environment(tmp_path), cwd=tmp_path, stdin=slave, stdout=slave, stderr=slave,
        start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    said = b""
    while b"  1  " not in said:
        said += os.read(master, 4096)
    os.close(master)
    assert process.wait(30) != 70
    assert len(kept(tmp_path)) == 1


def test_text_steers_no_terminal(posdiag: Command, tmp_path: Path) -> None:
    nasty = "a\x1b[31m\u202eb\u200b\x9b\r"
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "terminal.yaml").write_bytes(b"# " + nasty.encode())
    for words in (
        ["run", "generic/linux-power", "--set", f"power.at=sysfs:/{nasty}"],
        ["run", "generic/linux-power", "--serial-number", nasty],
        ["run", nasty + ".yaml"],
        ["report", f"./{nasty}"],
        ["trend", nasty],
        ["certificate", "check", nasty, "--key", nasty],
        ["profile", "list", nasty],
        ["udev", "--output", nasty],
        ["setup", "--show"],
    ):
        done = posdiag(*words)
        text = done.out + done.err
        assert shown.in_lines(text) == text, words
    (tmp_path / "state" / "posdiag" / "runs" / f"{nasty}.json").write_text("{}")
    text = posdiag("history", "--json").out
    assert shown.in_json(text) == text
    assert any(nasty == run["id"] for run in json.loads(text))


def test_the_end_of_a_line_in_a_name_is_shown_as_an_escape(posdiag: Command, tmp_path: Path) -> None:
    """So a name writes no line of its own, on the screen or in a log."""
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "a\nb.yaml").write_text("{")
    for words in (["run", "x\ny.yaml"], ["profile", "check", "x\ny.yaml"], ["profile", "list"]):
        done = posdiag(*words, env={"POSDIAG_PROFILE_PATH": str(tmp_path / "profiles")})
        assert not re.search(r"^(y\.yaml|b)\b", done.out + done.err, re.MULTILINE), words


def test_a_profile_writes_no_rule_of_its_own(posdiag: Command, tmp_path: Path) -> None:
    folder = tmp_path / "profiles" / "acme"
    folder.mkdir(parents=True)
    text = "schema: 1\nname: {en: X}\ncomponents: {p: {driver: power, at: 'sysfs:/x', usb: ['1234:5678']}}\n"
    (folder / 'x\nKERNEL=="sda", MODE="0666"\n.yaml').write_text(text)
    assert 'MODE="0666"\n' not in posdiag("udev", env={"POSDIAG_PROFILE_PATH": str(folder.parent)}).out.replace(
        'GROUP="plugdev", MODE="0660"\n', ""
    )


def test_a_port_gets_its_modes_back() -> None:
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    port = TtyPort(os.ttyname(slave), 1.0, SerialLine(baud=19200))
    assert termios.tcgetattr(slave) != before
    port.close()
    assert termios.tcgetattr(slave) == before
    os.close(slave)
    os.close(master)


def test_a_run_leaves_no_core(tmp_path: Path) -> None:
    """A run that is still asking is killed by a signal that would leave one."""
    resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [POSDIAG, "run", "generic/escpos-thermal", "--set", f"printer.at={os.ttyname(slave)}"],
        env=clean_environment(tmp_path), cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert os.read(master, 1)
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    process.kill()
    process.wait()
    os.close(slave)
    os.close(master)
    [line] = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert line.split()[4:6] == ["0", "0"]


def test_at_most_200_components(posdiag: Command, folder: Path) -> None:
    parts = "".join(f"  p{number}: {{driver: printer}}\n" for number in range(201))
    (folder / "many.yaml").write_text(f"schema: 1\nname: {{en: X}}\ncomponents:\n{parts}")
    done = posdiag("profile", "check", "many.yaml")
    assert done.status == 78
    assert "at most 200, not 201" in done.err


@pytest.mark.parametrize("name", range(len(noise.PROFILES)))
def test_noise_is_never_healthy(name: int, tmp_path: Path) -> None:
    end = time.monotonic() + 3.0
    for number in range(name, 30 * len(noise.PROFILES), len(noise.PROFILES)):
        if time.monotonic() > end:
            break
        assert noise.run(number, tmp_path) is None


# a UPS without a status; one digit of a result, a text; idle statuses among other bytes; two refusals
@pytest.mark.parametrize("number", [1796028457, 1796048458, 1796033099, 1796057256, 20292892])
def test_this_noise_is_not_healthy_any_more(number: int, tmp_path: Path) -> None:
    assert noise.run(number, tmp_path) is None


@pytest.mark.parametrize("number", [6, 108, 526, 555])  # each held its component for longer before
def test_these_floods_are_given_up(number: int, tmp_path: Path) -> None:
    assert noise.run(number, tmp_path, flood=True) is None


@pytest.mark.parametrize("name", range(len(noise.PROFILES)))
def test_a_flood_holds_a_component_for_a_minute_at_most(name: int, tmp_path: Path) -> None:
    end = time.monotonic() + 3.0
    for number in range(name, 8 * len(noise.PROFILES), len(noise.PROFILES)):
        if time.monotonic() > end:
            break
        assert noise.run(number, tmp_path, flood=True) is None
