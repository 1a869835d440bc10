"""Response codes and messages of the screen: whose trouble each tells of, through the real command."""

from __future__ import annotations

import json

import pytest

from diag.knowledge import catalogue, codes, languages
from diag.knowledge.languages import LANGUAGES
from tests.conftest import Command

EVERY = codes.every()


def found(posdiag: Command, *words: str) -> list[tuple[str, str, str]]:
    """Return table, code and whose trouble, for each meaning that the command gives."""
    return [
        (entry["table"], entry["code"], entry["whose"]) for entry in json.loads(posdiag("code", "--json", *words).out)
    ]


@pytest.mark.parametrize(
    ("words", "means"),
    [
        ("97", ("unionpay", "97", "registration")),
        ("03", ("unionpay", "03", "registration")),
        ("3", ("unionpay", "03", "registration")),
        ("应答码：55", ("unionpay", "55", "card")),
        ("error 91", ("unionpay", "91", "issuer")),
        ("a0", ("unionpay", "A0", "terminal")),
        ("９６", ("unionpay", "96", "acquirer")),
        ("无效商户", ("screens", "invalid-merchant", "registration")),
        ("终端号不存在", ("screens", "invalid-terminal", "registration")),
        ("请检查网络连接", ("screens", "no-connection", "line")),
        ("MAC校验错", ("screens", "keys", "terminal")),
        ("TAMPER STATUS: 020103", ("screens", "tampered", "terminal")),
        ("POS BE ATTACKED", ("screens", "tampered", "terminal")),
        ("Use Chip Reader", ("screens", "insert-chip", "handling")),
        ("存在未冲正交易", ("screens", "reversal", "line")),
        ("系统维护", ("screens", "maintenance", "acquirer")),
        ("打印机未连接", ("screens", "printer", "terminal")),
        ("密码错误", ("screens", "wrong-pin", "card")),
    ],
)
def test_what_a_code_or_a_message_means(posdiag: Command, words: str, means: tuple[str, str, str]) -> None:
    assert found(posdiag, words) == [means]


def test_acquirers_differ_and_are_named(posdiag: Command) -> None:
    assert found(posdiag, "A2") == [("ccb", "A2", "line"), ("unionpay", "A2", "nobody")]
    assert found(posdiag, "A2", "--acquirer", "ccb") == [("ccb", "A2", "line")]
    shown = posdiag("code", "A2", "--lang", "zh").out
    assert "中国建设银行" in shown
    assert "中国银联" in shown


def test_an_acquirer_has_the_codes_of_the_table_that_it_is_like(posdiag: Command) -> None:
    assert found(posdiag, "97", "--acquirer", "ccb") == [("unionpay", "97", "registration")]


def test_a_code_and_the_words_beside_it(posdiag: Command) -> None:
    assert [code for _, code, _ in found(posdiag, "68", "交易超时")] == ["68", "no-answer"]


def test_a_code_that_may_come_from_a_part_says_how_to_examine_the_part(posdiag: Command) -> None:
    assert "--symptom no-swipe" in posdiag("code", "14").out
    assert "--symptom" not in posdiag("code", "51").out


@pytest.mark.parametrize("words", ["Z9", "qwertz", "020103", "4111111111111111", "\x1b[31m", "－－"])
def test_what_no_table_has(posdiag: Command, words: str) -> None:
    done = posdiag("code", "--", words)
    assert done.status == 3
    assert "Acquirers have codes of their own" in done.out
    assert "\x1b" not in done.out
    assert done.err == ""


def test_near_messages_are_offered(posdiag: Command) -> None:
    assert "密码错误" in posdiag("code", "错误", "--lang", "zh").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a" * 10_000,), "no message of a screen is that long"),
        (("97", "--acquirer", "unionpai"), "did you mean unionpay?"),
        (("--acquirer", "none"), "there are: ccb, unionpay"),
    ],
)
def test_what_cannot_be_looked_up(posdiag: Command, words: tuple[str, ...], said: str) -> None:
    done = posdiag("code", *words)
    assert done.status == 78
    assert said in done.err


def test_without_a_code_all_are_listed(posdiag: Command) -> None:
    assert len(posdiag("code").out.splitlines()) == len(EVERY)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_code_has_its_texts_and_no_text_is_left_over(lang: str) -> None:
    own = languages.own(codes.TEXTS, lang)
    assert {(entry.table, entry.code) for entry in EVERY} == {
        (table, code) for table, meanings in own["codes"].items() for code in meanings
    }
    assert {step for entry in EVERY for step in entry.do} == own["do"].keys()
    assert {entry.whose for entry in EVERY} == own["whose"].keys()
    assert {*codes.tables(), codes.SCREENS} == own["acquirers"].keys()


def test_symptoms_are_those_of_the_rooms() -> None:
    known = catalogue.load_all()
    for entry in EVERY:
        assert entry.symptom is None or known.symptom(entry.symptom), entry.code


def test_no_words_make_two_messages() -> None:
    shown = [text.upper() for entry in codes.entries(codes.SCREENS).values() for text in entry.shown]
    assert len(shown) == len(set(shown))
