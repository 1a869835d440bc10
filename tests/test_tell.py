"""Telling the result of a check: a webhook, metrics, a notice, and the timer that begins the check."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from diag.cli import telling
from diag.contract.said import Said
from diag.knowledge import catalogue
from diag.records.record import CheckRecord, MeasurementRecord, Record
from diag.reports import as_metrics
from diag.reports.texts import Texts
from tests.conftest import Command
from tests.stores import record
from tests.test_formats import NASTY, hostile


def texts() -> Texts:
    return Texts(catalogue.load({"printer"}), "en")


def worn() -> Record:
    """A run with a worn cutter, and a measurement that no catalogue knows."""
    made = record(0, faults=("PRN-CUTTER-WORN", "XXX-YYY"))
    values = [
        MeasurementRecord("cuts_used", 91.5, "%"), MeasurementRecord("cuts_count", 915000),
        MeasurementRecord("spoken_by_device", 3, "%"),
    ]  # fmt: skip
    part = dataclasses.replace(
        made.components[0], checks=[CheckRecord("wear", "internal", "passed", measurements=values)]
    )
    return dataclasses.replace(made, components=[part])


def test_metrics() -> None:
    lines = as_metrics.metrics(worn(), texts()).splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        'posdiag_verdict{terminal="SN1"} 1',
        'posdiag_last_run_timestamp_seconds{terminal="SN1"} 1767225600.000',
        'posdiag_component_status{terminal="SN1",component="printer"} 0',
        'posdiag_finding{terminal="SN1",component="printer",code="PRN-CUTTER-WORN"} 1',
        'posdiag_wear_ratio{terminal="SN1",component="printer",measurement="cuts_used"} 0.915',
    ]
    assert sum(line.startswith("# TYPE ") for line in lines) == sum(line.startswith("# HELP ") for line in lines) == 5


LINE = re.compile(r'[a-z_]+\{[a-z]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z]+="(?:[^"\\\n]|\\[\\"n])*")*\} [0-9.e+-]+')


def test_metrics_take_any_name() -> None:
    text = as_metrics.metrics(hostile(NASTY), texts())
    assert text.endswith("\n")
    assert [line for line in text.split("\n")[:-1] if not line.startswith("# ") and not LINE.fullmatch(line)] == []
    labels = next(line for line in text.split("\n") if line.startswith("posdiag_verdict"))
    said = re.sub(
        r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), labels[len('posdiag_verdict{terminal="') : -4]
    )
    assert said == NASTY.encode("utf-8", "replace").decode()


class Server(ThreadingHTTPServer):
    """Takes what is posted; answers with a status, and drips where `drips`."""

    def __init__(self, status: int = 204, *, drips: bool = False) -> None:
        self.got: list[tuple[str, str, Any]] = []
        this = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                this.got.append((self.path, self.headers["Content-Type"], json.loads(body)))
                if drips:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                    for _ in range(100):
                        self.wfile.write(b"X: y\r\n")
                        time.sleep(0.1)
                    return
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Stay silent."""

        super().__init__(("127.0.0.1", 0), Handler)
        self.daemon_threads, self.block_on_close = True, False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook/Zx9-secret"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as serving:
        yield serving
        serving.shutdown()


def test_a_check_that_tells(posdiag: Command, server: Server, folder: Path) -> None:
    env = {"POSDIAG_WEBHOOK": server.address, "POSDIAG_METRICS": str(folder)}
    done = posdiag("check", "generic/linux-power", "--serial-number", "a/b", "--tell", "--json", env=env)
    assert done.status == 3
    told = done.record
    body = {
        "schema": "posdiag.told/1", "run": told["run"]["id"], "started": told["run"]["started"], "origin": "live",
        "terminal": {"profile": "generic/linux-power", "serial_number": "a/b"}, "verdict": told["verdict"],
        "codes": [cause["fault"] for cause in told["diagnosis"]["causes"]],
    }  # fmt: skip
    assert server.got == [("/hook/Zx9-secret", "application/json", body)]
    [file] = folder.iterdir()
    assert re.fullmatch(r"posdiag-a_b-[0-9a-f]{8}\.prom", file.name)
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert 'posdiag_component_status{terminal="a/b",component="power"}' in file.read_text()
    assert posdiag("check", "generic/linux-power", "--serial-number", "a/b", "--tell", env=env).status == 3
    assert [each.name for each in folder.iterdir()] == [file.name]


@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_what_is_refused_is_told_and_is_not_fatal(posdiag: Command, status: int) -> None:
    with Server(status) as serving:
        done = posdiag("check", "generic/linux-power", "--tell", env={"POSDIAG_WEBHOOK": serving.address})
        serving.shutdown()
    assert done.status == 3
    assert f"the webhook at 127.0.0.1 was not told: it answers with status {status}" in done.err
    assert "Zx9-secret" not in done.err
    assert [path for path, _, _ in serving.got] == ["/hook/Zx9-secret"]  # and not /elsewhere


def test_a_webhook_has_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "_DEADLINE", 0.3)
    with Server(drips=True) as serving:
        begin = time.monotonic()
        assert telling._posted(serving.address, b"{}") == Said("not_ended", seconds=0.3)
        assert time.monotonic() - begin < 2
        serving.shutdown()


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://x/y", "nonsense", "http://", "http://x:0/", ""])
def test_an_address_that_is_none(posdiag: Command, address: str) -> None:
    done = posdiag("check", "generic/linux-power", "--tell", env={"POSDIAG_WEBHOOK": address})
    assert (done.status, done.err) == (78, "posdiag: POSDIAG_WEBHOOK: an address http://… or https://… is expected\n")


def test_a_folder_that_is_none(posdiag: Command, folder: Path) -> None:
    done = posdiag("check", "generic/linux-power", "--tell", env={"POSDIAG_METRICS": str(folder / "no")})
    assert (done.status, done.err.count("\n")) == (78, 1)
    assert "there is no such folder" in done.err


def test_simulated_figures_stay_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POSDIAG_METRICS", str(tmp_path))
    made = worn()
    simulated = dataclasses.replace(made, run=dataclasses.replace(made.run, origin="simulated"))
    assert list(telling.tell(simulated, "READY", texts())) == []
    assert list(tmp_path.iterdir()) == []


def test_a_notice_on_the_desktop(posdiag: Command, environment: dict[str, str], tmp_path: Path) -> None:
    program = tmp_path / "bin" / "notify-send"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/said\nexit 1\n')
    program.chmod(0o755)
    env = {"PATH": f"{program.parent}:{environment['PATH']}"}
    assert posdiag("check", "generic/linux-power", "--tell", env={**env, "DISPLAY": ""}).status == 3
    assert not (tmp_path / "said").exists()
    done = posdiag("check", "generic/linux-power", "--tell", "--lang", "zh", env={**env, "DISPLAY": ":0"})
    assert (done.status, done.err.count("notify")) == (3, 0)
    assert (tmp_path / "said").read_text().splitlines()[2:] == ["posdiag", done.out.splitlines()[0]]


def test_the_timer(posdiag: Command, folder: Path) -> None:
    done = posdiag("timer", "--at", "07:45", "--output", "units")
    assert done.status == 0
    service, timer = (folder / "units" / f"posdiag-check.{kind}" for kind in ("service", "timer"))
    assert "OnCalendar=*-*-* 07:45:00\n" in timer.read_text()
    assert 'posdiag" check --tell\n' in service.read_text()
    assert posdiag("timer", "--output", "units").status == 78
    assert posdiag("timer", "--output", "units", "--force").status == 0
    assert "OnCalendar=*-*-* 06:30:00\n" in posdiag("timer").out
    if shutil.which("systemd-analyze"):
        words = ["systemd-analyze", "verify", "--man=no", str(timer), str(service)]
        verified = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (verified.returncode, verified.stderr) == (0, "")
