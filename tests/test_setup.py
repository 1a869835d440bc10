"""`posdiag setup`, and `check` and `run` without a profile: what is attached is made up, as in test_detect."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from diag.bench import set_up
from diag.knowledge import languages, profile, texts
from tests.attached import KEYS, STRIPE, Sysfs
from tests.conftest import ROOT, Command, Done, Served, Simulator, clean_environment


@dataclass
class Computer:
    """A computer with what is attached to it, and posdiag on it."""

    sysfs: Sysfs
    folder: Path
    env: dict[str, str]

    @property
    def file(self) -> Path:
        return self.folder / "etc/terminal.yaml"

    @property
    def written(self) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        return found

    def posdiag(self, *words: str, env: Mapping[str, str] | None = None, stdin: str = "") -> Done:
        """Run a command to its end; nobody is at the screen."""
        done = subprocess.run(
            self._command(words), input=stdin, capture_output=True, text=True, env={**self.env, **(env or {})},
            cwd=self.folder, timeout=90, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def typing(self, text: str, *words: str) -> Done:
        """Run a command with a person at the screen who types."""
        keyboard, screen = pty.openpty()
        with subprocess.Popen(
            self._command(words), stdin=screen, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.env,
            cwd=self.folder,
        ) as process:  # fmt: skip
            os.close(screen)
            os.write(keyboard, text.encode())
            out, err = process.communicate(timeout=90)
        os.close(keyboard)
        assert "Traceback" not in err
        return Done(process.returncode, out, err)

    def printer(self, served: Served) -> Path:
        """Attach a simulated printer as a serial port with a stable name."""
        self.sysfs.serial("1-3", "0483:5740", "Receipt Printer", Path(served.at).name, "cdc_acm")
        link = (self.folder / "links").resolve() / "usb-Receipt_Printer"
        link.symlink_to(served.at)
        return link

    def _command(self, words: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "tests.attached", str(self.folder), *words]


@pytest.fixture
def computer(tmp_path: Path) -> Iterator[Computer]:
    env = {**clean_environment(tmp_path), "PYTHONPATH": str(ROOT), "PCSCLITE_CSOCK_NAME": str(tmp_path / "no-pcscd")}
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="posdiag") as links:  # addresses are below /dev
        (tmp_path / "links").symlink_to(links)
        yield Computer(Sysfs(tmp_path / "sys"), tmp_path, env)


def several(computer: Computer) -> None:
    """Attach a printer of a known model, a modem, a stripe reader and a battery."""
    epson = "MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;CLS:PRINTER;"
    computer.sysfs.usb("1-2", "04b8:0202", "TM-T88V", "07", "usblp", ieee1284_id=epson)
    computer.sysfs.put("bus/usb/devices/1-2", serial="K3MF012345")
    computer.sysfs.serial("1-1", "1bc7:0021", "HE910", "ttyACM0", "cdc_acm")
    computer.sysfs.hid("1-4", "0801:0001", "Mag-Tek USB Swipe Reader", KEYS, keys=True)
    computer.sysfs.put("class/power_supply/BAT0", type="Battery", present="1")
    computer.sysfs.put("class/power_supply/AC", type="Mains")


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


def test_without_a_set_up_terminal_what_is_found_is_looked_at(computer: Computer, simulator: Simulator) -> None:
    computer.printer(simulator("printer"))
    done = computer.posdiag("check")
    first, *others = done.out.splitlines()
    assert first.startswith("READY as far as")
    assert "Looked at: Receipt printer." in first
    for title in ("Card reader", "Power", "Modem and SIM", "Magnetic stripe reader"):
        assert title in first.partition("Not looked at:")[2]
    assert "posdiag check --guided" in others[0]
    assert any("posdiag setup" in line for line in others)
    assert not computer.file.exists()
    assert "posdiag setup" in computer.posdiag("run", "--lang", "zh").out
    broken = computer.posdiag("check", "--set", "printer.drawer_pin=7")
    assert broken.status == 78


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


def test_the_set_up_terminal_has_a_name_among_profiles(computer: Computer) -> None:
    several(computer)
    assert "posdiag setup" in computer.posdiag("detect").out
    assert "posdiag setup" in computer.posdiag("check", "terminal").err
    computer.posdiag("setup")
    assert "posdiag setup" not in computer.posdiag("detect").out
    assert "did you mean terminal" in computer.posdiag("check", "terminl").err
    shown = yaml.safe_load(computer.posdiag("profile", "show", "terminal").out)
    assert shown["not_fitted"] == []
    assert shown["components"]["printer"]["dots"] == 512


def test_completion_offers_the_set_up_terminal(posdiag: Command, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/terminal.yaml").touch()
    env = {"_POSDIAG_COMPLETE": "complete_fish", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    assert posdiag(env={**env, "_TYPER_COMPLETE_ARGS": "posdiag check term"}).out.split() == ["terminal"]


def test_show_and_edit(computer: Computer) -> None:
    assert computer.posdiag("setup", "--show").status == 78
    several(computer)
    computer.posdiag("setup")
    shown = computer.posdiag("setup", "--show")
    assert shown.out == f"{computer.file}\n{computer.file.read_text(encoding='utf-8')}"
    for name, line, status in (("good", "notes: mine", 0), ("bad", "colour: red", 78)):
        editor = computer.folder / name
        editor.write_text(f'#!/bin/sh\n[ "$1" = -x ] && echo "{line}" >> "$2"\n')
        editor.chmod(0o755)
        done = computer.posdiag("setup", "--edit", env={"VISUAL": f"{editor} -x", "EDITOR": "false"})
        assert done.status == status
    assert f"{computer.file}:" in done.err
    assert "colour: unknown key" in done.err
    assert computer.posdiag("setup", "--edit", env={"EDITOR": "/none/such"}).status == 78
    for words in (("check",), ("run",)):
        done = computer.posdiag(*words)
        assert (done.status, done.out) == (78, "")
        assert f"{computer.file}:" in done.err
        assert "colour: unknown key" in done.err


def test_the_user_s_own_comes_first(computer: Computer) -> None:
    own = computer.folder / ".config/posdiag/terminal.yaml"
    for file, name in ((own, "Mine"), (computer.file, "Everybody's")):
        file.parent.mkdir(parents=True)
        file.write_text(f"schema: 1\nname: {{en: {name}}}\ninherits: generic/linux-power\n", encoding="utf-8")
    assert computer.posdiag("check", "--json").record["terminal"]["name"]["en"] == "Mine"
    own.unlink()
    assert computer.posdiag("check", "--json").record["terminal"]["name"]["en"] == "Everybody's"
    named = computer.posdiag("check", "generic/linux-power", "--json")
    assert named.record["terminal"]["profile"] == "generic/linux-power"
    by_variable = computer.posdiag("run", "--json", env={"POSDIAG_PROFILE": "generic/linux-power"})
    assert by_variable.record["terminal"]["profile"] == "generic/linux-power"


@pytest.mark.parametrize(
    ("not_fitted", "away"),
    [
        ("not_fitted: [printer, card_reader, magstripe, modem]", []),
        ("not_fitted: [printer, magstripe]", ["Card reader", "Modem and SIM"]),
        ("", []),
    ],
)
def test_what_the_terminal_does_not_have_is_not_missed(
    posdiag: Command, simulator: Simulator, tmp_path: Path, not_fitted: str, away: list[str]
) -> None:
    power = simulator("power")
    file = tmp_path / "etc/terminal.yaml"
    file.parent.mkdir()
    parts = f'components: {{power: {{driver: power, at: "{power.at}"}}}}'
    file.write_text(f"schema: 1\nname: {{en: Till}}\n{not_fitted}\n{parts}\n", encoding="utf-8")
    lines = posdiag("check").out.splitlines()
    assert lines[0].startswith("READY")
    assert ("Not looked at: " in lines[0]) == bool(away)
    assert [title for title in ("Card reader", "Modem and SIM", "Receipt printer") if title in lines[0]] == away
    assert any("posdiag setup --again" in line for line in lines) == bool(away)


def test_what_was_not_seen_is_looked_for_at_each_check(computer: Computer, simulator: Simulator) -> None:
    computer.file.parent.mkdir()
    printer = f"components: {{printer: {{inherits: generic/escpos-thermal, at: {set_up.NOT_SEEN}}}}}"
    computer.file.write_text(f"schema: 1\nname: {{en: Till}}\nnot_fitted: []\n{printer}\n", encoding="utf-8")
    absent = computer.posdiag("run", "--json")
    assert (absent.status, absent.causes) == (1, ["PRN-ABSENT"])
    link = computer.printer(simulator("printer", "--fault", "PRN-COVER-OPEN"))
    found = computer.posdiag("run", "--json")
    assert found.causes == ["PRN-COVER-OPEN"]
    assert found.component("printer")["at"] == str(link)


def test_a_whole_terminal_s_profile_is_taken_whole(computer: Computer) -> None:
    """The maker's profile says what the terminal has, so that nothing else is asked."""
    vendor = computer.folder / "profiles/acme/t80.yaml"
    vendor.parent.mkdir(parents=True)
    vendor.write_text(
        'schema: 1\nname: {en: T80}\ncomponents:\n  printer: {inherits: generic/escpos-thermal, usb: ["1234:5678"]}\n'
        "  modem: {inherits: generic/cellular-modem, at: /dev/ttyS9}\n"
    )
    computer.env["POSDIAG_PROFILE_PATH"] = str(vendor.parent.parent)
    computer.sysfs.usb("1-2", "1234:5678", "T80 printer", "07")
    done = computer.typing("Till 4\nSN9\n", "setup")
    assert done.status == 0, done.err
    assert (computer.written["inherits"], computer.written["components"]) == (
        "acme/t80",
        {"printer": {"at": "usb:1234:5678"}},
    )
    assert "not_fitted" not in computer.written
    assert {part["name"] for part in computer.posdiag("check", "--json").record["components"]} == {"printer", "modem"}


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


@pytest.mark.parametrize("kind", set_up.UNSEEN)
def test_each_part_that_may_be_missing_has_a_profile(kind: str) -> None:
    part = set_up.unseen(kind)
    loaded = profile.parse(set_up.text([part], name={"en": "T"}), "t")
    assert loaded.components[part.name].kind == kind
    assert (ROOT / "drivers" / kind / "symptoms.yaml").is_file()


@pytest.mark.parametrize("kind", set_up.UNSEEN)
def test_with_a_part_missing_nobody_reads_ready(computer: Computer, kind: str) -> None:
    answers = {each: "yes" if each == kind else "no" for each in set_up.UNSEEN}
    (computer.folder / "answers").write_text("".join(f"{key}={answer}\n" for key, answer in answers.items()))
    assert computer.posdiag("setup", "--answers", "answers").status == 0
    done = computer.posdiag("check")
    assert done.status in (1, 3)
    assert done.out.startswith("NOT ")
    assert texts.of_room(kind, "en").title in done.out


def test_names_that_make_no_sense_break_nothing(computer: Computer) -> None:
    computer.sysfs.usb("1-2", "1234:5678", 'A "b": #\x1b[31m\u202e 打印机', "07")
    computer.sysfs.put("bus/usb/devices/1-2", serial="a b\x00:*")
    assert computer.posdiag("setup").status == 0
    assert "\x1b" not in computer.file.read_text(encoding="utf-8")
    assert computer.written["components"]["printer"]["at"] == "usb:1234:5678"
