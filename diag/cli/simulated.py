"""`posdiag demo` and `posdiag sim`: simulate a terminal."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from diag.cli import completion, screen, signals
from diag.cli.options import Faults, Force, Json, Lang, Set, Symptoms, Trace

if TYPE_CHECKING:
    from diag.bench.simulate import Simulation
    from diag.cli.running import Request

_DEMO = "demo/countertop"

commands = typer.Typer()


@commands.command(
    epilog="Examples: posdiag demo · posdiag demo --fault PRN-PAPER-END --fault ICC-CARD-MUTE · "
    "posdiag demo --fault PRN-RIBBON · posdiag demo --fault NET-DNS · posdiag demo --component printer · "
    "posdiag demo demo/handheld --level interactive"
)
def demo(
    profile: Annotated[
        str | None,
        typer.Argument(
            autocompletion=completion.profiles,
        ),
    ] = None,
    fault: Faults = None,
    component: Annotated[
        list[str] | None,
        typer.Option(
            "--component",
            metavar="C",
        ),
    ] = None,
    level: Annotated[
        Literal["internal", "external", "interactive"] | None,
        typer.Option(),
    ] = None,
    as_json: Json = False,
    lang: Lang = None,
    trace: Trace = None,
    symptom: Symptoms = None,
    force: Force = False,
) -> None:
    """Simulate a terminal, with faults if you like, and examine the terminal."""
    from diag.bench import simulated_path
    from diag.bench.simulate import Simulation, only
    from diag.cli import running
    from diag.contract.interruption import Interruption
    from diag.knowledge.profile import load
    from diag.knowledge.words import from_environment, word

    faults = fault or []
    if len(faults) == 1 and profile in (None, simulated_path.PROFILE) and faults[0] in simulated_path.worlds():
        request = running.Request(
            simulated_path.PROFILE, level or "internal", None, None, "DEMO", as_json, lang, trace, force=force
        )
        raise typer.Exit(_demo_path(faults[0], request))
    planned = only(load(profile or _demo_profile(faults)), component or ())
    interruption = Interruption()
    signals.interrupt(interruption)
    with Simulation(planned, faults, interruption) as simulation:
        _say_missing(simulation, lang or from_environment())
        os.environ.update(simulation.env)
        # the checks that see the faults, unless a level was asked for
        request = running.Request(
            planned.id,
            level or simulation.level.value,
            simulation.components,
            simulation.settings,
            "DEMO",
            as_json,
            lang,
            trace,
            symptoms=symptom,
            force=force,
        )
        person = None if level and sys.stdin.isatty() else simulation.ask
        status = running.run(request, person, interruption)
    if not as_json and not faults:
        screen.show("\n" + word("demo.break_it", request.language))
        screen.show("  posdiag demo --fault PRN-PAPER-END")
        screen.show("  posdiag demo --fault ICC-CARD-MUTE --fault PWR-ADAPTER-ABSENT")
    raise typer.Exit(status)


@commands.command(
    epilog="Examples: posdiag sim demo/countertop --fault PRN-COVER-OPEN · posdiag sim generic/escpos-thermal"
)
def sim(
    profile: Annotated[str, typer.Argument(autocompletion=completion.profiles)],
    fault: Faults = None,
    settings: Set = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Simulate a terminal until Ctrl-C, and print the command that examines the terminal."""
    import time

    from diag.bench.simulate import Simulation
    from diag.contract.interruption import GLANCE, Interruption
    from diag.knowledge import words
    from diag.knowledge.profile import load

    planned = load(profile, settings or [])
    interruption = Interruption()
    signals.interrupt(interruption)
    try:
        with Simulation(planned, fault or [], interruption) as simulation:
            _say_missing(simulation, lang or words.from_environment())
            screen.show(_how_to_examine(profile, simulation, as_json=as_json))
            screen.show(words.word("demo.serving", lang or words.from_environment()), sys.stderr)
            while not interruption.is_set():  # not pause(2), which would miss a signal that came before
                time.sleep(GLANCE)
    except KeyboardInterrupt:
        pass
    raise typer.Exit(0)


def _demo_path(fault: str, request: "Request") -> int:
    """Examine the path of a world that shows a fault, from within; return the exit status."""
    from dataclasses import replace

    from diag.bench.simulated_path import COMPONENT, SimulatedPath
    from diag.cli import running
    from diag.cli.exit_status import EXIT_OF_VERDICT
    from diag.contract.interruption import Interruption
    from diag.contract.said import Said
    from diag.knowledge.wording import wording

    with SimulatedPath(fault) as path:
        if path.missing:
            told = Said("left_out", components=[COMPONENT], why=path.missing)
            screen.show(f"posdiag: {wording(told, request.language)}", sys.stderr)
            return EXIT_OF_VERDICT["inconclusive"]
        os.environ.update(path.env)
        return running.run(replace(request, settings=path.settings), None, Interruption())


def _demo_profile(faults: Sequence[str]) -> str:
    """Return the first demo terminal that can show these faults."""
    from diag.bench.simulate import can_show
    from diag.knowledge import profile

    names = [name for name in profile.available() if name.startswith("demo/")]
    names.sort(key=lambda name: name != _DEMO)
    if not faults:
        return names[0]
    return next((name for name in names if can_show(profile.load(name), faults)), names[0])


def _say_missing(simulation: "Simulation", lang: str) -> None:
    """Say what is left out; end the command where nothing is left."""
    from diag.cli.exit_status import EXIT_OF_VERDICT
    from diag.contract.said import Said
    from diag.knowledge.wording import wording

    for part in simulation.parts:
        if part.missing:
            told = Said("left_out", components=part.components, why=part.missing)
            screen.show(f"posdiag: {wording(told, lang)}", sys.stderr)
    if not simulation.components:
        raise typer.Exit(EXIT_OF_VERDICT["inconclusive"])


def _how_to_examine(profile: str, simulation: "Simulation", *, as_json: bool) -> str:
    """Return the command that examines the simulated terminal, or its parts as JSON."""
    import json
    import shlex

    if as_json:
        return json.dumps({"env": simulation.env, "set": simulation.settings, "components": simulation.components})
    options = " ".join(f"--set {shlex.quote(item)}" for item in simulation.settings)
    if any(part.missing for part in simulation.parts):
        options += "".join(f" --component {shlex.quote(name)}" for name in simulation.components)
    env = " ".join(f"{key}={shlex.quote(value)}" for key, value in simulation.env.items())
    return f"{env} posdiag run {shlex.quote(profile)} {options}".strip()
