"""Is a modem there, and which?"""

from __future__ import annotations

import functools
import hashlib
import math
import os
import re
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Finding, Identity, Level, Measurement, NotAnswered, Yielded, Yields, check
from diag.contract.said import Said
from drivers.modem.contact import first_answer
from drivers.modem.dialogue import Keep
from drivers.modem.pure import answers
from drivers.modem.pure.at import Command
from drivers.modem.pure.events import low_supply
from drivers.modem.pure.families import FAMILIES, recognised
from drivers.modem.session import HELLO
from drivers.modem.settings import ModemSettings, has_port, is_cellular, is_dialup

if TYPE_CHECKING:
    from drivers.modem.driver import Modem

_MISTAKE = Command("AT+NOSUCH?")  # V.250 clause 5.7.1: ERROR to a command that is not recognised
_NUMBER = Command("AT+CGSN", ("+CGSN", "+GSN"), bare=True)
_IMSI = Command("AT+CIMI", ("+CIMI",), bare=True)
_COUNTRY = re.compile(r"[2-7]|901|001")
_PATIENCE = 30.0  # s to meet a modem that has started
_ATTEMPTS = 5  # to get a line without a head, which may be taken for the rest of a message


class Presence:
    """Port, echo, result codes; maker and model."""

    fits = staticmethod(has_port)

    def __init__(self, driver: Modem) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings: ModemSettings = driver.settings

    @check(Level.INTERNAL, finds=("MDM-ABSENT", "MDM-MUTE", "MDM-GARBLED", "MDM-PORT", "MDM-SETTING"), deadline=60)
    def present(self) -> Yields:
        """Get an answer to AT; find out echo and result codes, and make the results such that they tell most."""
        if self.settings.modem_manager == "inhibit" and self.session.inhibit():
            yield Measurement("modem_manager", "inhibited")
        self.session.open(self.learned.family.gap)
        dialogue = self.session.dialogue
        dialogue.until = self.session.now() + self.settings.boot_s + _PATIENCE
        try:
            met = yield from self._met()
        finally:
            dialogue.until = math.inf
        if met and dialogue.boots:
            yield Measurement("started_just_now", "; ".join(dialogue.boots))
            dialogue.boots[:] = low_supply(dialogue.boots)
            self.session.started = True

    def _met(self) -> Generator[Yielded, str | None, bool]:
        """Get the first answer, and return whether a modem gave it."""
        reply = yield from first_answer(self.session)
        if reply is None:
            return False
        dialogue = self.session.dialogue
        yield Measurement("answer_time", round(dialogue.answer_time, 4), "s")
        yield Measurement("echo", reply.echoed)
        if reply.numeric:
            self.session.change("ATV1", "ATV0")
        yield Measurement("result_codes", "numbers" if reply.numeric else "words")
        is_modem = False
        if is_cellular(self.settings):
            told = yield from self._number_errors()
            is_modem = told or reply.echoed  # it is asked much more, and noise has no such answers
        if not (is_modem or self._is_a_modem()):
            yield NotAnswered(reasons.GARBLED, Said("only_ok"))
            return False
        return True

    @check(Level.INTERNAL, finds=("MDM-OTHER-MODEL",), needs=("present",), essential=False)
    def identity(self) -> Yields:
        """Ask for maker, model, firmware and number of the module, by 27.007 clause 5 or V.250 clause 6.1."""
        texts = {key: self._ask_text(*question) for key, question in _questions(self.settings).items()}
        if is_cellular(self.settings):
            texts["imei"] = self._module_number()
        for key, text in texts.items():
            if text:
                yield Identity(key, text)
        maker, model = texts.get("maker", ""), texts.get("model", "")
        name = self.settings.family or recognised(maker, model, texts.get("firmware", ""))
        self.learned.family_name, self.learned.model = name, model
        self.session.leave_gap(FAMILIES[name].gap)
        yield Measurement("family", name)
        wanted = self.settings.model
        if wanted and not model:
            yield NotAnswered(reasons.NO_VALUE, Said("model_untold"))
        elif wanted and wanted.lower() not in f"{maker} {model}".lower():
            yield Finding("MDM-OTHER-MODEL", Said("not_as_in_profile", told=model, profile=wanted))

    def _module_number(self) -> str:
        """Return the IMEI, empty where there is none: some firmware tells the IMSI, the subscriber's, in its place.

        What may be an IMSI, which begins with a country's code (ITU-T E.212: 2xx to 7xx, 901; 001 for tests), is
        compared with the IMSI inside the link.
        """
        if sure := self._ask_text(_NUMBER, _no_subscriber):
            return sure
        marked = functools.partial(_marked, os.urandom(16))
        mark = self._ask_text(_NUMBER, marked)
        if not mark or mark == self._ask_text(_IMSI, marked):
            return ""
        return self._ask_text(_NUMBER, answers.imei)

    def _is_a_modem(self) -> bool:
        """Return whether what says OK tells a command from a mistake, or what it is: chance does neither."""
        wrong, right = self.session.ask(_MISTAKE), self.session.ask(HELLO)
        in_words = not (wrong.numeric or right.numeric)
        if in_words and wrong.result and not wrong.good and right.good:
            return True
        who = Command("ATI3", bare=True)
        told = self._ask_text(who, _in_letters)
        if not told or self.session.address.carries_card_data:
            return False
        return in_words or self._ask_text(who, _in_letters) == told  # a result in numbers is one digit of noise

    def _number_errors(self) -> Generator[Yielded, str | None, bool]:
        """Switch errors to numbers (clause 9.1): a plain ERROR does not say what is wrong with the SIM.

        Returns: whether the module has told how it reports errors.
        """
        command = Command("AT+CMEE?", ("+CMEE",))
        level = self.session.value(command, lambda lines: int(lines[-1].rpartition(":")[2]))
        if level == 0 and not self.session.change("AT+CMEE=1", "AT+CMEE=0"):
            yield Measurement("plain_errors_only", True)
        return level is not None

    def _ask_text(self, command: Command, keep: Keep) -> str:
        """Return an answer of one line, empty where there is none.

        Beside a message, whose lines may come between question and answer, an answer counts that comes twice.
        """
        dialogue, before = self.session.dialogue, ""
        for _ in range(_ATTEMPTS):
            reply = self.session.ask(command, functools.partial(_alone, keep) if dialogue.messages else keep)
            text = str(reply.kept or "")
            if (text and text == before) or (not dialogue.messages and (text or not reply.unasked)):
                return text
            before = text
        return ""


def _questions(settings: ModemSettings) -> dict[str, tuple[Command, Keep]]:
    """Return the key of each identity with the command that asks for it, and what is kept of the answer."""
    if is_dialup(settings):
        return {
            "product": (Command("ATI", bare=True), answers.words),
            "firmware": (Command("ATI3", bare=True), answers.words),
            "maker": (Command("AT+GMI", ("+GMI",), bare=True), answers.words),
            "model": (Command("AT+GMM", ("+GMM",), bare=True), answers.words),
        }
    return {
        "maker": (Command("AT+CGMI", ("+CGMI",), bare=True), answers.words),
        "model": (Command("AT+CGMM", ("+CGMM", "+GMM"), bare=True), answers.words),
        "firmware": (Command("AT+CGMR", ("+CGMR", "#CGMR"), bare=True), answers.words),
    }


def _alone(keep: Keep, lines: Sequence[str]) -> str:
    """Keep an answer of one line only. Raises: ValueError for more: a line of a message may be among the lines."""
    if len(lines) > 1:
        raise ValueError("more than one line")
    return str(keep(lines))


def _no_subscriber(lines: Sequence[str]) -> str:
    """Keep a module's number that is no subscriber's for certain. Raises: ValueError."""
    number = answers.imei(lines)
    if _COUNTRY.match(number):
        raise ValueError("perhaps a subscriber's number")
    return number


def _marked(salt: bytes, lines: Sequence[str]) -> str:
    """Keep a mark of a number, the same for the same number in this run only. Raises: ValueError."""
    return hashlib.blake2b(answers.digits(lines, 14, 16)[:15].encode(), key=salt, digest_size=8).hexdigest()


def _in_letters(lines: Sequence[str]) -> str:
    """Keep a name of five characters or more with three different letters in a row, which noise does not have."""
    text = answers.words(lines)
    if len(text) < 5 or not any(len(set(found[1])) == 3 for found in re.finditer(r"(?=([A-Za-z]{3}))", text)):
        raise ValueError("no name")
    return text
