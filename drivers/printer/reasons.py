"""Reasons for which a printer's question has no answer; their words stand in this room's texts."""

from __future__ import annotations

from diag.contract.reasons import Reason

ANSWERS_BEHIND = Reason("answers-behind", evidence=True)
CONTRADICTS_ITSELF = Reason("contradicts-itself", evidence=True)
COVER_OPEN = Reason("cover-open", evidence=True)
DRAWER_UNSEEN = Reason("drawer-unseen", evidence=True, undermines=True)
DRAWER_OPEN = Reason("drawer-open", evidence=True, undermines=True)
MAY_BE_ONE_WAY = Reason("may-be-one-way", evidence=True)
OFFLINE = Reason("offline", evidence=True)
ONE_WAY = Reason("one-way")
QUEUE_STANDS = Reason("queue-stands", undermines=True)
UNPROVEN = Reason("unproven", undermines=True)
