"""The result on the terminal's own paper: the QR code is read by zxing-cpp from what the simulated printer printed."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import re
import signal
import socket
import subprocess
import termios
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.contract.receipt import Receipt
from diag.knowledge import catalogue
from diag.records.record import from_json, to_json
from diag.reports import receipt
from diag.reports.formats import clean
from diag.reports.texts import Texts
from drivers.printer.pages import bitmap, escpos, pages, prints_qr_codes, star
from drivers.printer.pages.columns import broken, cells
from drivers.printer.settings import PrinterSettings
from tests import forkserver
from tests.conftest import Command, Done, Served, Simulator
from tests.stores import record
from tests.test_formats import NASTY, PAN, hostile

Image = pytest.importorskip("PIL.Image", reason="Pillow comes with python-escpos")
zxingcpp = pytest.importorskip("zxingcpp", reason="zxing-cpp is missing: pip install zxing-cpp")


def read(picture: Any) -> list[str]:
    """The texts of the QR codes in a picture, by zxing-cpp."""
    return [code.text for code in zxingcpp.read_barcodes(picture.convert("L"))]


def of_screen(text: str) -> Any:
    """The picture that a dark screen shows of blocks, or of number signs."""
    signs = "##" in text
    lines = [line for line in text.split("\n") if len(line) > 40 and set(line) <= set("█▀▄ #")]
    rows = [line[::2] for line in lines] if signs else [half for line in lines for half in _halves(line)]
    picture = Image.new("L", (max(map(len, rows)), len(rows)))
    picture.putdata([255 * (letter == "#") for row in rows for letter in row])
    return picture.resize((4 * picture.width, 4 * picture.height))


def _halves(line: str) -> tuple[str, str]:
    upper, lower = (line.translate({ord(block): sign for block, sign in zip("█▀▄", signs, strict=True)})
                    for signs in ("## ", "# #"))  # fmt: skip
    return upper, lower


def at(served: Served, *more: str) -> list[str]:
    settings = [f"printer.at={served.at}", *more]
    return [word for setting in settings for word in ("--set", setting)]


PROFILES = [
    ("generic/escpos-thermal", "escpos", 384, "image"),
    ("epson/tm-t20iii", "escpos", 576, "native"),
    ("star/tsp650ii", "star", 576, "native"),
    ("star/tsp650ii", "star", 576, "image"),
]


@pytest.mark.parametrize(("profile", "dialect", "dots", "qr"), PROFILES)
def test_the_code_on_the_paper_is_read(
    posdiag: Command, simulator: Simulator, tmp_path: Path, profile: str, dialect: str, dots: int, qr: str
) -> None:
    served = simulator("printer", *[word for setting in (f"paper={tmp_path}", f"dialect={dialect}", f"dots={dots}")
                                    for word in ("--set", setting)])  # fmt: skip
    settings = at(served, f"printer.qr={qr}", "printer.image=raster")
    made = posdiag("run", profile, *settings, "--serial-number", "SN-1/7", "--json").record
    run, began = made["run"]["id"], made["run"]["started"]
    done = posdiag("report", "--print", *settings)
    assert (done.status, done.out, done.err) == (0, "Printed: Receipt printer.\n", "")
    printed = served.said()["printed"]
    assert printed[:2] == ["posdiag", "PASS: Everything asked for was" if dots == 384 else
                           "PASS: Everything asked for was examined and is"]  # fmt: skip
    assert "serial number SN-1/7" in printed
    assert max(map(len, printed)) <= dots // 12
    assert read(Image.open(tmp_path / "page-1.pbm")) == [
        f"POSDIAG pass SN=SN-1/7 RUN={run} AT={began[:19].replace(':', '')}Z"
    ]


@pytest.mark.parametrize(("charset", "first"), [("gb18030", "通过：所检查的部件"), ("ascii", "PASS: Everything")])
def test_chinese_is_printed_where_the_printer_has_it(
    posdiag: Command, simulator: Simulator, charset: str, first: str
) -> None:
    served = simulator("printer")
    settings = at(served, f"printer.charset={charset}")
    assert posdiag("run", "generic/escpos-thermal", *settings).status == 0
    done = posdiag("report", "--print", "--lang", "zh", *settings)
    assert (done.status, done.out) == (0, "已打印：打印机。\n")
    printed = served.said()["printed"]
    assert printed[1].startswith(first)
    assert max(map(cells, printed)) <= 32


def broken_off(posdiag: Command, simulator: Simulator, fault: str, *settings: str) -> Done:
    """Print with a printer that was healthy in the run, and has a fault now."""
    assert posdiag("run", "generic/escpos-thermal", *at(simulator("printer"))).status == 0
    return posdiag("report", "--print", *at(simulator("printer", "--fault", fault), *settings))


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("PRN-COVER-OPEN", "not ready: cover open"), ("PRN-PAPER-END", "not ready: "), ("PRN-MUTE", "no answer"),
        ("PRN-ABSENT", "ttyUSB-unplugged"),
    ],
)  # fmt: skip
def test_a_printer_that_does_not_print_is_told(posdiag: Command, simulator: Simulator, fault: str, why: str) -> None:
    done = broken_off(posdiag, simulator, fault, "printer.answers=status")
    assert (done.status, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("posdiag: Receipt printer: nothing was printed, or not all of it: ")
    assert why in done.err
    [code] = read(of_screen(done.out))
    assert code.startswith("POSDIAG pass RUN=")


def test_a_printer_that_may_be_one_way_is_sent_the_page(posdiag: Command, simulator: Simulator) -> None:
    """The generic profile does not know whether its printer answers."""
    done = broken_off(posdiag, simulator, "PRN-MUTE")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("Sent: Receipt printer. The printer does not say whether all of it is on the paper")


def test_a_failed_printer_is_left_alone(posdiag: Command, simulator: Simulator) -> None:
    served = simulator("printer", "--fault", "PRN-CUTTER")
    made = posdiag("run", "generic/escpos-thermal", *at(served), "--json")
    assert made.causes == ["PRN-CUTTER"]
    done = posdiag("report", "--print", "--lang", "zh", *at(served))
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("打印机：坏的就是它，所以结果显示在这里，不打印。\n")
    assert read(of_screen(done.out))[0].startswith("POSDIAG PRN-CUTTER RUN=")


def test_signs_stand_in_for_blocks(posdiag: Command) -> None:
    posdiag("demo", "--component", "printer", "--fault", "PRN-COVER-OPEN")
    done = posdiag("report", "--print", env={"LC_ALL": "C"})
    assert done.out.isascii()
    assert done.out.startswith("No terminal was examined in this run")
    assert read(of_screen(done.out))[0].startswith("POSDIAG PRN-COVER-OPEN SN=DEMO RUN=")


def test_a_terminal_without_a_printer(posdiag: Command, tmp_path: Path) -> None:
    (tmp_path / "power_supply").mkdir()
    settings = ("--set", f"power.at=sysfs:{tmp_path}/power_supply")
    posdiag("run", "generic/linux-power", *settings)
    done = posdiag("report", "--print", *settings)
    assert (done.status, done.out.partition("\n")[0]) == (
        0, "This terminal has no printer that can be printed on, so the result is shown here.",
    )  # fmt: skip


def test_a_busy_port_is_the_bench(posdiag: Command, simulator: Simulator) -> None:
    served = simulator("printer")
    assert posdiag("run", "generic/escpos-thermal", *at(served)).status == 0
    with open(served.at, "rb+", buffering=0) as other:
        fcntl.ioctl(other, termios.TIOCEXCL)
        fcntl.flock(other, fcntl.LOCK_EX)
        done = posdiag("report", "--print", *at(served))
    assert (done.status, done.err.count("\n")) == (3, 1)


def test_ctrl_c_ends_the_wait(
    posdiag: Command, simulator: Simulator, environment: dict[str, str], folder: Path
) -> None:
    """A server that takes connections and says nothing holds the command for its timeout, or until Ctrl-C."""
    assert posdiag("run", "generic/escpos-thermal", *at(simulator("printer"))).status == 0
    with socket.create_server(("127.0.0.1", 0)) as silent:
        words = ["report", "--print", "--set", f"printer.at=socket://127.0.0.1:{silent.getsockname()[1]}",
                 "--set", "printer.timeout_s=30"]  # fmt: skip
        process = forkserver.command(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=folder
        )
        connection, _ = silent.accept()
        with process, connection:
            connection.recv(1)  # it has asked, and waits
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (130, "", "")


@pytest.mark.parametrize("other", [("--output", "f"), ("--format", "html"), ("--json",)])
def test_what_does_not_go_with_print(posdiag: Command, other: Sequence[str]) -> None:
    done = posdiag("report", "--print", *other)
    assert (done.status, "--print does not go with" in done.err) == (78, True)


def test_a_setting_needs_print(posdiag: Command) -> None:
    done = posdiag("report", "--set", "printer.at=/dev/null")
    assert (done.status, "--set goes with --print only" in done.err) == (78, True)


@pytest.mark.parametrize("dialect", ["escpos", "star"])
@pytest.mark.parametrize("charset", ["ascii", "gb18030"])
@pytest.mark.parametrize("text", [NASTY, f"http://x.example/?a=b {PAN}", "中\x1b@\x1dV0" * 2500])
def test_hostile_texts_print_nothing_but_letters(text: str, charset: Any, dialect: Any) -> None:
    """Between the commands that are ours only letters are sent, and not many of them."""
    made = clean(from_json(json.loads(json.dumps(to_json(hostile(text))))))
    lines = receipt.lines(made, Texts(catalogue.load({"printer"}), "zh"))
    code = receipt.code(made)
    wanted = Receipt(tuple(lines), tuple(line.encode("ascii", "replace").decode() for line in lines), code)
    settings = PrinterSettings(dialect=dialect, charset=charset, qr="none")
    sent = pages(settings).receipt(settings, wanted)
    ours_of_escpos = (escpos.ENTER_KANJI, escpos.LEAVE_KANJI, escpos.CUT_PARTIAL_WITH_FEED, b"\x1bt\x00")
    for ours in (*ours_of_escpos, star._CUT_PARTIAL_WITH_FEED):
        sent = sent.replace(ours, b"")
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", sent)
    assert len(sent) < 3000
    assert PAN.encode() not in sent
    assert PAN not in code
    assert ":" not in code
    assert code.isascii()
    assert len(code) < 250


def test_the_code_says_what_support_needs() -> None:
    made = record(0, serial_number="SN 1", faults=("PRN-COVER-OPEN", "PRN-CUTTER"))
    made = dataclasses.replace(made, run=dataclasses.replace(made.run, started="2026-01-17T10:12:00.5+01:00"))
    assert receipt.code(made) == "POSDIAG PRN-COVER-OPEN,PRN-CUTTER SN=SN?1 RUN=run-000000 AT=2026-01-17T091200Z"


@given(st.lists(st.text()), st.integers(2, 60))
def test_lines_fit_the_paper_and_lose_nothing(lines: list[str], width: int) -> None:
    found = list(broken(lines, width))
    assert all(cells(line) <= width and line.isprintable() for line in found)
    whole = "".join(letter if letter.isprintable() else "?" for line in lines for letter in line)
    assert "".join(found).replace(" ", "") == whole.replace(" ", "")


@pytest.mark.parametrize("width", [200, 384, 576])
def test_the_code_fits_the_paper(width: int) -> None:
    dots = bitmap.qr_dots("POSDIAG " + "X" * 90, width)
    picture = bitmap.qr_code("POSDIAG " + "X" * 90, dots)
    assert len(picture[0]) <= width
    assert dots == {200: 4, 384: 6, 576: 6}[width]


def test_a_model_without_codes_says_so() -> None:
    settings = PrinterSettings(qr="none", technology="impact", image="column")
    assert not prints_qr_codes(settings)
    assert b"\x1d(k" not in pages(settings).receipt(settings, Receipt(("a",), ("a",), "POSDIAG"))
