"""The support bundle: what is in it and what must not be, and bundles that are none."""

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import hashlib
import json
import os
import pwd
import random
import socket
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diag.bench.bundle import archive, contents, kernel, private
from diag.bench.bundle.archive import MANIFEST, Broken, Bundle
from diag.bench.bundle.private import Cleaner
from diag.contract import shown
from diag.records.record import from_json, to_json
from tests.conftest import Command, Done, Simulator
from tests.hardening.canaries import CARD, NUMBER, SUBSCRIBER, TELEPHONE
from tests.hardening.mutated import mutated
from tests.stores import record
from tests.test_formats import NASTY, hostile


def cleaner(**more: Any) -> Cleaner:
    names = {
        "hosts": ["till7", "till7.shop.example"],
        "users": ["anna"],
        "homes": ["/srv/anna"],
        "known": ["123456789012345"],
    }
    return Cleaner(**{**names, **more})


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("open in cat of anna on till7", "open in cat of USER on HOST"),
        ("till7.shop.example, annapolis, till70", "HOST, annapolis, till70"),
        ("/home/otto/x.jsonl and /srv/anna/y", "/home/USER/x.jsonl and /home/USER/y"),
        (f"SIM {SUBSCRIBER}", "SIM [subscriber]"),
        (f"card {CARD}, call +86{TELEPHONE}.", "card [subscriber], call [subscriber]."),
        ("IMEI 490154203237518", "IMEI 490154203237518"),  # the example of TS 23.003: with a check digit
        ("serial 123456789012345", "serial 123456789012345"),
        (f"pan {NUMBER}", "pan [redacted]"),
        (b"anna, 460".hex(), b"****, 460".hex()),
        (SUBSCRIBER.encode().hex(), (b"*" * 15).hex()),
        ("89860012345678901234", (b"*" * 10).hex()),
        ("1b40", "1b40"),
    ],
)
def test_what_must_not_leave(text: str, clean: str) -> None:
    assert cleaner().text(text) == clean


def test_people_of_a_directory_service_are_people(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Their numbers are far above those of local people, and only who is asked for by number is told."""

    def user(name: str, number: int, said: str = "", home: str = "") -> pwd.struct_passwd:
        return pwd.struct_passwd((name, "x", number, number, said, home or f"/home/{name}", "/bin/sh"))

    listed = [user("daemon", 1), user("berta", 60001), user("nobody", 65534, home="/nonexistent")]
    asked = {entry.pw_uid: entry for entry in (
        user("SHOP\\carla", 1_845_600_513, "Carla Example,,,", "/srv/people/carla"), user("dora@shop.example", 70_001),
    )}  # fmt: skip
    (tmp_path / "SHOP" / "somebody").mkdir(parents=True)
    owners = {tmp_path / "SHOP": 0, tmp_path / "SHOP" / "somebody": 1_845_600_513}

    def lstat(path: Path) -> os.stat_result:
        return os.stat_result((stat.S_IFDIR, 0, 0, 1, owners[path], 0, 0, 0, 0, 0))

    monkeypatch.setattr(private, "_HOME", tmp_path)
    monkeypatch.setattr(Path, "lstat", lstat)
    monkeypatch.setattr(pwd, "getpwall", lambda: listed)
    monkeypatch.setattr(pwd, "getpwuid", lambda number: asked[number])
    monkeypatch.setenv("SUDO_UID", "70001")
    clean = Cleaner.of(record(0))
    assert clean.text("berta, carla, SHOP\\carla, Carla Example, dora, dora@shop.example") == ", ".join(["USER"] * 6)
    assert clean.text("/srv/people/carla/log") == "/home/USER/log"
    assert clean.text("daemon of nobody in /nonexistent") == "daemon of nobody in /nonexistent"


def test_words_of_ours_stay_whatever_people_are_called() -> None:
    made = cleaner(users=["printer", "passed", "acme"]).data(to_json(record(0, faults=("PRN-CUTTER",))))
    back = from_json(made)
    assert [(part.name, part.kind) for part in back.components] == [("printer", "printer")]
    assert back.run.host == "b1"
    said = {"values": {"name": "printer"}, "key": "printer"}
    assert cleaner(users=["printer"]).data(said) == {"values": {"name": "USER"}, "key": "printer"}


def test_what_the_kernel_said_of_devices() -> None:
    text = (
        "[    0.0] Linux version 6.1\n[    1.0] usb 1-1: Product: \x1b[31mPrinter\n"
        "[    1.1] Kernel command line: console=ttyS0 key=4711\n[    1.2] audit: type=1400 tty=ttyS0 uid=1000\n"
        "[    1.3] systemd[1]: Started Getty on tty1.\n[    1.4] This option is gone\n"
        "[    1.5] eth0: link up\n[    2.0] mmc0: error -110 whilst initialising SD card\n[    3.0] usb_anything"
    )
    assert kernel.chosen(text) == [
        "[    1.0] usb 1-1: Product: \\x1b[31mPrinter", "[    2.0] mmc0: error -110 whilst initialising SD card",
    ]  # fmt: skip


def told(done: Done) -> list[Any]:
    parts = done.record["components"]
    checks = [(part["name"], check["name"], check["outcome"], check["findings"])
              for part in parts for check in part["checks"]]  # fmt: skip
    return [*checks, done.record["verdict"], done.causes]


def test_a_bundle_replays_to_the_same(posdiag: Command, folder: Path) -> None:
    first = posdiag("demo", "--component", "printer", "--fault", "PRN-COVER-OPEN", "--json", "--trace", "t.jsonl")
    run = first.record["run"]["id"]
    done = posdiag("bundle", run, "--trace", "t.jsonl")
    assert (done.status, done.err) == (0, "")
    file = folder / f"posdiag-{run}.zip"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert posdiag("bundle", run, "--trace", "t.jsonl").status == 78  # there already
    again = posdiag("bundle", run, "--trace", "t.jsonl", "--output", "again.zip", "--lang", "en")
    assert "trace.jsonl" in again.out
    replayed = posdiag("run", "--from", file.name, "--json")
    assert told(replayed) == told(first)
    assert replayed.status == first.status == 1
    assert replayed.record["run"]["origin"] == "replayed"
    assert replayed.record["terminal"]["serial_number"] == "DEMO"
    held = archive.read(file).members
    assert list(held)[:4] == ["CONTENTS.txt", "record.json", "trace.jsonl", "profile/demo/countertop.yaml"]
    assert done.out.startswith(held["CONTENTS.txt"].decode())
    every = b"".join(held.values()).decode()
    for name in {socket.gethostname(), str(folder.parent), getpass.getuser()} - {"root", "localhost"}:
        assert name not in every
    assert archive.read(folder / "again.zip").members["record.json"] == held["record.json"]
    checked = posdiag("bundle", "--check", file.name, "--lang", "zh")
    assert (checked.status, checked.out.splitlines()[-1][:2]) == (0, "✓ ")


def test_a_pin_stays_at_home(posdiag: Command, simulator: Simulator, folder: Path) -> None:
    """And the modem's checks take the same way when they are replayed."""
    served = simulator("modem", "--fault", "MDM-SIM-PIN", "--set", "pin=4711")
    (folder / "mine").mkdir()
    (folder / "mine" / "till.yaml").write_text(
        "schema: 1\nname: {en: Till}\ninherits: generic/cellular-modem\n"
        f"components:\n  modem:\n    at: {served.at}\n    pin: '4711'  # of Anna\n"
    )
    first = posdiag("run", "mine/till.yaml", "--trace", "t.jsonl", "--json")
    assert posdiag("bundle", "--trace", "t.jsonl", "--output", "b.zip").status == 0
    held = archive.read(folder / "b.zip").members
    assert "profile/generic/cellular-modem.yaml" in held
    own = held["profile/mine/till.yaml"].decode()
    assert "pin: '0000'" in own
    assert not [name for name, data in held.items() if b"4711" in data or b"34373131" in data]
    assert told(posdiag("run", "--from", "b.zip", "--json")) == told(first)


def test_a_pin_that_was_set_stays_at_home_too(posdiag: Command, simulator: Simulator, folder: Path) -> None:
    served = simulator("modem", "--fault", "MDM-SIM-PIN", "--set", "pin=4711")
    (folder / "pin").write_text("4711")
    words = ("--set", f"modem.at={served.at}", "--set", "modem.pin=@pin", "--set", "modem.timeout_s=2.5")
    first = posdiag("run", "generic/cellular-modem", *words, "--trace", "t.jsonl", "--json")
    assert json.loads((folder / "t.jsonl").read_text().partition("\n")[0])["settings"] == [
        f"at={served.at}", "pin", "timeout_s=2.5",
    ]  # fmt: skip
    assert posdiag("bundle", "--trace", "t.jsonl", "--output", "b.zip").status == 0
    assert not [name for name, data in archive.read(folder / "b.zip").members.items() if b"4711" in data]
    assert told(posdiag("run", "--from", "b.zip", "--json")) == told(first)


def test_a_bundle_reaches_no_device(posdiag: Command, folder: Path) -> None:
    """Of a stranger: a component that is not replayed, and settings that lead to an address."""
    posdiag("demo", "--component", "printer", "--trace", "t.jsonl")
    posdiag("bundle", "--trace", "t.jsonl", "--output", "b.zip")
    held = dict(archive.read(folder / "b.zip").members)
    made = json.loads(held["record.json"])
    for part in made["components"]:
        part["at"] = "asked:"
    (folder / "c.zip").write_bytes(archive.packed(Bundle("r", {**held, "record.json": json.dumps(made).encode()})))
    done = posdiag("run", "--from", "c.zip")
    assert (done.status, done.err.count("\n")) == (78, 1)
    assert "would be reached, and not replayed" in done.err
    lines = held["trace.jsonl"].decode().splitlines()
    lines[0] = json.dumps({"component": "printer.at=/dev/null", "op": "begin", "settings": ["x=y", "at=/dev/null"]})
    (folder / "d.zip").write_bytes(archive.packed(Bundle("r", {**held, "trace.jsonl": "\n".join(lines).encode()})))
    replayed = posdiag("run", "--from", "d.zip", "--json")
    assert [part["at"][:6] for part in replayed.record["components"]] == ["trace:"] * len(made["components"])


def test_what_is_not_in_it_is_said(posdiag: Command, folder: Path) -> None:
    (folder / "r.json").write_text(json.dumps(to_json(record(0))))
    done = posdiag("bundle", "./r.json", "--output", "b.zip")
    assert done.status == 0
    assert "a trace: none was given" in done.out
    assert "the profile: there is no profile 'acme/t80'" in done.out
    replayed = posdiag("run", "--from", "b.zip")
    assert (replayed.status, replayed.err.count("\n")) == (78, 1)
    assert "no trace" in replayed.err
    assert posdiag("bundle", "--check", "b.zip", "--force").status == 78


def test_a_trace_of_other_parts_is_refused(posdiag: Command, folder: Path) -> None:
    (folder / "r.json").write_text(json.dumps(to_json(record(0))))
    (folder / "t.jsonl").write_text('{"component": "modem", "op": "begin"}\n')
    done = posdiag("bundle", "./r.json", "--trace", "t.jsonl")
    assert (done.status, done.err.count("\n")) == (78, 1)
    assert "no component 'modem'" in done.err
    (folder / "t.jsonl").write_text("x\ny\n")
    done = posdiag("bundle", "./r.json", "--trace", "t.jsonl")
    assert (done.status, done.err) == (78, "posdiag: --trace t.jsonl:1: not a line of a trace\n")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_a_device_says_does_no_harm(lang: Any, tmp_path: Path) -> None:
    made = contents.make(hostile(NASTY), None, lang)
    assert shown.in_lines(made.listing) == made.listing
    assert "9" * 300 not in made.listing
    (tmp_path / "b.zip").write_bytes(archive.packed(made.bundle))
    held = archive.read(tmp_path / "b.zip").members
    for name, data in held.items():
        assert shown.in_lines(data.decode()) == data.decode(), name
    assert json.loads(held["record.json"])["components"][0]["identity"]["maker"].startswith("<script>")


def test_a_card_number_in_pieces_is_masked(tmp_path: Path) -> None:
    lines = [{"component": "printer", "op": "read", "got": part.encode().hex(), "t": 0.1}
             for part in (";41111111", "11111111=2912", "10100000?")]  # fmt: skip
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    held = contents.make(record(0), tmp_path / "t.jsonl", "en").bundle.members["trace.jsonl"].decode()
    read = bytes.fromhex("".join(json.loads(line)["got"] for line in held.splitlines()))
    assert read == b"*" * 31


# --- bundles of strangers

SMALL = Bundle("r", {"CONTENTS.txt": b"x", "record.json": json.dumps(to_json(record(0))).encode()})


def test_the_same_contents_are_the_same_bytes(tmp_path: Path) -> None:
    packed = archive.packed(SMALL)
    assert archive.packed(SMALL) == packed
    (tmp_path / "1.zip").write_bytes(packed)
    assert archive.read(tmp_path / "1.zip") == SMALL


def rewritten(path: Path, change: Callable[[zipfile.ZipFile, dict[str, Any]], None]) -> None:
    """Write a bundle whose manifest fits, but for what `change` does to it and to the archive."""
    path.write_bytes(archive.packed(SMALL))
    with zipfile.ZipFile(path) as file:
        held = {name: file.read(name) for name in file.namelist()}
    manifest = json.loads(held.pop(MANIFEST))
    path.unlink()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in held.items():
            file.writestr(name, data)
        change(file, manifest)
        file.writestr(MANIFEST, json.dumps(manifest))


def add(
    name: str, data: bytes = b"x", mode: int = stat.S_IFREG | 0o600
) -> Callable[[zipfile.ZipFile, dict[str, Any]], None]:
    def change(file: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        file.writestr(info, data, zipfile.ZIP_DEFLATED)
        manifest["files"].append({"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()})

    return change


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (add("../../etc/passwd"), "not the name of a file"),
        (add("/etc/passwd"), "not the name of a file"),
        (add("a\\b"), "not the name of a file"),
        (add("x\x1b[31m"), "not the name of a file"),
        (add("folder/"), "not the name of a file"),
        (add("link", b"/etc/passwd", stat.S_IFLNK | 0o777), "is not a file"),
        (add("fifo", mode=stat.S_IFIFO | 0o600), "is not a file"),
        (add("record.json"), "twice"),
        (add("bomb", bytes((1 << 26) + 1)), "larger than"),
        (lambda file, _: file.writestr("surplus", b"x"), "surplus, which its manifest does not know"),
        (lambda _, manifest: manifest["files"].append({"name": "gone", "size": 0, "sha256": ""}), "gone is missing"),
        (lambda _, manifest: manifest["files"][0].update(size=2), "CONTENTS.txt in it was changed"),
        (lambda _, manifest: manifest["files"][1].update(sha256="0" * 64), "record.json in it was changed"),
        (lambda _, manifest: manifest.update(schema="other"), "not a bundle"),
        (lambda _, manifest: manifest.update(files=3), "not a bundle"),
    ],
)  # fmt: skip
def test_a_hostile_archive_is_one_line(
    posdiag: Command, folder: Path, change: Callable[[zipfile.ZipFile, dict[str, Any]], None], said: str
) -> None:
    rewritten(folder / "b.zip", change)
    done = posdiag("bundle", "--check", "b.zip")
    assert (done.status, done.err, done.out.count("\n")) == (1, "", 1)
    assert said in done.out
    replayed = posdiag("run", "--from", "b.zip")
    assert (replayed.status, replayed.err.count("\n")) == (78, 1)


def test_any_damage_is_told(posdiag: Command, folder: Path) -> None:
    whole, other, chance = folder / "a.zip", folder / "b.zip", random.Random(6)  # noqa: S311 -- the same each time
    whole.write_bytes(archive.packed(SMALL))
    raw = whole.read_bytes()
    for damaged in (raw[: len(raw) // 2], b"", b"PK\3\4", *(mutated(raw, chance) for _ in range(200))):
        other.write_bytes(damaged)
        with contextlib.suppress(Broken):
            assert archive.read(other) == SMALL  # only the zip's own fields were hit
    other.write_text("no zip")
    assert posdiag("bundle", "--check", "b.zip").status == 1
    assert posdiag("bundle", "--check", "nothing.zip").status == 78


def test_a_directory_without_end_is_not_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as file:
        for number in range(20_000):
            file.writestr(f"{number}", b"")
    with pytest.raises(Broken, match="not a bundle"):  # and not too large: so its directory was not looked at
        archive.read(tmp_path / "b.zip")
    (tmp_path / "c.zip").write_bytes(archive.packed(SMALL))
    raw = (tmp_path / "c.zip").read_bytes()
    (tmp_path / "c.zip").write_bytes(raw[:-22] + b"PK\6\7" + bytes(16) + raw[-22:])  # a locator of zip64
    with pytest.raises(Broken):
        archive.read(tmp_path / "c.zip")


def test_a_record_in_it_is_one(tmp_path: Path, posdiag: Command) -> None:
    bundle = dataclasses.replace(SMALL, members={"record.json": b"{}"})
    (tmp_path / "b.zip").write_bytes(archive.packed(bundle))
    assert posdiag("bundle", "--check", str(tmp_path / "b.zip")).status == 1
