"""What is not the head's: lines, settings, keyboard mode, refusals, and the silence that head and line share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from diag.suite import live_peers
from tests.conftest import Command, Simulator
from tests.stripes import follow, options, profile

# settings of the simulated text reader, the fault it shows, a word of the evidence
SET_OTHERWISE: dict[str, tuple[dict[str, object], str, str]] = {
    "Turkish keys": ({"setting": "layout-tr"}, "MSR-SETTING", "Turkish Q"),
    "Spanish keys": ({"setting": "layout-es"}, "MSR-SETTING", "Spanish"),
    "Italian keys": ({"setting": "layout-it"}, "MSR-SETTING", "Italian"),
    "Japanese keys": ({"setting": "layout-jp"}, "MSR-SETTING", "Japanese"),
    "Caps Lock": ({"setting": "caps-lock"}, "MSR-SETTING", "lower case"),
    "no end sentinels": ({"setting": "no-end"}, "MSR-SETTING", "no-end-sentinel, the same each time"),
    "no start sentinels": ({"setting": "no-start"}, "MSR-SETTING", "no-start-sentinel, the same each time"),
    "lost characters": ({"line": "lost"}, "MSR-LINE", ""),
    "changed characters": ({"line": "changed"}, "MSR-LINE", ""),
    "lost ends": ({"line": "tail", "seed": 5}, "MSR-LINE", ""),
    "changed digits": ({"line": "account"}, "MSR-LINE", "account numbers"),
}


@pytest.mark.parametrize("look", SET_OTHERWISE)
def test_line_and_settings_are_never_the_head(simulator: Simulator, tmp_path: Path, look: str) -> None:
    """A reader that decodes sends a good track, an error or nothing: what is broken was broken on the way."""
    settings, fault, word = SET_OTHERWISE[look]
    served = simulator("magstripe", *options(fault, settings))
    done = follow(served, profile(tmp_path, "text"), tmp_path)
    assert done.causes == [fault]
    findings = done.check("magstripe", "swipes")["findings"]
    assert [finding["fault"] for finding in findings] == [fault]
    assert word in findings[0]["evidence"]


@pytest.mark.parametrize("fault", ["MSR-MUTE", "MSR-HEAD-DEAD"])
def test_silence_leaves_head_and_line_open(simulator: Simulator, tmp_path: Path, fault: str) -> None:
    """A reader that sends only what it read well: until somebody looks at its light, neither is sure."""
    served = simulator("magstripe", *options(fault, {}))
    diagnosis = follow(served, profile(tmp_path, "text"), tmp_path).record["diagnosis"]
    certain = {cause["fault"]: cause["certainty"] for cause in [*diagnosis["causes"], *diagnosis["open"]]}
    assert {"MSR-MUTE", "MSR-HEAD-DEAD"} <= certain.keys()
    assert max(certain.values()) <= 0.8
    assert diagnosis["next_step"]["check"] == "reader_light"


# what is seen of the light, at first and when asked again -> what is named, and the step that is left
LIGHTS: dict[str, tuple[list[str], list[str]]] = {
    "power, and no reaction": (["lit", "lit"], ["MSR-HEAD-DEAD"]),
    "a reaction": (["reacts"], ["MSR-MUTE"]),
    "no power": (["dark"], ["MSR-MUTE"]),
    "a slip": (["lit", "reacts"], ["MSR-MUTE"]),
}


@pytest.mark.parametrize("light", LIGHTS)
def test_the_light_tells_head_from_line(simulator: Simulator, tmp_path: Path, light: str) -> None:
    seen, causes = LIGHTS[light]
    served = simulator("magstripe", "--fault", "MSR-HEAD-DEAD")
    names = ("reader_light", "reader_light_again")[: len(seen)]
    answers = "magstripe.was_it_swiped=yes\n"
    answers += "".join(f"magstripe.{name}={answer}\n" for name, answer in zip(names, seen, strict=True))
    done = follow(served, profile(tmp_path, "text"), tmp_path, answers=answers)
    assert done.causes == causes


def test_an_encoder_that_refuses_has_read_nothing(posdiag: Command, tmp_path: Path) -> None:
    """A refusal (MSR605 manual: 1B 34, invalid command) is an answer to the question, and no swipe."""
    answers = {0x65: b"\x1by", 0x74: b"\x1b3S", 0x76: b"\x1bREVU2.31", 0x87: b"\x1b0", 0x6D: b"\x1b4"}
    (tmp_path / "answers").write_text("magstripe.was_it_swiped=yes\n")
    with live_peers.on_pty(lambda data: b"".join(answers.get(code, b"") for code in data[1::2])) as at:
        done = posdiag(
            "run", profile(tmp_path, "encoder"), "--set", f"magstripe.at={at}", "--level", "interactive", "--json",
            "--answers", str(tmp_path / "answers"),
        )  # fmt: skip
    swipes = done.check("magstripe", "swipes")
    assert (done.status, done.causes) == (3, [])
    assert (swipes["outcome"], swipes["reason"]) == ("not-answered", "unread")
    assert "1B 34" in swipes["detail"]


#: report descriptors: a keyboard's beginning (HID 1.11 appendix E.6), a keypad's, and a maker's own page
DESCRIPTORS = {"05010906a101": True, "05010907a101": True, "0600ff0901a101150026ff007508954009028102c0": False}


@pytest.mark.parametrize("descriptor", DESCRIPTORS)
def test_a_keyboard_opened_for_its_reports_is_in_another_mode(
    posdiag: Command, tmp_path: Path, descriptor: str
) -> None:
    """A reader in keyboard mode sends reports of a keyboard; none of them is taken for a swipe."""
    trace = tmp_path / "trace.jsonl"
    said = {"identity": {"model": "a reader"}, "descriptor": descriptor}
    trace.write_text(json.dumps({"component": "magstripe", "op": "open", "sent": "hidraw:0801:0001", "got": said}))
    words = ["--set", f"magstripe.at=trace:{trace}", "--set", "magstripe.sends=reports"]
    done = posdiag("run", "generic/msr-hid", *words, "--level", "interactive", "--json")
    keyboard = DESCRIPTORS[descriptor]
    assert done.causes == (["MSR-SETTING"] if keyboard else [])
    assert ("input:VID:PID" in done.out) == keyboard
