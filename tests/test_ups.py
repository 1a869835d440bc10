"""A UPS behind a NUT server: the real server with its dummy driver where NUT is installed, and a scripted one."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.power.pure import ups
from tests.conftest import Command, Done

NUT = next((folder for folder in (Path("/lib/nut"), Path("/usr/libexec/nut")) if (folder / "upsd").exists()), None)
WELL = {"ups.status": "OL CHRG", "battery.charge": "96", "battery.voltage": "13.6", "ups.load": "31"}

#: what the UPS says beside WELL -> the causes, and the status of the program
SAID: dict[str, tuple[dict[str, str], list[str], int]] = {
    "on line": ({}, [], 0),
    "on line and full, and no word of charging": ({"ups.status": "OL", "battery.charge": "100"}, [], 0),
    "no mains": ({"ups.status": "OB DISCHRG", "battery.charge": "71"}, ["PWR-UPS-ON-BATTERY"], 1),
    "no mains, and nearly empty": ({"ups.status": "OB DISCHRG LB", "battery.charge": "8"}, ["PWR-UPS-ON-BATTERY"], 1),
    "nearly empty by its word alone": ({"ups.status": "OB LB", "battery.charge": "40"}, ["PWR-UPS-ON-BATTERY"], 1),
    "on battery to calibrate the runtime": ({"ups.status": "OB DISCHRG CAL", "battery.charge": "71"}, [], 0),
    "replace the battery": ({"ups.status": "OL RB"}, ["PWR-BATTERY-WORN"], 1),
    "overloaded": ({"ups.status": "OL OVER", "ups.load": "121"}, ["PWR-UPS-OVERLOAD"], 1),
    "bypass": ({"ups.status": "OL BYPASS"}, ["PWR-UPS-BYPASS"], 0),
    "the mains is raised": ({"ups.status": "OL BOOST", "input.voltage": "201"}, [], 0),
    "a string of 16 blocks": ({"ups.status": "OL", "battery.voltage": "218.4"}, [], 0),
    "no battery voltage from its driver": ({"ups.status": "OL", "battery.voltage": "0.0"}, [], 0),
}


def run(posdiag: Command, port: int, name: str = "till") -> Done:
    return posdiag("run", "generic/linux-power", "--set", f"power.at=nut:{name}@127.0.0.1:{port}", "--json")


def listed(values: Mapping[str, str]) -> bytes:
    lines = "".join(f'VAR till {name} "{value}"\n' for name, value in values.items())
    return f"BEGIN LIST VAR till\n{lines}END LIST VAR till\n".encode()


@contextmanager
def server(answer: bytes | None) -> Iterator[int]:
    """Serve one answer to each client; None says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    client.recv(100)
                    client.sendall(answer or b"")
                    if answer is None:
                        client.recv(100)  # until the other end gives up

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("case", SAID)
def test_what_a_ups_says(posdiag: Command, case: str) -> None:
    said, causes, status = SAID[case]
    with server(listed({**WELL, **said})) as port:
        done = run(posdiag, port)
    assert (done.causes, done.status) == (causes, status)
    worn = [one for one in done.record["diagnosis"]["causes"] if one["fault"] == "PWR-BATTERY-WORN"]
    assert all(one["certainty"] <= 0.8 for one in worn)  # some UPSes ask for a battery by the calendar


ERRORS: dict[str, tuple[bytes | None, list[str], str]] = {
    "a UPS that the server does not know": (b"ERR UNKNOWN-UPS\n", ["HOST-SERVICE"], "UNKNOWN-UPS"),
    "a server that lets nobody in": (b"ERR ACCESS-DENIED\n", ["HOST-PERMISSION"], "ACCESS-DENIED"),
    "the UPS's cable is out": (b"ERR DATA-STALE\n", [], "DATA-STALE"),
    "the driver does not run": (b"ERR DRIVER-NOT-CONNECTED\n", [], "DRIVER-NOT-CONNECTED"),
    "another service": (b"SSH-2.0-x\r\n", ["HOST-SERVICE"], "does not answer like a NUT server"),
    "silence": (None, ["HOST-SERVICE"], "NUT server"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_no_battery_is_blamed_for_the_server(posdiag: Command, case: str) -> None:
    answer, causes, says = ERRORS[case]
    with server(answer) as port:
        done = run(posdiag, port)
    assert (done.causes, done.status) == (causes, 3)
    assert says in done.out


@pytest.mark.parametrize("word", ["8", ";", "OL 7", "%", "ABC"])
def test_a_status_without_a_word_of_a_ups_tells_nothing(posdiag: Command, word: str) -> None:
    with server(listed({**WELL, "ups.status": word})) as port:
        done = run(posdiag, port)
    assert (done.causes, done.status) == ([], 3)
    assert done.check("power", "battery")["reason"] == "unread"


def test_a_word_that_is_known_counts_beside_one_that_is_none(posdiag: Command) -> None:
    with server(listed({**WELL, "ups.status": "OB DISCHRG x-1"})) as port:
        done = run(posdiag, port)
    assert (done.causes, done.status) == (["PWR-UPS-ON-BATTERY"], 1)


def test_nobody_listens(posdiag: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    done = run(posdiag, port)
    assert (done.causes, done.status) == (["HOST-SERVICE"], 3)


def test_an_address_that_is_none(posdiag: Command) -> None:
    assert posdiag("run", "generic/linux-power", "--set", "power.at=nut:till").status == 78


def test_nobody_is_asked_to_unplug_a_ups(posdiag: Command) -> None:
    with server(listed(WELL)) as port:
        at = f"power.at=nut:till@127.0.0.1:{port}"
        done = posdiag("run", "generic/linux-power", "--set", at, "--level", "interactive", "--json")
    for step in ("replug", "other_charger", "swelling"):
        assert done.check("power", step)["outcome"] == "skipped"
    assert done.status == 0


def test_a_ups_replays(posdiag: Command, tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    with server(listed({**WELL, "ups.status": "OL OVER"})) as port:
        at = f"power.at=nut:till@127.0.0.1:{port}"
        first = posdiag("run", "generic/linux-power", "--set", at, "--json", "--trace", str(trace))
    again = posdiag("run", "generic/linux-power", "--set", f"power.at=trace:{trace}", "--json")
    assert again.causes == first.causes == ["PWR-UPS-OVERLOAD"]


def test_words_that_are_none_of_a_ups() -> None:
    said = {"ups.status": "OL +CMT 13800138000 CHRG", "ups.alarm": "call 13800138000"}
    assert ups.flags(said) == ("OL", "?", "CHRG")
    assert ups.values(said) == ()
    assert ups.values({"ups.alarm": "Replace battery!"}) == (("alarm", "Replace battery!", None),)


def test_units() -> None:
    tree = ups.in_usual_terms(
        {
            "till": {
                "ups.status": "OL CHRG",
                "battery.charge": "87.5",
                "battery.voltage": "27.3",
                "ups.temperature": "31",
            }
        }
    )
    assert tree["till"]["voltage_now"] == "27300000"
    assert (tree["till"]["capacity"], tree["till"]["temp"], tree["till"]["status"]) == ("88", "310", "Charging")
    assert tree["till.input"] == {"type": "Mains", "online": "1"}


@pytest.fixture
def real(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """Run NUT's own server with its dummy driver; yield its port and the file that the driver reads."""
    if NUT is None:
        pytest.skip("needs nut-server")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = tmp_path / "till.dev"
    file.write_text("".join(f"{name}: {value}\n" for name, value in WELL.items()))
    (tmp_path / "ups.conf").write_text(
        f"[till]\n driver = dummy-ups\n port = {file}\n[away]\n driver = dummy-ups\n port = x\n"
    )
    (tmp_path / "upsd.conf").write_text(f"LISTEN 127.0.0.1 {port}\n")
    (tmp_path / "upsd.users").write_text("")
    (tmp_path / "nut.conf").write_text("MODE=netserver\n")
    places = dict.fromkeys(("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH"), str(tmp_path))
    env = {**os.environ, **places}
    user = ("-u", "root") if not os.geteuid() else ()
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with (
        subprocess.Popen([NUT / "dummy-ups", "-D", "-a", "till", *user], env=env, **quiet) as driver,
        subprocess.Popen([NUT / "upsd", "-D", *user], env=env, **quiet) as upsd,
    ):
        try:
            await_data(port)
            yield port, file
        finally:
            upsd.terminate()
            driver.terminate()


def await_data(port: int) -> None:
    """Ask until the server has the driver's data."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as asked:
                asked.sendall(b"GET VAR till ups.load\n")
                if asked.recv(200).startswith(b"VAR "):
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail("NUT's server has no data of its driver")


def test_the_real_server(posdiag: Command, real: tuple[int, Path]) -> None:
    port, _ = real
    done = run(posdiag, port)
    assert (done.causes, done.status) == ([], 0)
    values = {one["name"]: one["value"] for one in done.check("power", "battery")["measurements"]}
    assert (values["till.flags"], values["till.load"]) == ("OL CHRG", 31.0)
    assert run(posdiag, port, "away").status == 3
    assert run(posdiag, port, "nobody").causes == ["HOST-SERVICE"]
