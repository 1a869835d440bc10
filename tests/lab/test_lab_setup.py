"""From nothing to the named failed part in two commands: set up by a kernel's own sysfs, and check."""

from __future__ import annotations

import pytest
import yaml

from tests.lab.conftest import Guest, answers

pytestmark = pytest.mark.lab


def test_two_commands_and_nothing_typed(guest: Guest) -> None:
    """As an ordinary user by a pipe, plugged out and in; then as root, with a serial adapter that has to be asked."""
    script = """
    mkdir /tmp/shop && chown 1000:1000 /tmp/shop
    shop() { setpriv --reuid 1000 --regid 1000 --groups 20,7 env HOME=/tmp/shop python -m diag.cli "$@" < /dev/null; }
    file=/tmp/shop/.config/posdiag/terminal.yaml
    echo "== found"; shop check 2>&1; echo "exit $?"
    echo "== setup"; shop setup 2>&1; echo "exit $?"
    echo "== file"; cat $file
    echo "== mode"; stat -c %a $file
    echo "== check"; shop check 2>/dev/null; echo "exit $?"
    echo "== twice"; shop setup 2>&1; echo "exit $?"
    labctl unplug gadget-printer > /dev/null; sleep 1
    echo "== unplugged"; shop check 2>/dev/null; echo "exit $?"
    labctl plug gadget-printer > /dev/null; sleep 2; labctl fault gadget-printer paper-end > /dev/null
    echo "== plugged"; shop check 2>/dev/null; echo "exit $?"
    labctl fault gadget-printer > /dev/null; labctl fault ftdi-printer cover-open > /dev/null
    export HOME=/tmp/root
    echo "== root"; python -m diag.cli setup --probe < /dev/null 2>&1; echo "exit $?"
    echo "== system"; cat /etc/posdiag/terminal.yaml
    echo "== p"; p run; causes
    """
    got = answers(guest("gadget-printer:cover-open+serial=POS1,gadget-acm-modem,ftdi-printer", script))
    assert got["found"][-1] == "exit 1"
    assert any("PRN-COVER-OPEN" in line for line in got["found"])
    assert any("posdiag setup" in line for line in got["found"])
    assert got["setup"][-1] == "exit 0"
    assert any(
        line.startswith("? ") and "--probe" in following
        for line, following in zip(got["setup"], got["setup"][1:], strict=False)
    )
    parts = yaml.safe_load("\n".join(got["file"]))["components"]
    assert parts == {
        "printer": {"inherits": "epson/tm-t88v", "at": "usb:04b8:0202:POS1"},
        "modem": {"inherits": "telit/he910"},
    }
    assert got["mode"] == ["644"]
    assert got["check"][0].startswith("NOT READY")
    assert any("PRN-COVER-OPEN" in line for line in got["check"])
    assert got["check"][-1] == "exit 1"
    assert got["twice"][-1] == "exit 78"
    assert any("PRN-ABSENT" in line for line in got["unplugged"])
    assert any("PRN-PAPER-END" in line for line in got["plugged"])
    assert got["root"][-1] == "exit 0"
    asked = yaml.safe_load("\n".join(got["system"]))["components"]["printer_2"]
    assert asked["at"].startswith("/dev/serial/by-id/usb-")
    assert "PRN-COVER-OPEN" in got["p"][1]
