"""The card reader against a real pcscd: gone in mid-run, held by another program, chosen by name."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from diag.contract.errors import CardAbsent, CardMute, DeviceGone, DeviceSilent, HostService, NotRecorded
from diag.contract.links import Address
from diag.contract.links.pcsc_answers import Response
from diag.sim.card_reader.daemon import free_ports
from drivers.card_reader.pure import apdu
from tests.conftest import POSDIAG, Command, Served

Simulator = Callable[..., Served]
READER = "pcsc:Virtual PCD 00 00"


@pytest.fixture
def two_slots(simulator: Simulator) -> Served:
    """A contact slot and a SAM slot behind one pcscd."""
    return simulator("card_reader", "--part", "contact", "--part", "sam", "--set", "slot=sam")


def in_a_process_of_its_own(code: str, served: Served) -> subprocess.Popen[str]:
    """It says 0 when it is ready, and is read up to there. (libpcsclite reads its socket's name once a process.)"""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, **served.env}, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "0"
    return process


def test_any_reader_name(posdiag: Command, simulator: Simulator) -> None:
    served = simulator("card_reader")
    for pattern in ("pcsc:*", "pcsc:virtual*", "pcsc:Virtual PCD 00 00"):
        done = posdiag("run", "generic/pcsc", "--set", f"card_reader.at={pattern}", "--json", env=served.env)
        assert done.status == 0
        assert done.component("card_reader")["identity"]["reader"] == "Virtual PCD 00 00"
    other = posdiag("run", "generic/pcsc", "--set", "card_reader.at=pcsc:Gemalto*", "--json", env=served.env)
    assert other.causes == ["ICC-ABSENT"]
    assert "Virtual PCD 00 00" in other.out
    empty = posdiag("run", "generic/pcsc", "--set", "card_reader.at=pcsc:*00 01", "--json", env=served.env)
    assert empty.causes == ["ICC-CARD-ABSENT"]


def test_an_optional_card_that_is_absent_takes_nothing_away(posdiag: Command, simulator: Simulator) -> None:
    served = simulator("card_reader", "--fault", "ICC-CARD-ABSENT")
    done = posdiag("run", "generic/pcsc", "--set", "card_reader.card=optional", "--json", env=served.env)
    assert done.status == 0
    assert done.check("card_reader", "card")["reason"] == "no-card"


def test_no_service(posdiag: Command) -> None:
    env = {"PCSCLITE_CSOCK_NAME": "/nonexistent/pcscd.comm"}
    done = posdiag("run", "generic/pcsc", "--json", env=env)
    assert done.status == 3
    assert done.causes == ["HOST-SERVICE"]
    assert done.component("card_reader")["status"] == "unknown"
    plain = posdiag("run", "generic/pcsc", env=env)
    assert "systemctl start pcscd" in plain.out
    assert "systemctl start pcscd" in posdiag("run", "generic/pcsc", "--lang", "zh", env=env).out


def test_a_card_held_exclusively(posdiag: Command, simulator: Simulator) -> None:
    served = simulator("card_reader")
    code = (
        "import sys\nfrom smartcard.scard import *\n"
        "hr, context = SCardEstablishContext(SCARD_SCOPE_USER)\n"
        "hr, card, protocol = SCardConnect(context, 'Virtual PCD 00 00', SCARD_SHARE_EXCLUSIVE, 3)\n"
        "print(hr, flush=True)\nsys.stdin.read()\n"
    )
    holder = in_a_process_of_its_own(code, served)
    done = posdiag("run", "generic/pcsc", "--json", env=served.env)
    holder.communicate("")
    assert done.status == 3
    assert done.causes == ["HOST-BUSY"]
    assert f"(pid {holder.pid})" in done.out


def test_a_held_reader_is_passed_over_where_another_one_has_a_card(posdiag: Command, two_slots: Served) -> None:
    """Two readers fit, one is held by another program: the free one is examined."""
    held = "Virtual PCD 00 00"
    code = (
        "import sys\nfrom smartcard.scard import *\n"
        "hr, context = SCardEstablishContext(SCARD_SCOPE_USER)\n"
        f"hr, card, protocol = SCardConnect(context, '{held}', SCARD_SHARE_EXCLUSIVE, 3)\n"
        "print(hr, flush=True)\nsys.stdin.read()\n"
    )
    holder = in_a_process_of_its_own(code, two_slots)
    free = posdiag("run", "generic/pcsc", "--set", "card_reader.slot=sam", "--json", env=two_slots.env)
    busy = posdiag("run", "generic/pcsc", "--json", env=two_slots.env)
    every = posdiag("run", "generic/pcsc", "--set", "card_reader.at=pcsc:Virtual PCD*", "--json", env=two_slots.env)
    holder.communicate("")
    assert free.component("card_reader")["identity"]["reader"] == "Virtual PCD SAM 00 00"
    assert free.status == 0
    assert (busy.status, busy.causes) == (3, ["HOST-BUSY"])
    assert every.causes == ["HOST-BUSY"]


def test_another_program_s_transaction(posdiag: Command, simulator: Simulator) -> None:
    """SCardConnect would wait for its end; the bench is in the way, not the card."""
    served = simulator("card_reader")
    holder = in_a_process_of_its_own(
        "import sys\nfrom smartcard.scard import *\nhr, context = SCardEstablishContext(SCARD_SCOPE_USER)\n"
        "hr, card, protocol = SCardConnect(context, 'Virtual PCD 00 00', SCARD_SHARE_SHARED, 3)\n"
        "print(SCardBeginTransaction(card), flush=True)\nsys.stdin.read()\n",
        served,
    )
    done = posdiag("run", "generic/pcsc", "--set", "card_reader.timeout_s=1", "--json", env=served.env)
    holder.communicate("")
    assert (done.status, done.causes) == (3, ["HOST-BUSY"])
    assert f"(pid {holder.pid})" in done.out


def test_a_card_that_another_program_uses_is_not_reset(posdiag: Command, simulator: Simulator) -> None:
    served = simulator("card_reader")
    other = in_a_process_of_its_own(
        "import sys\nfrom smartcard.scard import *\nhr, context = SCardEstablishContext(SCARD_SCOPE_USER)\n"
        "hr, card, protocol = SCardConnect(context, 'Virtual PCD 00 00', SCARD_SHARE_SHARED, 3)\n"
        "print(hr, flush=True)\nsys.stdin.readline()\n"
        "print(SCardTransmit(card, protocol, [0, 0xA4, 4, 0, 0])[0], flush=True)\n",
        served,
    )
    done = posdiag("run", "generic/pcsc", "--json", env=served.env)
    assert other.communicate("go\n", timeout=20)[0].strip() == "0"
    assert (done.status, done.causes) == (3, ["HOST-BUSY"])
    assert done.check("card_reader", "payment_environment")["outcome"] == "passed"


def test_another_program_resets_the_card(simulator: Simulator) -> None:
    """SCARD_W_RESET_CARD: the card is fine, the command is sent again."""
    served = simulator("card_reader")
    ours = in_a_process_of_its_own(
        "import sys\nfrom diag.contract.links import Address\n"
        "link = Address('pcsc:*', 'x').open_pcsc(5)\nlink.connect('Virtual PCD 00 00')\nprint(0, flush=True)\n"
        "sys.stdin.readline()\nprint(link.transmit(bytes.fromhex('00A4040000'), len).word, flush=True)\nlink.close()\n",
        served,
    )
    in_a_process_of_its_own(
        "from smartcard.scard import *\nhr, context = SCardEstablishContext(SCARD_SCOPE_USER)\n"
        "hr, card, protocol = SCardConnect(context, 'Virtual PCD 00 00', SCARD_SHARE_SHARED, 3)\n"
        "print(SCardReconnect(card, SCARD_SHARE_SHARED, 3, SCARD_RESET_CARD)[0])\n",
        served,
    ).communicate(timeout=20)
    out, _ = ours.communicate("go\n", timeout=20)
    assert int(out) == 0x6A82


def test_a_policy_that_refuses(posdiag: Command, tmp_path: Path) -> None:
    """A pcscd whose polkit says no: the bench's trouble, with its remedy."""
    path = tmp_path / "pcscd.comm"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(8)
        threading.Thread(target=refuse, args=(listener,), daemon=True).start()
        done = posdiag("run", "generic/pcsc", "--json", env={"PCSCLITE_CSOCK_NAME": str(path)})
        plain = posdiag("run", "generic/pcsc", env={"PCSCLITE_CSOCK_NAME": str(path)})
    assert (done.status, done.causes) == (3, ["HOST-PERMISSION"])
    assert "org.debian.pcsc-lite.access_pcsc" in plain.out


def refuse(listener: socket.socket) -> None:
    """The daemon's side of pcsc-lite's protocol (winscard_msg.h): the version is fine, contexts are refused."""
    while True:
        try:
            client = listener.accept()[0]
        except OSError:
            return
        with client:
            while head := client.recv(8):
                size, command = struct.unpack("<II", head)
                body = bytearray(client.recv(size))
                # the last field of both messages is the return code; 0x8010006A is SCARD_W_SECURITY_VIOLATION
                body[-4:] = struct.pack("<I", 0 if command == 0x11 else 0x8010006A)
                client.sendall(body)


def test_pcscd_killed_in_mid_run(simulator: Simulator) -> None:
    """The context was good, then the daemon died: the bench's trouble, not the reader's."""
    served = simulator("card_reader")
    code = (
        "import sys\nfrom diag.contract.links import Address\nfrom diag.contract.errors import *\n"
        "link = Address('pcsc:*', 'x').open_pcsc(5)\n"
        "link.connect('Virtual PCD 00 00')\nprint(0, flush=True)\nsys.stdin.readline()\n"
        "try:\n    link.transmit(bytes.fromhex('00A4040000'), len)\n"
        "except PosdiagError as error:\n    print(type(error).__name__, flush=True)\n"
        "link.close()\nlink.close()\n"
    )
    client = in_a_process_of_its_own(code, served)
    served.process.communicate("")  # ends the simulator and its pcscd
    assert client.stdin is not None
    client.stdin.write("go\n")
    out, _ = client.communicate(timeout=20)
    assert out.strip() == "HostService"


def test_a_hanging_pcscd_is_the_bench_s_trouble(posdiag: Command, simulator: Simulator) -> None:
    """pcscd takes the connection and never answers: no reader was ever reached."""
    served = simulator("card_reader")
    simulator_pid = served.process.pid
    daemon = int(Path(f"/proc/{simulator_pid}/task/{simulator_pid}/children").read_text().split()[0])
    os.kill(daemon, signal.SIGSTOP)
    try:
        done = posdiag("run", "generic/pcsc", "--set", "card_reader.timeout_s=0.5", "--json", env=served.env)
    finally:
        os.kill(daemon, signal.SIGCONT)
    assert done.status == 3
    assert done.causes == ["HOST-SERVICE"]


def test_codes_of_the_link(simulator: Simulator) -> None:
    """Each situation is its own error."""
    for fault, expected in (("ICC-CARD-MUTE", CardMute), ("ICC-CARD-ABSENT", CardAbsent)):
        served = simulator("card_reader", "--fault", fault)
        code = (
            "import sys\nfrom diag.contract.links import Address\nfrom diag.contract.errors import *\n"
            "link = Address('pcsc:*', 'x').open_pcsc(5)\nprint(0, flush=True)\nsys.stdin.readline()\n"
            "try:\n    link.connect('Virtual PCD 00 00')\n"
            "except PosdiagError as error:\n    print(type(error).__name__)\n"
            "try:\n    link.state('No Such Reader')\n"
            "except PosdiagError as error:\n    print(type(error).__name__)\n"
            "link.close()\n"
        )
        out, _ = in_a_process_of_its_own(code, served).communicate("go\n", timeout=20)
        assert out.split() == [expected.__name__, DeviceGone.__name__]


def test_a_replayed_link_answers_as_recorded(tmp_path: Path) -> None:
    """The link's whole way through a trace, without any pcscd."""
    lines = [
        {"op": "open", "sent": "*", "got": "a [ccid Interface]*"},
        {"op": "readers", "sent": None, "got": ["A [CCID Interface] 00 00", "A c 00 00"]},
        {"op": "connect", "sent": "A 00 00", "got": 2},
        {"op": "transmit", "sent": apdu.select(b"X", 1).hex(), "got": {"length": 3, "sw": "9000", "kept": "yes"}},
        {"op": "reset", "sent": "warm", "error": "DeviceSilent", "detail": "hung"},
        {"op": "readers", "sent": None, "error": "HostService", "detail": "stopped"},
    ]
    trace = tmp_path / "trace.jsonl"
    trace.write_text("".join(json.dumps({"component": "x", **line}) + "\n" for line in lines))
    link = Address(f"trace:{trace}", "x").open_pcsc(1)
    assert [name for name in link.readers() if link.fits(name)] == ["A [CCID Interface] 00 00"]
    assert link.connect("A 00 00") == 1
    assert link.transmit(apdu.select(b"X", 1), len) == Response(0x9000, 3, "yes")
    with pytest.raises(DeviceSilent, match="hung"):
        link.reset()
    with pytest.raises(HostService, match="stopped"):
        link.readers()
    with pytest.raises(NotRecorded, match="readers"):
        link.readers()


@pytest.mark.parametrize(
    "damage",
    [("9000", "zz"), ('"got": {"length"', '"got": {"size"'), ('"got": {"available"', '"got": {"was"')],
)
def test_a_damaged_trace_is_the_user_s(
    posdiag: Command, simulator: Simulator, tmp_path: Path, damage: tuple[str, str]
) -> None:
    served = simulator("card_reader")
    trace = tmp_path / "trace.jsonl"
    posdiag("run", "generic/pcsc", "--trace", str(trace), env=served.env)
    trace.write_text(trace.read_text().replace(*damage))
    done = posdiag("run", "generic/pcsc", "--set", f"card_reader.at=trace:{trace}", "--json")
    assert any(check["reason"] == "configuration" for check in done.component("card_reader")["checks"])


def test_a_demo_without_a_virtual_reader_goes_on(environment: dict[str, str], tmp_path: Path) -> None:
    """vpcd is hidden: what to install is said, and what cannot be simulated is left out, never a failed part."""
    hide = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /usr/lib/pcsc && exec "$@"', "sh"]
    if subprocess.run([*hide, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs root and mount namespaces, to hide vpcd")
    done = subprocess.run(
        [*hide, POSDIAG, "demo", "--fault", "PRN-PAPER-END", "--json"],
        capture_output=True, text=True, env=environment, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert "apt-get install pcscd vsmartcard-vpcd" in done.stderr
    assert done.returncode == 1
    record = json.loads(done.stdout)
    assert {cause["fault"] for cause in record["diagnosis"]["causes"]} == {"PRN-PAPER-END"}
    assert not {part["name"] for part in record["components"]} & {"card_reader", "contactless", "sam"}


def test_no_virtual_reader_takes_another_s_ports() -> None:
    """Two readers at one port would be one reader too few; a connection may take any port from 32768 up."""
    all_but_one = [port for port in range(20_000, 32_768) if port != 25_000]
    assert free_ports(all_but_one) == 25_000
