"""`posdiag profile`: list, show, check and make profiles of terminals."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diag.cli import completion, screen
from diag.cli.options import Json, Lang, SetupAnswers, SetupProbe

if TYPE_CHECKING:
    from diag.contract.said import Said
    from diag.knowledge.profile import Profile

commands = typer.Typer()


@commands.command(
    "list",
    epilog="Examples: posdiag profile list · posdiag profile list epson · "
    "POSDIAG_PROFILE_PATH=~/profiles posdiag profile list",
)
def profile_list(
    word: Annotated[str | None, typer.Argument()] = None,
    lang: Lang = None,
) -> None:
    """List all profiles, with their names."""
    from diag.cli.exit_status import EXIT_CONFIG
    from diag.contract.errors import ConfigError
    from diag.knowledge import profile, words
    from diag.knowledge.wording import wording
    from diag.reports.texts import safe

    status, found, language = 0, 0, lang or words.from_environment()
    wanted = (word or "").lower()
    for name in profile.available():
        try:
            title = profile.load(name).name
        except ConfigError as error:
            if wanted in name:
                status, found = EXIT_CONFIG, found + 1
                screen.show(safe(f"{name:28}! {wording(error.told, language)}"))
            continue
        if any(wanted in text.lower() for text in (name, *title.by_language.values())):
            screen.show(safe(f"{name:28}{title.in_(language)}"))
            found += 1
    if not found:
        raise ConfigError(_like(wanted))
    raise typer.Exit(status)


@commands.command("show", epilog="Example: posdiag profile show demo/handheld > acme/t80.yaml")
def profile_show(
    profile: Annotated[str, typer.Argument(autocompletion=completion.profiles)],
) -> None:
    """Show a profile with every setting, also the inherited ones."""
    import yaml

    from diag.contract import shown
    from diag.knowledge.profile import load

    data = _as_data(load(profile))
    text: str = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    if shown.in_lines(text) != text:
        text = yaml.safe_dump(data, sort_keys=False)  # with escapes, which read as the same data
    print(text, end="")


@commands.command(
    "check",
    epilog="Examples: posdiag profile check my-terminal.yaml · posdiag profile check --all · "
    "posdiag profile check --faults demo/countertop",
)
def profile_check(
    profile: Annotated[list[str] | None, typer.Argument(autocompletion=completion.profiles)] = None,
    every: Annotated[bool, typer.Option("--all")] = False,
    faults: Annotated[
        bool,
        typer.Option("--faults"),
    ] = False,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Check profiles; each mistake is shown with file, line, column and key."""
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said
    from diag.knowledge.profile import available

    chosen = [*(profile or []), *(available() if every else ())]
    if not chosen:
        raise ConfigError(Said("which_profile"))
    if faults:
        _print_faults(chosen, lang, as_json=as_json)
    else:
        raise typer.Exit(_check_all(chosen, lang))


@commands.command(
    "new",
    epilog="Examples: posdiag profile new acme/t80 · posdiag profile new t80 --output profiles/acme/t80.yaml",
)
def profile_new(
    name: Annotated[str, typer.Argument()],
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE")] = None,
    probe: SetupProbe = False,
    answers: SetupAnswers = None,
    lang: Lang = None,
) -> None:
    """Write the profile of a terminal's model, from what is attached and what you say of the model.

    Nothing in the file is of one terminal alone: no serial number, and addresses that fit any terminal of the model.
    Without a person at the screen nothing is asked.
    """
    from diag.cli import new_profile
    from diag.knowledge import words

    new_profile.make(name, output, lang or words.from_environment(), probe=probe, answers=answers)


@commands.command("schema", epilog="Example: posdiag profile schema > profile.schema.json")
def profile_schema() -> None:
    """Print the JSON Schema of profiles, for editors."""
    from diag.cli.output import print_json
    from diag.knowledge.profile_schema import json_schema

    print_json(json_schema())


def _like(word: str) -> "Said":
    """Return what is said of a word that no profile has, with the maker that was meant."""
    from diag.contract.said import Said, any_of
    from diag.knowledge import hints
    from diag.knowledge.profile import available

    parts = {part for name in available() for part in name.split("/")}
    meant = hints.near(word, sorted(parts))
    said = Said("no_profile_with", word=word)
    return Said("did_you_mean", said=said, names=any_of(meant)) if meant else Said("list_profiles", said=said)


def _check_all(names: Sequence[str], lang: Lang) -> int:
    """Check each profile; print its mistake, or its components and missing settings. Returns the exit status."""
    from diag.cli.exit_status import EXIT_CONFIG
    from diag.contract.errors import ConfigError
    from diag.knowledge import profile, words
    from diag.knowledge.wording import wording
    from diag.reports.texts import safe

    status, language = 0, lang or words.from_environment()
    for name in names:
        try:
            loaded = profile.load(name)
        except ConfigError as error:
            status = EXIT_CONFIG
            screen.show(f"posdiag: {safe(wording(error.told, language))}", sys.stderr)
            continue
        open_ = [part.name for part in loaded.components.values() if not part.settings.model_dump()["at"]]
        parts = words.word("report.comma", language).join(loaded.components)
        needs = " ".join(f"--set {part}.at=ADDRESS" for part in open_)
        key = "profile.fine_but" if needs else "profile.fine"
        screen.show(words.word(key, language, name=name, parts=parts, settings=needs))
    return status


def _print_faults(names: Sequence[str], lang: Lang, *, as_json: bool) -> None:
    """Print which faults each profile can tell, as tables or as one JSON document."""
    from diag.cli.output import print_json
    from diag.conclusions.diagnosable import Diagnosability
    from diag.knowledge import catalogue, profile, words
    from diag.records.plan import planned
    from diag.reports import ability
    from diag.reports.texts import Texts

    found = []
    for name in names:
        loaded = profile.load(name)
        known = catalogue.load({part.kind for part in loaded.components.values()})
        abilities = Diagnosability(planned(list(loaded.components.values())), known).abilities()
        found.append({"profile": name, "faults": ability.data(abilities)})
        if not as_json:
            screen.show("\n".join([name, *ability.lines(abilities, Texts(known, lang or words.from_environment()))]))
    if as_json:
        print_json(found)


def _as_data(loaded: "Profile") -> dict[str, Any]:
    """Return a profile as the data of a profile file that inherits nothing."""
    return {
        "schema": 1,
        "name": dict(loaded.name.by_language),
        **({"serial_number": loaded.serial_number} if loaded.serial_number else {}),
        **({"not_fitted": list(loaded.not_fitted)} if loaded.not_fitted is not None else {}),
        "components": {
            part.name: {
                "driver": part.kind,
                **({"needs": list(part.needs)} if part.needs else {}),
                **({"usb": list(part.usb)} if part.usb else {}),
                **({"remarks": dict(part.remarks)} if part.remarks else {}),
                **part.settings.model_dump(mode="json", exclude_none=True),
            }
            for part in loaded.components.values()
        },
    }
