"""Makes the profile of a terminal: what is attached, the questions, the summary."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from diag.bench import detect, detect_probe, detect_report, set_up
from diag.bench.detect import Listed
from diag.bench.detect_profiles import Profiles
from diag.bench.set_up import Part
from diag.cli import dialog, screen, set_up_file
from diag.cli.exit_status import EXIT_OF_VERDICT
from diag.cli.set_up_questions import Questions
from diag.knowledge import languages, places, profile
from diag.knowledge.languages import Lang
from diag.knowledge.texts import of_room
from diag.knowledge.words import word


def make(file: Path, lang: Lang, *, probe: bool, answers: Path | None, again: bool) -> None:
    """Ask, write the profile, and say what is in it."""
    found, profiles = attached(lang, probe=probe)
    questions, given = asked(found, profiles, lang, ("name", "serial_number"), answers)
    parts = questions.parts(given)
    if not parts:
        nothing_found(lang)
    whole = set_up.whole(questions.chosen(given))
    name = given["name"]
    text = set_up.text(
        parts,
        comments=_comments(parts, lang),
        name={lang: name} if name else {each: word("setup.this", each) for each in languages.LANGUAGES},
        serial_number=given["serial_number"],
        not_fitted=None if whole else questions.not_fitted(given),
        inherits=whole,
    )
    profile.parse(text, places.SET_UP)
    set_up_file.write(file, text, again=again)
    screen.show("\n".join([*summary(parts, questions.left_out(given), lang), word("setup.wrote", lang, file=file)]))


def _comments(parts: Sequence[Part], lang: Lang) -> list[str]:
    """Return what stands at the top of the file."""
    keys = ["what_for", "change_it"]
    if any(part.keys.get("at") == set_up.NOT_SEEN for part in parts):
        keys.append("at_not_found")
    return [word(f"setup.{key}", lang, at=set_up.NOT_SEEN) for key in keys]


def attached(lang: Lang, *, probe: bool) -> tuple[list[Listed], Profiles]:
    """Return what is attached, asked at the serial ports if wanted, and the profiles."""
    profiles = Profiles()
    found = detect.survey(profiles)
    if probe:
        found = detect_probe.ask_ports(
            found, profiles, lambda node: screen.show(word("detect.asking", lang, node=node), sys.stderr)
        )
    return found, profiles


def asked(
    found: Sequence[Listed], profiles: Profiles, lang: Lang, names: Sequence[str], source: Path | None
) -> tuple[Questions, dict[str, str]]:
    """Put the questions to the person, or to a file of answers; without either all stays as it was detected."""
    questions = Questions(found, profiles, lang, names)
    if source is not None:
        answers = dialog.FromFile(source)
        given = dialog.answers(questions.script, answers.ask)
        answers.check_all_used()
    elif sys.stdin is not None and sys.stdin.isatty():
        given = dialog.answers(questions.script, dialog.AtTheScreen(lang).ask)
    else:
        screen.show(word("setup.nobody", lang), sys.stderr)
        given = dialog.answers(questions.script, dialog.nobody)
    return questions, given


def summary(parts: Sequence[Part], left_out: Sequence[Listed], lang: Lang) -> list[str]:
    """Return a line for each part, and for each thing of which nobody knows what it is."""
    lines = []
    for part in parts:
        room = of_room(part.kind, lang)
        title = room.names.get(part.name, room.title)
        if part.name != part.kind and part.name not in room.names:
            title += word("report.aside", lang, text=part.name)
        if part.seen:
            seen = detect_report.shown(part.about)
            lines.append("✓ " + word("setup.seen", lang, part=title, name=seen, profile=part.profile))
        else:
            lines.append("! " + word("setup.not_seen", lang, part=title))
    for one in left_out:
        what, name = detect_report.title(one, lang), detect_report.shown(one.thing.name)
        lines.append("? " + word("setup.left_out", lang, what=what, name=name))
    if any(detect_report.could_be_asked(one) for one in left_out):
        lines.append("    " + word("setup.probe", lang))
    return lines


def nothing_found(lang: Lang) -> None:
    """Say that there is nothing to write, and end the command."""
    screen.show(word("setup.nothing", lang))
    raise typer.Exit(EXIT_OF_VERDICT["inconclusive"])
