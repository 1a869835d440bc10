"""Reasons for which a stripe reader's question has no answer; their words stand in this room's texts."""

from __future__ import annotations

from diag.contract.reasons import Reason

EVENTS_LOST = Reason("events-lost")
