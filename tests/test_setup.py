"""`posdiag setup`: from what is attached to the profile of this terminal."""

from __future__ import annotations

from diag.knowledge import profile
from tests.computers import Computer, several
from tests.conftest import Simulator


def test_what_is_attached_becomes_the_profile(computer: Computer) -> None:
    several(computer)
    done = computer.posdiag("setup")
    assert done.status == 0
    assert "nothing is asked" in done.err
    supplies = f"sysfs:{computer.sysfs.root}/class/power_supply"
    assert computer.written == {
        "schema": 1,
        "name": {"en": "This terminal", "zh": "本POS机"},
        "not_fitted": [],
        "components": {
            "printer": {"inherits": "epson/tm-t88v", "at": "usb:04b8:0202:K3MF012345"},
            "magstripe": {"inherits": "magtek/sureswipe-keyboard"},
            "modem": {"inherits": "telit/he910"},
            "power": {"inherits": "generic/linux-power", "at": supplies, "battery": "required"},
        },
    }
    assert computer.file.stat().st_mode & 0o777 == 0o644
    assert computer.file.read_text(encoding="utf-8").startswith("# ")
    for line in ("✓ Receipt printer: TM-T88V (USB 04b8:0202), profile epson/tm-t88v", f"Written to {computer.file}."):
        assert any(shown.startswith(line) for shown in done.out.splitlines())
    loaded = profile.load(str(computer.file))
    assert loaded.components["printer"].settings.model_dump()["dots"] == 512
    assert computer.posdiag("profile", "check", "terminal").status == 0


def test_nothing_is_overwritten(computer: Computer) -> None:
    several(computer)
    computer.posdiag("setup")
    computer.file.write_text(before := computer.file.read_text(encoding="utf-8") + "notes: mine\n", encoding="utf-8")
    done = computer.posdiag("setup")
    assert (done.status, computer.file.read_text(encoding="utf-8")) == (78, before)
    assert "--again" in done.err
    assert computer.posdiag("setup", "--again").status == 0
    assert computer.file.with_name("terminal.yaml.bak").read_text(encoding="utf-8") == before
    assert "notes" not in computer.written
    assert sorted(path.name for path in computer.file.parent.iterdir()) == ["terminal.yaml", "terminal.yaml.bak"]


def test_nothing_attached_writes_nothing(computer: Computer) -> None:
    done = computer.posdiag("setup")
    assert (done.status, computer.file.exists()) == (3, False)
    assert "nothing was written" in done.out


def test_two_commands_name_the_broken_part(computer: Computer, simulator: Simulator) -> None:
    link = computer.printer(simulator("printer", "--fault", "PRN-COVER-OPEN"))
    assert computer.posdiag("setup").status == 0
    assert computer.written["components"]["printer"] == {"inherits": "generic/escpos-thermal", "at": str(link)}
    done = computer.posdiag("check")
    assert done.status == 1
    assert done.out.startswith("NOT READY")
    assert "PRN-COVER-OPEN" in done.out
    assert "[terminal]" in done.out.splitlines()[-1]
    run = computer.posdiag("run", "--json")
    assert run.causes == ["PRN-COVER-OPEN"]
    assert run.record["terminal"]["profile"] == "terminal"


def test_card_readers(computer: Computer, simulator: Simulator) -> None:
    """A slot by a name that does not count the readers; a reader that pcscd does not list yet."""
    slot = simulator("card_reader", "--set", "slot=contactless")
    computer.env |= slot.env
    computer.posdiag("setup")
    assert computer.written["components"]["contactless"] == {
        "inherits": "generic/pcsc",
        "at": "pcsc:Virtual PCD Contactless ?? 00",
        "slot": "contactless",
        "card": "optional",
    }
    assert computer.posdiag("check", "--json").component("contactless")["identity"]["reader"]
    computer.env["PCSCLITE_CSOCK_NAME"] = str(computer.folder / "no-pcscd")
    computer.sysfs.usb("1-1", "08e6:4433", "GemPC433", "0b")
    computer.posdiag("setup", "--again")
    assert computer.written["components"] == {"card_reader": {"inherits": "generic/pcsc", "card": "optional"}}


def test_the_console_is_no_part(computer: Computer) -> None:
    computer.sysfs.node("tty", "ttyS0", computer.sysfs.put("devices/serial8250"), type="4")
    computer.sysfs.put("class/tty/console", active="ttyS0")
    computer.sysfs.put("class/power_supply/AC", type="Mains")
    assert "ttyS0" not in computer.posdiag("setup").out
