"""What the commands do; `diag.cli.app` holds their arguments."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shlex
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from diag.bench.simulate import Simulation, can_show, only
from diag.cli import confirm as confirming
from diag.cli.answers import Answers
from diag.cli.app import EXIT_CONFIG, EXIT_DEFECT, EXIT_INTERRUPTED
from diag.cli.person import Person
from diag.conclusions import stored
from diag.conclusions.diagnosable import Diagnosability
from diag.contract.check import Level
from diag.contract.errors import ConfigError
from diag.contract.interruption import interrupted
from diag.knowledge import catalogue, places, plan, profile, words
from diag.knowledge.profile import Profile
from diag.knowledge.words import Lang
from diag.records import repairs
from diag.reports import ability, plain
from diag.reports.plain import Texts
from diag.reports.progress import Progress
from diag.run.engine import Ask
from diag.run.session import Options, Result, Run

_DEMO = "demo/countertop"
_VERDICTS = {"pass": 0, "fail": 1, "inconclusive": 3}


@dataclass(frozen=True)
class Request:
    """The arguments that running commands share."""

    profile: str
    level: str
    components: Sequence[str] | None
    settings: Sequence[str] | None
    serial_number: str | None
    as_json: bool
    lang: Lang | None
    trace: Path | None
    answers: Path | None = None
    max_steps: int | None = None

    @property
    def language(self) -> Lang:
        """The one asked for, or the locale's."""
        return self.lang or words.from_environment()


def run(request: Request, person: Ask | None = None) -> int:
    """`posdiag run`: the technician's view. `person` answers prompts in the place of the one at the screen."""
    loaded = profile.load(request.profile, request.settings or ())
    result, texts = _execute(loaded, request, person)
    if not request.as_json:
        print(plain.technician(result.record, texts))
        if result.path:
            print("\n" + texts.word("report.record", path=result.path))
    return _finish(result, request)


def check(request: Request) -> int:
    """`posdiag check`: the merchant's view."""
    loaded = profile.load(request.profile, request.settings or ())
    result, texts = _execute(loaded, request)
    if not request.as_json:
        print(plain.merchant(result.record, texts))
    return _finish(result, request)


def demo(request: Request, faults: Sequence[str]) -> int:
    """`posdiag demo`: a simulated terminal, examined, by default by the checks that see its faults."""
    planned = only(profile.load(request.profile or _demo_profile(faults)), request.components or ())
    with Simulation(planned, faults) as simulation:
        _say_missing(simulation)
        os.environ.update(simulation.env)
        level = request.level or simulation.level.value
        asked = replace(
            request, profile=planned.id, level=level, settings=simulation.settings, components=list(planned.components)
        )
        person = None if request.level and sys.stdin.isatty() else simulation.ask
        status = run(asked, person)
    if not request.as_json and not faults:
        print("\nBreak it:  posdiag demo --fault PRN-PAPER-END")
        print("     or    posdiag demo --fault ICC-CARD-MUTE --fault PWR-ADAPTER-ABSENT")
    return status


def simulate(name: str, faults: Sequence[str], settings: Sequence[str], *, as_json: bool) -> int:
    """`posdiag sim`: serve until interrupted."""
    planned = profile.load(name, settings)
    _on_terminate()
    try:
        with Simulation(planned, faults) as simulation:
            _say_missing(simulation)
            if as_json:
                print(json.dumps({"env": simulation.env, "set": simulation.settings}), flush=True)
            else:
                options = " ".join(f"--set {shlex.quote(item)}" for item in simulation.settings)
                env = " ".join(f"{key}={shlex.quote(value)}" for key, value in simulation.env.items())
                print(f"{env} posdiag run {shlex.quote(name)} {options}".strip(), flush=True)
            print("serving; Ctrl-C ends it", file=sys.stderr)
            signal.pause()
    except KeyboardInterrupt:
        return 0
    return 0


def faults(code: str | None, lang: Lang | None, *, as_json: bool) -> None:
    """`posdiag faults`."""
    known = catalogue.load_all()
    language = lang or words.from_environment()
    chosen = (
        [known.fault(code.upper())]
        if code
        else [fault for room in known.rooms.values() for fault in room.faults.values()]
    )
    if as_json:
        _print_json([fault.model_dump(by_alias=True, mode="json") for fault in chosen])
        return
    for fault in chosen:
        print(f"{fault.code:24}{fault.title.in_(language)}")
        if code:
            kind, severity = (
                words.word(f"class.{fault.fault_class}", language),
                words.word(f"severity.{fault.severity}", language),
            )
            if count := repairs.counts([fault.code]).get(fault.code):
                print("  " + words.word("report.confirmed", language, count=count))
            print(f"  {kind}, {severity}. {words.word('report.unit', language, unit=fault.unit.in_(language))}")
            for number, step in enumerate(fault.do, 1):
                print(f"  {number}. {step.in_(language)}")


def report(run_id: str | None, lang: Lang | None, *, as_json: bool) -> None:
    """`posdiag report`."""
    data = stored.read(_stored(run_id))
    if as_json:
        _print_json(data)
        return
    kinds = {part["kind"] for part in data["components"]}
    print(plain.technician(data, Texts(catalogue.load(kinds), lang or words.from_environment())))


def confirm(run_id: str | None, fault: str | None, component: str | None, *, undo: bool, show: bool) -> None:
    """`posdiag confirm`."""
    if show:
        confirming.show()
        return
    if bool(fault) == undo:
        raise ConfigError("say what it was with --fault CODE, or take it back with --undo")
    record = stored.read(_stored(run_id))
    if fault:
        confirming.confirm(record, fault, component)
    else:
        confirming.take_back(record)


def history() -> None:
    """`posdiag history`."""
    for path in stored.stored_runs(places.runs_folder()):
        try:
            data = stored.read(path)
        except ConfigError as error:
            print(f"{path.stem}  {error}")
            continue
        causes = " ".join(cause["fault"] for cause in data["diagnosis"]["causes"])
        state = "interrupted" if data["run"]["interrupted"] else data["verdict"]
        of = plain.safe(f"{data['terminal']['profile']}  {data['terminal']['serial_number'] or '-'}")
        print(f"{data['run']['id']}  {state:12}  {of}  {causes}")


def profile_list(lang: Lang | None) -> int:
    """`posdiag profile list`; a broken profile is shown with what is wrong."""
    status = 0
    for name in profile.available():
        try:
            print(f"{name:28}{profile.load(name).name.in_(lang or words.from_environment())}")
        except ConfigError as error:
            status = 78
            print(f"{name:28}! {error}")
    return status


def profile_show(name: str) -> None:
    """`posdiag profile show`."""
    import yaml

    loaded = profile.load(name)
    print(yaml.safe_dump(_as_data(loaded), allow_unicode=True, sort_keys=False), end="")


def profile_faults(names: Sequence[str], lang: Lang | None, *, every: bool, as_json: bool) -> int:
    """`posdiag profile check --faults`: what each can tell."""
    found = []
    for name in _chosen_profiles(names, every=every):
        loaded = profile.load(name)
        known = catalogue.load({part.kind for part in loaded.components.values()})
        rows = Diagnosability(plan.entries(list(loaded.components.values())), known).rows()
        found.append({"profile": name, "faults": ability.data(rows)})
        if not as_json:
            print("\n".join([name, *ability.lines(rows, Texts(known, lang or words.from_environment()))]))
    if as_json:
        _print_json(found)
    return 0


def _chosen_profiles(names: Sequence[str], *, every: bool) -> list[str]:
    chosen = [*names, *(profile.available() if every else ())]
    if not chosen:
        raise ConfigError("which profile? Name one or more, or use --all")
    return chosen


def profile_check(names: Sequence[str], *, every: bool) -> int:
    """`posdiag profile check`: all of them, each mistake a line."""
    status = 0
    for name in _chosen_profiles(names, every=every):
        try:
            loaded = profile.load(name)
            open_ = [part.name for part in loaded.components.values() if not part.settings.model_dump()["at"]]
            needs = "".join(f"; to run it, add --set {part}.at=ADDRESS" for part in open_)
            print(f"{name}: fine ({', '.join(loaded.components)}){needs}")
        except ConfigError as error:
            status = 78
            print(f"posdiag: {error}", file=sys.stderr)
    return status


def profile_schema() -> None:
    """`posdiag profile schema`."""
    _print_json(profile.json_schema())


def _demo_profile(faults: Sequence[str]) -> str:
    """The first demo terminal that can show these faults."""
    names = [name for name in profile.available() if name.startswith("demo/")]
    names.sort(key=lambda name: name != _DEMO)
    if not faults:
        return names[0]
    return next((name for name in names if can_show(profile.load(name), faults)), names[0])


def _execute(loaded: Profile, request: Request, person: Ask | None = None) -> tuple[Result, Texts]:
    kinds = {part.name: part.kind for part in loaded.components.values()}
    known = catalogue.load(set(kinds.values()))
    texts = Texts(known, request.language)
    progress = Progress(texts, quiet=False)
    if request.answers is not None:
        person = Answers(request.answers, known, kinds, request.language, progress.pause).ask
    ask = person or Person(known, kinds, request.language, progress.pause).ask
    options = Options(
        Level(request.level), tuple(request.components or ()), request.serial_number, request.trace, request.max_steps
    )
    _raise_descriptor_limit()
    one = Run(loaded, options, ask, progress.observe, places.runs_folder())
    _on_terminate()
    try:
        # libraries' remarks never get among the results
        with contextlib.redirect_stdout(sys.stderr):
            result = one.execute()
    finally:
        progress.pause()
    for warning in result.warnings:
        print(f"posdiag: {plain.safe(warning)}", file=sys.stderr)
    return result, texts


def _finish(result: Result, request: Request) -> int:
    if request.as_json:
        _print_json(result.record)
    if result.redactions:
        print(
            "posdiag: defect: card data was found in the output and redacted; please report it",
            file=sys.stderr,
        )
    if result.record["run"]["interrupted"]:
        return EXIT_INTERRUPTED
    for misfit in result.misfits:
        print(f"posdiag: {plain.safe(misfit)}", file=sys.stderr)
    status = _VERDICTS[result.record["verdict"]]
    if status == 1:
        return status
    return EXIT_DEFECT if result.defects else EXIT_CONFIG if result.misfits else status


def _print_json(data: Any) -> None:
    """JSON is UTF-8; where standard output is not, everything else is escaped."""
    plain_ascii = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    print(json.dumps(data, ensure_ascii=plain_ascii, indent=1))


def _stored(run_id: str | None) -> Path:
    if run_id and (os.sep in run_id or run_id.endswith((".json", ".jsonl"))):
        return Path(run_id)
    runs = stored.stored_runs(places.runs_folder())
    fitting = [path for path in runs if not run_id or path.stem.startswith(run_id)]
    if not fitting:
        raise ConfigError(f"there is no stored run {run_id or ''}".rstrip() + f" in {places.runs_folder()}")
    if run_id and len(fitting) > 1:
        raise ConfigError(f"{run_id} fits {len(fitting)} runs: {', '.join(path.stem for path in fitting[:5])}, …")
    return fitting[-1]


def _say_missing(simulation: Simulation) -> None:
    for part in simulation.parts:
        if part.missing:
            print(f"posdiag: {', '.join(part.components)} is not simulated: {part.missing}", file=sys.stderr)


def _as_data(loaded: Profile) -> dict[str, Any]:
    return {
        "schema": 1,
        "name": {"en": loaded.name.en, "zh": loaded.name.zh},
        "components": {
            part.name: {
                "driver": part.kind,
                **({"needs": list(part.needs)} if part.needs else {}),
                **({"usb": list(part.usb)} if part.usb else {}),
                **part.settings.model_dump(mode="json", exclude_none=True),
            }
            for part in loaded.components.values()
        },
    }


def _raise_descriptor_limit() -> None:
    """A depot bench has hundreds of ports open at once; pyserial takes five descriptors for one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _on_terminate() -> None:
    """Ctrl-C and a polite kill: what was measured is kept. Whoever waits looks for it; a second one waits for nobody.

    An exception would come up anywhere, also in a library's `__del__`, which prints it and goes on.
    """

    def interrupt(*_: object) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a shell's background job ignores it
        signal.signal(signal.SIGINT, interrupt)
