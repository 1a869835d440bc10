"""Derived files are what the code generates."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from diag.bench import udev
from diag.knowledge import profile_schema
from diag.records import record
from diag.store import tables
from tests import manual
from tests.forkserver import ROOT


@pytest.mark.parametrize("name", [udev.MARKS, udev.ACCESS])
def test_udev_rules(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Regenerate: posdiag udev --output udev."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert (ROOT / "udev" / name).read_text(encoding="utf-8") == udev.rules()[name]


def test_rules_open_nothing_to_everybody() -> None:
    text = "".join(udev.rules().values())
    assert "0666" not in text
    assert 'TAG+="uaccess"' in udev.rules()[udev.ACCESS]
    assert "uaccess" not in udev.rules()[udev.MARKS]
    assert udev.ACCESS < "73-seat-late.rules"


@pytest.mark.parametrize("line", "".join(udev.rules().values()).splitlines())
def test_rules_parse(line: str) -> None:
    """A small grammar of udev(7): comma-separated KEY OP "VALUE"; this machine's udev may have no `udevadm verify`."""
    import re

    if line.startswith("#"):
        return
    item = r'[A-Z]+(\{[A-Za-z_]+\})?\s*(==|!=|=|\+=)\s*"[^"]*"'
    assert re.fullmatch(rf"{item}(,\s*{item})*", line)


@pytest.mark.parametrize(
    ("name", "make"), [("record.schema.json", record.json_schema), ("profile.schema.json", profile_schema.json_schema)]
)
def test_schemas(name: str, make: object) -> None:
    """Regenerate: python -m tests.test_generated."""
    assert callable(make)
    assert json.loads((ROOT / "docs" / name).read_text(encoding="utf-8")) == make()


def test_the_tables_of_a_new_store() -> None:
    """Regenerate: python -m tests.test_generated."""
    assert (ROOT / "diag" / "store" / "schema.sql").read_text(encoding="utf-8") == tables.schema()


def test_the_fault_reference() -> None:
    """Regenerate: python -m tests.test_generated."""
    assert (ROOT / "docs" / "faults.md").read_text(encoding="utf-8") == fault_reference()


def test_the_manual_page() -> None:
    """Regenerate: python -m tests.test_generated."""
    assert (ROOT / "docs" / "posdiag.1").read_text(encoding="utf-8") == manual.page()


@pytest.mark.skipif(not shutil.which("groff"), reason="needs groff")
def test_groff_has_nothing_to_say_of_the_manual_page() -> None:
    words = ["groff", "-man", "-Tutf8", "-Kutf8", "-ww", "-z", str(ROOT / "docs" / "posdiag.1")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def fault_reference() -> str:
    from diag.knowledge import catalogue, texts

    lines = ["# Fault codes", "", "Generated from the catalogues (`posdiag faults CODE` shows what to do).", ""]
    for room in catalogue.load_all().rooms.values():
        english, chinese = (texts.of_room(room.kind, lang) for lang in ("en", "zh"))
        lines += [
            f"## {english.title} / {chinese.title}",
            "",
            "| code | number | class | severity | meaning | 含义 |",
            "|---|---|---|---|---|---|",
        ]
        lines += [
            f"| `{fault.code}` | {fault.number} | {fault.fault_class} | {fault.severity} | "
            f"{english.faults[fault.code].title} | {chinese.faults[fault.code].title} |"
            for fault in room.faults.values()
        ]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    for file, data in (("record", record.json_schema()), ("profile", profile_schema.json_schema())):
        text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
        (ROOT / "docs" / f"{file}.schema.json").write_text(text, encoding="utf-8")
    (ROOT / "diag" / "store" / "schema.sql").write_text(tables.schema(), encoding="utf-8")
    (ROOT / "docs" / "faults.md").write_text(fault_reference(), encoding="utf-8")
    (ROOT / "docs" / "posdiag.1").write_text(manual.page(), encoding="utf-8")
