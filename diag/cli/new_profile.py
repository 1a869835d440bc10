"""`posdiag profile new`: the profile of a terminal's model, from a terminal of the model that is attached."""

from __future__ import annotations

import re
from pathlib import Path

from diag.bench import set_up
from diag.cli import screen, set_up_file, set_up_terminal
from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge import profile
from diag.knowledge.languages import Lang
from diag.knowledge.words import word

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*)?")


def make(name: str, output: Path | None, lang: Lang, *, probe: bool, answers: Path | None) -> None:
    """Ask, write the profile, and say what is in it. Raises ConfigError for a wrong name, and for a file that is there.

    Raises typer.Exit where nothing is attached, and nothing is said to be fitted.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(Said("no_model_name", name=name))
    file = output or Path(f"{name}.yaml")
    if file.exists():
        raise ConfigError(Said("use_output", said=Said("at", where=file, said=Said("there_already"))))
    found, profiles = set_up_terminal.attached(lang, probe=probe)
    questions, given = set_up_terminal.asked(found, profiles, lang, ("vendor", "model"), answers)
    parts = questions.parts(given, model=True)
    if not parts:
        set_up_terminal.nothing_found(lang)
    vendor, _, model = name.rpartition("/")
    title = f"{given['vendor'] or vendor} {given['model'] or model}".strip()
    text = set_up.text(
        parts,
        comments=[word("setup.what_for_model", lang)],
        name={lang: title},
        inherits=set_up.whole(questions.chosen(given)),
    )
    loaded = profile.parse(text, name)
    set_up_file.write(file, text)
    wrote = [word("setup.wrote_model", lang, file=file)]
    screen.show("\n".join([*set_up_terminal.summary(parts, questions.left_out(given), lang), *wrote]))
    open_ = [part.name for part in loaded.components.values() if not part.at]
    if open_:
        screen.show(word("setup.open", lang, settings=" ".join(f"--set {part}.at=ADDRESS" for part in open_)))
