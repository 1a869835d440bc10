"""`python -m tests.latin_in_chinese PROFILE [FAULT]…`: the Latin words that a Chinese reader of a simulated run meets.

A process of its own, for PC/SC's library takes its daemon's address from the environment when it is loaded. Prints each
word with its line: of the technician's and the merchant's report and of every prompt, without what devices say of
themselves, addresses, codes and commands.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from diag.bench.simulate import Simulation
from diag.contract.check import Level, Prompt
from diag.knowledge import catalogue, profile, texts
from diag.reports.merchant import merchant
from diag.reports.technician import technician
from diag.reports.texts import Texts
from diag.run.session import Options, Run

#: names, of protocols and of what is typed
NAMES = {
    "posdiag", "udev", "pcscd", "dtr", "dsr", "rts", "cts", "xon", "xoff", "ping", "etu", "bit", "kbit", "pcsc",
    "sysfs", "socket", "input", "hidraw", "usb", "demo", "sudo", "systemctl", "root", "mtu", "eps",
    "interactive",
    "conexant", "quectel", "cmnet", "soc", "thermal",  # makers, an access point, a sensor: as they call themselves
}  # fmt: skip
#: what devices and their makers say, and what is typed
_NO_TEXT = re.compile(r"\S*[/=]\S*|posdiag [\w ./-]+|--\S+|\[[\w/]+\]|\b\w+\.\w+(?:\.\w+)*|[A-Z]{3}-[A-Z0-9-]+")
_WORD = re.compile(r"(?<![A-Za-z])[a-z]{3,}(?![A-Za-z])|[a-z]+_[a-z_]+")


def words(text: str, allowed: set[str]) -> Iterator[str]:
    """Yield the Latin words of a text that are no names, each with its line."""
    for line in text.splitlines():
        for word in _WORD.findall(_NO_TEXT.sub(" ", line)):
            if word not in allowed:
                yield f"{word}: {line.strip()}"


def met(name: str, faults: list[str]) -> Iterator[str]:
    """Yield the Latin words of an interactive run of a profile with these faults."""
    asked: list[str] = []
    with Simulation(profile.load(name), faults) as simulation, tempfile.TemporaryDirectory() as folder:
        os.environ.update(simulation.env)
        loaded = profile.load(name, simulation.settings)

        def ask(component: str, prompt: Prompt) -> str | None:
            room = texts.of_room(loaded.components[component].kind, "zh")
            asked.append(room.shown(prompt))
            asked.extend(room.prompts[prompt.text].choices[choice] for choice in prompt.choices)
            return simulation.ask(component, prompt)

        record = Run(loaded, Options(Level.INTERACTIVE), ask, lambda _: None, Path(folder)).execute().record
    said = {word for part in record.components for value in part.identity.values() for word in value.split()}
    chinese = Texts(catalogue.load({part.kind for part in record.components}), "zh")
    for text in (technician(record, chinese), merchant(record, chinese), *asked):
        yield from words(text, NAMES | said | {part.driver for part in record.components})


if __name__ == "__main__":
    print("\n".join(met(sys.argv[1], sys.argv[2:])))
