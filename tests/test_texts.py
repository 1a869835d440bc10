"""Catalogues, texts, words and drivers fit together, in every language.

`python -m tests.test_texts LANGUAGE` lists what a language lacks.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import get_args

import pytest

from diag.contract import reasons
from diag.contract.errors import ConfigError
from diag.contract.reasons import Reason
from diag.knowledge import catalogue, languages, profile, registry, texts, words, yamlfile
from diag.knowledge.languages import LANGUAGES
from diag.records.plan import planned
from diag.records.record import OutcomeWord
from tests.conftest import POSDIAG, ROOT, clean_environment

KINDS = registry.driver_names()
CATALOGUE = catalogue.load_all()
ALL = [fault for room in CATALOGUE.rooms.values() for fault in room.faults.values()]
HAN = re.compile(r"[一-鿿]")
FILES = sorted([*(ROOT / "drivers").rglob("*.yaml"), *(ROOT / "diag").rglob("*.yaml")])

# The codes that exist from the start; a published code never changes its meaning.
PUBLISHED = [
    "PRN-ABSENT", "PRN-MUTE", "PRN-GARBLED", "PRN-OFFLINE", "PRN-PAPER-END", "PRN-PAPER-NEAR-END", "PRN-COVER-OPEN",
    "PRN-PAPER-JAM", "PRN-CUTTER", "PRN-HEAD-HOT", "PRN-SUPPLY-LOW", "PRN-SUPPLY-HIGH", "PRN-MECHANISM",
    "PRN-BOARD", "PRN-HEAD-WORN", "PRN-CUTTER-WORN", "PRN-PRINT-BLANK", "PRN-PRINT-FAINT", "PRN-DOTS-MISSING",
    "PRN-RIBBON", "PRN-PIN-MISSING", "PRN-DRAWER", "ICC-ABSENT", "ICC-READER", "ICC-CARD-ABSENT", "ICC-CARD-MUTE",
    "ICC-CONTACTS", "ICC-CARD-SWITCH", "ICC-ATR-BAD", "ICC-PROTOCOL", "ICC-INTERMITTENT", "ICC-SLOW", "CLS-FIELD",
    "CLS-CARD", "MSR-ABSENT", "MSR-MUTE", "MSR-GARBLED", "MSR-SELFTEST", "MSR-HEAD-DEAD", "MSR-HEAD-DIRTY",
    "MSR-TRACK1", "MSR-TRACK2", "MSR-TRACK3", "MSR-ONE-DIRECTION", "MSR-CARD-BAD", "MSR-SETTING",
    "MDM-ABSENT", "MDM-MUTE", "MDM-GARBLED", "MDM-FAULT", "MDM-RADIO-OFF", "MDM-SIM-ABSENT", "MDM-SIM-PIN",
    "MDM-SIM-PUK", "MDM-SIM-FAILURE", "MDM-SIGNAL-NONE", "MDM-SIGNAL-WEAK", "MDM-NOT-REGISTERED", "MDM-DENIED",
    "MDM-DETACHED", "MDM-APN", "MDM-NO-DIALTONE", "MDM-BUSY", "MDM-NO-ANSWER", "MDM-NO-CARRIER",
    "PWR-ADAPTER-ABSENT", "PWR-ADAPTER-WEAK", "PWR-BATTERY-ABSENT", "PWR-BATTERY-LOW", "PWR-BATTERY-WORN",
    "PWR-BATTERY-DEAD", "PWR-BATTERY-HOT", "PWR-BATTERY-COLD", "PWR-BATTERY-OVERVOLTAGE", "PWR-NOT-CHARGING", "PWR-SAG",
    "HOST-PERMISSION", "HOST-BUSY", "HOST-SERVICE", "HOST-LIBRARY",
]  # fmt: skip


def test_published_codes_stay() -> None:
    assert set(PUBLISHED) <= {fault.code for fault in ALL}


#: what shops read out on the telephone; a number never changes its fault
NUMBERS = """
101:PRN-ABSENT 102:PRN-AWAY 103:PRN-PORT 104:PRN-MUTE 105:PRN-GARBLED 106:PRN-WAITS 107:PRN-OFFLINE
108:PRN-PAPER-END 109:PRN-PAPER-NEAR-END 110:PRN-COVER-OPEN 111:PRN-PAPER-JAM 112:PRN-CUTTER 113:PRN-HEAD-HOT
114:PRN-SUPPLY-LOW 115:PRN-SUPPLY-HIGH 116:PRN-MECHANISM 117:PRN-BOARD 118:PRN-HEAD-WORN 119:PRN-CUTTER-WORN
120:PRN-PRINT-BLANK 121:PRN-PRINT-FAINT 122:PRN-PRINT-SPOILT 123:PRN-DOTS-MISSING 124:PRN-RIBBON
125:PRN-PIN-MISSING 126:PRN-DRAWER 127:PRN-CABLE 128:PRN-PAPER-BAD 129:PRN-HEAD-DEAD 130:PRN-HEAD-WEAK
131:PRN-OVERFLOW 132:PRN-IMAGE 133:PRN-DRAWER-PULSE 134:PRN-HEX-DUMP 135:PRN-RESTARTS 136:PRN-DRAWER-LOCKED
137:PRN-PRINT-LATE 138:PRN-PRINT-REPEATS
201:ICC-ABSENT 202:ICC-READER 203:ICC-READER-MUTE 204:ICC-CABLE 205:ICC-CARD-ABSENT
206:ICC-CARD-MUTE 207:ICC-CONTACTS 208:ICC-CARD-SWITCH 209:ICC-CARD-TURNED 210:ICC-ATR-BAD 211:ICC-PROTOCOL
212:ICC-INTERMITTENT 213:ICC-SLOW 214:CLS-FIELD 215:CLS-CARD 216:ICC-SAM-ABSENT 217:ICC-SAM-MUTE 301:MSR-ABSENT
302:MSR-MUTE 303:MSR-GARBLED 304:MSR-SETTING 305:MSR-LINE 306:MSR-SELFTEST 307:MSR-HEAD-DEAD 308:MSR-HEAD-DIRTY
309:MSR-HEAD-WORN 310:MSR-TRACK1 311:MSR-TRACK2 312:MSR-TRACK3 313:MSR-ONE-DIRECTION 314:MSR-CARD-BAD
315:MSR-HANDLING 401:MDM-ABSENT 402:MDM-MUTE 403:MDM-GARBLED 404:MDM-PORT 405:MDM-SETTING 406:MDM-OTHER-MODEL
407:MDM-FAULT 408:MDM-RESTART 409:MDM-RADIO-OFF 410:MDM-SIM-ABSENT 411:MDM-SIM-PIN 412:MDM-SIM-PUK
413:MDM-SIM-LOCK 414:MDM-SIM-FAILURE 415:MDM-SIM-LOOSE 416:MDM-SIGNAL-NONE 417:MDM-SIGNAL-WEAK 418:MDM-ANTENNA
419:MDM-NOT-REGISTERED 420:MDM-NETWORK-LOST 421:MDM-OPERATOR 422:MDM-RESTRICTED 423:MDM-DENIED 424:MDM-DETACHED
425:MDM-APN 426:MDM-NO-DATA 427:MDM-NO-DIALTONE 428:MDM-DIAL-TONE 429:MDM-LINE-IN-USE 430:MDM-BUSY
431:MDM-NO-ANSWER 432:MDM-NO-CARRIER 433:MDM-HOST 440:MDM-HUNG 441:MDM-SUPPLY 442:MDM-PREFIX 443:MDM-PULSE
444:MDM-COVERAGE
501:PWR-ADAPTER-ABSENT 502:PWR-ADAPTER-WEAK 503:PWR-CHARGER
504:PWR-BATTERY-ABSENT 505:PWR-BATTERY-LOW 506:PWR-BATTERY-WORN 507:PWR-BATTERY-CYCLES 508:PWR-BATTERY-DEAD
509:PWR-BATTERY-HOT 510:PWR-BATTERY-COLD 511:PWR-BATTERY-OVERVOLTAGE 512:PWR-BATTERY-SWOLLEN
513:PWR-BATTERY-FAULT 514:PWR-GAUGE 515:PWR-CHARGE-OFF 516:PWR-NOT-CHARGING 517:PWR-SAG 518:PWR-RAIL
519:PWR-HEAT 520:PWR-UPS-ON-BATTERY 521:PWR-UPS-OVERLOAD 522:PWR-UPS-BYPASS 523:PWR-BATTERY-CONTACT
601:PWR-SHORT 602:PWR-DRAW-NONE 603:PWR-DRAW-HIGH 604:PWR-NO-BOOT 901:HOST-PERMISSION 902:HOST-BUSY
903:HOST-SERVICE 904:HOST-LIBRARY 905:HOST-DRIVER 906:HOST-QUEUE
"""


def test_published_numbers_stay() -> None:
    published = dict(item.split(":")[::-1] for item in NUMBERS.split())
    assert {fault.code: str(fault.number) for fault in ALL if fault.code in published} == published


def test_each_fault_has_a_number_of_its_own() -> None:
    numbers = [fault.number for fault in ALL]
    assert None not in numbers
    assert len(numbers) == len(set(numbers))


def test_codes_are_unique() -> None:
    codes = [fault.code for fault in ALL]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_language_lacks_a_text(lang: str) -> None:
    assert texts.gaps(lang) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_says_nothing_twice(file: Path) -> None:
    """A second key of the same name would win silently."""
    yamlfile.load(file)


@pytest.mark.parametrize("file", [file for file in FILES if file.name in ("en.yaml", "zh.yaml")], ids=str)
def test_each_text_is_in_its_language(file: Path) -> None:
    for key, text in languages.leaves(languages.own(file.parent, file.stem)):
        if file.stem == "en":
            assert not HAN.search(text), key
        else:
            plain = re.sub("{.*?}", "", text)
            assert HAN.search(text) or file.parent == words.FOLDER or not re.search("[A-Za-z]{3}", plain), key


@pytest.mark.parametrize("kind", KINDS)
def test_texts_stand_in_the_order_of_the_faults(kind: str) -> None:
    """That each check and fault has a text is a case of the contract suite."""
    assert list(texts.of_room(kind, "en").faults) == list(CATALOGUE.rooms[kind].faults)


@pytest.mark.parametrize("name", profile.available())
def test_plans_name_codes_that_exist(name: str) -> None:
    for part in planned(list(profile.load(name).components.values())):
        for check in part.checks:
            assert {*check.finds, *check.hints} <= set(CATALOGUE.rooms[part.kind].faults), check.name
            assert not {*check.finds, *check.hints} & set(part.impossible)


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.code)
def test_effects_name_codes_that_exist(fault: catalogue.Fault) -> None:
    codes = {other.code for other in ALL}
    assert set(fault.shows) <= codes
    for pattern in fault.downstream:
        assert any(fnmatchcase(code, pattern) for code in codes), pattern


@pytest.mark.parametrize("kind", [kind for kind in KINDS if CATALOGUE.rooms[kind].symptoms])
def test_what_stops_the_business_is_complained_of(kind: str) -> None:
    """Or a complaint would speak against the fault that makes it."""
    room = CATALOGUE.rooms[kind]
    complained_of = {code for made_by in room.symptoms.values() for code in made_by}
    assert {fault.code for fault in room.faults.values() if fault.severity == "stops-business"} <= complained_of


@pytest.mark.parametrize("kind", KINDS)
def test_every_reason_of_a_driver_has_words(kind: str) -> None:
    """Reasons are language-free words; a reader gets them in the words of the room, or else of all rooms."""
    file = ROOT / "drivers" / kind / "reasons.py"
    source = file.read_text(encoding="utf-8") if file.exists() else ""
    own = texts.of_room(kind, "en").reasons
    assert set(re.findall(r"Reason\(\s*\"([a-z-]+)\"", source)) == set(own)
    assert not [reason for reason in own if words.known(f"reasons.{reason}")]


@pytest.mark.parametrize("kind", KINDS)
def test_every_measurement_of_a_driver_has_words(kind: str) -> None:
    """A name that the driver composes counts where the part after the last dot is plain: `BAT0.voltage`."""
    sources = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "drivers" / kind).rglob("*.py"))
    named = re.findall(r"""Measurement\(\s*f?"(?:\{[\w.]+\}\.)?(\w+)\"""", sources)
    assert len(named) > 3
    assert set(named) <= set(texts.of_room(kind, "en").measurements)


def test_every_reason_of_the_contract_has_words() -> None:
    used = [reason for reason in vars(reasons).values() if isinstance(reason, Reason)]
    assert used
    for reason in used:
        assert words.known(f"reasons.{reason}"), reason


def test_outcomes_and_classes_have_words() -> None:
    for outcome in get_args(OutcomeWord):
        assert words.known(f"outcome.{outcome}")
    for fault in ALL:
        assert words.known(f"class.{fault.fault_class}")
        assert words.known(f"severity.{fault.severity}")


@pytest.mark.parametrize(
    ("env", "lang"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "de_DE"}, "en"),
        ({}, "en"),
    ],
)
def test_language_of_the_locale(env: dict[str, str], lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert words.from_environment() == lang


def test_no_word_is_left_over() -> None:
    """Every key of words/en.yaml is used: named in the code, or one of a family that is looked up by a value."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("diag/**/*.py"))
    families = {"verdict", "verdict_long", "ready", "status", "outcome", "class", "severity", "reasons", "identity"}
    for family, entries in languages.own(words.FOLDER, "en").items():
        if family in families:
            assert f"{family}." in source
            continue
        for key in entries:
            assert f'"{family}.{key}"' in source or f"'{family}.{key}'" in source or f'"{key}"' in source, key


GOOD = "class: part, severity: notice, prior: rare, who: merchant"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("X: {class: part", "not a fault catalogue"),
        ("- X", "fault codes are expected"),
        ("X: part", "X: keys below it are expected"),
        (f"X: {{{GOOD}, title: X}}", "X: title: unknown key"),
        (f"X: {{{GOOD}, number: one}}", "X: number: a whole number above 0 is expected, not 'one'"),
        (
            f"X: {{{GOOD.replace('rare', 'never')}}}",
            "X: prior: one of common, occasional, rare is expected, not 'never'",
        ),
        (f"X: {{{GOOD.replace(', who: merchant', '')}}}", "X: who: one of merchant, technician is expected, not None"),
        (f"X: {{{GOOD}, shows: {{Y: often}}}}", "X: shows: Y: one of always, usually, sometimes, seldom, never is"),
        (f"X: {{{GOOD}, downstream: [Y]}}", "X: downstream: keys below it are expected"),
    ],
)
def test_broken_catalogues(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        catalogue.read(file, "room")
    assert str(caught.value).startswith(f"{file}: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "en.yaml: not a file of texts"),
        ({"en": "a: [1"}, "en.yaml: not a file of texts"),
        ({"en": "- a"}, "en.yaml: the top of the file must be a mapping"),
        ({"en": "a: {b: 5}"}, "en.yaml: a.b: text is expected"),
        ({"en": "a: {b: c}", "eo": "a: c"}, "eo.yaml: a: this is built otherwise than in English"),
        ({"en": "a: {b: c}", "eo": "a: {b: no}"}, "eo.yaml: a: b: this is built otherwise than in English"),
    ],
)
def test_broken_texts(files: dict[str, str], said: str, tmp_path: Path) -> None:
    for lang, text in files.items():
        (tmp_path / f"{lang}.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        languages.read(tmp_path, "eo")
    assert said in str(caught.value)


def test_english_stands_in_for_what_a_language_lacks(tmp_path: Path) -> None:
    (tmp_path / "en.yaml").write_text("a: A\nb: B\ndo: [first, second]\nc: {d: D}\n")
    (tmp_path / "eo.yaml").write_text("a: Ah\nb: ''\ndo: [unua]\nelse: E\n")
    assert languages.read(tmp_path, "eo") == {"a": "Ah", "b": "B", "do": ["unua", "second"], "c": {"d": "D"}}


@pytest.fixture(scope="module")
def in_esperanto(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of ours with one more language: a line in the list, and files with some of the texts."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("diag", "drivers", "profiles"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    file = copy / "diag/knowledge/languages.py"
    text = file.read_text(encoding="utf-8")
    assert '    "zh": ("zh",),\n' in text
    file.write_text(text.replace('    "zh": ("zh",),\n', '    "zh": ("zh",),\n    "eo": ("eo",),\n'), encoding="utf-8")
    (copy / "drivers/printer/texts/eo.yaml").write_text(
        "title: Printilo\nfaults: {PRN-PAPER-END: {title: La papero elĉerpiĝis, unit: papero, do: [Metu novan.]}}\n"
        "reasons: {offline: la printilo ne pretas}\nchecks: {papero: Papero}\n",
        encoding="utf-8",
    )
    (copy / "diag/knowledge/words/eo.yaml").write_text(
        'verdict: {fail: FIASKO}\nreport: {line: "{name} – {text}"}\nprompt: {again: "{nombro}?"}\n', encoding="utf-8"
    )
    (copy / "diag/contract/texts/eo.yaml").write_text("errors: {no_fault_code: ne estas kodo}\n", encoding="utf-8")
    (copy / "diag/knowledge/words/help/eo.yaml").write_text(
        'own: {usage: "Uzo: {command}"}\ncommands: {check: Kontrolas.}\n', encoding="utf-8"
    )
    return copy


def ended(command: list[str], copy: Path, home: Path) -> str:
    return printed(command, copy, home).stdout


def printed(command: list[str], copy: Path, home: Path) -> subprocess.CompletedProcess[str]:
    env = {**clean_environment(home), "PYTHONPATH": str(copy), "LC_ALL": "eo_XX.UTF-8", "PYTHONUTF8": "1"}
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=home, check=False)


def test_a_third_language_is_a_line_and_its_files(in_esperanto: Path, tmp_path: Path) -> None:
    told = ended([POSDIAG, "faults", "PRN-PAPER-END"], in_esperanto, tmp_path)
    assert "La papero elĉerpiĝis" in told
    assert "1. Metu novan.\n  2. Close the cover until it clicks." in told
    done = json.loads(ended([POSDIAG, "demo", "--fault", "PRN-PAPER-END", "--json"], in_esperanto, tmp_path))
    assert done["diagnosis"]["causes"][0]["unit"] == {"en": "paper roll", "zh": "打印纸", "eo": "papero"}
    assert done["terminal"]["name"]["eo"] == done["terminal"]["name"]["en"]
    shown = ended([POSDIAG, "report"], in_esperanto, tmp_path)
    assert "FIASKO – Failed: Printilo" in shown
    assert "Cause of going offline – not answered – la printilo ne pretas" in shown
    assert (
        "posdiag: ne estas kodo (`posdiag faults`" in printed([POSDIAG, "faults", "X"], in_esperanto, tmp_path).stderr
    )
    shown = ended([POSDIAG, "check", "--help"], in_esperanto, tmp_path)
    assert shown.startswith("Uzo: posdiag check")
    assert "Kontrolas." in shown
    assert "Print one JSON document" in shown
    assert "FAIL: Failed: Receipt printer" in ended([POSDIAG, "report", "--lang", "en"], in_esperanto, tmp_path)


def test_the_gaps_of_a_language_are_listed(in_esperanto: Path, tmp_path: Path) -> None:
    code = "from diag.knowledge.texts import gaps; print('\\n'.join(gaps('eo')))"
    found = ended([sys.executable, "-c", code], in_esperanto, tmp_path).splitlines()
    room = in_esperanto / "drivers/printer/texts/eo.yaml"
    assert f"{room}: faults.PRN-PAPER-END.do.2: missing, in English: Close the cover until it clicks." in found
    assert f"{room}: checks.papero: English has no such text" in found
    assert not [line for line in found if line.startswith(f"{room}: title")]
    file = in_esperanto / "diag/knowledge/words/eo.yaml"
    again = "Please type one of the numbers 1 to {count}, or one of the signs shown."
    said = f"prompt.again: other words in braces than in English: {again}"
    assert f"{file}: {said}" in found
    missing = {line.partition(": ")[0] for line in found}
    assert {
        str(in_esperanto / f"diag/{name}/eo.yaml") for name in ("contract/texts", "knowledge/words/help")
    } <= missing
    for folder in ("diag/knowledge/host/texts", *(f"drivers/{kind}/texts" for kind in KINDS if kind != "printer")):
        assert any(line.startswith(f"{in_esperanto / folder / 'eo.yaml'}: title: missing") for line in found)


if __name__ == "__main__":
    print("\n".join(texts.gaps(sys.argv[1])))
