"""What `posdiag setup` and `posdiag profile new` ask, at the screen and from a file of answers."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest
import yaml

from diag.bench import set_up
from diag.knowledge import languages, profile, texts
from tests.attached import STRIPE
from tests.computers import Computer, several


def test_questions_at_the_screen(computer: Computer) -> None:
    """Both languages' words, numbers, "back", an address with a mistake, a part that is there and was not seen."""
    computer.sysfs.serial("1-2", "0403:6001", "FT232R", "ttyUSB0", "ftdi_sio")
    typed = [
        "maybe", "1",  # the port is the printer's
        "y", "没有", "back", "no",  # a card reader; no stripe reader: back to the question before, and again
        "1", "192.0.2.7", "",  # a modem, that address is none, so where is not known
        "?", "Till 2", "back", "kasse", "SN 7",  # the battery: not known
    ]  # fmt: skip
    done = computer.typing("\n".join([*typed, ""]), "setup")
    assert done.status == 0, done.err
    assert "did you mean socket://192.0.2.7:9100?" in done.err
    assert computer.written["components"] == {
        "printer": {"inherits": "generic/escpos-thermal", "at": "/dev/ttyUSB0"},
        "card_reader": {"inherits": "generic/pcsc", "card": "optional"},
        "modem": {"inherits": "generic/cellular-modem", "at": set_up.NOT_SEEN},
    }
    assert (computer.written["not_fitted"], computer.written["serial_number"]) == (["magstripe"], "SN 7")
    assert computer.written["name"] == {"en": "kasse"}
    assert "! Modem and SIM: fitted, but not seen" in done.out
    checked = computer.posdiag("check", "--json").record
    assert checked["terminal"]["serial_number"] == "SN 7"
    assert checked["terminal"]["not_fitted"] == ["magstripe"]
    assert {cause["fault"] for cause in checked["diagnosis"]["causes"]} >= {"MDM-ABSENT"}


@pytest.mark.parametrize(
    "typed", ["1\nstop\n", "1\n停止\n", "1\n\x03", "1\n\x04"], ids=["stop", "停止", "Ctrl-C", "end"]
)
def test_who_stops_has_written_nothing(computer: Computer, typed: str) -> None:
    keyboard, screen = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.attached", str(computer.folder), "setup"], stdin=screen, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=computer.env, cwd=computer.folder, start_new_session=True,
        preexec_fn=_own_terminal,
    ) as process:  # fmt: skip
        os.close(screen)
        assert process.stderr is not None
        while "Receipt printer" not in process.stderr.readline():
            pass
        os.write(keyboard, typed.encode())
        _, err = process.communicate(timeout=60)
    os.close(keyboard)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert not computer.file.exists()


def _own_terminal() -> None:
    """Make standard input the terminal whose Ctrl-C reaches this process."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_answers_from_a_file(computer: Computer) -> None:
    several(computer)
    (computer.folder / "answers").write_text("card_reader = no\nname=Till 3  # by the door\nserial_number=00042\n")
    assert computer.posdiag("setup", "--answers", "answers").status == 0
    assert computer.written["not_fitted"] == ["card_reader"]
    assert (computer.written["name"], computer.written["serial_number"]) == ({"en": "Till 3"}, "00042")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("card_reader=perhaps\n", "answers:1: card_reader: there is no answer 'perhaps'"),
        ("\ncard_raeder=no\n", "answers:2: there was no question 'card_raeder'; did you mean card_reader?"),
        ("serial_number=4111111111111111\n", "answers:1: serial_number: this looks like a card number"),
        ("card_reader\n", "answers:1: 'card_reader' is not QUESTION=ANSWER"),
    ],
)
def test_wrong_answers(computer: Computer, text: str, said: str) -> None:
    several(computer)
    (computer.folder / "answers").write_text(text)
    done = computer.posdiag("setup", "--answers", "answers")
    assert (done.status, computer.file.exists()) == (78, False)
    assert said in done.err


def test_a_model_that_may_be_several_is_asked_for(computer: Computer) -> None:
    """The USB id means several models: nobody guesses one."""
    computer.sysfs.usb("1-2", "04b8:0202", "Receipt Printer", "07")
    assert computer.posdiag("setup").status == 0
    assert computer.written["components"]["printer"] == {"inherits": "generic/escpos-thermal", "at": "usb:04b8:0202"}
    (computer.folder / "answers").write_text("usb:04b8:0202=epson/tm-t20ii\n")
    assert computer.posdiag("setup", "--again", "--answers", "answers").status == 0
    assert computer.written["components"]["printer"]["inherits"] == "epson/tm-t20ii"


def test_two_devices_of_one_id_keep_their_places(computer: Computer) -> None:
    for place in ("1-1", "1-2"):
        computer.sysfs.usb(place, "0416:5011", f"POS58 {place}", "07")
    computer.posdiag("setup")
    at = {name: part["at"] for name, part in computer.written["components"].items()}
    assert at == {"printer": "usb:1-1", "printer_2": "usb:1-2"}


def test_a_profile_of_a_model(computer: Computer) -> None:
    several(computer)
    computer.sysfs.hid("1-5", "1234:0001", "Unheard-of", STRIPE, keys=False)
    done = computer.typing("yes\nAcme\nT80\n", "profile", "new", "acme/t80")
    assert done.status == 0, done.err
    file = computer.folder / "acme/t80.yaml"
    made = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert made["name"] == {"en": "Acme T80"}
    assert not {"serial_number", "not_fitted"} & set(made)
    assert made["components"]["printer"] == {"inherits": "epson/tm-t88v", "at": "usb:04b8:0202"}
    assert made["components"]["magstripe_2"] == {
        "inherits": "generic/msr-hid",
        "at": "hidraw:1234:0001",
        "usb": ["1234:0001"],
    }
    assert made["components"]["card_reader"]["inherits"] == "generic/pcsc"
    assert "K3MF012345" not in file.read_text(encoding="utf-8")
    assert computer.posdiag("profile", "check", str(file)).status == 0
    before = file.read_bytes()
    assert computer.posdiag("profile", "new", "acme/t80").status == 78
    assert file.read_bytes() == before
    assert computer.posdiag("profile", "new", "Acme T80").status == 78
    assert computer.posdiag("profile", "new", "t81", "--output", "mine.yaml", "--lang", "zh").status == 0
    assert computer.posdiag("profile", "check", "mine.yaml").status == 0


@pytest.mark.parametrize("lang", languages.LANGUAGES)
def test_each_language_asks_and_tells(computer: Computer, lang: str) -> None:
    computer.sysfs.serial("1-2", "0403:6001", "FT232R", "ttyUSB0", "ftdi_sio")
    computer.sysfs.usb("1-3", "04b8:0202", "Receipt Printer", "07")
    done = computer.typing("none\n?\nyes\n\n?\n?\n?\n\n\n", "setup", "--lang", lang)
    assert done.status == 0, done.err
    for title in (texts.of_room(kind, lang).title for kind in ("printer", "card_reader", "modem")):
        assert title in done.err + done.out
    assert "{" not in done.err + done.out
    assert profile.load(str(computer.file)).components


def test_names_that_make_no_sense_break_nothing(computer: Computer) -> None:
    computer.sysfs.usb("1-2", "1234:5678", 'A "b": #\x1b[31m\u202e 打印机', "07")
    computer.sysfs.put("bus/usb/devices/1-2", serial="a b\x00:*")
    assert computer.posdiag("setup").status == 0
    assert "\x1b" not in computer.file.read_text(encoding="utf-8")
    assert computer.written["components"]["printer"]["at"] == "usb:1234:5678"
