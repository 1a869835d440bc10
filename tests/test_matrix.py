"""Faults against each other: pairs of them, made of the runs in which each was alone; answers that are wrong."""

from __future__ import annotations

import json
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diag.conclusions import isolate
from diag.conclusions.conclude import conclude
from diag.conclusions.diagnosable import Diagnosability
from diag.conclusions.evidence import Observation
from diag.contract import reasons
from diag.contract.check import Fact, Finding, Level
from diag.contract.reasons import Reason
from diag.knowledge import catalogue, profile
from diag.records.events import CheckEnded, CheckReported, FaultsNotExamined, RunEnded, RunStarted
from diag.records.examination import Examination
from diag.records.outcome import Ending, Outcome
from diag.records.plan import planned
from diag.records.record import Record
from tests import forkserver
from tests.conftest import Command, Single
from tests.test_faults_by_name import CASES, NOTICES

DEMO = "demo/countertop"
PAIRS = 200
# with the adapter out as well, what shows at another component, and what leaves the supply of the others unexamined
REASONS = {one.word: one for one in vars(reasons).values() if isinstance(one, Reason)}
NOT_ALONE = ("PWR-BATTERY-LOW", "PWR-SAG", "PWR-GAUGE")
FAULTS = sorted({fault for name, fault in CASES if name == DEMO} - {*NOT_ALONE})


def owner(record: dict[str, Any]) -> str:
    return str(record["diagnosis"]["causes"][0]["component"])


def level(record: dict[str, Any]) -> Level:
    return Level(record["run"]["level"])


def merged(base: dict[str, Any], other: dict[str, Any], part: str) -> Record:
    """One record with the other's component in it, concluded again."""
    parts = list(profile.load(DEMO).components.values())
    sources = {one["name"]: one for one in base["components"]}
    sources[part] = next(one for one in other["components"] if one["name"] == part)
    start = RunStarted(
        id="r", started="", level=level(base), version="0", host="h", profile=DEMO,
        terminal={}, serial_number=None, components=planned(parts), confirmed={},
    )  # fmt: skip
    examination = Examination(start)
    for name, source in sources.items():
        for check in source["checks"]:
            for finding in check["findings"]:
                examination.apply(CheckReported(name, check["name"], Finding(finding["fault"], finding["evidence"])))
            for fact in check["facts"]:
                examination.apply(CheckReported(name, check["name"], Fact(fact["name"], fact["detail"])))
            examination.apply(FaultsNotExamined(name, check["name"], tuple(check["not_examined"])))
            reason = Reason(check["reason"]) if check["reason"] else None
            ending = Ending(Outcome(check["outcome"]), REASONS.get(check["reason"], reason), check["detail"])
            examination.apply(CheckEnded(name, check["name"], ending, check["seconds"]))
    examination.apply(RunEnded("", interrupted=False, seconds=0.0))
    return conclude(examination, catalogue.load({one.kind for one in parts}))


def test_pairs(single: Single) -> None:
    """Components do not influence each other here, so that a pair shows what each of the two shows alone."""
    draw = random.Random(7)  # noqa: S311 -- a choice of cases
    with ThreadPoolExecutor(6) as several:  # those that no other test has run yet
        records = dict(zip(FAULTS, several.map(lambda fault: single(DEMO, fault).record, FAULTS), strict=True))
    owners = {fault: owner(record) for fault, record in records.items()}
    done = 0
    while done < PAIRS:
        one, other = draw.sample(FAULTS, 2)
        if owners[one] == owners[other]:
            continue
        done += 1
        # the rest of the terminal as the deeper of the two runs saw it: a shallow one does not measure the supply
        if level(records[one]).rank < level(records[other]).rank:
            one, other = other, one
        record = merged(records[one], records[other], owners[other])
        causes = record.diagnosis.causes
        assert {cause.component for cause in causes} <= {owners[one], owners[other]}, (one, other)
        told = {cause.fault for cause in causes} | {code for cause in causes for code in cause.explains}
        assert {one, other} <= told, (one, other)
        assert record.verdict == ("pass" if {one, other} <= NOTICES else "fail")


@pytest.mark.parametrize("name", ["demo/countertop", "demo/handheld"])
def test_wrong_answers_make_less_certain(name: str) -> None:
    """Of what people told, one in ten is turned round or left out: the true cause only loses, and nothing breaks."""
    draw = random.Random(3)  # noqa: S311 -- a simulation
    parts = list(profile.load(name).components.values())
    model = Diagnosability(planned(parts), catalogue.load({part.kind for part in parts}))
    truthful, wrong = [], []
    for one, presentation in model.typical():
        if not any(seen.looks and seen.seen for seen in presentation):
            continue
        truthful.append(isolate.beliefs(presentation, model.hypotheses)[one.at])
        for _ in range(5):
            told = [answer for seen in presentation if (answer := _told(seen, draw)) is not None]
            certain = isolate.beliefs(told, model.hypotheses)
            assert all(0 <= chance <= 1 for chance in certain.values())
            wrong.append(certain[one.at])
    assert len(truthful) > 15
    assert sum(wrong) / len(wrong) < sum(truthful) / len(truthful)


def _told(seen: Observation, draw: random.Random) -> Observation | None:
    if not seen.looks or draw.random() >= 0.1:
        return seen
    return None if draw.random() < 0.5 else replace(seen, seen=not seen.seen)


WRONG = """
printer.printout=jammed
printer.head_printout=lines
printer.put_roll=done
power.unplug_charger=done
power.unplug_charger_again=done
power.plug_charger=done
power.plug_charger_again=done
power.other_charger=done
power.other_charger_again=done
power.look_at_battery=swollen
"""


@pytest.mark.parametrize("answers", ["", WRONG], ids=["missing", "wrong"])
def test_a_person_who_is_never_right(
    posdiag: Command, environment: dict[str, str], tmp_path: Path, answers: str
) -> None:
    """Says that things were done which were not, and sees what is not there; or says nothing at all."""
    file = tmp_path / "answers"
    file.write_text(answers)
    command = ["sim", "demo/handheld", "--fault", "PWR-CHARGER", "--json"]
    with forkserver.command(command, stdout=subprocess.PIPE, env=environment) as served:
        assert served.stdout is not None
        said = json.loads(served.stdout.readline())
        words = [word for item in said["set"] for word in ("--set", item)]
        parts = ("--component", "printer", "--component", "power")
        done = posdiag(
            "run", "demo/handheld", *words, *parts, "--level", "interactive", "--answers", str(file), "--json",
            env=said["env"],
        )  # fmt: skip
        served.terminate()
    assert done.status == 1
    certain = [cause["certainty"] for cause in done.record["diagnosis"]["causes"] + done.record["diagnosis"]["open"]]
    assert all(0 < one <= 1 for one in certain)
    assert done.component("power")["status"] in ("degraded", "failed")
    assert not [
        check for part in done.record["components"] for check in part["checks"] if check["outcome"] == "errored"
    ]
