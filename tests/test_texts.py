"""Catalogues, words and drivers fit together, in both languages."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, get_args

import pytest

from diag.knowledge import catalogue, profile, registry, words
from diag.knowledge.catalogue import Text
from diag.knowledge.yamlfile import read_shipped
from diag.records.plan import planned
from diag.records.record import OutcomeWord
from tests.conftest import ROOT

KINDS = registry.driver_names()
CATALOGUE = catalogue.load_all()
ALL = [fault for room in CATALOGUE.rooms.values() for fault in room.faults.values()]
HAN = re.compile(r"[一-鿿]")

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


def texts(value: Any) -> Iterator[Text]:
    if isinstance(value, Text):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from texts(inner)
    elif hasattr(value, "model_fields_set"):
        for name in type(value).model_fields:
            yield from texts(getattr(value, name))


def test_published_codes_stay() -> None:
    assert set(PUBLISHED) <= {fault.code for fault in ALL}


def test_codes_are_unique() -> None:
    codes = [fault.code for fault in ALL]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", CATALOGUE.rooms)
def test_both_languages(kind: str) -> None:
    for text in texts(CATALOGUE.rooms[kind]):
        assert HAN.search(text.zh), text
        assert not HAN.search(text.en), text
        assert not re.search(r"[一-鿿][,;?]", text.zh), text  # Chinese punctuation in Chinese text


def test_words_have_the_same_placeholders() -> None:
    def walk(entry: Any) -> None:
        if set(entry) == {"en", "zh"}:
            fields = [
                {name for _, name, _, _ in string.Formatter().parse(entry[lang]) if name} for lang in ("en", "zh")
            ]
            assert fields[0] == fields[1], entry
            return
        for inner in entry.values():
            walk(inner)

    walk(read_shipped(Path(words.__file__).with_name("words.yaml")))


@pytest.mark.parametrize("kind", KINDS)
def test_a_room_names_its_driver_s_checks(kind: str) -> None:
    driver = registry.driver(kind)
    room = CATALOGUE.rooms[kind]
    assert driver.kind == room.kind == kind
    assert set(room.checks) == {spec.check.name for spec in driver.checks()}
    before: set[str] = set()
    for spec in driver.checks():
        assert set(spec.check.needs) <= before, f"{spec.check.name} needs a check that comes later"
        before.add(spec.check.name)


@pytest.mark.parametrize("name", profile.available())
def test_plans_name_codes_that_exist(name: str) -> None:
    for part in planned(list(profile.load(name).components.values())):
        for check in part.checks:
            assert {*check.finds, *check.hints} <= set(CATALOGUE.rooms[part.kind].faults), check.name
            assert not {*check.finds, *check.hints} & set(part.impossible)


@pytest.mark.parametrize("kind", KINDS)
def test_errors_stand_for_codes_that_exist(kind: str) -> None:
    driver, room = registry.driver(kind), CATALOGUE.rooms[kind]
    assert set(driver.evidence.values()) <= set(room.faults)


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.code)
def test_effects_name_codes_that_exist(fault: catalogue.Fault) -> None:
    codes = {other.code for other in ALL}
    assert set(fault.shows) <= codes
    for pattern in fault.downstream:
        assert any(fnmatchcase(code, pattern) for code in codes), pattern


def test_every_reason_in_the_code_has_words() -> None:
    """Reasons are language-free words; a reader gets them in both languages."""
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in [*ROOT.glob("drivers/*/reasons.py"), ROOT / "diag/contract/reasons.py"]
    )
    used = set(re.findall(r"Reason\(\s*\"([a-z-]+)\"", source))
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
    """Every key of words.yaml is used: named in the code, or one of a family that is looked up by a value."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("diag/**/*.py"))
    families = {"verdict", "verdict_long", "ready", "status", "outcome", "class", "severity", "reasons"}
    for family, entries in read_shipped(Path(words.__file__).with_name("words.yaml")).items():
        if family in families:
            assert f"{family}." in source
            continue
        for key in entries:
            assert f'"{family}.{key}"' in source or f"'{family}.{key}'" in source or f'"{key}"' in source, key
