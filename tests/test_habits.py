"""What people try first and expect to work: no arguments, a word to search for, completion in the shell."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from diag.knowledge import catalogue, profile, texts
from diag.knowledge.languages import LANGUAGES
from tests.conftest import Command, clean_environment


def test_posdiag_alone_says_what_to_type(installed: Command) -> None:
    done = installed()
    assert (done.status, done.err) == (0, "")
    assert len(done.out.splitlines()) <= 6
    for command in ("posdiag check", "posdiag detect", "posdiag profile check", "posdiag demo", "posdiag --help"):
        assert command in done.out
    chinese = installed(env={"LANG": "zh_CN.UTF-8"})
    assert chinese.status == 0
    assert "能不能营业" in chinese.out


def test_profiles_are_found_by_a_word(posdiag: Command) -> None:
    def found(*words: str) -> list[str]:
        return [line.split()[0] for line in posdiag("profile", "list", *words).out.splitlines()]

    assert found() == list(profile.available())
    assert found("TM-T90") == ["epson/tm-t90"]
    assert "generic/escpos-thermal" in found("热敏打印机")
    assert found("热敏打印机") == found("热敏打印机", "--lang", "zh")
    assert {name.split("/")[0] for name in found("quectel")} == {"quectel"}


def test_a_word_that_no_profile_has(posdiag: Command) -> None:
    done = posdiag("profile", "list", "epsn")
    assert done.status == 78
    assert "did you mean epson?" in done.err


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("posdiag prof", ["profile"]),
        ("posdiag run --lev", ["--level"]),
        ("posdiag run epson/tm-t9", ["epson/tm-t90"]),
        ("posdiag profile show wincor", [name for name in profile.available() if name.startswith("wincor/")]),
        ("posdiag faults PRN-CUT", ["PRN-CUTTER", "PRN-CUTTER-WORN"]),
        ("posdiag demo --fault MSR-TRACK", ["MSR-TRACK1", "MSR-TRACK2", "MSR-TRACK3"]),
    ],
)
def test_completion(tmp_path: Path, typed: str, offered: list[str]) -> None:
    """Through the function that `--show-completion` prints, in bash itself."""
    script = (
        f'PATH="{Path(sys.executable).parent}:$PATH"; eval "$(posdiag --show-completion)"; '
        f"COMP_WORDS=({typed}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _posdiag_completion posdiag; "
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env=clean_environment(tmp_path), cwd=tmp_path,
        check=True,
    )  # fmt: skip
    assert done.stdout.split() == offered


def test_help_tells_of_completion(posdiag: Command) -> None:
    assert "--install-completion" in posdiag("--help").out


def test_completion_offers_all_codes(posdiag: Command) -> None:
    env = {"_POSDIAG_COMPLETE": "complete_fish", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = posdiag(env={**env, "_TYPER_COMPLETE_ARGS": "posdiag faults "})
    assert set(done.out.split()) == {
        code for room in catalogue.load_all().rooms.values() for code in room.faults
    }  # fmt: skip


SETTING = re.compile(r"\b(printer|modem|magstripe)\.([a-z_]+)=([\w:/.-]*\w)", re.ASCII)
PROFILES = {"printer": "generic/escpos-thermal", "modem": "generic/cellular-modem", "magstripe": "generic/msr-serial"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_settings_that_remedies_name_are_settings(lang: str) -> None:
    steps = [step for kind in PROFILES for fault in texts.of_room(kind, lang).faults.values() for step in fault.do]
    named = [match for step in steps for match in SETTING.finditer(step)]
    assert {(match[1], match[2]) for match in named} >= {("printer", "baud"), ("modem", "baud"), ("magstripe", "at")}
    for match in named:
        profile.load(PROFILES[match[1]], [match[0].replace("VID:PID", "0801:0001")])
