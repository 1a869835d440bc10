"""The receipt printer through the real command: settings that do not fit, partial answers, swaps, pages, wear."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.contract.links.echo import EchoFilter
from diag.knowledge import profile, texts
from diag.knowledge.words import word
from diag.suite import live_peers
from drivers.printer.pages import bitmap, escpos, star
from drivers.printer.settings import PrinterSettings
from tests.conftest import Command, Person, Served, Simulator
from tests.serial_server import ser2net

THERMAL = "generic/escpos-thermal"


def at(served: Served, *settings: str) -> list[str]:
    words = [f"printer.at={served.at}", *(f"printer.{setting}" for setting in settings)]
    return [word for item in words for word in ("--set", item)]


@pytest.mark.parametrize("dialect", ["escpos", "star"])
@pytest.mark.parametrize("rate", [115200, 4800])
def test_another_baud_rate_is_a_setting(posdiag: Command, simulator: Simulator, rate: int, dialect: str) -> None:
    """Found by trying; the printer is examined at its own rate then."""
    served = simulator("printer", "--set", f"baud={rate}", "--set", f"dialect={dialect}", "--fault", "PRN-COVER-OPEN")
    done = posdiag("run", THERMAL, *at(served, "baud=9600", f"dialect={dialect}", "timeout_s=0.3"), "--json")
    assert set(done.causes) == {"PRN-GARBLED", "PRN-COVER-OPEN"}
    cause = next(cause for cause in done.record["diagnosis"]["causes"] if cause["fault"] == "PRN-GARBLED")
    assert cause["class"] == "setting"
    assert f"answers at {rate} baud; the profile says 9600" in cause["for"][0]["evidence"]
    answers = {one["name"]: one["value"] for one in done.check("printer", "status")["measurements"]}
    assert answers["answers_behind"] is False


def test_another_baud_rate_behind_a_serial_server(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    served = simulator("printer", "--set", "baud=38400")
    with ser2net(served.at, tmp_path) as url:
        done = posdiag("run", THERMAL, "--set", f"printer.at={url}", "--set", "printer.timeout_s=0.5", "--json")
    assert done.causes == ["PRN-GARBLED"]
    assert "38400" in done.out


@pytest.mark.parametrize("flow", ["none", "rts-cts", "dtr-dsr", "xon-xoff"])
def test_flow_control_settings(posdiag: Command, simulator: Simulator, flow: str) -> None:
    served = simulator("printer")
    assert posdiag("run", THERMAL, *at(served, f"flow={flow}"), "--level", "external", "--json").status == 0


@pytest.mark.parametrize("dialect", ["escpos", "star"])
def test_answers_in_pieces_from_a_slow_line(posdiag: Command, simulator: Simulator, dialect: str) -> None:
    served = simulator(
        "printer", "--set", "baud=2400", "--set", "latency=0.03", "--set", "split=0.015", "--set", f"dialect={dialect}",
        "--fault", "PRN-PAPER-END",
    )  # fmt: skip
    done = posdiag("run", THERMAL, *at(served, "baud=2400", f"dialect={dialect}"), "--json")
    assert done.causes == ["PRN-PAPER-END"]


@pytest.mark.parametrize("dialect", ["escpos", "star"])
def test_a_page_that_takes_longer_on_the_line_than_an_answer(
    posdiag: Command, simulator: Simulator, tmp_path: Path, dialect: str
) -> None:
    """The printer answers behind the page; what the serial server has buffered cannot be seen here."""
    served = simulator("printer", "--set", "baud=38400", "--set", f"dialect={dialect}")
    with ser2net(served.at, tmp_path) as url:
        words = ["baud=38400", "timeout_s=0.4", f"dialect={dialect}"]
        settings = [word for item in words for word in ("--set", f"printer.{item}")]
        done = posdiag("run", THERMAL, "--set", f"printer.at={url}", *settings, "--level", "external", "--json")
    assert done.causes == []
    assert done.status == 0


@pytest.mark.parametrize("after", [4, 12, 400])
def test_unplugged_after_so_many_bytes(posdiag: Command, simulator: Simulator, after: int) -> None:
    served = simulator("printer", "--set", f"unplug_after={after}")
    done = posdiag("run", THERMAL, *at(served), "--level", "external", "--json")
    assert done.causes == ["PRN-ABSENT"]


def test_a_slow_mechanism_is_waited_for(posdiag: Command, simulator: Simulator) -> None:
    """Buffered data print after they were sent: the proof comes when the last line is out."""
    served = simulator("printer", "--set", "line_time=0.1", "--set", "technology=impact", "--set", "image=column")
    done = posdiag("run", "generic/escpos-impact", *at(served), "--level", "external", "--json")
    assert done.status == 0
    assert done.check("printer", "test_print")["seconds"] > 0.4


def see(served: Served, prompt: str, choices: list[str]) -> str:
    """What the simulated person in front of the simulated printer answers."""
    assert served.process.stdin is not None
    served.process.stdin.write(json.dumps({"prompt": prompt, "choices": choices}) + "\n")
    served.process.stdin.flush()
    while "answer" not in (said := served.said()):
        pass
    return str(said["answer"])


@pytest.mark.parametrize(
    ("fault", "settings", "causes"),
    [
        ("PRN-SUPPLY-LOW", ["battery=True"], ["PRN-SUPPLY-LOW"]),
        ("PRN-PAPER-BAD", [], ["PRN-PAPER-BAD"]),
        ("PRN-CABLE", [], ["PRN-CABLE"]),
        (None, [], []),
    ],
)
def test_a_person_at_the_screen(
    simulator: Simulator, at_the_screen: Person, fault: str | None, settings: list[str], causes: list[str]
) -> None:
    """Questions on a real terminal, answered by somebody who looks at the printer and swaps what he is told to."""
    words = [word for item in settings for word in ("--set", item)]
    served = simulator("printer", *words, *(("--fault", fault) if fault else ()))
    prompts = texts.of_room("printer", "en").prompts
    keys = {entry.text: key for key, entry in prompts.items()}
    once_more = word("prompt.once_more", "en")
    addressed = at(served, *settings, "timeout_s=0.3")
    person = at_the_screen("run", THERMAL, *addressed, "--level", "interactive", "--json")
    prompt, shown, said, again = "", [], "", False
    answered: dict[str, str] = {}
    while letter := person.said.read(1):
        said += letter
        if said.endswith("Your choice: "):
            names = {text: name for name, text in prompts[prompt].choices.items()}
            choices = [names[text] for text in shown]
            answer = answered[prompt] if again else see(served, prompt, choices)
            answered.setdefault(prompt, answer)
            person.type(f"{choices.index(answer) + 1}\n")
            prompt, shown, said = "", [], ""
        elif letter == "\n":
            line = said.splitlines()[-1].strip()
            if text := next((text for text in keys if line.endswith(text)), None):
                prompt, again = keys[text], line.startswith(once_more)
            if prompt and line[:1].isdigit():
                shown.append(line.lstrip("0123456789").strip())
    done = person.done()
    assert done.causes == causes
    assert done.status == (1 if causes else 0)


def test_a_one_way_printer_is_proven_by_the_person_only(posdiag: Command, simulator: Simulator) -> None:
    served = simulator("printer", "--set", "answers=none")
    done = posdiag("run", THERMAL, *at(served, "answers=none"), "--level", "external", "--json")
    assert done.status == 3
    assert done.check("printer", "test_print")["reason"] == "unproven"
    assert done.component("printer")["status"] == "unknown"


def test_nothing_from_a_one_way_printer_is_most_likely_its_cable(at_the_screen: Person) -> None:
    """Sent into an open end: no mechanism can be blamed for that."""
    with live_peers.on_tcp(lambda data: b"") as url:
        words = ["--set", f"printer.at={url}", "--level", "interactive", "--json"]
        person = at_the_screen("run", "oletech/pos58", *words)
        person.type("6\n4\n6\n")  # seen twice, for one look is no proof; no self-test
        done = person.done()
    assert done.causes == ["PRN-MUTE"]
    assert "PRN-MECHANISM" in {cause["fault"] for cause in done.record["diagnosis"]["open"]}


def test_trouble_of_the_bench_asks_for_no_other_cable(at_the_screen: Person) -> None:
    at = "printer.at=socket://no-such-host.invalid:9100"
    done = at_the_screen("run", THERMAL, "--set", at, "--level", "interactive", "--json").done()
    assert "another data cable" not in done.err
    assert done.status == 3


def test_an_open_drawer_is_not_called_broken(posdiag: Command, simulator: Simulator) -> None:
    words = ["drawer=2", "drawer_open_level=high"]
    served = simulator("printer", *(word for item in words for word in ("--set", item)))
    first = posdiag("run", THERMAL, *at(served, *words), "--level", "external", "--json")
    assert first.check("printer", "drawer")["outcome"] == "passed"
    again = posdiag("run", THERMAL, *at(served, *words), "--level", "external", "--json")
    assert again.check("printer", "drawer")["reason"] == "drawer-open"
    assert again.causes == []
    assert again.status == 3  # and not healthy: the drawer was not tried


@pytest.mark.parametrize(("broken", "status"), [((), 0), (("--fault", "PRN-DRAWER"), 1)])
def test_a_drawer_whose_switch_is_the_other_way_round(
    posdiag: Command, simulator: Simulator, tmp_path: Path, broken: tuple[str, ...], status: int
) -> None:
    """It seems to be open at first: the pulse is given all the same, and a person is asked where nothing changes."""
    served = simulator("printer", "--set", "drawer=2", "--set", "drawer_open_level=high", *broken)
    answers = tmp_path / "answers"
    words = ("printout=good", "head_printout=whole", "drawer_seen=shut", "drawer_seen_again=shut")
    answers.write_text("".join(f"printer.{word}\n" for word in words))
    settings = at(served, "drawer=2", "drawer_open_level=low")
    done = posdiag("run", THERMAL, *settings, "--level", "interactive", "--answers", str(answers), "--json")
    assert done.status == status
    assert done.causes == (["PRN-DRAWER"] if broken else [])
    if not broken:
        told = {one["name"]: one["value"] for one in done.check("printer", "drawer")["measurements"]}
        assert told["drawer_open_level"] == "high"  # what the profile should say


@pytest.mark.parametrize("pin", ["2", "5"])
@pytest.mark.parametrize("level", ["high", "low", "unknown"])
@pytest.mark.parametrize("dialect", ["escpos", "star"])
def test_drawers(posdiag: Command, simulator: Simulator, pin: str, level: str, dialect: str) -> None:
    words = [f"drawer={pin}", f"drawer_open_level={level}", f"dialect={dialect}"]
    served = simulator("printer", *(word for item in words for word in ("--set", item)))
    done = posdiag("run", THERMAL, *at(served, *words), "--level", "external", "--json")
    assert done.check("printer", "drawer")["outcome"] == "passed"


@pytest.mark.parametrize("pages", [escpos, star])
@pytest.mark.parametrize("dots", [64, 203, 384, 576, 832])
def test_no_page_holds_a_real_time_command(pages: object, dots: int) -> None:
    """DLE EOT, DLE ENQ and DLE DC4 are carried out also in the middle of a picture."""
    for image in ("raster", "column"):
        for technology in ("thermal", "impact"):
            settings = PrinterSettings(dots=dots, image=image, technology=technology)
            for page in (pages.test_receipt(settings), pages.head_page(settings)):  # type: ignore[attr-defined]
                assert not any(bytes((0x10, code)) in page for code in (0x04, 0x05, 0x14))
                assert len(page) < 16384


def test_the_head_test_page_keeps_to_the_makers_duty() -> None:
    """All black for 1.8 s a minute at most (50 °C); at 30 mm/s and 8 dots a millimetre this page burns 0.2 s."""
    rows = [row for pattern in (bitmap.solid, bitmap.alternate, bitmap.diagonal) for row in pattern(384)]
    seconds = sum(sum(row) / len(row) for row in rows) / 8 / 30
    assert seconds < 0.25


def test_every_dot_shows_itself() -> None:
    for width in (64, 384, 577):
        for pattern in (bitmap.solid, bitmap.alternate, bitmap.diagonal):
            rows = pattern(width)
            assert {len(row) for row in rows} == {width}
            assert all(any(row[column] for row in rows) for column in range(width))


@given(st.lists(st.lists(st.booleans(), min_size=13, max_size=13), min_size=1, max_size=20))
def test_pictures_come_out_as_they_went_in(rows: list[list[bool]]) -> None:
    """Read back from the bytes by the command reference: GS v 0 by rows, ESC * by columns."""
    data = bitmap.escpos_raster(rows)
    assert data[:4] == b"\x1dv0\0"
    wide, high = int.from_bytes(data[4:6], "little"), int.from_bytes(data[6:8], "little")
    assert (wide, high) == (2, len(rows))
    for number, row in enumerate(rows):
        line = data[8 + number * wide : 8 + (number + 1) * wide]
        assert [bool(line[dot // 8] & 0x80 >> dot % 8) for dot in range(13)] == row
    strips = bitmap.escpos_column(rows).removeprefix(b"\x1b3\x10").removesuffix(b"\x1b2")
    assert len(strips) == -(-len(rows) // 8) * (5 + 13 + 1)
    for number, row in enumerate(rows):
        strip = strips[number // 8 * 19 + 5 :][:13]
        assert [bool(column & 0x80 >> number % 8) for column in strip] == row


@given(st.lists(st.binary(min_size=1, max_size=8), max_size=8), st.binary(max_size=20))
def test_echoes_are_taken_out_whole(messages: list[bytes], answer: bytes) -> None:
    """Whatever was sent and comes back in order is dropped; nothing else is lost."""
    echo = EchoFilter()
    echo.sent(b"first")
    assert echo.feed(b"first") == b""
    for message in messages:
        echo.sent(message)
    flow = bytes((0x11, 0x13))
    if not any(byte in flow for message in messages for byte in message):
        assert echo.feed(b"".join(messages)) == b""
        assert echo.feed(answer) == answer
    else:
        got = echo.feed(answer) + echo.rest()
        assert Counter(got) <= Counter(answer)


def test_what_is_no_echo_comes_through() -> None:
    echo = EchoFilter()
    echo.sent(b"\x10\x04\x01")
    assert echo.feed(b"\x10\x00\x00\x0f") == b"\x10\x00\x00\x0f"
    echo.sent(b"\x10\x04\x02")
    assert echo.feed(b"\x10") == b""
    assert echo.rest() == b"\x10"
    assert not echo.seen


def test_the_owner_s_advice_is_in_the_texts() -> None:
    """What merchants are told today, row by row."""
    english, chinese = (texts.of_room("printer", lang).faults for lang in ("en", "zh"))
    told = {code: " ".join([*chinese[code].do, *english[code].do]) for code in english}
    for code, words in {
        "PRN-ABSENT": ("重新插紧", "换一台打印机"),
        "PRN-PAPER-JAM": ("倒过来拍一拍", "杂物"),
        "PRN-COVER-OPEN": ("咔哒声",),
        "PRN-PRINT-FAINT": ("换一卷合格的热敏纸", "移动POS机没电会打得浅"),
        "PRN-PRINT-BLANK": ("翻过来",),
        "PRN-GARBLED": ("选择正确的打印机型号和驱动",),
    }.items():
        for told_word in words:
            assert told_word in told[code], (code, told_word)
    remark = profile.load("lipman/nurit").components["printer"].remarks["PRN-PAPER-END"]
    assert "a square in the middle of the screen" in remark["en"]
    assert all(words in remark["zh"] for words in ("屏幕中间显示方框", "从黑色胶辊下面穿过"))
