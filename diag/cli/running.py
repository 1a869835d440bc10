"""Runs an examination for every command that needs one: the arguments, the person, the output, the exit status."""

from __future__ import annotations

import contextlib
import gc
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from diag.cli import keeping, memory, screen, signals, this_terminal
from diag.cli.answers import Answers
from diag.cli.exit_status import EXIT_CONFIG, EXIT_DEFECT, EXIT_INTERRUPTED, EXIT_OF_VERDICT
from diag.cli.output import print_json
from diag.cli.person import Person
from diag.cli.watching import watched
from diag.conclusions.tried_before import tried_before
from diag.contract.check import Level
from diag.contract.interruption import Interruption
from diag.contract.said import Said
from diag.knowledge import catalogue, places, words
from diag.knowledge.languages import Lang
from diag.knowledge.profile import Profile
from diag.knowledge.wording import wording
from diag.records.record import to_json
from diag.reports.merchant import merchant
from diag.reports.progress import Progress
from diag.reports.technician import technician
from diag.reports.texts import Texts, safe
from diag.run.engine import AskPerson
from diag.run.session import Options, Result, Run


@dataclass(frozen=True)
class Request:
    """The arguments that running commands share. `profile`: None for the terminal that is set up, or detected."""

    profile: str | None
    level: str
    components: Sequence[str] | None
    settings: Sequence[str] | None
    serial_number: str | None
    as_json: bool
    lang: Lang | None
    trace: Path | None
    answers: Path | None = None
    max_steps: int | None = None
    symptoms: Sequence[str] | None = None
    guided: bool = False
    force: bool = False
    complaint: bool = False
    watch: float | None = None

    @property
    def language(self) -> Lang:
        """The language asked for, or the locale's."""
        return self.lang or words.from_environment()


def run(
    request: Request,
    person: AskPerson | None = None,
    interruption: Interruption | None = None,
    profile: Profile | None = None,
) -> int:
    """Examine a terminal, and print the technician's view.

    `person` answers prompts in the place of the person at the screen. `profile`: in the place of the one that the
    request names. Returns the exit status.
    """
    result, texts, kept = execute(request, person, interruption, profile)
    if not request.as_json:
        screen.show(
            "\n".join([technician(result.record, texts), *texts.nothing_set_up(result.record.terminal.profile)])
        )
        if kept:
            screen.show("\n" + texts.word("report.record", run=result.record.run.id))
    return finish(result, request)


def check(request: Request, *, tell: bool = False) -> int:
    """Examine a terminal, and print the merchant's view. Returns the exit status.

    `tell`: tell the result where the settings say, too.
    """
    if tell:
        from diag.cli import telling

        telling.refuse_wrong()
    result, texts, _ = execute(request)
    shown = merchant(result.record, texts, tried_before(result.record))
    if not request.as_json:
        screen.show(shown)
    if tell:
        for trouble in telling.tell(result.record, shown.partition("\n")[0], texts):
            screen.show(f"posdiag: {safe(wording(trouble, request.language))}", sys.stderr)
    return finish(result, request)


def execute(
    request: Request,
    person: AskPerson | None = None,
    interruption: Interruption | None = None,
    profile: Profile | None = None,
    before: Callable[[AskPerson], AskPerson] | None = None,
) -> tuple[Result, Texts, bool]:
    """Load a profile and run its checks once; warnings go to standard error.

    `profile`: in the place of the one that the request names. `before`: answers, before the person is asked.

    Returns the result, the texts to show the result with, and whether the store has the run. Raises ConfigError for
    a wrong profile or setting.
    """
    memory.keep_from_disk()  # before a PIN is read
    loaded = profile or this_terminal.load(request.profile, request.settings or ())
    if request.watch is not None:
        loaded = watched(loaded, request.watch)
    kinds = {part.name: part.kind for part in loaded.components.values()}
    known = catalogue.load(set(kinds.values()))
    texts = Texts(known, request.language)
    progress = Progress(texts, quiet=False)
    if request.answers is not None:
        person = Answers(request.answers, kinds, request.language, progress.pause).ask
    interruption = interruption or Interruption()
    ask = person or Person(loaded.components, request.language, progress.pause, interruption).ask
    ask = before(ask) if before else ask
    result = _run_once(loaded, request, ask, progress, interruption)
    trouble = keeping.keep(result)
    for warning in [*result.warnings, *([trouble] if trouble else [])]:
        screen.show(f"posdiag: {safe(wording(warning, request.language))}", sys.stderr)
    return result, texts, trouble is None


def _run_once(
    loaded: Profile, request: Request, ask: AskPerson, progress: Progress, interruption: Interruption
) -> Result:
    options = Options(
        Level(request.level),
        tuple(request.components or ()),
        request.serial_number,
        request.trace,
        request.max_steps,
        tuple(request.symptoms or ()),
        request.guided,
        request.force,
        request.complaint,
    )
    _raise_descriptor_limit()
    signals.interrupt(interruption)
    current = Run(loaded, options, ask, progress.observe, places.runs_folder(), interruption)
    gc.freeze()  # what was imported stays
    gc.enable()  # see `exit_status`; a run may take long
    try:
        # libraries' remarks never get among the results
        with contextlib.redirect_stdout(sys.stderr):
            return current.execute()
    finally:
        progress.pause()


def finish(result: Result, request: Request) -> int:
    """Print the record where JSON was asked for, and what is wrong with settings or with posdiag itself.

    Returns the exit status.
    """
    if request.as_json:
        print_json(to_json(result.record))
    if result.redactions:
        told = wording(Said("card_data_redacted"), request.language)
        screen.show(f"posdiag: {told}", sys.stderr)
    if result.record.run.interrupted:
        return EXIT_INTERRUPTED
    for misfit in result.misfits:
        screen.show(f"posdiag: {safe(wording(misfit, request.language))}", sys.stderr)
    status = EXIT_OF_VERDICT[result.record.verdict]
    if status == 1:
        return status
    return EXIT_DEFECT if result.defects else EXIT_CONFIG if result.misfits else status


def _raise_descriptor_limit() -> None:
    """Raise the limit of open files as far as the system allows.

    A depot bench has hundreds of ports open at once; pyserial takes five descriptors a port.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
