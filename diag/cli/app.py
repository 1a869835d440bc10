"""The command line: arguments in, exit status out. What the commands do stands in `diag.cli.commands`."""

from __future__ import annotations

import contextlib
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Literal

import typer

EXIT_USAGE, EXIT_DEFECT, EXIT_CONFIG, EXIT_INTERRUPTED = 2, 70, 78, 130

app = typer.Typer(
    name="posdiag",
    help="Finds out which part of a payment terminal has failed, and says why.",
    epilog="Exit status: 0 pass, 1 fail, 2 usage, 3 inconclusive, 70 posdiag's own defect, "
    "78 wrong profile or setting, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
profiles = typer.Typer(help="List, show and check profiles of terminals.", no_args_is_help=True)
app.add_typer(profiles, name="profile")

Lang = Annotated[Literal["en", "zh"] | None, typer.Option(help="Language of the texts; by default that of the locale.")]
Level = Annotated[
    Literal["internal", "external", "interactive"],
    typer.Option(help="internal asks the devices only; external also prints and cuts; interactive also asks you."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="COMPONENT.KEY=VALUE", help="Replace a setting of the profile; may be repeated."),
]
Components = Annotated[
    list[str] | None,
    typer.Option("--component", metavar="C", help="Examine only this component; may be repeated."),
]
Serial = Annotated[
    str | None,
    typer.Option("--serial-number", metavar="SN", help="The terminal's serial number, for the record."),
]
Trace = Annotated[
    Path | None,
    typer.Option("--trace", metavar="FILE", help="Record all device traffic; replay it with --set C.at=trace:FILE."),
]
Answers = Annotated[
    Path | None,
    typer.Option(
        "--answers",
        metavar="FILE",
        help="Answers to the questions of the interactive level, COMPONENT.PROMPT=CHOICE a line; - for standard input.",
    ),
]
Faults = Annotated[
    list[str] | None,
    typer.Option("--fault", metavar="CODE[@COMPONENT]", help="A fault the simulated terminal shows; may be repeated."),
]


Steps = Annotated[
    int | None,
    typer.Option(
        "--max-steps", min=0, metavar="N", help="At the interactive level, bother the person N times at most."
    ),
]


@app.command(
    epilog="Examples: posdiag run generic/pcsc · "
    "posdiag run generic/escpos-thermal --set printer.at=socket://192.0.2.7:9100 --level external"
)
def run(
    profile: Annotated[str, typer.Argument(help="A profile's name (see `posdiag profile list`) or its file.")],
    level: Level = "internal",
    component: Components = None,
    settings: Set = None,
    serial_number: Serial = None,
    json: Json = False,
    lang: Lang = None,
    trace: Trace = None,
    answers: Answers = None,
    max_steps: Steps = None,
) -> None:
    """Examine a terminal, part by part, all parts at once, and name what has failed."""
    from diag.cli import commands

    request = commands.Request(
        profile, level, component, settings, serial_number, json, lang, trace, answers, max_steps
    )
    raise typer.Exit(commands.run(request))


@app.command(epilog="Examples: posdiag check · posdiag check demo/countertop --lang zh")
def check(
    profile: Annotated[
        str | None, typer.Argument(help="A profile; by default POSDIAG_PROFILE or what this computer has.")
    ] = None,
    settings: Set = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    """Can we open? A quick self-check in plain words; nothing prints or moves."""
    from diag.cli import commands

    chosen = profile or os.environ.get("POSDIAG_PROFILE") or "generic/this-terminal"
    raise typer.Exit(commands.check(commands.Request(chosen, "internal", None, settings, None, json, lang, None)))


@app.command(
    epilog="Examples: posdiag demo · posdiag demo --fault PRN-PAPER-END --fault ICC-CARD-MUTE · "
    "posdiag demo --fault PRN-RIBBON · posdiag demo --component printer · "
    "posdiag demo demo/handheld --level interactive"
)
def demo(
    profile: Annotated[
        str | None, typer.Argument(help="The profile to simulate; by default a demo terminal that can show the faults.")
    ] = None,
    fault: Faults = None,
    level: Annotated[
        Literal["internal", "external", "interactive"] | None,
        typer.Option(help="As for run; by default what it takes to see the faults, with a simulated person to ask."),
    ] = None,
    component: Annotated[
        list[str] | None,
        typer.Option(
            "--component",
            metavar="C",
            help="Simulate and examine only this component and what it needs; may be repeated.",
        ),
    ] = None,
    json: Json = False,
    lang: Lang = None,
    trace: Trace = None,
) -> None:
    """Simulate a terminal, with faults if you like, and examine it."""
    from diag.cli import commands

    request = commands.Request(profile or "", level or "", component, None, "DEMO", json, lang, trace)
    raise typer.Exit(commands.demo(request, fault or []))


@app.command(epilog="Examples: posdiag sim demo/countertop --fault PRN-COVER-OPEN · posdiag sim generic/escpos-thermal")
def sim(
    profile: Annotated[str, typer.Argument(help="The profile to simulate.")],
    fault: Faults = None,
    settings: Set = None,
    json: Json = False,
) -> None:
    """Serve a simulated terminal until Ctrl-C, and print the command that examines it."""
    from diag.cli import commands

    raise typer.Exit(commands.simulate(profile, fault or [], settings or [], as_json=json))


@app.command(epilog="Examples: posdiag faults · posdiag faults PRN-CUTTER --lang zh")
def faults(
    code: Annotated[str | None, typer.Argument(help="One fault code.")] = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    """The catalogue of faults: what each means and what to do about it."""
    from diag.cli import commands

    commands.faults(code, lang, as_json=json)


@app.command(epilog="Examples: posdiag doctor · sudo posdiag doctor (sees the programs of all users)")
def doctor(lang: Lang = None) -> None:
    """Is this computer fit to examine terminals? Prints what mends it."""
    from diag.bench import doctor as bench

    raise typer.Exit(bench.report(lang))


@app.command(epilog="Examples: posdiag history · posdiag report (the last run) · posdiag report 20260117T0912")
def report(
    run_id: Annotated[
        str | None,
        typer.Argument(metavar="[RUN]", help="A run's id, its beginning, or a file; by default the last."),
    ] = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    """Show a stored run again, also one that was killed."""
    from diag.cli import commands

    commands.report(run_id, lang, as_json=json)


@app.command(
    epilog="Examples: posdiag confirm --fault PRN-CABLE (the last run) · posdiag confirm 20260117T0912 "
    "--fault ICC-CONTACTS --component card_reader · posdiag confirm 20260117T0912 --undo · posdiag confirm --list"
)
def confirm(
    run_id: Annotated[
        str | None,
        typer.Argument(metavar="[RUN]", help="A run's id, its beginning, or a file; by default the last."),
    ] = None,
    fault: Annotated[str | None, typer.Option("--fault", metavar="CODE", help="What the trouble really was.")] = None,
    component: Annotated[str | None, typer.Option("--component", metavar="C", help="Whose trouble it was.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was said of this run.")] = False,
    show: Annotated[bool, typer.Option("--list", help="List what was confirmed, oldest first.")] = False,
) -> None:
    """Say what a repair really was; later runs expect that fault more often."""
    from diag.cli import commands

    commands.confirm(run_id, fault, component, undo=undo, show=show)


@app.command(epilog="Example: posdiag history | tail")
def history() -> None:
    """List the stored runs, oldest first."""
    from diag.cli import commands

    commands.history()


@app.command(epilog="Examples: posdiag udev · sudo posdiag udev --install")
def udev(
    install: Annotated[
        bool, typer.Option("--install", help="Write the rules to /etc/udev/rules.d and reload udev.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="DIR", help="Write the rule files to a folder.")
    ] = None,
) -> None:
    """Print the udev rules for the devices that drivers and profiles name."""
    from diag.bench import udev as rules

    raise typer.Exit(rules.command(output, install=install))


@profiles.command("list", epilog="Example: POSDIAG_PROFILE_PATH=~/profiles posdiag profile list")
def profile_list(lang: Lang = None) -> None:
    """All profiles, with their names."""
    from diag.cli import commands

    raise typer.Exit(commands.profile_list(lang))


@profiles.command("show", epilog="Example: posdiag profile show demo/handheld > acme/t80.yaml")
def profile_show(profile: str) -> None:
    """A profile with all that it inherits, and every setting."""
    from diag.cli import commands

    commands.profile_show(profile)


@profiles.command(
    "check",
    epilog="Examples: posdiag profile check my-terminal.yaml · posdiag profile check --all · "
    "posdiag profile check --faults demo/countertop",
)
def profile_check(
    profile: Annotated[list[str] | None, typer.Argument(help="Profiles or files.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All profiles that can be found.")] = False,
    faults: Annotated[
        bool, typer.Option("--faults", help="Which faults it can see, which it can name, and which stay confused.")
    ] = False,
    json: Json = False,
    lang: Lang = None,
) -> None:
    """Check profiles; each mistake is shown with file, line, column and key."""
    from diag.cli import commands

    if faults:
        raise typer.Exit(commands.profile_faults(profile or [], lang, every=every, as_json=json))
    raise typer.Exit(commands.profile_check(profile or [], every=every))


@profiles.command("schema", epilog="Example: posdiag profile schema > profile.schema.json")
def profile_schema() -> None:
    """The JSON Schema of profiles, for editors."""
    from diag.cli import commands

    commands.profile_schema()


def _version(show: bool) -> None:
    if show:
        from diag import __version__

        typer.echo(f"posdiag {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """The console script: every error a user can cause is one line, never a traceback."""
    from diag.contract.errors import ConfigError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a locale without these letters gets question marks, no error
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # a full disk shows here, not in a traceback after the end
    except SystemExit as end:
        if end.code == EXIT_USAGE:
            _complain("the arguments are not understood; see above", "usage")
        raise
    except ConfigError as error:
        _complain(str(error), "configuration")
        sys.exit(EXIT_CONFIG)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except Exception as error:
        if os.environ.get("POSDIAG_DEBUG"):
            raise
        _complain(f"defect: {type(error).__name__}: {error} (POSDIAG_DEBUG=1 shows where)", "defect")
        os._exit(EXIT_DEFECT)  # not sys.exit: its last flush would fail again where the output cannot be written


def _complain(message: str, kind: str) -> None:
    """To standard error, and, where a JSON document was asked for, as one."""
    from diag.contract import privacy

    clean = privacy.scan(message)[0]
    with contextlib.suppress(OSError):
        print(f"posdiag: {clean}", file=sys.stderr)
        if "--json" in sys.argv[1:]:
            import json

            print(json.dumps({"schema": "posdiag.error/1", "error": {"kind": kind, "message": clean}}), flush=True)


if __name__ == "__main__":
    main()
