"""The command line as its users meet it: exit status, output, interruption, stored runs."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from diag import __version__
from diag.records import record
from diag.suite import live_peers
from tests.conftest import POSDIAG, Command, Person, Simulator, clean_environment, start
from tests.stores import everything

PRINTER = "generic/escpos-thermal"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["run"],
        ["check"],
        ["demo"],
        ["sim"],
        ["faults"],
        ["detect"],
        ["doctor"],
        ["report"],
        ["udev"],
        ["history"],
        ["profile", "check"],
    ],
)
def test_help(posdiag: Command, words: list[str]) -> None:
    done = posdiag(*words, "--help")
    assert done.status == 0
    assert "Usage" in done.out
    assert not words or "Example" in done.out


def test_version(posdiag: Command) -> None:
    alone, with_more = posdiag("--version"), posdiag("--version", "run")
    assert (alone.status, alone.out, alone.err) == (0, f"posdiag {__version__}\n", "")
    assert (with_more.status, with_more.out) == (0, alone.out)
    assert "--version" in posdiag("--help").out


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        (["--version"], {"typer", "yaml", "pydantic", "diag.knowledge", "diag.cli.wrapping"}),
        (
            ["--help"],
            {"sqlite3", "sqlalchemy", "diag.store", "rich", "pydantic", "diag.knowledge.catalogue", "diag.run"}
            | {"diag.bench", "drivers"},
        ),
        (
            ["run", "generic/linux-power", "--json"],
            {"rich.live", "sqlalchemy", "alembic", "serial", "usb", "smartcard", "escpos"}
            | {"diag.cli.wrapping", "diag.bench", "drivers.printer"},
        ),
    ],
)  # fmt: skip
def test_a_command_imports_only_what_it_needs(tmp_path: Path, words: list[str], unwanted: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", POSDIAG, *words], capture_output=True, text=True,
        env=clean_environment(tmp_path), cwd=tmp_path, check=False,
    )  # fmt: skip
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "diag.cli" in imported
    assert not imported & unwanted


@pytest.mark.parametrize(
    "words",
    [
        ["--version"],
        ["--help"],
        ["run", "generic/pscs"],
        ["check", "generic/linux-power", "--lang", "zh"],
        ["demo", "--fault", "PRN-NONSENSE"],
        ["sim", "generic/none"],
        ["faults"],
        ["detect"],
        ["doctor"],
        ["report"],
        ["udev"],
        ["history"],
        ["confirm", "--list"],
        ["profile", "list"],
        ["profile", "check", "demo/countertop"],
        ["profile", "show", "demo/handheld"],
        ["profile", "schema"],
    ],
    ids=" ".join,
)
def test_each_command_starts(posdiag: Command, installed: Command, words: list[str]) -> None:
    """The script that is installed says what a fork of tests/forkserver.py says, which the other tests rely on."""
    assert installed(*words) == posdiag(*words)


def test_usage_errors_end_2(installed: Command) -> None:
    assert installed("sim").status == 2
    assert installed("nonsense").status == 2
    assert installed("run", "generic/pcsc", "--level", "loud").status == 2
    done = installed("sim", "--json")
    assert done.status == 2
    assert json.loads(done.out)["error"]["kind"] == "usage"


def test_records_fit_their_schema(posdiag: Command) -> None:
    schema = record.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for words in (
        ["demo"],
        ["demo", "--fault", "PRN-PAPER-END", "--fault", "ICC-PROTOCOL"],
        ["run", "generic/linux-power"],
    ):
        broken = posdiag(*words, "--json").record
        jsonschema.validate(broken, schema)
    broken["verdict"] = "maybe"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


def test_both_languages(posdiag: Command) -> None:
    demo = ("demo", "--component", "printer", "--fault", "PRN-PAPER-END")
    english = posdiag(*demo)
    chinese = posdiag(*demo, "--lang", "zh")
    by_locale = posdiag(*demo, env={"LANG": "zh_CN.UTF-8"})
    assert "Put in a new roll" in english.out
    assert "缺纸" in chinese.out
    assert "缺纸" in by_locale.out
    assert "Put in" not in chinese.out


def test_the_json_is_the_same_in_both_languages(posdiag: Command) -> None:
    def plain(text: str) -> Any:
        data = json.loads(text)
        for part in data["components"]:
            part["at"] = ""
            for check in part["checks"]:
                check["seconds"] = 0
                check["measurements"] = [one for one in check["measurements"] if one["unit"] != "s"]
        return data["components"], data["verdict"]

    one = posdiag("demo", "--fault", "PRN-CUTTER", "--json", "--lang", "en")
    other = posdiag("demo", "--fault", "PRN-CUTTER", "--json", "--lang", "zh")
    assert plain(one.out) == plain(other.out)


def test_check_speaks_plainly(installed: Command, simulator: Simulator) -> None:
    printer = simulator("printer", "--fault", "PRN-COVER-OPEN")
    setting = f"printer.at={printer.at}"
    done = installed("check", PRINTER, "--set", setting)
    assert done.status == 1
    assert done.out.startswith("NOT READY")
    assert "Close the cover" in done.out
    assert "PRN-COVER-OPEN" in done.out
    assert "DLE" not in done.out
    near = simulator("printer", "--fault", "PRN-PAPER-NEAR-END")
    done = installed("check", PRINTER, "--set", f"printer.at={near.at}", "--lang", "zh")
    assert done.status == 0
    assert done.out.startswith("可以营业，但请尽快处理")


@pytest.mark.xdist_group("timing")
def test_a_mute_printer_costs_its_deadline_and_delays_nobody(posdiag: Command) -> None:
    done = posdiag("demo", "--fault", "PRN-MUTE", "--json")
    assert done.causes == ["PRN-MUTE"]
    seconds = {part["name"]: sum(check["seconds"] for check in part["checks"]) for part in done.record["components"]}
    # the others were done long before the printer's one second was over
    assert seconds["printer"] >= 1
    assert seconds["power"] + seconds["card_reader"] < seconds["printer"]
    assert done.record["run"]["seconds"] < seconds["printer"] + 1


def test_one_component_alone(posdiag: Command, tmp_path: Path) -> None:
    done = posdiag("run", "demo/countertop", "--component", "power", "--set", f"power.at=sysfs:{tmp_path}", "--json")
    assert [part["name"] for part in done.record["components"]] == ["power"]
    assert posdiag("run", "demo/countertop", "--component", "toaster").status == 78


def test_device_text_is_shown_harmlessly(posdiag: Command) -> None:
    """A printer whose name holds terminal escapes, markup and a right-to-left mark."""
    evil = b"\x5fEPS\x1b[2J\x07[red]N\x00"
    answers = iter([b"\x16", b"\x16", b"\x12", b"\x12", b"\x12"])
    with live_peers.on_tcp(lambda data: next(answers, evil)) as at:
        done = posdiag("run", PRINTER, "--set", f"printer.at={at}")
    assert done.status == 0
    assert "\x1b" not in done.out + done.err
    assert "\x07" not in done.out + done.err
    assert "\\x1b[2J" in done.out
    assert "[red]" in done.out


def test_a_card_number_from_a_device_never_gets_out(posdiag: Command, tmp_path: Path) -> None:
    """A device that volunteers a card number: redacted everywhere, and told as the device's words, not our defect."""
    pan = "4111111111111111"
    answers = iter([b"\x16", b"\x16", b"\x12", b"\x12", b"\x12"])
    trace = tmp_path / "trace.jsonl"
    with live_peers.on_tcp(lambda data: next(answers, b"\x5f" + pan.encode() + b"\0")) as at:
        done = posdiag("run", PRINTER, "--set", f"printer.at={at}", "--trace", str(trace), "--json")
    assert done.status == 0
    assert "sounds like a stripe reader" in done.out
    for text in (
        done.out,
        done.err,
        trace.read_text(),
        everything(tmp_path),
    ):
        assert pan not in text
        assert pan.encode().hex() not in text


def test_a_card_number_in_two_answers_never_gets_out(posdiag: Command, tmp_path: Path) -> None:
    """A printer whose model and maker are the halves of a card number: each alone is nothing."""
    said = {b"\x1dIC": b"_41111111\0", b"\x1dIB": b"_11111111\0"}

    def answer(data: bytes) -> bytes:
        return said.get(data[-3:], b"\x12" if data[-3:-1] == b"\x10\x04" else b"")

    with live_peers.on_tcp(answer) as at:
        done = posdiag("run", PRINTER, "--set", f"printer.at={at}", "--json")
    [printer] = done.record["components"]
    assert [printer["identity"][key] for key in ("model", "maker")] == ["[redacted]"] * 2
    assert done.status == 70
    assert "41111111" not in done.out + done.err + everything(tmp_path)


def test_a_card_number_as_a_serial_number_is_not_kept(posdiag: Command, tmp_path: Path) -> None:
    done = posdiag("run", "generic/linux-power", "--serial-number", "4111111111111111", "--json")
    assert done.status == 78
    assert "--serial-number: this looks like a card number" in done.err
    assert "4111111111111111" not in done.out + done.err
    assert not any(tmp_path.rglob("store.sqlite"))  # nothing is kept


def test_a_person_says_that_a_number_is_a_serial_number(posdiag: Command) -> None:
    done = posdiag("run", "generic/linux-power", "--serial-number", "SN:4111111111111111", "--json")
    assert (done.status, done.record["terminal"]["serial_number"]) == (3, "4111111111111111")
    assert len(json.loads(posdiag("history", "--serial-number", "4111111111111111", "--json").out)) == 1


def test_stored_runs_show_as_they_were(posdiag: Command, tmp_path: Path) -> None:
    first = posdiag("demo", "--component", "printer", "--fault", "PRN-COVER-OPEN", "--json").record
    posdiag("demo", "--component", "printer", "--json")
    again = posdiag("report", first["run"]["id"], "--json").record
    assert again == first
    assert "PRN-COVER-OPEN" in posdiag("report", first["run"]["id"]).out
    assert posdiag("history").out.count("demo/countertop") == 2
    assert posdiag("report", "no-such-run").status == 78
    (tmp_path / "broken.json").write_text("{}")
    assert posdiag("report", str(tmp_path / "broken.json")).status == 78


def test_a_folder_that_cannot_be_written_costs_the_record_only(posdiag: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = posdiag("demo", "--component", "printer", "--json", env={"XDG_STATE_HOME": str(tmp_path / "file")})
    assert done.status == 0
    assert "not kept" in done.err


def test_without_a_person_the_question_is_skipped(posdiag: Command, simulator: Simulator) -> None:
    printer = simulator("printer")
    done = posdiag("run", PRINTER, "--set", f"printer.at={printer.at}", "--level", "interactive", "--json")
    check = done.check("printer", "printout")
    assert (check["outcome"], check["reason"]) == ("skipped", "no-person")
    assert done.status == 3


def test_a_person_answers(simulator: Simulator, at_the_screen: Person) -> None:
    """On a real terminal: a wrong key is asked again, the answer becomes the cause, alike at the second look."""
    printer = simulator("printer")
    person = at_the_screen("run", PRINTER, "--set", f"printer.at={printer.at}", "--level", "interactive", "--json")
    person.type("99\nblank\n" + "2\n" * 6)
    done = person.done()
    assert "What does the paper show?" in done.err
    assert "1 to 14" in done.err
    assert (done.status, done.causes) == (1, ["PRN-PRINT-BLANK"])


@pytest.mark.parametrize("typed", ["?", "？"])
def test_a_person_who_does_not_know(simulator: Simulator, at_the_screen: Person, typed: str) -> None:
    printer = simulator("printer")
    person = at_the_screen("run", PRINTER, "--set", f"printer.at={printer.at}", "--level", "interactive", "--json")
    person.type(f"{typed}\n" * 20)  # to every question
    done = person.done()
    assert "?  I do not know" in done.err
    check = done.check("printer", "printout")
    assert (check["outcome"], check["reason"]) == ("skipped", "no-person")
    assert (done.status, done.causes) == (3, [])


def test_a_person_who_stops(simulator: Simulator, at_the_screen: Person) -> None:
    """The record is kept, as after Ctrl-C."""
    printer = simulator("printer")
    person = at_the_screen("run", PRINTER, "--set", f"printer.at={printer.at}", "--level", "interactive", "--json")
    person.type("s\n")
    done = person.done()
    assert "s  stop here" in done.err
    assert done.status == 130
    assert done.record["run"]["interrupted"]
    assert done.check("printer", "paper")["outcome"] == "passed"


@pytest.mark.parametrize(
    "words", [["run", "generic/linux-power", "--json"], ["run", "generic/linux-power"], ["--version"]]
)
def test_a_full_disk_under_the_output_is_no_failed_component(tmp_path: Path, words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [POSDIAG, *words], stdout=full, stderr=subprocess.PIPE, text=True,
            env=clean_environment(tmp_path), cwd=tmp_path, check=False,
        )  # fmt: skip
    assert done.returncode == 70
    assert "Traceback" not in done.stderr


def test_a_locale_without_our_letters(posdiag: Command) -> None:
    env = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    assert posdiag("check", "demo/countertop", "--lang", "zh", env=env).status in (1, 3)
    done = posdiag("run", "generic/linux-power", "--json", "--lang", "zh", env=env)
    assert done.status == 3
    assert done.record["terminal"]["name"]["zh"] == "检测电脑的电源"


def test_faults_are_explained(posdiag: Command) -> None:
    assert "PRN-CUTTER" in posdiag("faults").out
    assert "用手轮把刀退回去" in posdiag("faults", "prn-cutter", "--lang", "zh").out
    assert json.loads(posdiag("faults", "PRN-CUTTER", "--json").out)[0]["class"] == "part"
    assert posdiag("faults", "PRN-NONE").status == 78


def test_sim_prints_what_reaches_it(tmp_path: Path, posdiag: Command) -> None:
    process = start(tmp_path, "sim", "demo/handheld", "--fault", "PRN-COVER-OPEN", "--json")
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    words = [word for setting in said["set"] for word in ("--set", setting)]
    done = posdiag("run", "demo/handheld", *words, "--json", env=said["env"])
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert done.causes == ["PRN-COVER-OPEN"]


def test_doctor_names_what_is_missing(posdiag: Command) -> None:
    done = posdiag("doctor", env={"PCSCLITE_CSOCK_NAME": "/nonexistent/pcscd.comm"})
    assert done.status == 3
    assert "pcscd" in done.out
    assert posdiag("doctor", "--lang", "zh", env={"PCSCLITE_CSOCK_NAME": "/nonexistent"}).status == 3


def test_no_permission_prints_the_remedy(tmp_path: Path) -> None:
    """A port that belongs to somebody else, and a root without the right to open everything."""
    if os.geteuid() or not shutil.which("setpriv"):
        pytest.skip("needs root and setpriv, to run as a user without rights")
    master, slave = pty.openpty()
    path = os.ttyname(slave)
    os.chown(path, 12345, 12345)
    os.chmod(path, 0o600)
    lost = "-dac_override,-dac_read_search"
    words = [POSDIAG, "run", PRINTER, "--set", f"printer.at={path}"]
    done = subprocess.run(
        ["setpriv", f"--inh-caps={lost}", f"--bounding-set={lost}", *words],
        capture_output=True, text=True, env=clean_environment(tmp_path), check=False,
    )  # fmt: skip
    os.close(slave)
    os.close(master)
    assert done.returncode == 3, done.stderr
    assert "HOST-PERMISSION" in done.stdout
    assert "usermod -aG" in done.stdout
    assert "0666" not in done.stdout
