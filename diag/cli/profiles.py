"""`posdiag profile`: list, show, check and make profiles of terminals."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diag.cli import completion, screen
from diag.cli.options import Json, Lang, SetupAnswers, SetupProbe

if TYPE_CHECKING:
    from diag.knowledge.profile import Profile

commands = typer.Typer(help="List, show, check and make profiles of terminals.", no_args_is_help=True)


@commands.command(
    "list",
    epilog="Examples: posdiag profile list · posdiag profile list epson · "
    "POSDIAG_PROFILE_PATH=~/profiles posdiag profile list",
)
def profile_list(
    word: Annotated[
        str | None, typer.Argument(help="List only profiles with this word in the name or title, in any language.")
    ] = None,
    lang: Lang = None,
) -> None:
    """List all profiles, with their names."""
    from diag.cli.exit_status import EXIT_CONFIG
    from diag.contract.errors import ConfigError
    from diag.knowledge import profile, words

    status, found = 0, 0
    wanted = (word or "").lower()
    for name in profile.available():
        try:
            title = profile.load(name).name
        except ConfigError as error:
            if wanted in name:
                status, found = EXIT_CONFIG, found + 1
                screen.show(f"{name:28}! {error}")
            continue
        if any(wanted in text.lower() for text in (name, *title.by_language.values())):
            screen.show(f"{name:28}{title.in_(lang or words.from_environment())}")
            found += 1
    if not found:
        raise ConfigError(f"no profile has {word!r} in its name or title{_like(wanted)}")
    raise typer.Exit(status)


@commands.command("show", epilog="Example: posdiag profile show demo/handheld > acme/t80.yaml")
def profile_show(
    profile: Annotated[str, typer.Argument(help="A profile or a file.", autocompletion=completion.profiles)],
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
    profile: Annotated[
        list[str] | None, typer.Argument(help="Profiles or files.", autocompletion=completion.profiles)
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Check all profiles that can be found.")] = False,
    faults: Annotated[
        bool,
        typer.Option(
            "--faults", help="Show which faults the checks of a profile can see, can name, or cannot tell apart."
        ),
    ] = False,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Check profiles; each mistake is shown with file, line, column and key."""
    from diag.contract.errors import ConfigError
    from diag.knowledge.profile import available

    chosen = [*(profile or []), *(available() if every else ())]
    if not chosen:
        raise ConfigError("which profile? Name one or more, or use --all")
    if faults:
        _print_faults(chosen, lang, as_json=as_json)
    else:
        raise typer.Exit(_check_all(chosen, lang))


@commands.command(
    "new",
    epilog="Examples: posdiag profile new acme/t80 · posdiag profile new t80 --output profiles/acme/t80.yaml",
)
def profile_new(
    name: Annotated[str, typer.Argument(help="The profile's name, VENDOR/MODEL or MODEL.")],
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="The file to write; by default NAME.yaml here.")
    ] = None,
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
    from diag.knowledge.profile import json_schema

    print_json(json_schema())


def _like(word: str) -> str:
    """Return the end of a message on a word that no profile has: the maker that was meant."""
    from diag.knowledge import hints
    from diag.knowledge.profile import available

    parts = {part for name in available() for part in name.split("/")}
    meant = hints.near(word, sorted(parts))
    return f"; did you mean {meant[0]}?" if meant else " (`posdiag profile list` shows all)"


def _check_all(names: Sequence[str], lang: Lang) -> int:
    """Check each profile; print its mistake, or its components and missing settings. Returns the exit status."""
    from diag.cli.exit_status import EXIT_CONFIG
    from diag.contract.errors import ConfigError
    from diag.knowledge import profile, words

    status, language = 0, lang or words.from_environment()
    for name in names:
        try:
            loaded = profile.load(name)
        except ConfigError as error:
            status = EXIT_CONFIG
            screen.show(f"posdiag: {error}", sys.stderr)
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
