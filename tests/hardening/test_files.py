"""Files that are not ours: damaged, endless, of another shape. One clear line, and never posdiag's own defect."""

from __future__ import annotations

import json
import os
import random
import stat
from pathlib import Path

import pytest

from diag.bench import timer, udev
from diag.cli import set_up_file
from diag.conclusions import stored
from diag.contract import files
from diag.contract.errors import ConfigError
from diag.records import journal
from tests.conftest import Command
from tests.hardening.mutated import mutated
from tests.stores import kept

ENDLESS = ("fifo", "zero", "folder")


@pytest.fixture
def strange(folder: Path) -> Path:
    os.mkfifo(folder / "fifo")
    os.mkfifo(folder / "fifo.yaml")
    (folder / "zero").symlink_to("/dev/zero")
    (folder / "zero.yaml").symlink_to("/dev/zero")
    (folder / "folder").mkdir()
    (folder / "folder.yaml").mkdir()
    return folder


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_files_are_refused(posdiag: Command, strange: Path, name: str) -> None:
    for words in (
        ["run", f"{name}.yaml"],
        ["run", "generic/linux-power", "--answers", name],
        ["run", "generic/linux-power", "--trace", name],
        ["run", "generic/linux-power", "--set", f"power.at=trace:{name}"],
        ["run", "demo/handheld", "--set", f"modem.pin=@{name}"],
        ["run", "generic/msr-wedge", "--set", f"magstripe.test_card.key={name}"],
        ["run", "generic/network", "--set", f"network.ca={name}"],
        ["report", f"./{name}"],
        ["confirm", f"./{name}", "--fault", "PRN-CABLE"],
        ["certificate", "new", f"./{name}", f"./{name}"],
        ["certificate", "check", name, "--key", name],
    ):
        done = posdiag(*words, timeout=20)
        assert (done.status, done.err.count("\n")) == (78, 1), (words, done.err)


@pytest.mark.parametrize("name", [*ENDLESS, "long"])
def test_an_endless_set_up_terminal_is_refused(posdiag: Command, strange: Path, tmp_path: Path, name: str) -> None:
    (strange / "long").write_bytes(b"#" * (1 << 20))
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "terminal.yaml").symlink_to(strange / name)
    for words in (["setup", "--show"], ["setup", "--edit"], ["run"], ["ready"]):
        done = posdiag(*words, env={"VISUAL": "true"}, timeout=20)
        assert (done.status, done.err.count("\n")) == (78, 1), (words, done.err)
        assert len(done.out) < 1000


@pytest.mark.parametrize("number", ["0x" + "f" * 5000, "9" * 5000, "0b" + "1" * 20000, "1:" * 5000 + "1"])
def test_a_number_without_end_is_the_users(posdiag: Command, folder: Path, number: str) -> None:
    for key in ("schema", "name"):
        (folder / "p.yaml").write_text(f"schema: 1\nname: {{en: X}}\n{key}: {number}\n".replace("schema: 1\n", "", 1))
        for words in (["run", "p.yaml"], ["profile", "check", "p.yaml"], ["profile", "show", "p.yaml"]):
            done = posdiag(*words)
            assert done.status in (1, 78), (words, done.err)
            assert len(done.out + done.err) < 1000


def test_certificates_with_other_letters(posdiag: Command, folder: Path) -> None:
    (folder / "ca").write_bytes("# Zürich\n".encode() + bytes(range(256)))
    done = posdiag("run", "generic/network", "--set", "network.host=127.0.0.1", "--set", "network.ca=ca")
    assert done.status == 78
    assert "holds no certificate" in done.err


@pytest.mark.parametrize("editor", ["'", '"a', "\\", "a'b"])
def test_an_editor_that_cannot_be_one(posdiag: Command, tmp_path: Path, editor: str) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "terminal.yaml").write_text("schema: 1\nname: {en: X}\ncomponents: {power: {driver: power}}\n")
    done = posdiag("setup", "--edit", env={"VISUAL": editor})
    assert done.status == 78
    assert "EDITOR names another editor" in done.err
    assert posdiag("setup", "--edit", env={"VISUAL": "  ", "EDITOR": "true"}).status == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "generic/escpos-thermal", "--set", "printer.at=hwgrep://(["], "not a pattern"),
        (["run", "generic/escpos-thermal", "--set", "printer.at=hwgrep://.*&n=x"], "not a pattern"),
        (["run", "generic/escpos-thermal", "--set", "printer.at=socket://a..b:9100"], "not the name of a host"),
        (["run", "x/" + "a" * 5000], "there is no profile"),
        (["history"], "name too long"),
        (["run", "generic/linux-power", "--serial-number", "\udcff"], "argument 4 is not UTF-8"),
    ],
)
def test_odd_arguments_are_the_users(posdiag: Command, words: list[str], said: str) -> None:
    env = {"XDG_STATE_HOME": "/tmp/" + "a" * 5000} if words == ["history"] else None
    done = posdiag(*words, env=env)
    assert done.status == 78
    assert said in done.err


def test_no_message_shows_a_value_that_may_be_a_pin(posdiag: Command, folder: Path) -> None:
    for setting in ("pin=8642", "mdoem.pin=8642", "modem.pni=8642", "modem.pin=8642x", "modem.pin=8642"):
        done = posdiag("run", "demo/handheld", "--set", setting)
        assert done.status == 78
        assert "8642" not in done.out + done.err
    for words in (
        ["run", "modem.pin=8642"],
        ["run", "demo/handheld", "--component", "modem.pin=8642"],
        ["run", "demo/handheld", "--symptom", "modem.pin=8642"],
        ["demo", "demo/handheld", "--component", "modem.pin=8642"],
        ["run", "demo/handheld", "--set", "modem.pin:8642"],
        ["run", "demo/handheld", "--set", "modem.apn.pin=8642"],
    ):
        done = posdiag(*words)
        assert done.status == 78
        assert "8642" not in done.out + done.err
    (folder / "pin").write_text("8642x\n")
    done = posdiag("run", "demo/handheld", "--set", "modem.pin=@pin")
    assert "4 to 8 digits are expected" in done.err
    assert "8642" not in done.err


def test_files_of_ours_are_private_whatever_the_umask(posdiag: Command, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        journal.Journal(tmp_path / "new" / "posdiag" / "runs", "r")
        os.close(files.create(tmp_path / "trace"))
    finally:
        os.umask(before)
    for path in [tmp_path / "trace", *(tmp_path / "new").rglob("*"), tmp_path / "new"]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_files_for_all_are_changed_by_nobody_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        udev.write(tmp_path / "rules" / "d", "en")
        timer.write(tmp_path / "units" / "d", "06:30", force=False)
        set_up_file.write(tmp_path / "etc" / "posdiag" / "terminal.yaml", "schema: 1\n")
    finally:
        os.umask(before)
    for path in tmp_path.rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o022, path


def test_rules_are_written_through_no_link(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "rules" / udev.MARKS).symlink_to(tmp_path / "precious")
    udev.write(tmp_path / "rules", "en")
    assert (tmp_path / "precious").read_text() == "precious"


def test_the_order_of_runs_is_no_second_name_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "runs").mkdir(mode=0o700)
    (tmp_path / "runs" / ".order").hardlink_to(tmp_path / "precious")
    journal.Journal(tmp_path / "runs", "r")
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_trace_is_never_written_over(posdiag: Command, folder: Path) -> None:
    words = ["run", "generic/linux-power", "--trace", "t"]
    assert posdiag(*words).status == 3
    before = (folder / "t").read_text()
    done = posdiag(*words)
    assert done.status == 78
    assert "--force" in done.err
    assert (folder / "t").read_text() == before
    assert posdiag(*words, "--force").status == 3
    (folder / "link").symlink_to(folder / "t")
    assert posdiag("run", "generic/linux-power", "--trace", "link", "--force").status == 78


def test_a_folder_for_everybody_is_refused_with_the_remedy(posdiag: Command, tmp_path: Path) -> None:
    runs = tmp_path / "state" / "posdiag" / "runs"
    runs.mkdir(parents=True)
    runs.chmod(0o777)
    done = posdiag("run", "generic/linux-power")
    assert done.status == 3
    assert f"chmod o-w '{runs}'" in done.err
    assert not list(runs.iterdir())
    assert posdiag("history").status == 78


def test_a_full_disk_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system takes half of the second line, and nothing of a first."""
    kept = journal.Journal(tmp_path, "r")
    kept.append("{}")
    whole = os.write
    monkeypatch.setattr(os, "write", lambda file, data: whole(file, data[: len(data) // 2]))
    with pytest.raises(OSError, match="No space left"):
        kept.append('{"a": 1}')
    assert kept.path.read_text() == "{}\n"
    other = journal.Journal(tmp_path, "s")
    with pytest.raises(OSError, match="No space left"):
        other.append('{"a": 1}')
    assert not other.path.exists()


def test_the_last_run_is_the_last_made_here(posdiag: Command, tmp_path: Path) -> None:
    runs = tmp_path / "state" / "posdiag" / "runs"
    record = posdiag("run", "generic/linux-power", "--json").record
    ahead = "29991231T235959999-000000"  # made when the clock was ahead
    record["run"]["id"] = ahead
    (runs / f"{ahead}.json").write_text(json.dumps(record))
    (runs / ".order").write_text(f"{ahead}\n")
    posdiag("run", "generic/linux-power", "--serial-number", "NOW")
    assert posdiag("report", "--json").record["terminal"]["serial_number"] == "NOW"
    done = posdiag("confirm", "--fault", "PWR-ADAPTER-ABSENT")
    assert done.status == 78
    assert "which run?" in done.err


def test_damaged_records_are_read_or_refused(posdiag: Command, tmp_path: Path) -> None:
    """In this process, with the record of a real run: a file is a record, or no record; nothing else happens."""
    posdiag("demo", "demo/handheld", "--component", "power", "--fault", "PWR-BATTERY-WORN")
    [record] = kept(tmp_path)
    path = tmp_path / "state" / "posdiag" / "runs" / "r.json"
    raw, chance, refused = json.dumps(record, indent=1).encode(), random.Random(19), 0  # noqa: S311 -- the same each time
    for number in range(300):
        file = tmp_path / f"{number}.json"
        file.write_bytes(mutated(raw, chance))
        try:
            stored.read(file)
        except ConfigError:
            refused += 1
    assert 50 < refused < 300
    data = json.loads(raw)
    path.write_text(json.dumps({**data, "schema": "posdiag.record/99"}))
    done = posdiag("history")
    assert (done.status, "not a record of a run" in done.out) == (0, True)


def test_damaged_traces_are_the_users(posdiag: Command, folder: Path) -> None:
    words = ["demo", "demo/handheld", "--component", "power", "--trace", "t"]
    posdiag(*words)
    raw, chance = (folder / "t").read_bytes(), random.Random(19)  # noqa: S311 -- the same each time
    for _ in range(25):
        (folder / "u").write_bytes(mutated(raw, chance))
        done = posdiag("run", "demo/handheld", "--component", "power", "--set", "power.at=trace:u", "--json")
        assert done.status in (0, 1, 3, 78), done.err
