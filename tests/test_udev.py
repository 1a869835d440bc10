"""`posdiag udev --install` and `--remove`: only files of posdiag, and udev reads them where udev runs."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from diag.bench import udev
from diag.contract.errors import ConfigError
from tests.conftest import Command


@pytest.fixture
def rules_d(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of rules instead of this computer's, and a udevadm that keeps what it was asked."""
    rules_d = tmp_path / "rules.d"
    monkeypatch.setattr(udev, "INSTALLED", rules_d)
    monkeypatch.setattr(udev, "_FOLDERS", (rules_d,))
    tool = tmp_path / "bin" / "udevadm"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n', encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return rules_d


def names(rules_d: Path) -> set[str]:
    return {file.name for file in rules_d.iterdir()}


def test_installed_and_removed(rules_d: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert udev.missing() == [udev.MARKS, udev.ACCESS]
    udev.install("en")
    assert udev.missing() == []
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert asked[0] == "control --reload"
    assert asked[1].startswith("trigger ")
    for subsystem in ("usb", "tty", "input", "hidraw"):  # each subsystem that a rule names
        assert f"--subsystem-match={subsystem}" in asked[1].split()
    assert "udev has read the rules" in capsys.readouterr().err
    (rules_d / "50-of-somebody-else.rules").touch()
    udev.remove("en")
    assert names(rules_d) == {"50-of-somebody-else.rules"}
    assert len((tmp_path / "asked").read_text(encoding="utf-8").splitlines()) == 4
    capsys.readouterr()
    udev.remove("zh")
    assert capsys.readouterr().err == f"{rules_d} 中没有 posdiag 的规则\n"


def test_modem_manager_leaves_all_but_modems_alone() -> None:
    """It would ask a printer's port whether it is a modem; the rule stands behind all marks."""
    marks = udev.rules()[udev.MARKS].splitlines()
    (place,) = (number for number, line in enumerate(marks) if "ID_MM_DEVICE_IGNORE" in line)
    assert 'ENV{ID_POSDIAG}=="?*", ENV{ID_POSDIAG}!="modem"' in marks[place]
    assert marks[place + 1 :] == ['LABEL="posdiag_end"']


def test_what_the_administrator_changed_is_kept(rules_d: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The policy says itself how to change it; a link to /dev/null switches a file of rules off, see udev(7)."""
    udev.install("en")
    policy = rules_d / udev.ACCESS
    own = policy.read_text(encoding="utf-8").replace('TAG+="uaccess"', 'GROUP="plugdev", MODE="0660"')
    policy.write_text(own, encoding="utf-8")
    (rules_d / udev.MARKS).unlink()
    (rules_d / udev.MARKS).symlink_to("/dev/null")
    capsys.readouterr()
    udev.install("en")
    assert policy.read_text(encoding="utf-8") == own
    assert os.readlink(rules_d / udev.MARKS) == "/dev/null"
    assert capsys.readouterr().err.count("is kept") == 2
    assert udev.missing() == [udev.MARKS]


def test_a_file_of_the_same_name_that_posdiag_did_not_write(rules_d: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules_d.mkdir()
    foreign = rules_d / udev.MARKS
    foreign.write_text("# of a distribution\n", encoding="utf-8")
    udev.remove("en")
    assert foreign.exists()
    assert "was not written by posdiag" in capsys.readouterr().err


def test_a_profile_with_no_new_id_makes_no_rule_out_of_date(rules_d: Path, tmp_path: Path) -> None:
    """The names of profiles stand in comments; root, who installs, does not see a user's profiles."""
    udev.install("en")
    own = tmp_path / "config" / "posdiag" / "profiles" / "acme" / "till.yaml"
    own.parent.mkdir(parents=True)
    text = "schema: 1\nname: {en: Till}\ninherits: epson/tm-t20iii\n"
    own.write_text(text, encoding="utf-8")
    assert "acme/till" in udev.rules()[udev.MARKS]
    assert udev.missing() == []
    own.write_text(f'{text}components: {{printer: {{usb: ["1234:5678"]}}}}\n', encoding="utf-8")
    assert udev.missing() == [udev.MARKS]


@pytest.mark.parametrize("answer", ["no tool", "exit 1"])
def test_without_a_udev_that_runs(
    rules_d: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tool = tmp_path / "bin" / "udevadm"
    tool.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    if answer == "no tool":
        tool.unlink()
        monkeypatch.setenv("PATH", str(tool.parent))
    udev.install("en")
    assert names(rules_d) == {udev.MARKS, udev.ACCESS}
    assert capsys.readouterr().err.splitlines()[-1].startswith("no udev is running here")


def test_an_ordinary_user_is_told_what_to_type(rules_d: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sudo does not look where pipx and venv put commands, so the command stands there with its folder."""
    posdiag = rules_d.parent / "bin" / "posdiag"
    posdiag.touch(mode=0o755)
    udev.install("en")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(ConfigError, match=rf"{udev.MARKS}: Permission denied; as root: sudo {posdiag} udev --remove$"):
        udev.remove("en")
    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(ConfigError, match=rf"Permission denied; as root: sudo {posdiag} udev --install$"):
        udev.install("en")


def test_one_thing_at_a_time(posdiag: Command) -> None:
    done = posdiag("udev", "--install", "--remove")
    assert done.status == 78
    assert "exclude each other" in done.err
