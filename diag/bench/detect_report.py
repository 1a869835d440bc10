"""What was detected, in words and as JSON."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from diag.bench.detect import Listed, Node
from diag.bench.detect_profiles import Profiles
from diag.bench.doctor import owner
from diag.knowledge import places, texts
from diag.knowledge.languages import Lang
from diag.knowledge.words import known, word

_NOT_EXAMINED = ("network", "display", "scanner", "touch", "battery_of_device", "ipp")


def lines(found: Sequence[Listed], profiles: Profiles, lang: Lang) -> Iterator[str]:
    """Yield the lines of the report."""
    for one in found:
        yield from _lines(one, profiles, lang)
        yield ""
    fitted = sum(one.known for one in found)
    if any(could_be_asked(one) for one in found):
        yield word("detect.ask_hint", lang)
    if found:
        yield word("detect.summary", lang, count=len(found), known=fitted, unknown=len(found) - fitted)
        if fitted and not places.terminal_file():
            yield word("detect.set_up_hint", lang)
    else:
        yield word("detect.none", lang)


def data(found: Sequence[Listed]) -> dict[str, Any]:
    """Return the report as a JSON document; language-free but for names that devices and the system give."""
    return {"schema": "posdiag.detect/1", "attached": [_data(one) for one in found]}


def _lines(one: Listed, profiles: Profiles, lang: Lang) -> Iterator[str]:
    thing = one.thing
    yield word("detect.heading", lang, what=title(one, lang), name=shown(thing.name or thing.usb))
    seen = [word("detect.usb", lang, id=thing.usb, place=thing.place)] if thing.place else []
    seen += [word("detect.driver", lang, drivers=", ".join(thing.drivers))] if thing.drivers else []
    if seen:
        yield "    " + word("report.comma", lang).join(seen)
    for node in one.nodes:
        yield "    " + _access(node, one, lang)
    if thing.trouble:
        yield "    " + word(f"doctor.{thing.trouble[0]}", lang, **thing.trouble[1])
    if one.answer is not None:
        yield "    " + (
            word("detect.answer", lang, text=shown(one.answer)) if one.answer else word("detect.mute", lang)
        )
    yield from _profile_lines(one, profiles, lang)


def _profile_lines(one: Listed, profiles: Profiles, lang: Lang) -> Iterator[str]:
    if one.known:
        best = one.fits[0].certainty
        names = ", ".join(fit.profile for fit in one.fits if fit.certainty == best)
        yield "    " + word("detect.fits", lang, profiles=names, sure=word(f"detect.{best}", lang))
        yield "    " + word("detect.examine", lang, command=shown(one.fits[0].command))
        return
    yield "    " + word("detect.unknown", lang, hint=word(f"detect.{_hint(one)}", lang, id=one.thing.usb))
    for fit in one.fits:
        yield "      " + word("detect.if", lang, kind=profiles.title(fit.profile).in_(lang), command=shown(fit.command))


def could_be_asked(one: Listed) -> bool:
    """Return whether --probe could find out what a thing is."""
    open_question = one.thing.what == "serial" and one.answer is None and not one.known
    return open_question and not one.thing.in_use and any(node.free for node in one.nodes)


def _hint(one: Listed) -> str:
    if one.fits:
        return "hint_try" if one.answer is None else "hint_mute"
    if one.thing.trouble:
        return "hint_trouble"
    if one.thing.what in _NOT_EXAMINED:
        return "hint_no_check"
    return "hint_name_it" if one.thing.usb else "hint_none"


def _access(node: Node, one: Listed, lang: Lang) -> str:
    if node.may_open is None:
        return word("detect.gone", lang, node=node.path)
    if node.users or one.thing.in_use:
        users = list(node.users) or [word(f"detect.{one.thing.in_use}", lang)]
        return word("detect.held", lang, node=node.path, users=shown(", ".join(users)))
    if node.may_open:
        is_folder = os.path.isdir(node.path)  # of sysfs
        # other users' programs are seen by root only
        key = "detect.readable" if is_folder else "detect.free" if os.geteuid() == 0 else "detect.seems_free"
        return word(key, lang, node=node.path)
    try:
        whose = owner(node.path)
    except OSError:
        return word("detect.gone", lang, node=node.path)
    return word("doctor.no_access" if whose["group"] != "root" else "doctor.no_group", lang, port=node.path, **whose)


def _what(one: Listed) -> str:
    """Return what a thing is: by its profile where that is sure or likely."""
    return one.fits[0].kind if one.known else one.thing.what


def title(one: Listed, lang: Lang) -> str:
    """Return what a thing is, as a headline."""
    what = _what(one)
    if known(f"detect.what.{what}") and not one.known:
        return word(f"detect.what.{what}", lang)
    return texts.of_room(what, lang).title


def shown(text: str) -> str:
    """Return a device's text so that it cannot move the cursor or change the colours of the screen."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _data(one: Listed) -> dict[str, Any]:
    thing = one.thing
    return {
        "what": _what(one),
        "name": thing.name,
        "usb_id": thing.usb,
        "usb_place": thing.place,
        "by_id": thing.link,
        "kernel_drivers": list(thing.drivers),
        "nodes": [
            {"node": node.path, "may_open": node.may_open, "held_by": list(node.users)} for node in one.nodes
        ],
        "used_by_kernel": thing.in_use,
        "addresses": dict(thing.addresses),
        "says": thing.said,
        "answer": one.answer,
        "trouble": thing.trouble[0] if thing.trouble else None,
        "profiles": [
            {"profile": fit.profile, "component": fit.component, "certainty": fit.certainty, "command": fit.command}
            for fit in one.fits
        ],
        "known": one.known,
    }  # fmt: skip
