"""The print queue of this computer for the printer that is examined: a made-up CUPS, and Debian's where installed."""

from __future__ import annotations

import http.server
import shutil
import socket
import socketserver
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.printer.pure import queues
from tests.conftest import Command, Simulator
from tests.test_printer_field import THERMAL, at

Queue = tuple[str, str, int, bool, int]  # name, device URI, printer-state, takes jobs, how many wait


def answer(asked: bytes, queues: list[Queue]) -> bytes:
    """Return what CUPS says to CUPS-Get-Printers."""

    def field(tag: int, name: str, value: bytes) -> bytes:
        return bytes((tag,)) + struct.pack(">H", len(name)) + name.encode() + struct.pack(">H", len(value)) + value

    groups = [
        b"\x04"
        + field(0x22, "printer-is-accepting-jobs", bytes((takes,)))
        + field(0x23, "printer-state", struct.pack(">i", state))
        + field(0x21, "queued-job-count", struct.pack(">i", jobs))
        + field(0x42, "printer-name", name.encode())
        + field(0x45, "device-uri", uri.encode())
        for name, uri, state, takes, jobs in queues
    ]
    return b"\2\0\0\0" + asked[4:8] + b"\x01" + field(0x47, "attributes-charset", b"utf-8") + b"".join(groups) + b"\x03"


@contextmanager
def cups(folder: Path, *queues: Queue) -> Iterator[dict[str, str]]:
    """Something that answers like CUPS at a socket; gives the environment that leads there."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = answer(self.rfile.read(int(self.headers["Content-Length"])), list(queues))
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    place = str(folder / "cups.sock")
    with socketserver.UnixStreamServer(place, Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield {"CUPS_SERVER": place}
        server.shutdown()
        thread.join()


def uri(address: str) -> str:
    return address if address.startswith("socket:") else f"serial:{address}?baud=9600"


@pytest.mark.parametrize("link", ["tcp", "pty"])
@pytest.mark.parametrize(
    ("state", "takes", "said"),
    [(5, True, "the queue TM of this computer is stopped, 1 job waits"), (3, False, "takes no jobs"), (3, True, "")],
)
def test_the_queue_of_this_printer(
    posdiag: Command, simulator: Simulator, tmp_path: Path, link: str, state: int, takes: bool, said: str
) -> None:
    """The printer is well, and the computer is named; a queue of another printer is no news."""
    served = simulator("printer", "--set", f"link={link}")
    others: list[Queue] = [("LABEL", "socket://192.0.2.9", 5, False, 9), ("OFFICE", "serial:/dev/ttyS77", 5, False, 0)]
    with cups(tmp_path, *others, ("TM", uri(served.at), state, takes, 1)) as env:
        done = posdiag("run", THERMAL, *at(served), "--json", env=env)
    check = done.check("printer", "queue")
    assert "LABEL" not in done.out
    if not said:
        assert (done.status, check["outcome"]) == (0, "passed")
        return
    (finding,) = check["findings"]
    assert finding["fault"] == "HOST-QUEUE"
    assert said in finding["evidence"]
    assert (done.status, done.causes) == (3, ["HOST-QUEUE"])
    assert not [cause for cause in done.record["diagnosis"]["open"] if cause["fault"].startswith("PRN-")]


def test_a_queue_is_named_beside_the_printer_s_own_trouble(
    posdiag: Command, simulator: Simulator, tmp_path: Path
) -> None:
    served = simulator("printer", "--fault", "PRN-PAPER-END")
    trace = tmp_path / "trace"
    with cups(tmp_path, ("TM", uri(served.at), 5, True, 2)) as env:
        done = posdiag("run", THERMAL, *at(served), "--json", "--trace", str(trace), env=env)
    assert set(done.causes) == {"PRN-PAPER-END", "HOST-QUEUE"}
    again = posdiag("run", THERMAL, "--set", f"printer.at=trace:{trace}", "--json")
    assert set(again.causes) == set(done.causes)


KEEPS = """
import socket, sys
kept = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
print(flush=True)
input()
"""


@pytest.mark.parametrize("state", [3, 4])
def test_a_job_that_has_the_printer(posdiag: Command, tmp_path: Path, state: int) -> None:
    """CUPS's program for network printers keeps the only connection: the job is named, and how to end it."""
    with socket.create_server(("127.0.0.1", 0)) as printer:
        place = f"socket://127.0.0.1:{printer.getsockname()[1]}"
        words = [sys.executable, "-c", KEEPS, str(printer.getsockname()[1])]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as backend:
            assert backend.stdout is not None
            backend.stdout.readline()
            with cups(tmp_path, ("TM", place, state, True, 3)) as env:
                done = posdiag("run", THERMAL, "--set", f"printer.at={place}", "--json", env=env)
            backend.communicate(b"\n")
    assert (done.status, done.causes) == (3, ["HOST-BUSY"])
    assert ("cancel -a TM" in done.out) == (state == 4)


def test_no_cups_and_an_odd_one(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    served = simulator("printer")
    for place in (str(tmp_path / "nobody"), "print.example.com", "/dev/null"):
        done = posdiag("run", THERMAL, *at(served), "--json", env={"CUPS_SERVER": place})
        assert (done.status, done.check("printer", "queue")["outcome"]) == (0, "skipped")


ID = "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;SN:A1;"


@pytest.mark.parametrize(
    ("uri", "at", "node", "device_id", "same"),
    [
        ("socket://192.0.2.7", "socket://192.0.2.7:9100", "", "", True),
        ("socket://192.0.2.7:9101", "socket://192.0.2.7:9100", "", "", False),
        ("ipp://192.0.2.7/ipp/print", "socket://192.0.2.7:9100", "", "", False),
        ("serial:/dev/ttyUSB0?baud=9600+parity=none", "/dev/serial/by-id/x", "/dev/ttyUSB0", "", True),
        ("serial:/dev/ttyUSB0?baud=9600", "/dev/ttyUSB1", "/dev/ttyUSB1", "", False),
        ("parallel:/dev/lp0", "/dev/lp0", "/dev/lp0", "", True),
        ("usb://EPSON/TM-T20II?serial=A1", "usb:04b8:0e15", "", ID, True),
        ("usb://EPSON/TM-T20II?serial=B2", "usb:04b8:0e15", "", ID, False),
        ("usb://EPSON/TM-T20II", "/dev/usb/lp0", "/dev/usb/lp0", ID, True),
        ("usb://Star/TSP143%20(STR_T-001)", "usb:0519:0003", "", "MFG:Star;MDL:TSP143 (STR_T-001);", True),
        ("usb://EPSON/TM-T20II?serial=A1", "usb:04b8:0e15:A1", "", "", True),
        ("usb://EPSON/TM-T20II?serial=A1", "usb:04b8:0e15:B2", "", "", False),
        ("usb://EPSON/TM-T20II", "usb:04b8:0e15", "", "", False),
        # as the device's own strings tell, which are not always the words of its device id
        ("usb://EPSON/TM-T20II?serial=A1", "usb:04b8:0e15", "", "MFG:EPSON;MDL:USB Printer;SN:A1;", True),
        ("usb://EPSON/TM-T20II?serial=A1", "usb:04b8:0e15", "", "MFG:Star;MDL:USB Printer;SN:A1;", False),
        ("serial:/dev/ttyUSB0", "socket://192.0.2.7:9100", "", "", False),
        ("", "", "", "", False),
    ],
)
def test_whose_queue(uri: str, at: str, node: str, device_id: str, same: bool) -> None:
    assert queues.is_on(uri, at, node, device_id) is same


FILES = "User lp\nGroup lp\n" + "".join(
    f"{key} {{folder}}\n" for key in ("ServerRoot", "StateDir", "RequestRoot", "CacheDir", "TempDir")
) + "".join(f"{key} {{folder}}/{key}\n" for key in ("AccessLog", "ErrorLog", "PageLog"))  # fmt: skip
POLICY = """<Location />
Allow all
</Location>
<Policy default>
<Limit All>
Order allow,deny
Allow all
</Limit>
</Policy>
"""


@pytest.mark.skipif(not shutil.which("cupsd") or not shutil.which("lpadmin"), reason="CUPS is not installed")
def test_a_real_cups(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    served = simulator("printer", "--set", "link=tcp")
    folder = tmp_path / "cups"  # CUPS removes what lies in its folder for temporary files
    folder.mkdir()
    place = tmp_path / "s"
    (tmp_path / "files").write_text(FILES.format(folder=folder))
    (tmp_path / "conf").write_text(f"Listen {place}\n{POLICY}")
    env = {"CUPS_SERVER": str(place)}
    words = ["cupsd", "-f", "-c", str(tmp_path / "conf"), "-s", str(tmp_path / "files")]
    with subprocess.Popen(words) as daemon:
        try:
            for command in (["lpadmin", "-p", "TM", "-E", "-v", served.at, "-m", "raw"], ["cupsdisable", "TM"]):
                lp(place, daemon, *command)
            done = posdiag("run", THERMAL, *at(served), "--json", env=env)
        finally:
            daemon.terminate()
    assert done.causes == ["HOST-QUEUE"]


def lp(place: Path, daemon: subprocess.Popen[bytes], *words: str) -> None:
    """Run a command of CUPS, when the service is there."""
    while not place.exists():
        assert daemon.poll() is None
    subprocess.run([*words[:1], "-h", str(place), *words[1:]], check=True, timeout=20)
