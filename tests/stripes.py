"""Stripe readers for tests: profiles, the simulated person who follows each prompt, and what was measured."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests import forkserver
from tests.conftest import Done, Served, clean_environment

READERS = {
    "text": "inherits: generic/msr-serial",
    "idtech": "inherits: idtech/securemag-rs232",
    "encoder": "inherits: generic/msr605",
    "encoder-iso": "inherits: generic/msr605",
    "silent-errors": "inherits: generic/msr-serial",
    "magtek": "inherits: magtek/port-powered-rs232",
}
QUICK: dict[str, object] = {"swipe_s": 0.4, "pause_s": 0.1}
MORE: dict[str, dict[str, object]] = {
    "encoder": {"tracks": [1, 2, 3]},
    "encoder-iso": {"raw": False},
    "silent-errors": {"tells_errors": False},
}


class Hands:
    """Somebody in front of a reader that is no simulator, for `follow`: does at once what a prompt says."""

    def swipe(self, card: int) -> None:
        """Swipe a card: 1, 2 or 3."""
        raise NotImplementedError

    def write(self, order: str) -> int:
        """Take what is written to a simulator: a prompt."""
        if order.strip() and (prompt := json.loads(order)["prompt"]).startswith("swipe"):
            self.swipe(3 if "third" in prompt else 2 if "second" in prompt else 1)
        return len(order)

    def flush(self) -> None:
        """Do nothing: a prompt is followed at once."""

    def readline(self) -> str:
        """Say that it is done."""
        return "done\n"


def profile(tmp_path: Path, reader: str, **settings: object) -> str:
    """A terminal with one reader whose simulated person need not be waited for."""
    lines = [
        "schema: 1", "name: {en: Reader, zh: 读卡器}", READERS[reader], "components:", "  magstripe:",
        *(f"    {key}: {json.dumps(value)}" for key, value in {**QUICK, **MORE.get(reader, {}), **settings}.items()),
    ]  # fmt: skip
    file = tmp_path / "reader.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(file)


def measured(done: Done, check: str = "swipes") -> dict[str, object]:
    return {entry["name"]: entry["value"] for entry in done.check("magstripe", check)["measurements"]}


def follow(served: Served, profile: str, tmp_path: Path, *words: str, answers: str = "") -> Done:
    """Run with answers from a file, and have the simulated person do what each instruction says."""
    (tmp_path / "answers").write_text(answers or "magstripe.was_it_swiped=yes\nmagstripe.clean_head=done\n")
    process = forkserver.command(
        ["run", profile, "--set", f"magstripe.at={served.at}", "--level", "interactive", "--json",
         "--answers", str(tmp_path / "answers"), *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=clean_environment(tmp_path), cwd=tmp_path,
    )  # fmt: skip
    with process:
        assert process.stderr is not None
        assert process.stdout is not None
        said = ""
        for line in process.stderr:
            said += line
            if match := re.match(r"magstripe\.(swipe_\w+|clean_head): ", line):
                print(json.dumps({"prompt": match[1], "choices": []}), file=served.process.stdin, flush=True)
                assert served.process.stdout is not None
                served.process.stdout.readline()  # done, or its cable is pulled
        out = process.stdout.read()
    return Done(process.returncode, out, said)


def options(fault: str | None, settings: Mapping[str, object]) -> list[str]:
    words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    return [*words, *(("--fault", fault) if fault else ())]
