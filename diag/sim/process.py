"""What all simulator processes share: arguments, the line with the address, and ending with the parent process."""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

_LEVELS = ("internal", "external", "interactive")
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Order:
    """What the command line asks of one part."""

    faults: frozenset[str]
    settings: dict[str, str]
    name: str = ""


#: the simulated person: name of the part, prompt, choices -> the choice, or None
Person = Callable[[str, str, Sequence[str]], str | None]


def order(doc: str, faults: Path) -> Order:
    """Return the order in the arguments of a process that simulates one part.

    `doc`: the help text; `faults`: the file of faults. Ends the process for --list-faults, and for a fault that the
    simulator cannot show.
    """
    return orders(doc, faults)[0]


def orders(doc: str, faults: Path) -> list[Order]:
    """Return the orders in the arguments of a process that simulates several parts.

    The arguments after `--part NAME` are for that part.
    """
    groups: list[tuple[str, list[str]]] = [("", [])]
    words = iter(sys.argv[1:])
    for word in words:
        if word == "--part":
            groups.append((next(words, ""), []))
        else:
            groups[-1][1].append(word)
    table = json.loads(faults.read_text(encoding="utf-8"))
    return [_order(name, words, doc, table) for name, words in (groups[1:] or groups)]


def able(table: Sequence[Mapping[str, Any]], settings: Mapping[str, str]) -> dict[str, str]:
    """Return the faults that can be shown with these settings, and the level of the checks that see each.

    `table` is a file of faults, `faults.json` beside a simulator. A group applies where all settings under
    `with` match their patterns; a setting that is not given is the empty text. A later group prevails.
    """
    known: dict[str, str] = {}
    for group in table:
        if all(re.fullmatch(pattern, settings.get(key, "")) for key, pattern in group.get("with", {}).items()):
            known |= {code: level for level in _LEVELS for code in group.get(level, ())}
    return dict(sorted(known.items()))


def _order(name: str, words: list[str], doc: str, table: Sequence[Mapping[str, Any]]) -> Order:
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--fault", action="append", default=[], metavar="CODE")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    parser.add_argument("--list-faults", action="store_true")
    given = parser.parse_args(words)
    settings = dict(item.partition("=")[::2] for item in given.settings)
    faults = able(table, settings)
    if given.list_faults:
        print(json.dumps(faults))
        raise SystemExit(0)
    for fault in given.fault:
        if fault not in faults:
            parser.error(f"cannot show {fault}; can show: {' '.join(faults)}")
    return Order(frozenset(given.fault), settings, name)


def places(at: dict[str, str]) -> str | dict[str, str]:
    """Return the addresses for the key `at`: a single text where the only part has no name."""
    return at.get("", at)


def say(**facts: Any) -> None:
    """Write one JSON line for the process that started this one; where that is gone, this process ends too, soon."""
    with suppress(BrokenPipeError):
        print(json.dumps(facts, ensure_ascii=False), flush=True)


def end_with_starter(starter: int) -> None:
    """Have this process get SIGTERM when the thread that started it ends (prctl(2), PR_SET_PDEATHSIG), also by SIGKILL.

    `starter`: the process id of the starter, who may have ended before.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != starter:
        os._exit(0)


def end_with_parent(tidy: Callable[[], None] = lambda: None, person: Person = lambda *_: None) -> None:
    """End this process when standard input ends (the parent is gone) or at SIGTERM.

    Until then each line of standard input is a question to the simulated person: {"part": …, "prompt": …,
    "choices": […]} -> {"answer": …}.
    """

    def leave(*_: object) -> NoReturn:
        threading.excepthook = lambda _: None  # a thread may stumble over what is tidied away
        tidy()
        os._exit(0)

    def watch() -> None:
        for line in sys.stdin:
            question = json.loads(line)
            say(answer=person(question.get("part", ""), question["prompt"], question["choices"]))
        leave()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command in front; we end when that command ends
    threading.Thread(target=watch, daemon=True).start()
