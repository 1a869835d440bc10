"""`posdiag guide`: each complaint of the owner's help pages ends in the right cause, through the real command."""

from __future__ import annotations

import fcntl
import json
import random
import re
import statistics
import termios
from pathlib import Path
from typing import Any

import pytest

from diag.cli.complaint import understood
from diag.contract.errors import ConfigError
from diag.knowledge import asked, catalogue, complaints, profile, registry, texts
from diag.knowledge.languages import LANGUAGES
from tests.conftest import Command, Simulator
from tests.guide_rows import ROWS, Row

#: what is answered about a part that is sound, where "the same as before" or "no" is no answer
SOUND = {
    "power.lamp": "on", "power.charging": "more", "printer.print": "good", "printer.roll": "good", "modem.bars": "good",
    "terminal.life": "none", "terminal.date_kept": "kept", "terminal.torch": "dark", "network.way": "cable",
    "network.others": "yes",
}  # fmt: skip
_NO = (
    "same",
    "none",
    "inside",
    "fine",
    "good",
    "no",
    "dark",
    "paid",
    "flat",
    "long",
    "normal",
    "tone",
    "other",
    "fixed",
    "cannot",
)
SLIPS = 0.1
MOST_QUESTIONS = 4  # mean, of terminals that let no program in
PARTS = {
    fault.code
    for room in catalogue.load_all().rooms.values()
    for fault in room.faults.values()
    if fault.fault_class == "part"
}


def answers(row: Row) -> dict[str, str]:
    """Return the answer of a truthful person to each question of the row's terminal."""
    found = {}
    for part in profile.load(f"generic/closed-{row.terminal}").components.values():
        for name, question in asked.driver(part.kind).questions.items():
            choices = list(question.answers)
            sound = SOUND.get(f"{part.kind}.{name}") or next((each for each in _NO if each in choices), choices[0])
            found[f"{part.name}.{question.check}"] = row.truth.get(f"{part.name}.{question.check}", sound)
            if question.do:
                found[f"{part.name}.do_{question.check}"] = "done"
    return found


def guided(posdiag: Command, row: Row, folder: Path, said: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Return the record of a guided talk, and the questions that were put."""
    file = folder / "answers"
    file.write_text("".join(f"{name}={choice}\n" for name, choice in said.items()))
    done = posdiag(
        "guide", row.words[0], "--profile", f"generic/closed-{row.terminal}", "--answers", str(file), "--json"
    )
    put = [line.partition(":")[0] for line in done.err.splitlines() if re.match(r"\w+\.asked_", line)]
    return json.loads(done.out), put


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_complaint_ends_in_its_cause(row: Row, posdiag: Command, tmp_path: Path) -> None:
    record, put = guided(posdiag, row, tmp_path, answers(row))
    assert [cause["fault"] for cause in record["diagnosis"]["causes"]][:1] == [row.end]
    assert len(put) <= 2 * MOST_QUESTIONS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_wording_is_understood_alike(row: Row) -> None:
    assert len({understood(words, "zh", person=False).symptom for words in row.words}) == 1


@pytest.mark.parametrize("seed", range(0, len(ROWS), 3))
def test_a_slip_condemns_no_part(seed: int, posdiag: Command, tmp_path: Path) -> None:
    record, row = slipping(seed, posdiag, tmp_path)
    assert not condemned(record, row)


def slipping(seed: int, posdiag: Command, folder: Path) -> tuple[dict[str, Any], Row]:
    """Return the record of a talk in which one answer in ten is wrong, and what it was about."""
    chance = random.Random(seed)  # noqa: S311  # a reproducible choice of slips, no secret
    row = ROWS[seed % len(ROWS)]
    said = answers(row)
    for name in said:
        component, _, prompt = name.partition(".")
        kind = profile.load(f"generic/closed-{row.terminal}").components[component].kind
        question = asked.driver(kind).questions.get(prompt.removeprefix("asked_"))
        if question and chance.random() < SLIPS:
            said[name] = chance.choice([each for each in question.answers if each != said[name]])
    return guided(posdiag, row, folder, said)[0], row


def condemned(record: dict[str, Any], row: Row) -> list[str]:
    """Return the parts that are named above 80 %, and are sound."""
    causes = record["diagnosis"]["causes"]
    return [one["fault"] for one in causes if one["fault"] in PARTS - {row.end} and one["certainty"] > 0.8]


def test_few_questions_lead_there(posdiag: Command, tmp_path: Path) -> None:
    """The bench `tests/bench/guide.py` prints all of them, beside a fixed chart."""
    put = {row.name: len(guided(posdiag, row, tmp_path, answers(row))[1]) for row in ROWS[::4]}
    assert statistics.mean(put.values()) <= MOST_QUESTIONS


@pytest.mark.parametrize(
    ("words", "symptom"),
    [
        ("連接失敗", "no-network"),
        ("shuaka meifanying", "no-swipe"),
        ("The Printer doesn’t print!!", "no-print"),
        ("pinter does nothing", "no-print"),
        ("無效商戶", "not-registered"),
        ("no-swipe", "no-swipe"),
        ("it restarts when it prints", "restarts"),
        ("a tape is stuck, paper jam", "no-print"),
    ],
)
def test_words_that_people_use(words: str, symptom: str) -> None:
    assert understood(words, "en", person=False).symptom == symptom


@pytest.mark.parametrize("words", ["qwzk vfgh", "\x00\x1b[2J", "?", "🤷"])
def test_words_that_mean_nothing_name_what_is_known(words: str, posdiag: Command) -> None:
    done = posdiag("guide", "--", words)
    assert done.status == 78
    assert "does not know what" in done.err
    assert "\x1b" not in done.err
    assert done.out == ""


def test_a_whole_story_is_too_long(posdiag: Command) -> None:
    done = posdiag("guide", "刷" * 10_000)
    assert done.status == 78
    assert "200" in done.err


def test_no_phrase_means_two_things() -> None:
    phrases = complaints.phrases()
    means = {phrase: {symptom for other, symptom in phrases if other == phrase} for phrase, _ in phrases}
    assert not {phrase: symptoms for phrase, symptoms in means.items() if len(symptoms) > 1}


def test_every_symptom_has_phrases_and_texts() -> None:
    rooms = catalogue.load_all().rooms
    every = {symptom for room in rooms.values() for symptom in room.symptoms}
    said = {symptom for _, symptom in complaints.phrases()}
    assert said <= every
    assert every - said <= {"card-number", "wrong-pin", "no-answer"}  # which only codes name
    for kind in registry.kinds():
        for lang in LANGUAGES:
            assert rooms[kind].symptoms.keys() == texts.of_room(kind, lang).symptoms.keys()


#: words that a shop assistant need not know
TECHNICAL = re.compile(
    r"\b(?:interface|driver|baud|AT|APN|DHCP|DNS|IP|TCP|TLS|firewall|firmware|module|circuit|voltage|sensor|head|platen|ESC)\b|"
    r"\b(?:track|sentinel|ATR|PC/SC|reader slot|register|node|port)\b|"
    r"接口|驱动|波特率|指令|固件|电压|传感器|磁头|打印头|磁道|触点|端口|模块"
)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", registry.kinds())
def test_questions_need_no_technical_word(kind: str, lang: str) -> None:
    """And they make sense by telephone: nothing is shown, so nothing is "below" or "above"."""
    prompts = texts.of_room(kind, lang).prompts
    for name, prompt in prompts.items():
        if name.startswith(("asked_", "do_asked_")):
            for text in (prompt.text, *prompt.choices.values()):
                assert not TECHNICAL.search(text), text
                assert not re.search(r"\b(?:below|above|click|this list)\b|下面列|上面列|点击", text), text


@pytest.mark.parametrize("kind", registry.kinds())
def test_each_question_has_its_words_and_may_tell_something(kind: str) -> None:
    room = texts.of_room(kind, "en")
    codes = catalogue.load_all().rooms[kind].faults
    for question in asked.driver(kind).questions.values():
        assert room.prompts[question.check].choices.keys() == question.answers.keys()
        assert question.do == (asked.DO + question.check in room.prompts)
        told = {code for found in (*question.answers.values(), *question.clears.values()) for code in found}
        assert told <= set(codes)
        gates = {earlier for other in asked.driver(kind).questions.values() for earlier in other.after}
        assert told or question.name in gates
        assert question.after.keys() <= asked.driver(kind).questions.keys()
    assert {*asked.driver(kind).never} <= set(codes)


def test_the_end_is_a_text_for_the_telephone(posdiag: Command) -> None:
    shown = posdiag("guide", "97", "--serial-number", "SN-77", "--lang", "zh").out
    assert "商户或终端号没有登记" in shown
    assert "收单机构" in shown
    assert "SN-77" in shown
    assert "831（ACQ-REGISTRATION）" in shown


@pytest.mark.parametrize(
    ("lang", "workshop", "call"),
    [("en", "replace the head", "Call the provider of the terminal"), ("zh", "更换", "请打电话联系：POS机服务商")],
)
def test_a_shop_is_not_sent_into_the_workshop(
    lang: str, workshop: str, call: str, posdiag: Command, tmp_path: Path
) -> None:
    """What only a workshop mends is named, with whom to call; its steps are not the shop's."""
    row = next(row for row in ROWS if row.end == "MSR-HEAD-DEAD")
    file = tmp_path / "answers"
    file.write_text("".join(f"{name}={choice}\n" for name, choice in answers(row).items()))
    at = ("--profile", f"generic/closed-{row.terminal}", "--answers", str(file), "--lang", lang)
    shown = posdiag("guide", row.words[0], *at).out
    assert "MSR-HEAD-DEAD" in shown
    assert workshop not in shown
    assert call in shown
    assert workshop in posdiag("faults", row.end, "--lang", lang).out


def test_a_shop_is_told_no_command_of_a_computer_s_owner(posdiag: Command, simulator: Simulator) -> None:
    served = simulator("printer")
    with open(served.at, "rb") as port:
        fcntl.ioctl(port, termios.TIOCEXCL)
        fcntl.flock(port, fcntl.LOCK_EX)
        at = ("--set", f"printer.at={served.at}")
        shown = posdiag("guide", "no receipt", "--profile", "generic/escpos-thermal", *at).out
    assert "HOST-BUSY" in shown
    assert "Restart the terminal" in shown
    assert "ModemManager" not in shown


def test_what_was_asked_stands_in_the_record(posdiag: Command, tmp_path: Path) -> None:
    record, put = guided(posdiag, ROWS[0], tmp_path, answers(ROWS[0]))
    printer = next(part for part in record["components"] if part["name"] == "printer")
    said = {check["name"]: check["measurements"] for check in printer["checks"] if check["measurements"]}
    assert put
    assert {name.partition(".")[2] for name in put if name.startswith("printer.")} == said.keys()
    shown = posdiag("report", "--lang", "zh").out
    assert "没反应，没声音" in shown


def test_no_words_are_a_user_error() -> None:
    with pytest.raises(ConfigError):
        understood("", "en", person=False)


def test_a_terminal_that_is_not_known_is_a_user_error(posdiag: Command) -> None:
    done = posdiag("guide", "no receipt", "--profile", "generic/closed-mobil")
    assert done.status == 78
    assert "generic/closed-mobile" in done.err


@pytest.mark.parametrize(
    ("words", "fault", "answers_of", "most"),
    [
        ("no receipt", "PRN-PAPER-END", {}, 0),
        ("不打单", "PRN-COVER-OPEN", {}, 0),
        (
            "打印很淡",
            "PRN-PAPER-BAD",
            {"printout": ["faint", "good", "faint"], "put_roll": "done", "put_first_roll": "done"},
            4,
        ),
    ],
)
def test_a_device_that_can_be_reached_is_examined(
    words: str,
    fault: str,
    answers_of: dict[str, list[str] | str],
    most: int,
    posdiag: Command,
    simulator: Simulator,
    tmp_path: Path,
) -> None:
    shown = [] if fault == "PRN-PAPER-BAD" else ["--fault", fault]
    served = simulator("printer", *shown)
    file = tmp_path / "answers"
    lines = [(name, [each] if isinstance(each, str) else each) for name, each in answers_of.items()]
    file.write_text("".join(f"printer.{name}={choice}\n" for name, choices in lines for choice in choices))
    at = ["--set", f"printer.at={served.at}"]
    done = posdiag("guide", words, "--profile", "generic/escpos-thermal", *at, "--answers", str(file), "--json")
    causes = json.loads(done.out)["diagnosis"]["causes"]
    assert [cause["fault"] for cause in causes][:1] == [fault]
    assert len([line for line in done.err.splitlines() if line.startswith("printer.")]) <= most


CLOSED = """
schema: 1
name: {en: "Acme C1"}
inherits: generic/closed-dialup
components:
  printer:
    signs: {PRN-PAPER-END: {en: ["lamp blinks twice"], zh: ["屏幕中间一个方框"]}}
    remarks: {asked_print: {en: "Key F, then 2, prints the test slip."}}
"""


@pytest.mark.parametrize("words", ["The lamp blinks twice.", "屏幕中间一个方框"])
def test_a_profile_has_signs_of_its_own(words: str, posdiag: Command, tmp_path: Path) -> None:
    file = tmp_path / "c1.yaml"
    file.write_text(CLOSED)
    done = posdiag("guide", words, "--profile", str(file), "--json")
    assert [cause["fault"] for cause in json.loads(done.out)["diagnosis"]["causes"]] == ["PRN-PAPER-END"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("signs: {PRN-PAPER-ENDS: {en: [x]}}", "did you mean PRN-PAPER-END?"),
        ("signs: {PRN-PAPER-END: {en: x}}", "c1.yaml:7:"),
        ("remarks: {asked_prints: {en: x}}", "did you mean asked_print?"),
    ],
)
def test_a_wrong_sign_has_its_place(wrong: str, said: str, posdiag: Command, tmp_path: Path) -> None:
    file = tmp_path / "c1.yaml"
    file.write_text("\n".join([*CLOSED.splitlines()[:6], f"    {wrong}", ""]))
    done = posdiag("profile", "check", str(file))
    assert done.status == 78
    assert said in done.out + done.err
