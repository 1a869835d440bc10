"""From an examination to its record: statuses, diagnosis and verdict, each with what decides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from diag.conclusions import as_record, isolate, steps
from diag.conclusions.case import Case, CheckAt
from diag.conclusions.effort import COST
from diag.conclusions.evidence import SOMETHING_ELSE, SYMPTOM
from diag.conclusions.isolate import Cause
from diag.conclusions.left_untried import left_untried
from diag.conclusions.model import FaultAt
from diag.contract import reasons
from diag.knowledge.catalogue import HOST, Catalogue
from diag.records import record
from diag.records.examination import Examination, ExaminedCheck, ExaminedComponent
from diag.records.outcome import Ending, Outcome
from diag.records.record import BecauseRecord, CauseRecord, NextStepRecord

_SEVERITIES = ("stops-business", "degraded", "notice")
_STATUSES: Mapping[str, record.Status] = {"stops-business": "failed", "degraded": "degraded"}


@dataclass(frozen=True)
class _State:
    """A component's status, and what decides the status."""

    status: record.Status
    because: BecauseRecord | None = None


def conclude(examination: Examination, catalogue: Catalogue) -> record.Record:
    """Return the record of an examination, finished or not."""
    case = _Conclusion(examination, catalogue)
    start, end = examination.start, examination.end
    interrupted = end is None or end.interrupted
    states = {name: case.state(part) for name, part in case.components.items()}
    verdict, because = _verdict(states, interrupted=interrupted)
    return record.Record(
        record.RunRecord(
            start.id,
            start.started,
            start.level.value,
            start.version,
            start.host,
            end.finished if end else None,
            interrupted,
            end.seconds if end else 0.0,
            dict(start.confirmed),
            dict(start.symptoms),
            start.origin,
        ),
        record.TerminalRecord(
            start.profile,
            dict(start.terminal),
            start.serial_number,
            None if start.not_fitted is None else list(start.not_fitted),
        ),
        [
            as_record.component(part, states[name].status, states[name].because, case.not_tried(part, states[name]))
            for name, part in case.components.items()
        ],
        verdict=verdict,
        diagnosis=case.diagnosis(),
        because=because,
    )


def _verdict(states: Mapping[str, _State], *, interrupted: bool) -> tuple[record.Verdict, list[BecauseRecord]]:
    """Return the verdict, and what decides it."""
    bad = [state.because for state in states.values() if state.status in ("failed", "degraded") and state.because]
    if bad:
        return "fail", bad
    fitted = [state for state in states.values() if not _is_absent(state)]
    left = [state.because for state in fitted if state.status in ("unknown", "not-tested") and state.because]
    if left or not fitted or interrupted:
        return "inconclusive", left
    return "pass", []


def _is_absent(state: _State) -> bool:
    """Return whether a component is not here, and need not be."""
    return state.because is not None and state.because.reason == reasons.NOT_FITTED.word


class _Conclusion(Case):
    """The conclusions from a case, as they stand in the record."""

    def __init__(self, examination: Examination, catalogue: Catalogue) -> None:
        super().__init__(examination, catalogue)
        self._named = [cause for cause in self.causes if cause.certainty >= isolate.NAMED]
        self._host = self._host_causes()

    def diagnosis(self) -> record.DiagnosisRecord:
        """Return the causes, what stays open, and the next step."""
        return record.DiagnosisRecord(
            [*(self._present(cause) for cause in self._named), *self._host],
            [self._present(cause) for cause in self.causes if cause.certainty < isolate.NAMED],
            self._next_step(),
            self._something_else(),
        )

    def state(self, part: ExaminedComponent) -> _State:
        """Return a component's status, by the first of these rules that applies.

        1. A finding, or a named cause at this component, fails or degrades the component; a complaint alone does not. A
           fault that waits for a person (`settled_by` in `faults.yaml`) leaves the component unknown instead.
        2. A value outside its limits degrades the component.
        3. Findings that a named cause explains are symptoms. Where the fault of another component explains them all,
           this component cannot be judged.
        4. A person's finding that was not found when the question was put again counts no more; the component is
           unknown.
        5. What was left unanswered leaves the component unknown (`_health`).
        """
        explained = {finding: cause.at for cause in self._named for finding in cause.explains}
        symptoms = explained.keys() - {cause.at for cause in self._named}
        found = [FaultAt(part.name, finding.fault) for check in part.checks.values() for finding in check.findings]
        taken_back = _taken_back(part)
        faults = [
            at for at in found if at not in symptoms and at.fault not in taken_back and not self.is_host(at.fault)
        ]
        faults += [cause.at for cause in self._named if cause.at.component == part.name and not _is_hearsay(cause)]
        unsettled = None
        for severity, status in _STATUSES.items():
            for at in (at for at in faults if self.severity(at.fault) == severity):
                question = self._unsettled_by(part, at.fault)
                if question is None:
                    return _State(status, BecauseRecord(part.name, fault=at.fault))
                word = as_record.outcome(part.checks[question].ending)[1]
                unsettled = unsettled or _State("unknown", BecauseRecord(part.name, at.fault, question, word))
        for name, check in part.checks.items():
            if check.ending.outcome is Outcome.FAILED and not check.findings:  # a value outside its limits
                return _State("degraded", BecauseRecord(part.name, check=name))
        if unsettled:
            return unsettled
        for at in found:
            if not faults and at in symptoms:
                cause = explained[at]
                return _State("unknown", BecauseRecord(part.name, fault=cause.fault, explained_by=cause.component))
        if taken_back:
            name = next(iter(taken_back.values()))
            return _State("unknown", BecauseRecord(part.name, check=name, reason=reasons.CONTRADICTED.word))
        return self._health(part)

    def not_tried(self, part: ExaminedComponent, state: _State) -> list[str]:
        """Return the checks without which a fault of a component that answers cannot be excluded."""
        if not (state.status == "healthy" or (state.status == "unknown" and self._only_waits(part, state))):
            return []
        if state.because and state.because.fault and state.because.check:
            return [state.because.check]  # the question comes first; what else is open shows afterwards
        return [check.check for check in left_untried(self, part.name)]

    def _only_waits(self, part: ExaminedComponent, state: _State) -> bool:
        """Return whether a component answers, and stays open only where nobody has put a card in or tried yet."""
        if not any(check.ending.outcome is Outcome.PASSED for check in part.checks.values()):
            return False
        if state.because and state.because.fault:
            question = state.because.check
            return question is not None and CheckAt(part.name, question) in self.untried()
        open_ = [name for name, check in part.checks.items() if _counts(check) and not check.ending.outcome.examined]
        return all(_is_for_later(part.checks[_in_the_way(part, name)].ending) for name in open_)

    def _unsettled_by(self, part: ExaminedComponent, code: str) -> str | None:
        """Return the check with a person before which the fault does not count, where the check has not got through."""
        fault = self.catalogue.find(code)
        name = fault.settled_by if fault else ""
        check = part.checks.get(name) if name else None
        return name if check is not None and not check.ending.outcome.examined else None

    def _health(self, part: ExaminedComponent) -> _State:
        """Return the status of a component at which nothing was found: unknown where an essential check stayed open."""
        asked = {name: check for name, check in part.checks.items() if not _neutral(check.ending)}
        for name, check in part.checks.items():
            if check.ending.reason == reasons.NOT_FITTED:
                return _State("not-tested", _stays_open(part, name))
        if not asked:
            return _State("not-tested", _not_run(part))
        passed = [check.plan for check in asked.values() if check.ending.outcome is Outcome.PASSED]
        answered = {name for plan in passed for name in plan.answers_for}
        for name, check in asked.items():
            if _counts(check) and name not in answered and not check.ending.outcome.examined:
                return _State("unknown", _stays_open(part, _in_the_way(part, name)))
        symptom = self.examination.start.symptoms.get(part.name)
        return _State("unknown", self._unexplained(part, symptom)) if symptom else _State("healthy")

    def _unexplained(self, part: ExaminedComponent, symptom: str) -> BecauseRecord:
        """Return the first check not run that may explain a complaint; without one, that nothing explains it."""
        made_by = self.catalogue.made_by(part.plan.kind, symptom)
        for name, check in part.checks.items():
            if check.ending.reason and check.ending.reason.untried and made_by.keys() & {*check.plan.finds}:
                return _stays_open(part, name)
        return BecauseRecord(part.name, reason=reasons.UNEXPLAINED.word)

    def _something_else(self) -> list[record.UnknownCauseRecord]:
        """Return how likely a cause is that the catalogue does not know, where such a cause is not excluded."""
        return [
            record.UnknownCauseRecord(at.component, round(chance, 3))
            for at, chance in self.beliefs.items()
            if at.fault == SOMETHING_ELSE and chance >= isolate.OPEN
        ]

    def _host_causes(self) -> list[CauseRecord]:
        """Return the trouble of the bench, which is certain; the same trouble appears once a component."""
        found: dict[FaultAt, CauseRecord] = {}
        for (part, name), check in self.checks.items():
            for finding in check.findings:
                entry = self.catalogue.find(finding.fault)
                if entry is not None and entry.fault_class == HOST:
                    at, kind = CheckAt(part, name), self.components[part].plan.kind
                    found[FaultAt(part, entry.code)] = as_record.host_cause(entry, at, finding.evidence, kind)
        return list(found.values())

    def _present(self, cause: Cause) -> CauseRecord:
        kinds = {name: part.plan.kind for name, part in self.components.items()}
        return as_record.cause(self.fault(cause.at.fault), cause, kinds)

    def _next_step(self) -> NextStepRecord | None:
        """Return the check that splits the open causes best for its effort; once the cause is known its remedy."""
        split = self._distinguishing_check()
        if split and not (self._named and all(cause.certainty >= steps.SETTLED for cause in self._named)):
            return split
        if question := self._settling_check():
            return question
        if self._named:
            first = min(self._named, key=lambda cause: _SEVERITIES.index(self.fault(cause.at.fault).severity))
            return NextStepRecord("remedy", first.at.component, fault=first.at.fault)
        if self._host:
            return NextStepRecord("remedy", self._host[0].component, fault=self._host[0].fault)
        return self._easiest_open_check()

    def _settling_check(self) -> NextStepRecord | None:
        """Return the check that settles a named fault; None where no named fault needs to be settled."""
        for cause in self._named:
            part = self.components[cause.at.component]
            if name := self._unsettled_by(part, cause.at.fault):
                return self._to_run(CheckAt(part.name, name))
        return None

    def _easiest_open_check(self) -> NextStepRecord | None:
        """Return the next step where nothing failed and something stayed open: the easiest check that is left.

        A check that has not been run comes before a check that did not get through and would be run again.
        """
        untried = self.untried()
        parts = {name for name, part in self.components.items() if self.state(part).status in ("unknown", "not-tested")}
        open_ = [
            at
            for at, check in self.checks.items()
            if at.component in parts
            and (at in untried or (_counts(check) and check.ending.outcome is Outcome.NOT_ANSWERED))
        ]
        effort = {at: COST[self.checks[at].plan.takes] for at in open_}
        easiest = min(open_, key=lambda at: (at not in untried, effort[at]), default=None)
        return self._to_run(easiest) if easiest else None

    def _distinguishing_check(self) -> NextStepRecord | None:
        """Return the check that best tells the possible causes apart; else a check that repeats a question.

        A component whose causes are known is mended first: behind an open cover no page can be printed.
        """
        certain = {cause.at: cause.certainty for cause in self.causes}
        doubted = {cause.at.component for cause in self._named if cause.certainty < steps.SETTLED}
        known = {cause.at.component for cause in self._named} - doubted
        untried = [check for check in self.untried() if check.component not in known]
        if found := steps.best(self, certain, untried, least=steps.WORTH):
            return self._to_run(CheckAt(found.component, found.check))
        again = steps.confirming(self, self.untried())
        return self._to_run(again) if again else None

    def _to_run(self, at: CheckAt) -> NextStepRecord:
        plan = self.checks[at].plan
        return NextStepRecord("check", at.component, at.check, plan.level.value, takes=plan.takes)


def _taken_back(part: ExaminedComponent) -> dict[str, str]:
    """Return the codes found by a question that was answered otherwise when it was put again, each with that check."""
    found: dict[str, str] = {}
    for name, again in part.checks.items():
        if again.ending.whole:
            now = {finding.fault for finding in again.findings}
            before = [part.checks[first] for first in again.plan.confirms if first in part.checks]
            found |= {finding.fault: name for check in before for finding in check.findings if finding.fault not in now}
    return found


def _is_hearsay(cause: Cause) -> bool:
    """Return whether nothing but what people complain of speaks for a cause."""
    return all(seen.check == SYMPTOM for seen in cause.speaks_for)


def _not_run(part: ExaminedComponent) -> BecauseRecord:
    """Return why a component was not tested: the first of its checks, with the check's reason."""
    first = next(iter(part.checks), None)
    return _stays_open(part, first) if first else BecauseRecord(part.name, reason=reasons.NOT_APPLICABLE.word)


def _stays_open(part: ExaminedComponent, name: str) -> BecauseRecord:
    return BecauseRecord(part.name, check=name, reason=as_record.outcome(part.checks[name].ending)[1])


def _in_the_way(part: ExaminedComponent, name: str) -> str:
    """Return the check that blocks a check in the end; a check that is not blocked stands in its own way."""
    ending = part.checks[name].ending
    while ending.outcome is Outcome.BLOCKED and ending.detail in part.checks:
        name, ending = ending.detail, part.checks[ending.detail].ending
    return name


def _is_for_later(ending: Ending) -> bool:
    """Return whether a check has no answer because nobody has put a card in, or has tried yet: no trouble."""
    return ending.reason is not None and (ending.reason.untried or ending.reason.neutral)


def _counts(check: ExaminedCheck) -> bool:
    """Return whether the component is not called healthy without the check's answer.

    Checks are essential unless they say otherwise (`diag/contract/check.py`); some reasons make every check count.
    """
    reason = check.ending.reason
    return check.plan.essential or (reason is not None and reason.undermines)


def _neutral(ending: Ending) -> bool:
    return ending.outcome is Outcome.SKIPPED and ending.reason is not None and ending.reason.neutral
