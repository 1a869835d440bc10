"""Certificates of repair: what is certified, what is left unproven, and that a changed byte is seen."""

from __future__ import annotations

import dataclasses
import json
import random
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from diag.conclusions.certified import Certificate, Look, certificate, hashes_in
from diag.conclusions.compared import compare
from diag.contract import shown, signature
from diag.contract.errors import ConfigError
from diag.knowledge import catalogue
from diag.knowledge.languages import LANGUAGES
from diag.records.record import (
    BecauseRecord,
    CauseRecord,
    CheckRecord,
    ComponentRecord,
    DiagnosisRecord,
    LimitsRecord,
    MeasurementRecord,
    ObservationRecord,
    Record,
    to_json,
)
from diag.reports import certificate as words
from diag.reports.texts import Texts
from diag.store import runs
from tests.conftest import Command, Person
from tests.hardening.mutated import mutated
from tests.stores import record, tamper

NASTY = "<script>alert(1)</script>\x00\x1b[31m\r\n\u202e\"'&"
HASHES = ("a" * 64, "b" * 64)


def made(
    number: int, check: CheckRecord, *, fault: str | None = None, status: str = "healthy", **run: object
) -> Record:
    """A run with one check, which saw the fault where there is one."""
    whole = record(number)
    seen = ObservationRecord("printer", check.name, str(fault), seen=True)
    cause = CauseRecord("printer", {"en": "cutter", "zh": "切刀"}, str(fault), "part", "degrades", 0.7, for_=[seen])
    part = dataclasses.replace(whole.components[0], checks=[check], status=status)  # type: ignore[arg-type]  # one of these words
    return dataclasses.replace(
        whole,
        run=dataclasses.replace(whole.run, **run),  # type: ignore[arg-type]  # its fields
        components=[part],
        diagnosis=DiagnosisRecord([cause] if fault else []),
        verdict="fail" if fault else "pass",
    )


def check(outcome: str = "passed", reason: str | None = None, source: str = "instrument", cuts: int = 5) -> CheckRecord:
    values = [MeasurementRecord("cuts_used", cuts, "%", life=100), MeasurementRecord("plain", 1)]
    return CheckRecord("cut", "external", outcome, reason, measurements=values, source=source)  # type: ignore[arg-type]  # one of these words


BEFORE = made(0, check("failed", cuts=101), fault="PRN-CUTTER", level="external")


def certified(after: Record, before: Record = BEFORE) -> Certificate:
    return certificate(compare(before, after), before, after, HASHES, None, None)


def test_what_is_certified() -> None:
    found = certified(made(1, check(), level="external"))
    [cause] = found.causes
    assert (found.statement, found.doubts, cause.fate) == ("repaired", [], "mended")
    assert (cause.proved_by, cause.not_again) == ([Look("cut", "external", "passed", None, "instrument")], [])
    assert [(each.before.value, each.after.value) for each in found.measurements if each.before and each.after] == [
        (101, 5)
    ]
    assert (found.before.sha256, found.after.sha256, found.serial_number) == (*HASHES, "SN1")


def test_what_is_left_unproven() -> None:
    lower = certified(made(1, check("skipped", "level")))
    assert (lower.statement, lower.causes[0].fate) == ("unproven", "unproven")
    assert lower.causes[0].not_again == [Look("cut", "external", "skipped", "level", "instrument")]
    interrupted = certified(made(1, check(), interrupted=True))
    assert (interrupted.statement, interrupted.doubts) == ("unproven", ["interrupted"])
    unjudged = certified(made(1, check(), status="unknown"))
    assert (unjudged.statement, unjudged.doubts) == ("unproven", ["not-judged"])
    other_part = ComponentRecord("power", "power", "power", "degraded")  # a value was outside, and that is no cause
    wider = certified(made(1, check()), dataclasses.replace(BEFORE, components=[*BEFORE.components, other_part]))
    assert (wider.statement, wider.doubts) == ("unproven", ["not-judged"])
    explained = dataclasses.replace(other_part, status="unknown", because=BecauseRecord("power", "PWR-USB-CURRENT"))
    wider = certified(made(1, check()), dataclasses.replace(BEFORE, components=[*BEFORE.components, explained]))
    assert (wider.statement, wider.doubts) == ("unproven", ["not-judged"])
    nothing = certified(made(1, check()), made(0, check()))
    assert (nothing.statement, nothing.doubts) == ("unproven", ["no-cause"])
    gone = certified(dataclasses.replace(made(1, check()), components=[]))
    assert (gone.statement, gone.causes[0].not_again) == ("unproven", [Look("cut")])
    nameless = [
        dataclasses.replace(each, terminal=dataclasses.replace(each.terminal, serial_number=None))
        for each in (BEFORE, made(1, check()))
    ]
    assert certified(nameless[1], nameless[0]).doubts == ["no-serial-number"]


@pytest.mark.parametrize(
    ("value", "most", "doubts"), [(70, 90, ["other-limits"]), (50, 90, []), (50, 60, []), ("?", 90, []), (None, 90, [])]
)
def test_limits_that_were_changed_repair_nothing(value: object, most: float, doubts: list[str]) -> None:
    runs_ = []
    for number, (read, limit) in enumerate([(70, 60), (value, most)]):
        measured = MeasurementRecord("temperature", read, "°C", LimitsRecord(max=limit), ok=number > 0)  # type: ignore[arg-type]  # any value
        looked = dataclasses.replace(check("passed" if number else "failed"), measurements=[measured])
        runs_.append(made(number, looked, fault=None if number else "PRN-HEAD-HOT"))
    found = certified(runs_[1], runs_[0])
    assert (found.statement, found.doubts) == ("unproven" if doubts else "repaired", doubts)


def test_a_part_that_is_another_one_now_is_named() -> None:
    found = certified(made(1, check()))
    [change] = found.changes
    assert (change.component, change.key, change.before, change.after) == ("printer", "serial_number", "PART0", "PART1")
    texts = Texts(catalogue.load({"printer"}), "en")
    for page in (words.text(found, texts), words.html(found, texts)):
        assert "PART0 → PART1" in page


def test_what_is_not_repaired() -> None:
    assert certified(made(1, check("failed"), fault="PRN-CUTTER")).statement == "not-repaired"
    assert certified(made(1, check(), fault="PRN-HEAD-HOT")).statement == "not-repaired"  # a new one
    outside = dataclasses.replace(made(1, check()), verdict="fail")  # a value outside its limits, without a fault
    assert certified(outside).statement == "not-repaired"


def test_what_is_refused() -> None:
    after = made(1, check())
    for then, now in ((BEFORE, BEFORE), (after, made(0, check()))):
        with pytest.raises(ConfigError, match="was not made after"):
            certified(now, then)
    with pytest.raises(ConfigError, match="not runs of the same terminal"):
        certified(dataclasses.replace(after, run=dataclasses.replace(after.run, origin="simulated")))
    for texts in (("4111 1111 1111 1111", None), (None, "5500005555555559")):
        with pytest.raises(ConfigError, match="looks like a card number"):
            certificate(compare(BEFORE, after), BEFORE, after, HASHES, *texts)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_words_steer_nothing(lang: str) -> None:
    value = MeasurementRecord(NASTY, NASTY, NASTY, LimitsRecord(allowed=["ok", NASTY]), ok=False)
    nasty = CheckRecord(NASTY, "external", "not-answered", NASTY, measurements=[value])
    before, after = (made(number, nasty, fault=NASTY) for number in range(2))
    found = certificate(compare(before, after), before, after, HASHES, NASTY, NASTY)
    texts = Texts(catalogue.load({"printer"}), lang)
    text = words.text(found, texts)
    assert shown.in_lines(text) == text
    plain = words.text(certified(made(1, check("failed"), fault="PRN-CUTTER")), texts)
    assert len(text.splitlines()) == len(plain.splitlines()) + 2  # work and technician
    tags: set[str] = set()
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: tags.add(tag)  # type: ignore[method-assign]  # a short one
    parser.feed(words.html(found, texts))
    assert "section" in tags
    assert "script" not in tags
    assert json.loads(shown.in_json(json.dumps(to_json(found))))["work"] == NASTY


Keys = Callable[..., tuple[Path, Path]]


@pytest.fixture
def keys(folder: Path) -> Keys:
    """Keys made by openssl, not by us."""

    def make(name: str = "key", *options: str) -> tuple[Path, Path]:
        private, public = folder / f"{name}.pem", folder / f"{name}.pub"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private, *options], check=True)
        passed = ["-passin", options[-1]] if options else []
        subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public, *passed], check=True)
        private.chmod(0o600)
        return private, public

    return make


@pytest.fixture
def store(tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """A store with two runs, before and after."""
    address = f"sqlite:///{tmp_path / 'store.sqlite'}"
    environment["POSDIAG_STORE"] = address
    monkeypatch.setenv("POSDIAG_STORE", address)
    runs.add([BEFORE, made(1, check(), level="external")])
    return address


NEW = ("certificate", "new", "--format", "json", "--output", "c.json", "--sign", "key.pem")


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("form", ["text", "html", "json"])
def test_a_signature_of_each_format(posdiag: Command, keys: Keys, folder: Path, form: str) -> None:
    private, public = keys()
    new = ("certificate", "new", "--format", form, "--output", "c", "--sign", str(private), "--lang", "zh")
    done = posdiag(*new, "--work", "更换切刀")
    assert (done.status, done.out, done.err) == (0, "已写入：c\n", "")
    assert {(folder / name).stat().st_mode & 0o777 for name in ("c", "c.sig")} == {0o600}
    again = posdiag(*new)
    assert (again.status, again.err) == (78, "posdiag: c.sig：已存在；用 --force 可替换\n")
    openssl = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", "c", "-sigfile", "c.sig"]
    subprocess.run(openssl, cwd=folder, check=True, capture_output=True)
    fits = posdiag("certificate", "check", "c", "--key", str(public))
    assert fits.status == 0
    assert fits.out.count("the record in the store is the certified one") == (2 if form == "json" else 0)
    whole = (folder / "c").read_bytes()
    assert "更换切刀" in whole.decode()
    for place in (0, len(whole) // 2, len(whole) - 1):
        (folder / "c").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        done = posdiag("certificate", "check", "c", "--key", str(public))
        assert (done.status, done.out) == (1, "✗ c is not as it was signed, or another key signed it\n")


def test_records_that_are_not_the_certified_ones(posdiag: Command, keys: Keys, store: str) -> None:
    keys()
    assert posdiag(*NEW).status == 0
    tamper(store, "UPDATE run SET record = replace(record, 'cutter', 'cutler') WHERE id = 'run-000000'")
    tamper(store, "DELETE FROM run_serial")
    tamper(store, "DELETE FROM run WHERE id = 'run-000001'")
    done = posdiag("certificate", "check", "c.json", "--key", "key.pub")
    assert done.status == 1
    assert done.out.splitlines() == [
        "✓ c.json is as it was signed",
        "✗ run-000000  the record in the store is another one than was certified",
        "- run-000001  the store has no such run",
    ]


@pytest.mark.usefixtures("store")
def test_what_is_no_key_no_signature_or_no_file(posdiag: Command, keys: Keys, folder: Path) -> None:
    private, public = keys()
    keys("other")
    assert posdiag(*NEW).status == 0
    assert posdiag("certificate", "check", "c.json", "--key", "other.pub").status == 1
    (folder / "garbage").write_bytes(bytes(range(256)) * 4)
    (folder / "garbage.sig").write_bytes(b"")
    (folder / "rsa.pem").touch(0o600)
    subprocess.run(["openssl", "genrsa", "-out", "rsa.pem", "1024"], cwd=folder, check=True, capture_output=True)
    for words_ in (
        ("check", "garbage", "--key", str(public)), ("check", "none", "--key", str(public)),
        ("check", "c.json", "--key", "garbage"), ("check", "c.json", "--key", str(private)),
        ("check", ".", "--key", "."),
        ("new", "--output", "d", "--sign", "garbage"), ("new", "--output", "d", "--sign", "rsa.pem"),
        ("new", "--output", "d", "--sign", str(public)), ("new", "--output", "d", "--sign", "none"),
        ("new", "--sign", str(private)), ("new", "run-000001", "run-000000"), ("new", "--work", "4111111111111111"),
    ):  # fmt: skip
        done = posdiag("certificate", *words_)
        assert (done.status, done.out, done.err.count("\n")) == (78, "", 1), words_
        assert not (folder / "d").exists()
    private.chmod(0o640)
    done = posdiag("certificate", "new", "--output", "d", "--sign", str(private))
    assert done.err == f"posdiag: {private}: other users may read this key; run: chmod 600 '{private}'\n"
    assert done.status == 78


@pytest.mark.usefixtures("store")
def test_any_change_is_seen(posdiag: Command, keys: Keys, folder: Path) -> None:
    _, public = keys()
    assert posdiag(*NEW).status == 0
    whole, signed, chance = (folder / "c.json").read_bytes(), (folder / "c.json.sig").read_bytes(), random.Random(22)  # noqa: S311 -- the same each time
    assert signature.fits(whole, signed, public)
    assert list(hashes_in(whole)) == ["run-000000", "run-000001"]
    assert hashes_in(b"[" * 100_000) == hashes_in(b"") == hashes_in(b"[]") == hashes_in(b'{"schema": 1}') == {}
    for _ in range(200):
        for data, its_signature in ((mutated(whole, chance), signed), (whole, mutated(signed, chance))):
            hashes_in(data)  # of whoever has a key: it names records, or none
            assert (data, its_signature) == (whole, signed) or not signature.fits(data, its_signature, public)


@pytest.mark.usefixtures("store")
def test_a_key_with_a_passphrase(keys: Keys, at_the_screen: Person, posdiag: Command, folder: Path) -> None:
    private, public = keys("closed", "-aes256", "-pass", "pass:sesame")
    new = ("certificate", "new", "--output", str(folder / "c"), "--sign", str(private))
    nobody = posdiag(*new)
    assert (nobody.status, nobody.err) == (78, f"posdiag: {private}: nobody is there to type the secret\n")
    for typed, status in (("sesam", 78), ("sesame", 0)):
        person = at_the_screen(*new)
        prompt = f"{private}: "
        assert person.said.read(len(prompt)) == prompt
        person.type(f"{typed}\n")
        assert person.done().status == status
    assert posdiag("certificate", "check", "c", "--key", str(public)).status == 0
