"""Profiles of real terminals that let no program in: their signs lead to their faults, and their facts have sources."""

from __future__ import annotations

import json

import pytest

from diag.knowledge import profile, yamlfile
from diag.knowledge.asked import AT
from tests.conftest import Command

CLOSED = [
    name
    for name in profile.available()
    if not name.startswith("generic/") and all(part.at == AT for part in profile.load(name).components.values())
]
SIGNS = [
    (name, part.name, fault, word)
    for name in CLOSED
    for part in profile.load(name).components.values()
    for fault, words in part.signs.items()
    for word in words
]


def test_there_are_several() -> None:
    assert len(CLOSED) >= 15


@pytest.mark.parametrize("name", CLOSED)
def test_each_has_a_source_and_something_of_its_own(name: str) -> None:
    notes = yamlfile.load(profile.available()[name]).data["notes"]
    assert any(mark in notes for mark in ("p. ", "pp. ", ".com", ".co.", "help pages"))
    parts = profile.load(name).components.values()
    assert any(part.signs or part.remarks for part in parts)


@pytest.mark.parametrize(("name", "component", "fault", "word"), SIGNS)
def test_a_sign_leads_to_its_fault(name: str, component: str, fault: str, word: str, posdiag: Command) -> None:
    record = json.loads(posdiag("guide", word, "--profile", name, "--json").out)
    assert record["run"]["symptoms"] == {component: fault}
    assert [cause["fault"] for cause in record["diagnosis"]["causes"]] == [fault]
