"""A person's answers from a file, so that benches and tests can drive an interactive run.

One answer a line, `COMPONENT.PROMPT=CHOICE`; `#` begins a comment. Lines for the same prompt are used in order, and
the last line for all further times. `PROMPT_again` answers a question that is put a second time, to be sure. An
instruction needs no answer: whoever gave the file carries the instruction out. All prompts go to standard error,
`COMPONENT.PROMPT: TEXT`, so that a machine which swipes or inserts cards can follow them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from diag.contract import files, shown
from diag.contract.check import SHOWN, Prompt
from diag.contract.errors import ConfigError
from diag.contract.said import Said, system
from diag.knowledge import hints
from diag.knowledge.languages import ENGLISH, Lang
from diag.knowledge.texts import of_room

_MOST = 1 << 20  # bytes of answers


class Answers:
    """The answers of one run. `kinds`: component -> its kind. Raises ConfigError with file and line."""

    def __init__(self, source: Path, kinds: Mapping[str, str], lang: Lang, pause: Callable[[], None]) -> None:
        self._kinds, self._lang, self._pause = kinds, lang, pause
        self._left: dict[tuple[str, str], list[str]] = {}
        for number, line in enumerate(read(source).splitlines(), 1):
            text = line.partition("#")[0].strip()
            if not text:
                continue
            try:
                component, prompt, choice = _parse(text, kinds)
            except ConfigError as error:
                raise ConfigError(Said("at", where=f"{source}:{number}", said=error.told)) from None
            self._left.setdefault((component, prompt), []).append(choice)

    def ask(self, component: str, prompt: Prompt) -> str | None:
        """Return the next answer to this prompt, or None where the file has no answer."""
        self._pause()
        text = of_room(self._kinds[component], self._lang).shown(prompt)
        print(shown.in_a_line(f"{component}.{prompt.name}: {text}"), file=sys.stderr, flush=True)
        if not prompt.choices:
            return SHOWN
        left = self._left.get((component, prompt.name), [])
        choice = left.pop(0) if len(left) > 1 else next(iter(left), None)
        return choice if choice in prompt.choices else None


def read(source: Path) -> str:
    """Return the text of a file of answers; - is standard input. Raises ConfigError where it cannot be read."""
    try:
        if str(source) == "-":
            return sys.stdin.read(_MOST)
        return files.content(source, _MOST).decode()
    except ConfigError as error:
        raise ConfigError(Said("at", where="--answers", said=error.told)) from error
    except OSError as error:
        raise ConfigError(Said("unreadable", what=f"--answers {source}", why=system(error.errno, error))) from error
    except ValueError as error:
        raise ConfigError(Said("unreadable", what=f"--answers {source}", why=Said("no_utf8"))) from error


def _parse(text: str, kinds: Mapping[str, str]) -> tuple[str, str, str]:
    name, equals, choice = (part.strip() for part in text.partition("="))
    component, dot, prompt = name.partition(".")
    if not (equals and dot):
        raise ConfigError(Said("no_answer_line", line=text))
    if component not in kinds:
        raise ConfigError(hints.of_name(Said("no_component", name=component), component, kinds))
    question = prompt.removesuffix("_again")  # the same question a second time
    prompts = {key: entry for key, entry in of_room(kinds[component], ENGLISH).prompts.items() if entry.choices}
    if question not in prompts:
        raise ConfigError(hints.of_name(Said("no_question", component=component, name=prompt), question, prompts))
    if choice not in prompts[question].choices:
        choices = prompts[question].choices
        raise ConfigError(hints.of_name(Said("no_such_choice", question=prompt, name=choice), choice, choices))
    return component, prompt, choice
