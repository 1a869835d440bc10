"""Each command that prints for people speaks the language that is asked for, or that of the locale."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from diag.cli.app import app
from diag.reports.texts import local
from tests.conftest import Command

# These print data: a profile file, a schema.
FOR_MACHINES = {"profile show", "profile schema"}


def commands(group: TyperGroup, words: str = "") -> Iterator[tuple[str, set[str]]]:
    """Yield each command with its options."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{words}{name} ")
        else:
            yield words + name, {option for parameter in command.params for option in parameter.opts}


def every_command() -> list[tuple[str, set[str]]]:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    return list(commands(root))


@pytest.mark.parametrize(("words", "options"), every_command())
def test_every_command_has_the_option(words: str, options: set[str]) -> None:
    assert ("--lang" in options) is (words not in FOR_MACHINES)


def test_a_report_in_chinese(installed: Command) -> None:
    demo = ("demo", "--component", "printer", "--fault", "PRN-PAPER-END", "--lang", "zh")
    out = installed(*demo, env={"TZ": "CST-8"}).out
    heading, *lines = out.splitlines()
    assert heading.startswith("演示台式POS机 [demo/countertop]  序列号 DEMO  ")
    assert heading.endswith(" +0800")
    assert any(line.startswith("    打印机应答：异常   ［") and "联机 否" in line for line in lines)
    assert "未通过：打印机有故障" in lines
    assert "    耗材，不能使用，" in out
    assert "问题所在：打印纸" in out


@pytest.fixture
def newfoundland(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "NST3:30")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("newfoundland")
def test_times_are_local_with_their_zone() -> None:
    assert local("2026-01-17T01:12:30.593Z") == "2026-01-16 21:42:30 -0330"


def test_slots_have_titles_of_their_own(posdiag: Command) -> None:
    done = posdiag("demo", "--component", "sam", "--component", "contactless", "--lang", "zh")
    assert "SAM卡座：正常" in done.out
    assert "挥卡读卡器：正常" in done.out


def test_a_fault_is_explained(posdiag: Command) -> None:
    done = posdiag("faults", "ICC-CARD-MUTE", "--lang", "zh")
    assert "  银行卡或流量卡，不能使用。问题所在：芯片卡" in done.out.splitlines()


def test_what_a_profile_can_tell(posdiag: Command) -> None:
    lines = posdiag("profile", "check", "--faults", "demo/handheld", "--lang", "zh").out.splitlines()
    assert "打印机：" in lines
    assert any(line.endswith("“换数据线对比”可区分") for line in lines)
    fine = posdiag("profile", "check", "generic/pcsc", "generic/escpos-thermal", "--lang", "zh").out.splitlines()
    assert fine[1] == "generic/escpos-thermal：没有错误（printer）；运行时要加 --set printer.at=ADDRESS"
    assert fine[0].startswith("generic/pcsc：没有错误（card_reader")


def test_stored_runs_and_repairs(posdiag: Command, environment: dict[str, str], tmp_path: Path) -> None:
    environment.update(XDG_DATA_HOME=str(tmp_path / "data"), LANG="zh_CN.UTF-8")
    posdiag("run", "generic/linux-power", "--set", "power.battery=required")
    assert "  未能确定 " in posdiag("history").out
    assert "  INCONCLUSIVE " in posdiag("history", "--lang", "en").out
    confirmed = posdiag("confirm", "--fault", "PWR-CHARGER").out
    assert re.search(r"：已确认 PWR-CHARGER（power），至今共确认 1 次\n$", confirmed)
    assert re.search(r" [+-]\d{4}  PWR-CHARGER  power", posdiag("confirm", "--list").out)
    assert posdiag("confirm", "--undo").out.endswith("：已撤回\n")
    assert posdiag("confirm", "--fault", "PWR-CHARGER", "--lang", "en").out.endswith("confirmed 1× so far\n")


def test_rules_are_written(posdiag: Command, tmp_path: Path) -> None:
    told = posdiag("udev", "--output", str(tmp_path), "--lang", "zh").err.splitlines()
    assert all(line.startswith(f"已写入 {tmp_path}/") for line in told)
    assert told
