"""What `check`, `run` and `profile` do with the terminal that is set up, and without one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from diag.bench import set_up
from diag.knowledge import profile, texts
from tests.computers import Computer, several
from tests.conftest import ROOT, Command, Simulator


def test_without_a_set_up_terminal_what_is_found_is_looked_at(computer: Computer, simulator: Simulator) -> None:
    computer.printer(simulator("printer"))
    done = computer.posdiag("check", "--set", "network.interface=none")
    first, *others = done.out.splitlines()
    assert first.startswith("READY as far as")
    assert "Looked at: Receipt printer." in first
    for title in ("Card reader", "Power", "Modem and SIM", "Magnetic stripe reader"):
        assert title in first.partition("Not looked at:")[2]
    assert "posdiag check --guided" in others[0]
    assert any("posdiag setup" in line for line in others)
    assert "[detected]" not in done.out  # a name that support cannot look up
    assert not computer.file.exists()
    assert "posdiag setup" in computer.posdiag("run", "--lang", "zh").out
    broken = computer.posdiag("check", "--set", "printer.drawer_pin=7")
    assert broken.status == 78


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
