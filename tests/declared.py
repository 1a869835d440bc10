"""What a record shows against what the catalogue says of the faults that were simulated."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from diag.knowledge import catalogue, profile, registry
from diag.knowledge.catalogue import Fault
from diag.records.outcome import Outcome

_Data = Mapping[str, Any]
_Place = tuple[str, str]  # a component and a fault code


def misdeclared(record: _Data, faults: Collection[str]) -> list[str]:
    """List findings that none of the simulated faults declares, and what these always show and no check saw.

    The record has to name these faults as causes: it says at which components they are.
    """
    named = [cause for cause in record["diagnosis"]["causes"] if cause["fault"] in faults]
    causes = [(cause["component"], _fault(cause["fault"])) for cause in named]
    parts = profile.load(record["terminal"]["profile"]).components
    needs = {name: part.needs for name, part in parts.items()}
    settings = {name: part.settings for name, part in parts.items()}
    found = {(part["name"], code) for part in record["components"] for code in _found(part)}
    able = {(part["name"], code) for part in record["components"] for code in _examined(part, settings[part["name"]])}
    strange = [f"{where}: {code} is not declared" for where, code in found if not _declared(where, code, causes, needs)]
    always = {place for where, fault in causes for place in _always(where, fault)}
    return strange + [f"{where}: {code} is always shown, and was not found" for where, code in always & able - found]


def _fault(code: str) -> Fault:
    return catalogue.load_all().fault(code)


def _found(part: _Data) -> Iterator[str]:
    for check in part["checks"]:
        for finding in check["findings"]:
            yield finding["fault"]


def _examined(part: _Data, settings: Any) -> Iterator[str]:
    """What the checks of a component that got through could find."""
    finds = {check.name: check.finds for check in registry.driver(part["kind"]).plan(settings)}
    for check in part["checks"]:
        if Outcome(check["outcome"]).examined and not check["reason"]:
            yield from set(finds[check["name"]]) - set(check["not_examined"])


def _declared(where: str, code: str, causes: list[tuple[str, Fault]], needs: Mapping[str, tuple[str, ...]]) -> bool:
    for component, fault in causes:
        if component == where and code in (fault.code, *(key for key, word in fault.shows.items() if word != "never")):
            return True
        if component in _upstream(where, needs) and any(fnmatchcase(code, pattern) for pattern in fault.downstream):
            return True
    return False


def _always(component: str, fault: Fault) -> set[_Place]:
    shown = {code for code, word in fault.shows.items() if word == "always"}
    return {(component, code) for code in (fault.code, *shown)}


def _upstream(name: str, needs: Mapping[str, tuple[str, ...]]) -> set[str]:
    above = set(needs[name])
    return above.union(*(_upstream(upper, needs) for upper in above))
