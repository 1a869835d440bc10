"""The person in front of a text screen: prompts on standard error, numbered answers on standard input."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable

from diag.contract.check import SHOWN, Prompt
from diag.contract.interruption import GLANCE, Interruption
from diag.knowledge.languages import Lang
from diag.knowledge.texts import of_room
from diag.knowledge.words import word


class Person:
    """The person at the screen. Where standard input is no terminal, nobody is there to answer."""

    def __init__(
        self, kinds: dict[str, str], lang: Lang, pause: Callable[[], None], interruption: Interruption
    ) -> None:
        self._kinds = kinds
        self._lang = lang
        self._pause = pause
        self._interruption = interruption
        self._typed = b""

    def ask(self, component: str, prompt: Prompt) -> str | None:
        """Show a question and wait for a number; an instruction is only shown.

        Returns the choice, or None at the end of input. Raises KeyboardInterrupt after Ctrl-C.
        """
        if sys.stdin is None or not sys.stdin.isatty():
            return None
        self._pause()
        texts = of_room(self._kinds[component], self._lang).prompts[prompt.text]
        once_more = f"{word('prompt.once_more', self._lang)} " if prompt.again else ""
        print(f"\n{once_more}{texts.text}", file=sys.stderr)
        for number, choice in enumerate(prompt.choices, 1):
            print(f"  {number}  {texts.choices[choice]}", file=sys.stderr)
        if not prompt.choices:
            return SHOWN
        while True:
            print(word("prompt.answer", self._lang), end="", file=sys.stderr, flush=True)
            line = self._line()
            if line is None:
                return None
            if line.strip().isdecimal() and 1 <= int(line) <= len(prompt.choices):
                return prompt.choices[int(line) - 1]
            print(word("prompt.again", self._lang, count=len(prompt.choices)), file=sys.stderr)

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
