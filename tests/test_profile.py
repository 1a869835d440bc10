"""Profiles: all of ours, and every way in which one can be wrong."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diag.contract.errors import ConfigError
from diag.knowledge import profile, profile_schema, yamlfile
from tests.conftest import Command

GOOD = """\
schema: 1
name: {en: "T", zh: "端"}
components:
  printer:
    driver: printer
    at: "/dev/ttyS0"
"""


def write(folder: Path, text: str, name: str = "acme/t80.yaml") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("name", profile.available())
def test_every_profile_of_ours(name: str) -> None:
    """Loads, is named like its file, and fits the exported schema."""
    loaded = profile.load(name)
    file = profile.available()[name]
    assert loaded.id == name == f"{file.parent.name}/{file.stem}"
    jsonschema.validate(yamlfile.load(file).data, profile_schema.json_schema())


def test_no_usb_id_is_claimed_by_two_kinds() -> None:
    kinds: dict[str, set[str]] = {}
    for name in profile.available():
        for part in profile.load(name).components.values():
            for usb in part.usb:
                kinds.setdefault(usb, set()).add(part.kind)
    assert all(len(found) == 1 for found in kinds.values())


BROKEN = [
    ("unknown top key", GOOD + "colour: red\n", ":7:1: colour: unknown key"),
    ("unknown key", GOOD + "    bauds: 9600\n", ":7:5: components.printer.bauds: unknown key; did you mean baud?"),
    ("wrong type", GOOD + "    baud: fast\n", ":7:5: components.printer.baud: "),
    ("octal-looking text", GOOD + "    baud: true\n", ":7:5: components.printer.baud: "),
    ("missing driver key", GOOD.replace("    driver: printer\n", ""), ":4:3: components.printer.driver: this key is missing"),
    ("missing driver", GOOD.replace("driver: printer", "driver: toaster"), ":5:5: components.printer.driver: there is no driver 'toaster'"),
    ("bad address", GOOD.replace("/dev/ttyS0", "COM1"), ":6:5: components.printer.at: 'COM1' does not fit"),
    ("unquoted number", GOOD.replace('"/dev/ttyS0"', "0123"), ":6:5: components.printer.at: text is expected, not 83"),
    ("bad usb id", GOOD + '    usb: ["4B8:202"]\n', ":7:11: components.printer.usb: '4B8:202' is not"),
    ("unknown need", GOOD + "    needs: [power]\n", ":7:13: components.printer.needs: there is no component 'power'"),
    ("needs itself", GOOD + "    needs: [printer]\n", ":7:13: components.printer.needs: printer and printer need each other"),
    ("bad name", GOOD.replace("  printer:", "  Printer One:"), ":4:3: components.Printer One: a name has"),
    ("missing name", GOOD.replace('name: {en: "T", zh: "端"}\n', ""), ":1:1: name: this key is missing"),
    ("no language", GOOD.replace('{en: "T", zh: "端"}', "{}"), ":2:1: name: at least one is expected"),
    ("unknown language", GOOD.replace("zh:", "xx:"), ":2:17: name.xx: one of 'en' or 'zh' is expected, not 'xx'"),
    ("no components", 'schema: 1\nname: {en: "T", zh: "T"}\ncomponents: {}\n', ":3:1: components: "),
    ("other version", GOOD.replace("schema: 1", "schema: 2"), ":1:1: schema: "),
    ("not YAML", GOOD + "  x: [1, 2\n", ": not YAML: "),
    ("tab", "schema: 1\n\tname: x\n", ":2:1: not YAML: "),
    ("a list", "- 1\n- 2\n", ":1:1: the top of the file must be a mapping"),
    ("empty", "", ":1:1: the top of the file must be a mapping"),
    ("twice", GOOD + "schema: 1\n", ":7:1: the key 'schema' stands here a second time"),
    ("anchor", GOOD.replace('at: "/dev', 'at: &a "/dev'), ":6:9: anchors and aliases"),
    ("tag", GOOD.replace('at: "/dev', 'at: !!python/object:os.system "/dev'), ":6:9: tags (!) are not allowed"),
    ("deep", "a: " + "[" * 40 + "]" * 40 + "\n", ": nested deeper than"),
    ("limits", GOOD.replace("printer", "power").replace("/dev/ttyS0", "sysfs:/x") + "    limits: {voltage_v: {min: 5, max: 3}}\n",
     ":7:14: components.power.limits.voltage_v: min 5 is greater than max 3"),
    ("inherits nothing", GOOD + "inherits: acme/none\n", ":7:1: inherits: there is no profile 'acme/none'"),
    ("inherits itself", GOOD + "inherits: acme/t80\n", ":7:1: inherits: acme/t80 leads back"),
    ("a part inherits nothing", GOOD + "    inherits: acme/none\n", ":7:5: components.printer.inherits: there is no profile 'acme/none'"),
    ("a part inherits no name", GOOD + "    inherits: [a]\n", ":7:5: components.printer.inherits: the name of a profile is expected"),
    ("a part inherits itself", GOOD + "    inherits: acme/t80\n", ":7:5: components.printer.inherits: acme/t80 leads back"),
    ("a part that is not there", GOOD.replace("  printer:", "  till_printer:") + "    inherits: demo/countertop\n",
     ":7:5: components.till_printer.inherits: demo/countertop has no component 'till_printer'; did you mean printer?"),
    ("no kind of part", GOOD + "not_fitted: [scaner]\n", ":7:14: not_fitted: there is no kind of part 'scaner'"),
    ("number for text", GOOD + "serial_number: 12\n", ":7:1: serial_number: text is expected, not 12"),
    ("out of range", GOOD + "    timeout_s: -1\n", ":7:5: components.printer.timeout_s: "),
    ("not UTF-8", None, ":1:1: not UTF-8"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_broken_profiles(text: str | None, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSDIAG_PROFILE_PATH", str(tmp_path))
    file = write(tmp_path, text or "")
    if text is None:
        file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError) as caught:
        profile.load(str(file))
    assert str(caught.value).startswith(str(file))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_command_ends_78_with_one_line(posdiag: Command, tmp_path: Path) -> None:
    for text in (GOOD + "    bauds: 1\n", "a: &x [1]\nb: [" + "*x, " * 99 + "*x]\n", "x: y\n" * 2_000_000):
        file = write(tmp_path, text)
        done = posdiag("run", str(file))
        assert done.status == 78
        assert done.err.count("\n") == 1
        assert str(file) in done.err
        assert posdiag("profile", "check", str(file)).status == 78


def test_a_cycle_of_three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSDIAG_PROFILE_PATH", str(tmp_path))
    for name, above in (("a", "b"), ("b", "c"), ("c", "a")):
        write(tmp_path, GOOD + f"inherits: v/{above}\n", f"v/{name}.yaml")
    with pytest.raises(ConfigError, match=r"v/c\.yaml:7:1: inherits: v/a leads back"):
        profile.load("v/a")


def test_inheritance_merges_and_places_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSDIAG_PROFILE_PATH", str(tmp_path))
    write(tmp_path, GOOD + "    baud: 19200\n", "v/base.yaml")
    child = "schema: 1\ninherits: v/base\ncomponents:\n  printer: {at: 'socket://h:9100'}\n"
    write(tmp_path, child, "v/child.yaml")
    printer = profile.load("v/child").components["printer"].settings.model_dump()
    assert (printer["at"], printer["baud"]) == ("socket://h:9100", 19200)
    file = write(tmp_path, GOOD + "    bauds: 1\n", "v/base.yaml")
    with pytest.raises(ConfigError, match=re.escape(f"{file}:7:5: components.printer.bauds")):
        profile.load("v/child")


def test_parts_inherit_each_from_a_profile_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Own keys come first, the needs are the terminal's, and a mistake is shown where it stands."""
    monkeypatch.setenv("POSDIAG_PROFILE_PATH", str(tmp_path))
    above = GOOD + "    baud: 19200\n    needs: [power]\n  power: {driver: power}\n"
    file = write(tmp_path, above, "v/base.yaml")
    child = write(
        tmp_path,
        "schema: 1\nname: {en: T}\nserial_number: '7'\nnot_fitted: [modem]\ncomponents:\n"
        "  printer: {inherits: v/base, at: 'socket://h:9100'}\n  reader: {inherits: generic/pcsc}\n",
        "v/child.yaml",
    )
    loaded = profile.load("v/child")
    printer = loaded.components["printer"]
    assert (printer.at, printer.needs, printer.settings.model_dump()["baud"]) == ("socket://h:9100", (), 19200)
    assert loaded.components["reader"].kind == "card_reader"
    assert (loaded.serial_number, loaded.not_fitted) == ("7", ("modem",))
    assert {file.resolve(), child.resolve()} < set(loaded.files)
    jsonschema.validate(yamlfile.load(child).data, profile_schema.json_schema())
    write(tmp_path, above.replace("19200", "fast"), "v/base.yaml")
    with pytest.raises(ConfigError, match=re.escape(f"{file}:7:5: components.printer.baud")):
        profile.load("v/child")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("printer", "COMPONENT.KEY=VALUE is expected"),
        ("printer.at", "COMPONENT.KEY=VALUE is expected"),
        ("toaster.at=x", "there is no component 'toaster'"),
        ("printer.bauds=1", "unknown key; did you mean baud?"),
        ("printer.baud=fast", "--set printer.baud"),
        ("printer.at=COM1", "does not fit"),
    ],
)
def test_broken_settings(setting: str, message: str) -> None:
    with pytest.raises(ConfigError, match=r"--set (printer|toaster)") as caught:
        profile.load("generic/escpos-thermal", [setting])
    assert message in str(caught.value)


def test_a_setting_may_be_a_choice_of_numbers() -> None:
    loaded = profile.load("generic/escpos-thermal", ["printer.bytesize=7", "printer.stopbits=2"])
    settings = loaded.components["printer"].settings.model_dump()
    assert (settings["bytesize"], settings["stopbits"]) == (7, 2)


def test_settings_reach_nested_keys() -> None:
    loaded = profile.load("demo/countertop", ["power.limits.voltage_v.max=4.2", "printer.baud=9600"])
    assert loaded.components["power"].settings.model_dump()["limits"]["voltage_v"] == {"min": 3.3, "max": 4.2}
    assert loaded.components["printer"].settings.model_dump()["baud"] == 9600


def test_show_gives_a_profile_that_loads(posdiag: Command, tmp_path: Path) -> None:
    for name in ("demo/handheld", "epson/tm-t90", "star/sp700", "generic/this-terminal"):
        file = write(tmp_path, posdiag("profile", "show", name).out, "copy/shown.yaml")
        assert profile.load(str(file)).components.keys() == profile.load(name).components.keys()


def test_an_unknown_name_gets_near_ones(posdiag: Command) -> None:
    done = posdiag("run", "generic/pscs")
    assert done.status == 78
    assert "did you mean generic/pcsc" in done.err


def test_the_schema_is_json(posdiag: Command) -> None:
    schema = json.loads(posdiag("profile", "schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"schema": 1, "components": {"printer": {"driver": "printer", "bauds": 1}}}, schema)


@settings(max_examples=200)
@given(st.text(max_size=200) | st.text("abc:[]{}&*!|>-#\"' \n\t1", max_size=120))
def test_any_text_is_a_profile_or_a_clear_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"any\.yaml"):
        profile.load(str(file))


def test_more_of_what_people_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fifo, a folder, a sibling to inherit from, a name in one language over an inherited one, the first of two mistakes."""
    monkeypatch.setenv("POSDIAG_PROFILE_PATH", "")
    os.mkfifo(tmp_path / "fifo.yaml")
    for what in (tmp_path / "fifo.yaml", tmp_path):
        with pytest.raises(ConfigError, match="not a file"):
            yamlfile.load(what)
    write(tmp_path, GOOD, "acme/base.yaml")
    child = write(tmp_path, "schema: 1\ninherits: acme/base\n", "acme/child.yaml")
    assert profile.load(str(child)).name.in_("zh") == "端"
    child = write(tmp_path, 'schema: 1\ninherits: acme/base\nname: {en: "X"}\n', "acme/child.yaml")
    assert profile.load(str(child)).name.in_all() == {"en": "X", "zh": "X"}
    two = write(tmp_path, GOOD + "    bauds: 1\n    charset: klingon\n")
    with pytest.raises(ConfigError, match=r":7:5: components\.printer\.bauds"):
        profile.load(str(two))
    limits = (
        GOOD.replace("printer", "power").replace("/dev/ttyS0", "sysfs:/x") + "    limits: {voltage_v: {max: .nan}}\n"
    )
    with pytest.raises(ConfigError, match="finite"):
        profile.load(str(write(tmp_path, limits)))
