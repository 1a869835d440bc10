"""The stripe reader through the real command: every conclusion, privacy, the registered card, answers from a file."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest

from diag.knowledge import catalogue
from diag.suite import live_peers
from drivers.magstripe.driver import Magstripe
from drivers.magstripe.learned import KnownCards
from drivers.magstripe.pure.hypotheses import Capabilities, ReadRateLimits, ReadResult
from drivers.magstripe.pure.sequential_test import SequentialTest
from drivers.magstripe.settings import MagstripeSettings
from tests import forkserver
from tests.conftest import Command, Simulator, clean_environment
from tests.stripes import READERS, follow, measured, options, profile

SECRETS = [
    "4111111111111111", "5555555555554444", "378282246310005", "4012888888881881", "1111=3012", "TESTER/", "^3012",
    "TESTER", b"4111111111111111".hex(), b"TESTER".hex(), "4111 1111",
]  # fmt: skip


ALL = ["MSR-ABSENT", "MSR-MUTE", "MSR-HEAD-DEAD", "MSR-HEAD-DIRTY", "MSR-HEAD-WORN", "MSR-TRACK1", "MSR-TRACK2"]
ALL += ["MSR-ONE-DIRECTION", "MSR-CARD-BAD", "MSR-HANDLING"]
CASES = [("text", fault) for fault in [*ALL, "MSR-GARBLED", "MSR-SETTING", "MSR-LINE"]]
CASES += [("idtech", fault) for fault in ("MSR-GARBLED", "MSR-MUTE", "MSR-HEAD-DEAD", "MSR-SETTING", "MSR-LINE")]
CASES += [("encoder", fault) for fault in [*ALL, "MSR-TRACK3", "MSR-SELFTEST", "MSR-GARBLED"]]
CASES += [("encoder-iso", fault) for fault in ("MSR-HEAD-DIRTY", "MSR-TRACK2", "MSR-HEAD-DEAD")]
CASES += [("silent-errors", fault) for fault in ("MSR-CARD-BAD", "MSR-TRACK1", "MSR-ONE-DIRECTION")]


def test_every_fault_is_among_them() -> None:
    assert {fault for _, fault in CASES} == set(catalogue.load(["magstripe"]).rooms["magstripe"].faults)


@pytest.mark.parametrize(("reader", "fault"), CASES)
def test_each_conclusion(posdiag: Command, tmp_path: Path, reader: str, fault: str) -> None:
    done = posdiag("demo", profile(tmp_path, reader), "--fault", fault, "--level", "interactive", "--json")
    assert done.causes == [fault]
    assert done.status == (0 if fault == "MSR-HANDLING" else 1)


@pytest.mark.parametrize("reader", READERS)
def test_a_healthy_reader(posdiag: Command, tmp_path: Path, reader: str) -> None:
    done = posdiag("demo", profile(tmp_path, reader), "--level", "interactive", "--json")
    assert (done.status, done.causes) == (0, [])
    found = measured(done)
    assert isinstance(found["swipes"], int)
    assert 3 <= found["swipes"] <= 8
    assert re.fullmatch(r"\d+ to (99|100)", str(found["read_rate_track2_forward"]))
    assert found["card_1_track2"] == "financial, check digit right, expiry well formed"


@pytest.mark.parametrize(("lang", "title"), [("en", "The head is dirty or worn"), ("zh", "磁头脏或磨损")])
def test_in_both_languages(posdiag: Command, tmp_path: Path, lang: str, title: str) -> None:
    words = ["demo", profile(tmp_path, "text"), "--fault", "MSR-HEAD-DIRTY", "--lang", lang]
    assert title in posdiag(*words).out


# how things look otherwise: settings of the simulator, the fault it shows, the conclusion
LOOKS: dict[str, tuple[dict[str, object], str | None, str | None]] = {
    "scratched": ({"card_damage": "scratched"}, "MSR-CARD-BAD", "MSR-CARD-BAD"),
    "askew a little": ({"askew": 0.2}, "MSR-ONE-DIRECTION", "MSR-ONE-DIRECTION"),
    "very dirty": ({"dirt": 0.1}, "MSR-HEAD-DIRTY", "MSR-HEAD-DIRTY"),
    "turned over": ({"hand": "turned"}, "MSR-HANDLING", "MSR-HANDLING"),
}


@pytest.mark.parametrize("look", LOOKS)
def test_other_looks(simulator: Simulator, tmp_path: Path, look: str) -> None:
    settings, fault, conclusion = LOOKS[look]
    served = simulator("magstripe", *options(fault, {"sends": "msr605", "raw": True, **settings}))
    assert follow(served, profile(tmp_path, "encoder", tracks=[1, 2]), tmp_path).causes == [conclusion]


# what is wrong with each card, on which tracks -> what is said of the swipes
SAME_FAILURES = {
    ("lrc", "12"): "only the LRC",
    ("start", "1"): "each time no-start-sentinel",
    ("end", "2"): "each time no-end-sentinel",
    ("place", "1"): "track 1: character 10 was the first wrong one each time",
}


@pytest.mark.parametrize(("flaw", "tracks"), SAME_FAILURES)
def test_what_fails_alike_each_time_is_no_head(simulator: Simulator, tmp_path: Path, flaw: str, tracks: str) -> None:
    """Raw bits that fail alike each time are the cards'; only failures that vary speak for head and dirt."""
    more = {"sends": "msr605", "raw": True, "flaw": flaw, "flawed": tracks}
    served = simulator("magstripe", *options(None, more))
    done = follow(served, profile(tmp_path, "encoder", tracks=[1, 2]), tmp_path)
    swipes = done.check("magstripe", "swipes")
    assert (done.status, done.causes) == (3, [])
    assert (swipes["outcome"], swipes["reason"]) == ("not-answered", "undecided")
    assert SAME_FAILURES[flaw, tracks] in swipes["detail"]


def test_dirt_fails_in_different_ways(simulator: Simulator, tmp_path: Path) -> None:
    served = simulator("magstripe", *options("MSR-HEAD-DIRTY", {"sends": "msr605", "raw": True}))
    done = follow(served, profile(tmp_path, "encoder", tracks=[1, 2]), tmp_path)
    assert done.causes == ["MSR-HEAD-DIRTY"]
    assert "failing in different ways" in done.check("magstripe", "swipes")["findings"][0]["evidence"]


def test_two_swipes_glued_together_count_once(simulator: Simulator, tmp_path: Path) -> None:
    served = simulator("magstripe", "--set", "glued=1")
    done = follow(served, profile(tmp_path, "text"), tmp_path)
    assert (done.status, done.causes) == (0, [])
    assert "glued to the next one" in str(measured(done)["swipe_1"])


def test_somebody_who_has_not_swiped_is_asked_again(simulator: Simulator, tmp_path: Path) -> None:
    served = simulator("magstripe", "--set", "lazy=1")
    answers = "magstripe.was_it_swiped=no\n"
    assert follow(served, profile(tmp_path, "text"), tmp_path, answers=answers).status == 3  # it never is
    again = simulator("magstripe")
    assert follow(again, profile(tmp_path, "text"), tmp_path, answers=answers).status == 0


@pytest.mark.parametrize(("answer", "causes"), [("yes", ["MSR-TRACK1"]), ("no", []), ("unknown", [])])
def test_cards_without_a_track_are_no_fault(
    simulator: Simulator, tmp_path: Path, answer: str, causes: list[str]
) -> None:
    """Many Chinese bank cards have tracks 2 and 3 only: whoever knows the cards is asked."""
    served = simulator("magstripe", "--set", "track1=none")
    answers = f"magstripe.have_they_track1={answer}\nmagstripe.have_they_track1_again={answer}\n"
    done = follow(served, profile(tmp_path, "text"), tmp_path, answers=answers)
    assert done.causes == causes
    assert done.status == bool(causes)


def test_nobody_there(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    served = simulator("magstripe")
    words = ["run", profile(tmp_path, "text"), "--set", f"magstripe.at={served.at}", "--level", "interactive", "--json"]
    done = posdiag(*words)
    assert (done.status, done.check("magstripe", "swipes")["reason"]) == (3, "no-person")


def test_undecided(simulator: Simulator, tmp_path: Path) -> None:
    """Read rates in between are called neither good nor bad."""
    served = simulator("magstripe", "--set", "unread=0.3", "--set", "seed=3")
    done = follow(served, profile(tmp_path, "text", max_swipes=4), tmp_path)
    assert (done.status, done.check("magstripe", "swipes")["reason"]) == (3, "undecided")


def test_the_registered_card_proves_that_what_is_read_is_right(simulator: Simulator, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"a key that nobody else has")
    served = simulator("magstripe")
    first = follow(served, profile(tmp_path, "text", test_card={"key": str(key)}), tmp_path)
    digests = measured(first, "test_card")
    assert set(digests) == {"track1", "track2"}
    registered = {"key": str(key), **digests}
    right = follow(served, profile(tmp_path, "text", test_card=registered), tmp_path)
    assert measured(right, "test_card") == {"track1_as_registered": True, "track2_as_registered": True}
    wrong = follow(
        served, profile(tmp_path, "text", test_card={**registered, "track2": "0" * 32}), tmp_path,
        answers="magstripe.is_test_card=yes\n",
    )  # fmt: skip
    assert wrong.causes == ["MSR-GARBLED"]
    key.write_bytes(b"another key of the bench's")
    assert (
        measured(follow(served, profile(tmp_path, "text", test_card={"key": str(key)}), tmp_path), "test_card")
        != digests
    )


def test_a_key_that_is_no_key(posdiag: Command, tmp_path: Path) -> None:
    missing = posdiag("run", profile(tmp_path, "text", test_card={"key": str(tmp_path / "none")}))
    assert missing.status == 78
    assert "reader.yaml:" in missing.err
    assert "cannot be read" in missing.err


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("fault", [None, "MSR-HEAD-DIRTY"])
def test_nothing_of_a_card_is_written_anywhere(
    posdiag: Command, simulator: Simulator, tmp_path: Path, reader: str, fault: str | None
) -> None:
    """Records, journals, traces, screens and a replay: lengths and results only."""
    sends = {"idtech": "idtech", "encoder": "msr605", "encoder-iso": "msr605"}.get(reader, "text")
    raw = "True" if reader == "encoder" else "False"
    served = simulator("magstripe", *options(fault, {"sends": sends, "raw": raw}))
    trace = tmp_path / "trace.jsonl"
    done = follow(served, profile(tmp_path, reader), tmp_path, "--trace", str(trace))
    assert measured(done)["swipes"]
    replay = posdiag(
        "run", profile(tmp_path, reader), "--set", f"magstripe.at=trace:{trace}", "--level", "interactive", "--json",
        "--answers", str(tmp_path / "answers"),
    )  # fmt: skip
    plain = posdiag("demo", profile(tmp_path, reader), "--level", "interactive", *(("--fault", fault) if fault else ()))
    assert replay.causes == done.causes
    assert measured(replay) == measured(done)
    stored = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(stored) > 4
    everything = "".join(path.read_text(encoding="utf-8", errors="replace") for path in stored)
    everything += "".join((done.out, done.err, replay.out, replay.err, plain.out, plain.err))
    for secret in SECRETS:
        assert secret.lower() not in everything.lower(), secret
    assert "redact" not in everything  # the last look at what is written found nothing either


def test_the_last_four_only_when_asked_for(simulator: Simulator, tmp_path: Path) -> None:
    served = simulator("magstripe")
    shown = follow(served, profile(tmp_path, "text", last_four=True), tmp_path)
    assert "ends in 1111" in str(measured(shown)["card_1_track2"])
    assert "41111" not in shown.out


def test_an_encoder_is_never_asked_to_write(simulator: Simulator, tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    served = simulator("magstripe", "--set", "sends=msr605", "--set", "raw=True")
    follow(served, profile(tmp_path, "encoder", tracks=[1, 2]), tmp_path, "--trace", str(trace))
    sent = {json.loads(line)["sent"] for line in trace.read_text().splitlines() if '"write"' in line}
    assert sent == {"1b61", "1b65", "1b74", "1b76", "1b87", "1b6d"}


def test_unplugged_in_the_middle_of_a_swipe(simulator: Simulator, tmp_path: Path) -> None:
    served = simulator("magstripe", "--set", "unplug_after=40")
    done = follow(served, profile(tmp_path, "text"), tmp_path)
    assert done.causes == ["MSR-ABSENT"]


def test_ctrl_c_leaves_no_encoder_waiting_for_a_card(simulator: Simulator, tmp_path: Path) -> None:
    """What was swiped is kept, and the last thing that the encoder hears is a reset."""
    served, trace = simulator("magstripe", "--set", "sends=msr605", "--set", "raw=True"), tmp_path / "trace.jsonl"
    (tmp_path / "answers").touch()
    words = [
        "run",
        profile(tmp_path, "encoder", swipe_s=60),
        "--set",
        f"magstripe.at={served.at}",
        "--trace",
        str(trace),
    ]
    process = forkserver.command(
        [*words, "--level", "interactive", "--answers", str(tmp_path / "answers"), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment(tmp_path), cwd=tmp_path,
    )  # fmt: skip
    with process:
        assert process.stderr is not None
        assert process.stdout is not None
        next(line for line in process.stderr if "magstripe.swipe_card:" in line)
        process.send_signal(signal.SIGINT)
        outcome = {
            check["name"]: check["outcome"] for check in json.loads(process.stdout.read())["components"][0]["checks"]
        }
    assert process.returncode == 130
    assert (outcome["present"], outcome["swipes"]) == ("passed", "skipped")
    written = [json.loads(line)["sent"] for line in trace.read_text().splitlines() if '"write"' in line]
    assert written[-2:] == ["1b6d", "1b61"]


def replayed(tmp_path: Path, said: list[tuple[str, object, object]]) -> list[str]:
    """Write a trace of a wedge; gives the words of a run with it."""
    trace = tmp_path / "trace.jsonl"
    events = [("open", "input:0801:0001", {"model": "a keyboard"}), *said]
    lines = [json.dumps({"component": "magstripe", "op": op, "sent": sent, "got": got}) for op, sent, got in events]
    trace.write_text("\n".join(lines))
    words = ["--set", f"magstripe.at=trace:{trace}", "--set", "magstripe.sends=keys"]
    return ["run", "generic/msr-wedge", *words, "--level", "interactive", "--json"]


GARBLED = {"tracks": [], "setting": "", "glued": False, "stray": 40, "garbled": True}


def test_a_stuck_key_ends_the_wait_for_silence(posdiag: Command, tmp_path: Path) -> None:
    """As recorded from a keyboard that types without end."""
    done = posdiag(*replayed(tmp_path, [("receive", None, GARBLED)] * 50))
    assert done.causes == ["MSR-GARBLED"]
    assert "without a pause" in done.check("magstripe", "swipes")["findings"][0]["evidence"]


def test_garbage_after_cleaning_leaves_wear_open(posdiag: Command, tmp_path: Path) -> None:
    """As recorded from a wedge with a bad head, whose cable fails while the head is cleaned."""
    tracks = [{"number": number, "errors": ["unreadable"], "length": 0} for number in (1, 2)]
    damaged = {"tracks": tracks, "setting": "", "glued": False, "stray": 0, "garbled": False}
    test = SequentialTest(Capabilities(), ReadRateLimits())
    while test.conclusion is None and (kind := test.next_swipe()):
        test.add(kind, {1: ReadResult.DAMAGED, 2: ReadResult.DAMAGED})
    swipes = [damaged] * len(test.swipes) + [GARBLED] * 2
    (tmp_path / "answers").write_text("magstripe.clean_head=done\n")
    words = replayed(tmp_path, [("receive", None, got) for swipe in swipes for got in (None, swipe)])
    done = posdiag(*words, "--answers", str(tmp_path / "answers"))
    check = done.check("magstripe", "after_cleaning")
    assert [finding["fault"] for finding in check["findings"]] == ["MSR-GARBLED"]
    assert check["not_examined"] == ["MSR-HEAD-WORN"]


def test_a_swipe_in_place_of_an_answer_stays_out_of_a_trace(posdiag: Command, tmp_path: Path) -> None:
    swipe = b"%B4111111111111111^TESTER/FIRST^30121010000000000000?;4111111111111111=3012?\r"
    trace = tmp_path / "trace.jsonl"
    for reader in ("idtech", "encoder"):
        with live_peers.on_pty(lambda data: swipe) as at:
            done = posdiag(
                "run", profile(tmp_path, reader), "--set", f"magstripe.at={at}", "--trace", str(trace), "--force"
            )
        assert "MSR-GARBLED" in done.out
        everything = "".join((trace.read_text(), done.out, done.err)).lower()
        for secret in SECRETS:
            assert secret.lower() not in everything, secret


# settings, what `present` finds, whether the swipes may find it mute or set up otherwise, and steps of their own
WORD = {"unseen_track", "unseen_track_again"}
FINDABLE: dict[str, tuple[dict[str, object], set[str], set[str], set[str]]] = {
    "wedge": ({"at": "input:0801:0001"}, {"ABSENT"}, {"HEAD-DEAD", "LINE", "SETTING"}, WORD),
    "MagTek": ({"at": "hidraw:0801:0002"}, {"ABSENT", "MUTE", "GARBLED", "SETTING"}, {"HEAD-DEAD"}, WORD),
    "other HID": ({"at": "hidraw:0acd:2010", "answers": False}, {"ABSENT", "SETTING"}, {"HEAD-DEAD"}, WORD),
    "text": ({"sends": "text"}, {"ABSENT"}, {"LINE", "MUTE", "SETTING"}, {"alive", "reader_light", *WORD}),
    "known cards": (
        {"sends": "text", "tracks": [1, 2]}, {"ABSENT"}, {"LINE", "MUTE", "SETTING"}, {"alive", "reader_light"},
    ),
    "ID TECH": ({"sends": "idtech"}, {"ABSENT", "MUTE", "GARBLED"}, {"HEAD-DEAD", "LINE", "SETTING"}, WORD),
    "encoder": (
        {"sends": "msr605"}, {"ABSENT", "MUTE", "GARBLED"}, {"HEAD-DEAD", "LINE"}, {"self_test", "card_sensor", *WORD},
    ),
    "clone": (
        {"sends": "msr605", "self_test": False, "raw": True}, {"ABSENT", "MUTE", "GARBLED"}, {"HEAD-DEAD"}, WORD,
    ),
}  # fmt: skip


@pytest.mark.parametrize("reader", FINDABLE)
def test_what_can_be_found_follows_from_the_settings(reader: str) -> None:
    settings, present, swipes, steps = FINDABLE[reader]
    plan = {check.name: check for check in Magstripe.plan(MagstripeSettings.model_validate(settings))}
    assert set(plan["present"].finds) == {f"MSR-{fault}" for fault in present}
    asked = {"MSR-HEAD-DEAD", "MSR-LINE", "MSR-MUTE", "MSR-SETTING"}
    assert set(plan["swipes"].finds) & asked == {f"MSR-{fault}" for fault in swipes}
    assert plan.keys() - {"present", "swipes", "after_cleaning"} == steps


def test_a_single_track_or_card_is_not_blamed() -> None:
    settings = MagstripeSettings.model_validate({"sends": "idtech", "tracks": [2], "cards": 1})
    checks = {check.name: set(check.finds) for check in Magstripe.plan(settings)}
    assert not checks["swipes"] & {"MSR-TRACK1", "MSR-TRACK2", "MSR-TRACK3", "MSR-CARD-BAD"}
    assert {"MSR-HEAD-DEAD", "MSR-HEAD-DIRTY", "MSR-ONE-DIRECTION"} <= checks["swipes"]


def test_cards_are_told_apart_by_their_marks() -> None:
    cards = KnownCards(3)
    assert cards.identify(1, {2: "a"}) == 1
    assert cards.identify(1, {}) == 1  # nothing was read: the card is believed to be the requested card
    assert cards.identify(1, {1: "x", 2: "a"}) == 1
    assert cards.identify(2, {1: "x"}) == 1  # the first card again
    assert cards.identify(1, {2: "b"}) == 2  # another card than was asked for
    assert cards.identify(2, {2: "c"}) == 3
    assert cards.identify(1, {2: "d"}) == 3  # no more than three are told apart
