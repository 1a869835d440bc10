"""Ctrl-C, a signal, a kill: what was measured is kept, and a record is there to be read."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from diag.records import record
from diag.suite import live_peers
from tests.conftest import Command, Person, Simulator, start
from tests.stores import kept

PRINTER = "generic/escpos-thermal"


@pytest.fixture
def stuck(tmp_path: Path) -> Any:
    """A run whose printer never answers, with a long deadline, its other components done."""
    asked = threading.Event()

    def behave(data: bytes) -> bytes:
        asked.set()
        return b""

    with live_peers.on_tcp(behave) as at:
        process = start(
            tmp_path, "run", "demo/handheld", "--set", f"printer.at={at}", "--set", "printer.timeout_s=50",
            "--set", f"power.at=sysfs:{tmp_path}", "--component", "printer", "--component", "power", "--json",
        )  # fmt: skip
        assert asked.wait(30)
        wait_for(lambda: '"check-start", "component": "printer", "check": "status"' in stored(tmp_path)[0].read_text())
        yield process
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it holds; two minutes without it are a failure."""
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def stored_or_none(tmp_path: Path) -> list[Path]:
    return stored(tmp_path) if (tmp_path / "state" / "posdiag" / "runs").exists() else []


def stored(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "state" / "posdiag" / "runs").glob("*.json*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_keeps_what_was_measured(stuck: subprocess.Popen[str], tmp_path: Path, number: int) -> None:
    stuck.send_signal(number)
    out, err = stuck.communicate(timeout=20)
    assert stuck.returncode == 130
    assert "Traceback" not in err
    said = json.loads(out)
    assert said["run"]["interrupted"] is True
    assert said["verdict"] == "inconclusive"
    connection = said["components"][0]["checks"][0]
    assert (connection["name"], connection["outcome"]) == ("connection", "passed")
    assert kept(tmp_path) == [said]
    assert stored(tmp_path) == []


def test_a_killed_run_leaves_a_readable_record(
    stuck: subprocess.Popen[str], tmp_path: Path, installed: Command
) -> None:
    stuck.kill()
    stuck.wait(20)
    [journal] = stored(tmp_path)
    assert journal.suffix == ".jsonl"
    with journal.open("a") as file:
        file.write('{"event": "cut off in the mid')
    done = installed("report", "--json")
    assert done.status == 0
    assert done.record["run"]["interrupted"] is True
    assert done.check("printer", "connection")["outcome"] == "passed"
    assert done.check("printer", "status")["reason"] == "interrupted"
    jsonschema.validate(done.record, record.json_schema())
    assert "interrupted" in installed("report").out
    assert "interrupted" in installed("history").out


def test_ctrl_c_at_a_question_keeps_what_was_measured(
    simulator: Simulator, at_the_screen: Person, tmp_path: Path
) -> None:
    printer = simulator("printer")
    person = at_the_screen("run", PRINTER, "--set", f"printer.at={printer.at}", "--level", "interactive", "--json")
    wait_for(lambda: bool(stored_or_none(tmp_path)) and '"check": "printout"' in stored(tmp_path)[0].read_text()[-400:])
    person.process.send_signal(signal.SIGINT)
    done = person.done()
    assert done.status == 130
    assert done.check("printer", "test_print")["outcome"] == "passed"
    assert done.check("printer", "printout")["reason"] == "interrupted"
