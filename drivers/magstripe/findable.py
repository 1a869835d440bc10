"""What the checks of a stripe reader can find with given settings, stated once."""

from __future__ import annotations

from drivers.magstripe.pure.hypotheses import Conclusion, Trouble
from drivers.magstripe.settings import MagstripeSettings

TRACK_ON_EVERY_CARD = 2
_CODES = {
    Trouble.HEAD_DEAD: "MSR-HEAD-DEAD",
    Trouble.HEAD_DIRTY: "MSR-HEAD-DIRTY",
    Trouble.ONE_DIRECTION: "MSR-ONE-DIRECTION",
    Trouble.CARD_BAD: "MSR-CARD-BAD",
    Trouble.HAND: "MSR-HANDLING",
    Trouble.TURNED: "MSR-HANDLING",
}


def impossible(settings: MagstripeSettings) -> tuple[str, ...]:
    """Return the fault codes that a reader with these settings cannot have."""
    codes = [track_code(track) for track in (1, 2, 3) if track not in settings.examined_tracks]
    codes += [] if settings.reads_both_directions else ["MSR-ONE-DIRECTION"]
    codes += [] if has_self_test(settings) else ["MSR-SELFTEST"]
    # the kernel has enumerated a wedge and a HID reader: only a question without an answer shows a mute one
    codes += ["MSR-MUTE"] if settings.protocol in ("keys", "reports") and not _is_asked(settings) else []
    # reports and an encoder's answers have tracks in places of their own: sentinels and layouts do not matter; a device
    # with reports of its maker's may be in keyboard mode
    codes += ["MSR-SETTING"] if settings.protocol == "msr605" else []
    # USB repeats what was changed on the way; errors among raw bits are the head's
    codes += ["MSR-LINE"] if settings.protocol == "reports" or (settings.protocol == "msr605" and settings.raw) else []
    return tuple(codes)


def by_opening(settings: MagstripeSettings) -> tuple[str, ...]:
    """Return what opening the reader finds: more than its absence where the reader is asked who it is."""
    found = ("MSR-ABSENT", "MSR-MUTE", "MSR-GARBLED") if _is_asked(settings) else ("MSR-ABSENT",)
    return (*found, "MSR-SETTING") if settings.protocol == "reports" else found


def by_swipes(settings: MagstripeSettings) -> tuple[str, ...]:
    """Return what swipes find: what is judged, and what shows in the reader as a whole.

    A reader that says nothing until a card is read looks the same with a dead head and a cut line: the silence is
    found, not the head.
    """
    silent = silent_at_rest(settings)
    found = tuple(code for code in judged(settings) if not (silent and code == "MSR-HEAD-DEAD"))
    setting = () if settings.protocol == "reports" else ("MSR-SETTING",)
    return (*found, *(("MSR-MUTE",) if silent else ()), "MSR-GARBLED", "MSR-LINE", *setting)


def hinted_by_swipes(settings: MagstripeSettings) -> tuple[str, ...]:
    """Return what swipes find where the reader has shown by chance that it lives: a sign-on, a blank track."""
    return ("MSR-HEAD-DEAD",) if silent_at_rest(settings) else ()


def by_unseen_tracks(settings: MagstripeSettings) -> tuple[str, ...]:
    """Return what the person's word finds of tracks that no swipe has shown; track 2 is on every card."""
    if settings.tracks is not None:
        return ()
    tracks = [track_code(track) for track in settings.examined_tracks if track != TRACK_ON_EVERY_CARD]
    return tuple(code for code in (*tracks, "MSR-CARD-BAD") if code in judged(settings))


def silent_at_rest(settings: MagstripeSettings) -> bool:
    """Return whether a reader says nothing, also to a question, until a card is read."""
    return settings.protocol in ("text", "idtech") and not settings.has_commands


def has_self_test(settings: MagstripeSettings) -> bool:
    """Return whether the reader has tests of its own that mean something; some healthy encoders fail theirs."""
    return settings.protocol == "msr605" and settings.self_test


def judged(settings: MagstripeSettings) -> tuple[str, ...]:
    """Return the codes between which the sequential test decides.

    To blame a track takes another track, to blame a card another card.
    """
    tracks, several_cards = settings.examined_tracks, settings.cards > 1
    found = [fault for trouble, fault in _CODES.items() if trouble is not Trouble.CARD_BAD or several_cards]
    found += [track_code(track) for track in tracks if len(tracks) > 1]
    return tuple(fault for fault in dict.fromkeys(found) if fault not in impossible(settings))


def code(conclusion: Conclusion) -> str:
    """Return the fault code of a conclusion that blames something."""
    return track_code(conclusion.track) if conclusion.trouble is Trouble.TRACK else _CODES[conclusion.trouble]


def track_code(track: int) -> str:
    """Return the fault code of a bad track."""
    return f"MSR-TRACK{track}"


def _is_asked(settings: MagstripeSettings) -> bool:
    """Return whether the reader is asked something at opening; of HID readers, MagTek's answer."""
    return settings.has_commands or (settings.protocol == "reports" and settings.answers)
