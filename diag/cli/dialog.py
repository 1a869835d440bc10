"""Questions that are put before a run, one after another: to the person at the screen, or to a file of answers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from diag.cli import screen
from diag.cli.answers import read
from diag.contract.check import BACK
from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge import hints
from diag.knowledge.languages import LANGUAGES, Lang
from diag.knowledge.wording import wording
from diag.knowledge.words import word

YES, NO, UNKNOWN, STOP = "yes", "no", "unknown", "stop"


@dataclass(frozen=True)
class Question:
    """A question before a run. `choices`: answer -> its text; without choices any text is an answer, also none.

    `checked` returns the answer as it is kept, and raises ConfigError for what cannot be an answer.
    """

    key: str
    text: str
    choices: Mapping[str, str] = field(default_factory=dict)
    checked: Callable[[str], str] = str


#: return the answer to a question, or None for a step back; the second argument: whether there is a step back
Ask = Callable[[Question, bool], str | None]


def answers(script: Callable[[Mapping[str, str]], Iterable[Question]], ask: Ask) -> dict[str, str]:
    """Put the questions of a script, and return key -> answer.

    `script` returns the questions in order, given the answers so far.
    """
    found: dict[str, str] = {}
    while question := next((one for one in script(found) if one.key not in found), None):
        answer = ask(question, bool(found))
        if answer is not None:
            found[question.key] = answer
        elif found:
            found.popitem()
    return found


def nobody(question: Question, _: bool) -> str:
    """Return the answer of nobody: not known."""
    return UNKNOWN if question.choices else ""


class AtTheScreen:
    """The person at the screen; Ctrl-C, the end of the input and the word "stop" end the command."""

    def __init__(self, lang: Lang) -> None:
        self._lang = lang

    def ask(self, question: Question, may_go_back: bool) -> str | None:
        """Return the answer; None where the person wants to go to the question before. Raises KeyboardInterrupt."""
        screen.show(f"\n{question.text}", sys.stderr)
        for key, text in self._ways(question, may_go_back):
            screen.show(f"  {key}  {text}", sys.stderr)
        while True:
            print(word("prompt.answer", self._lang), end="", file=sys.stderr, flush=True)
            line = sys.stdin.buffer.readline()
            typed = "".join(letter for letter in line.decode("utf-8", "replace") if letter.isprintable()).strip()
            if not line or means(typed, STOP):
                raise KeyboardInterrupt
            if may_go_back and means(typed, BACK):
                return None
            try:
                return _answer(question, typed)
            except ConfigError as error:
                again = word("prompt.again", self._lang, count=len(question.choices))
                screen.show(again if question.choices else wording(error.told, self._lang), sys.stderr)

    def _ways(self, question: Question, may_go_back: bool) -> Iterator[tuple[str, str]]:
        yield from ((str(number), text) for number, text in enumerate(question.choices.values(), 1))
        if question.choices:
            yield "?", word("prompt.unknown", self._lang)
        else:
            yield word("setup.enter", self._lang), word("setup.leave_out", self._lang)
        if may_go_back:
            yield "b", word("setup.go_back", self._lang)
        yield "s", word("setup.stop", self._lang)


class FromFile:
    """Answers from a file, QUESTION=ANSWER a line; what has no line there is not known.

    Raises ConfigError with file and line.
    """

    def __init__(self, source: Path) -> None:
        self._source = source
        self._lines: dict[str, tuple[int, str]] = {}
        self._put: list[str] = []
        for number, line in enumerate(read(source).splitlines(), 1):
            text = line.partition("#")[0].strip()
            key, equals, answer = (part.strip() for part in text.partition("="))
            if text and not equals:
                raise ConfigError(Said("at", where=f"{source}:{number}", said=Said("no_answer_to_question", line=text)))
            if text:
                self._lines[key] = number, answer

    def ask(self, question: Question, may_go_back: bool) -> str:
        """Return the answer of the file."""
        if question.key not in self._put:
            self._put.append(question.key)
        if question.key not in self._lines:
            return nobody(question, may_go_back)
        number, answer = self._lines[question.key]
        try:
            return _answer(question, answer)
        except ConfigError as error:
            raise ConfigError(Said("at", where=f"{self._source}:{number}: {question.key}", said=error.told)) from None

    def check_all_used(self) -> None:
        """Raise ConfigError for the first line whose question was not put."""
        for key, (number, _) in self._lines.items():
            if key not in self._put:
                said = hints.of_name(Said("question_not_put", name=key), key, self._put)
                raise ConfigError(Said("at", where=f"{self._source}:{number}", said=said))


def _answer(question: Question, typed: str) -> str:
    """Return the answer that was typed: its number, the answer, its text, or its word in any language."""
    if not question.choices:
        return question.checked(typed)
    if not typed.isdecimal():
        known = [*question.choices, UNKNOWN]
        meant = next((key for key in known if typed.lower() == key or means(typed, key)), None)
        by_text = next((key for key, text in question.choices.items() if typed.lower() == text.lower()), None)
        if meant or by_text:
            return meant or by_text or ""
    elif 1 <= int(typed) <= len(question.choices):
        return list(question.choices)[int(typed) - 1]
    raise ConfigError(hints.of_name(Said("no_answer_named", name=typed), typed, question.choices))


def means(typed: str, what: str) -> bool:
    """Return whether a word means yes, no, unknown, back or stop, in any language."""
    if what not in (YES, NO, UNKNOWN, BACK, STOP):
        return False
    return any(typed.lower() in word(f"answers.{what}", lang).split("|") for lang in LANGUAGES)
