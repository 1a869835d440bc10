"""What is true of one model stands in its profile, and is shown with what to do about the fault there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from diag.contract.errors import ConfigError
from diag.knowledge import profile, texts
from diag.knowledge.languages import LANGUAGES
from tests.conftest import Command

BASE = """\
schema: 1
name: {en: T}
inherits: generic/escpos-thermal
components:
  printer:
    remarks:
"""
REMARK = '      PRN-PAPER-END: {en: "Here the roll goes in from below.", zh: "纸从下面装入。"}\n'


def write(folder: Path, remarks: str, name: str = "t80") -> str:
    file = folder / "acme" / f"{name}.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(BASE + remarks, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("remarks", "message"),
    [
        ("      PRN-PAPER-ENDE: {en: X}\n", "-ENDE: no printer can have this fault; did you mean PRN-PAPER-END?"),
        ("      MDM-MUTE: {en: X}\n", ":7:7: components.printer.remarks.MDM-MUTE: no printer can have this fault"),
        ("      PRN-PAPER-END: {fr: X}\n", ":7:23: components.printer.remarks.PRN-PAPER-END.fr: "),
        ("      PRN-PAPER-END: X\n", ":7:7: components.printer.remarks.PRN-PAPER-END: keys below it are expected"),
        ('      PRN-PAPER-END: {en: ""}\n', ":7:23: components.printer.remarks.PRN-PAPER-END.en: "),
        ("      PRN-PAPER-END: {}\n", ":7:7: components.printer.remarks.PRN-PAPER-END: at least one is expected"),
    ],
)  # fmt: skip
def test_broken(tmp_path: Path, remarks: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        profile.load(write(tmp_path, remarks))
    assert message in str(error.value)


def test_a_remark_is_inherited_and_needs_one_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSDIAG_PROFILE_PATH", str(tmp_path))
    write(tmp_path, REMARK)
    above = write(tmp_path, "      PRN-CUTTER: {zh: 切刀在背面。}\n", "t90")
    text = Path(above).read_text(encoding="utf-8").replace("generic/escpos-thermal", "acme/t80")
    Path(above).write_text(text, encoding="utf-8")
    remarks = profile.load("acme/t90").components["printer"].remarks
    assert remarks["PRN-PAPER-END"] == {"en": "Here the roll goes in from below.", "zh": "纸从下面装入。"}
    assert remarks["PRN-CUTTER"] == dict.fromkeys(LANGUAGES, "切刀在背面。")


def test_shown_with_what_to_do_and_only_there(posdiag: Command, tmp_path: Path) -> None:
    done = posdiag("demo", write(tmp_path, REMARK), "--fault", "PRN-PAPER-END", "--json")
    [part] = json.loads(done.out)["components"]
    assert set(part["remarks"]) == {"PRN-PAPER-END"}
    steps = len(texts.of_room("printer", "en").faults["PRN-PAPER-END"].do)
    assert f"      {steps + 1}. Here the roll goes in from below.\n" in posdiag("report").out
    assert f"      {steps + 1}. 纸从下面装入。\n" in posdiag("report", "--lang", "zh").out
    assert "Here the roll goes in from below." in posdiag("profile", "show", str(tmp_path / "acme" / "t80.yaml")).out
    posdiag("demo", write(tmp_path, REMARK), "--fault", "PRN-COVER-OPEN")
    assert "from below" not in posdiag("report").out


def test_no_general_text_names_a_terminal_s_maker() -> None:
    """The makers of terminals; a maker's name as an example of a command's argument is none of these."""
    makers = ("Lipman", "NURIT", "Verifone", "Ingenico", "PAX", "Hypercom", "联迪", "新大陆", "百富")
    for kind in ("printer", "card_reader", "magstripe", "modem", "power", "bench_supply"):
        for lang in LANGUAGES:
            said = str(texts.of_room(kind, lang))
            assert not [maker for maker in makers if maker in said], (kind, lang)
