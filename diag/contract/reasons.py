"""Reasons why a question has no answer: a word for the record, and flags for the conclusions.

The words are language-free; `reasons` in the texts of the interface, or of a driver's room, puts them into words for
people. A driver names reasons of its own in its room.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a check ended without an answer, or was not run."""

    word: str
    #: whether the device itself is the reason: silence, noise, absence
    evidence: bool = False
    #: whether nothing more can be asked of the component: the device is gone, or the bench is in the way
    road_ends: bool = False
    #: whether a check skipped for this reason leaves the component healthy: the question does not arise here and now
    neutral: bool = False
    #: whether another run, another level or a person may still answer the question
    untried: bool = False
    #: whether the component is not called healthy, however minor the check: something was tried and not proved, nobody
    #: was there to answer, or the bench was in the way
    undermines: bool = False

    def __str__(self) -> str:
        return self.word


# What the device shows (diag.contract.errors raises with them).
SILENT = Reason("silent", evidence=True)
GARBLED = Reason("garbled", evidence=True)
GONE = Reason("gone", evidence=True, road_ends=True)
REFUSED = Reason("refused", evidence=True, road_ends=True)
AWAY = Reason("away", evidence=True, road_ends=True)
NO_CARD = Reason("no-card", evidence=True, neutral=True)

# What the bench lacks.
HOST_PERMISSION = Reason("host-permission", road_ends=True, undermines=True)
HOST_BUSY = Reason("host-busy", road_ends=True, undermines=True)
HOST_SERVICE = Reason("host-service", road_ends=True, undermines=True)
HOST_LIBRARY = Reason("host-library", road_ends=True, undermines=True)
HOST_DRIVER = Reason("host-driver", road_ends=True, undermines=True)
CONFIGURATION = Reason("configuration", road_ends=True)

#: the trace that stands in for the device does not hold the question
NOT_RECORDED = Reason("not-recorded")

# What the engine decides.
NEEDS = Reason("needs")
LEVEL = Reason("level", neutral=True, untried=True)
NOT_NEEDED = Reason("not-needed", neutral=True, untried=True)
MAX_STEPS = Reason("max-steps", untried=True)
INTERRUPTED = Reason("interrupted")
DEADLINE = Reason("deadline")
PATIENCE = Reason("patience", undermines=True)
DEFECT = Reason("defect")

# What a check says of its question; a driver adds its own.
NO_PERSON = Reason("no-person", untried=True, undermines=True)
NOT_DONE = Reason("not-done")
NO_VALUE = Reason("no-value")
NONE_HERE = Reason("none-here")
#: the part is not here, and need not be
NOT_FITTED = Reason("not-fitted", neutral=True)
NOT_APPLICABLE = Reason("not-applicable", neutral=True)
UNDECIDED = Reason("undecided")
UNREAD = Reason("unread")
#: a person has said what is wrong, and nothing that was found explains it
UNEXPLAINED = Reason("unexplained")
#: a person has answered the same question in two ways
CONTRADICTED = Reason("contradicted")
