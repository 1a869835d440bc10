"""Reasons for which a question to the network has no answer; their words stand in this room's texts."""

from __future__ import annotations

from diag.contract.reasons import Reason

#: a link of the path nearer to the terminal is broken
BEHIND = Reason("behind", neutral=True)
#: the question wants the rights of an administrator; the path is judged without it
RIGHTS = Reason("rights", neutral=True, untried=True)
