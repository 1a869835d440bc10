"""The person in front of a text screen: prompts on standard error, numbered answers on standard input."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable, Mapping

from diag.cli import screen
from diag.cli.dialog import STOP, UNKNOWN, means
from diag.contract.check import BACK, SHOWN, Prompt
from diag.contract.interruption import GLANCE, Interruption
from diag.knowledge.asked import DO
from diag.knowledge.languages import Lang
from diag.knowledge.profile import Component
from diag.knowledge.texts import of_room
from diag.knowledge.words import word


class Person:
    """The person at the screen. Where standard input is no terminal, nobody is there to answer."""

    def __init__(
        self, parts: Mapping[str, Component], lang: Lang, pause: Callable[[], None], interruption: Interruption
    ) -> None:
        self._parts = parts
        self._lang = lang
        self._pause = pause
        self._interruption = interruption
        self._typed = b""
        self._has_instructed = False

    def ask(self, component: str, prompt: Prompt) -> str | None:
        """Show a question and wait for a number; an instruction is only shown.

        Returns the choice; BACK where the person goes back to the question before; None where the person does not know,
        and at the end of input. Raises KeyboardInterrupt where the person wants to stop.
        """
        if sys.stdin is None or not sys.stdin.isatty():
            return None
        self._pause()
        part = self._parts[component]
        room = of_room(part.kind, self._lang)
        texts = room.prompts[prompt.text]
        once_more = f"{word('prompt.once_more', self._lang)} " if prompt.again else ""
        screen.show(f"\n{once_more}{room.shown(prompt)}", sys.stderr)
        if remark := part.remarks.get(prompt.text.removeprefix(DO)):
            screen.show(remark[self._lang], sys.stderr)
        if not prompt.choices:
            self._say_how_to_stop()
            return SHOWN
        answers = {str(number): texts.choices[choice] for number, choice in enumerate(prompt.choices, 1)}
        for key, text in (answers | self._ways_out(prompt)).items():
            screen.show(f"  {key}  {text}", sys.stderr)
        return self._answer(prompt)

    def _say_how_to_stop(self) -> None:
        """Say with the first instruction how to stop: what is typed is not read while the device is watched."""
        if not self._has_instructed:
            screen.show(word("prompt.ctrl_c", self._lang), sys.stderr)
        self._has_instructed = True

    def _ways_out(self, prompt: Prompt) -> dict[str, str]:
        """Return the keys that answer no question, with their texts."""
        back = {"b": word("setup.go_back", self._lang)} if prompt.may_go_back else {}
        return {"?": word("prompt.unknown", self._lang), **back, "s": word("prompt.stop", self._lang)}

    def _answer(self, prompt: Prompt) -> str | None:
        """Wait until the person types what can be an answer."""
        while True:
            print(word("prompt.answer", self._lang), end="", file=sys.stderr, flush=True)
            line = self._line()
            if line is None or means(line.strip(), UNKNOWN):
                return None
            if means(line.strip(), STOP):
                self._interruption.set()
                raise KeyboardInterrupt
            if prompt.may_go_back and means(line.strip(), BACK):
                return BACK
            if line.strip().isdecimal() and 1 <= int(line) <= len(prompt.choices):
                return prompt.choices[int(line) - 1]
            screen.show(word("prompt.again", self._lang, count=len(prompt.choices)), sys.stderr)

    def _line(self) -> str | None:
        """Return the next line, or None at the end of input."""
        while b"\n" not in self._typed:
            if self._interruption.is_set():
                raise KeyboardInterrupt
            if select.select([sys.stdin], [], [], GLANCE)[0]:
                data = os.read(sys.stdin.fileno(), 4096)
                if not data:
                    return None
                self._typed += data
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode("utf-8", "replace")
