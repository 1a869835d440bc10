"""The card reader through the real command and a real pcscd: kinds of cards, moved cards, what came loose meanwhile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Command, Done, Person, Served, Simulator

#: the reader of a simulated terminal, with a person in front of it
ALONE = ("demo", "demo/countertop", "--component", "card_reader", "--level", "interactive", "--json")


def run(posdiag: Command, served: Served, *words: str) -> Done:
    return posdiag("run", "generic/pcsc", "--set", f"card_reader.at={served.at}", *words, "--json", env=served.env)


def measured(done: Done, check: str) -> dict[str, object]:
    return {one["name"]: one["value"] for one in done.check("card_reader", check)["measurements"]}


@pytest.mark.parametrize(
    ("card", "kind", "listed"),
    [
        ("payment", "payment", "A0000000031010 VISA CREDIT; A0000000041010 MASTERCARD"),
        ("payment-t1", "payment", "A0000000031010 VISA CREDIT; A0000000041010 MASTERCARD"),
        ("no-directory", "payment", "A0000000031010"),
        ("sim", "sim", None),
        ("usim", "sim", "A0000000871002"),
        ("transport", "transport", "315449432E494341"),
        ("sam", "unknown", None),
    ],
)
def test_kinds_of_cards(posdiag: Command, simulator: Simulator, card: str, kind: str, listed: str | None) -> None:
    done = run(posdiag, simulator("card_reader", "--set", f"sim_card={card}"))
    assert done.status == 0
    assert measured(done, "card_kind")["card_kind"] == kind
    assert measured(done, "card_kind").get("applications") == listed


@pytest.mark.parametrize("card", ["contactless", "storage"])
def test_a_contactless_card(posdiag: Command, simulator: Simulator, card: str) -> None:
    served = simulator("card_reader", "--set", "slot=contactless", "--set", f"sim_card={card}")
    done = run(posdiag, served, "--set", "card_reader.slot=contactless")
    assert done.status == 0
    assert measured(done, "unique_identifier") == {"uid_present": True}
    assert "04A1B2C3D4E5F6" not in done.out.replace(" ", "").upper()
    assert "DEADBEEF" not in done.out.replace(" ", "").upper()


@pytest.mark.parametrize(
    ("card", "beside", "status"),
    [
        ("contactless", "contactless-2", 3),
        ("contactless", "storage", 3),
        ("contactless-random", "", 0),
        ("contactless-random", "contactless-2", 3),
    ],
)
def test_several_cards_in_the_field(
    posdiag: Command, simulator: Simulator, card: str, beside: str, status: int
) -> None:
    """The reader takes now one and now another; a random number of a card alone is no second card."""
    served = simulator(
        "card_reader", "--set", "slot=contactless", "--set", f"sim_card={card}", "--set", f"beside={beside}"
    )
    done = run(posdiag, served, "--set", "card_reader.slot=contactless")
    assert (done.status, done.causes) == (status, [])
    told = done.check("card_reader", "unique_identifier")
    assert told["reason"] == ("several-cards" if status else None)
    if status:
        assert done.record["diagnosis"]["next_step"] is not None


def test_an_empty_contactless_slot_is_no_fault(posdiag: Command, simulator: Simulator) -> None:
    served = simulator("card_reader", "--set", "slot=contactless", "--fault", "CLS-FIELD")
    assert run(posdiag, served, "--set", "card_reader.slot=contactless").status == 0
    wanted = run(posdiag, served, "--set", "card_reader.slot=contactless", "--set", "card_reader.card=expected")
    assert wanted.causes == ["CLS-CARD"]


@pytest.mark.parametrize("at", ["pcsc:Virtual PCD Contactless*", "pcsc:*"])
@pytest.mark.parametrize("fault", ["", "CLS-FIELD"])
def test_a_reader_that_is_contactless_by_its_name(posdiag: Command, simulator: Simulator, at: str, fault: str) -> None:
    """Nothing is set: an empty field is no fault, and a card in the field is not asked for what only contacts have."""
    served = simulator("card_reader", "--set", "slot=contactless", *(("--fault", fault) if fault else ()))
    done = run(posdiag, served, "--set", f"card_reader.at={at}")
    assert (done.status, done.causes) == (0, [])
    quality = [one for one in done.component("card_reader")["checks"] if one["name"] == "contact_quality"]
    assert [one["outcome"] for one in quality] == ([] if "Contactless" in at else ["skipped"])
    if not fault:
        assert measured(done, "payment_environment")["payment_environment"] == "present"


@pytest.mark.parametrize("fault", ["ICC-CARD-MUTE", "ICC-ATR-BAD", "ICC-PROTOCOL"])
def test_a_second_card_that_works_clears_the_contacts(posdiag: Command, fault: str) -> None:
    done = posdiag(*ALONE, "--fault", fault)
    assert done.causes == [fault]
    assert done.check("card_reader", "second_card")["outcome"] == "passed"
    assert not done.record["diagnosis"]["open"]


def test_a_card_that_is_read_now_and_then(posdiag: Command) -> None:
    """A second card is read each time, so that only a supply that sags is left beside the first card."""
    done = posdiag(*ALONE, "--fault", "ICC-INTERMITTENT")
    assert done.causes == ["ICC-INTERMITTENT"]
    assert done.check("card_reader", "second_card")["outcome"] == "passed"
    assert {each["component"] for each in done.record["diagnosis"]["open"]} <= {"power"}


def test_contacts_that_fail_now_and_then_with_two_cards(posdiag: Command) -> None:
    done = posdiag(*ALONE, "--fault", "ICC-INTERMITTENT", "--fault", "ICC-CONTACTS")
    assert done.causes == ["ICC-CONTACTS"]
    assert done.check("card_reader", "clean_contacts")["outcome"] == "passed"


def test_a_healthy_terminal_with_a_person(posdiag: Command) -> None:
    done = posdiag("demo", "demo/countertop", "--level", "interactive", "--json")
    assert done.status == 0
    assert done.check("card_reader", "removal")["measurements"][0]["value"] is True
    assert done.check("contactless", "presentations")["measurements"][-1]["value"] is True
    assert done.check("card_reader", "second_card")["reason"] == "not-applicable"


def test_pcscd_starts_with_our_connection(posdiag: Command, simulator: Simulator) -> None:
    """Socket activation: the card that lies in the slot is not called absent because the service was not up yet."""
    done = run(posdiag, simulator("card_reader", "--set", "activate=yes"))
    assert done.status == 0
    assert measured(done, "card_kind")["card_kind"] == "payment"


def test_pcscd_restarts_in_mid_run(posdiag: Command, simulator: Simulator) -> None:
    """It is recorded, and costs nothing else."""
    served = simulator("card_reader", "--fault", "ICC-SLOW", "--set", "slow_s=0.6", "--set", "restart_after=1.5")
    done = run(posdiag, served, "--set", "card_reader.slow_s=0.6")
    assert done.causes == ["ICC-SLOW"]
    assert measured(done, "kept_connected")["service_restarts"] == 1


@pytest.mark.parametrize(("answered", "check"), [(1, "payment_environment"), (9, "contact_quality")])
def test_a_card_that_stops_answering(posdiag: Command, simulator: Simulator, answered: int, check: str) -> None:
    """PC/SC never comes back; the deadline does."""
    served = simulator("card_reader", "--set", f"hang_after={answered}")
    done = run(posdiag, served, "--set", "card_reader.timeout_s=1")
    assert done.causes == ["ICC-CARD-MUTE"]
    assert done.check("card_reader", check)["reason"] == "silent"


def test_a_switch_that_flickers(posdiag: Command, simulator: Simulator) -> None:
    served = simulator("card_reader", "--fault", "ICC-CARD-SWITCH", "--set", "switch=bouncing")
    done = run(posdiag, served)
    assert done.causes == ["ICC-CARD-SWITCH"]
    assert measured(done, "kept_connected")["card_flickers"] == 1
    assert done.check("card_reader", "contact_quality")["outcome"] == "passed"


def test_a_switch_that_hangs_and_a_person_at_the_terminal(simulator: Simulator, at_the_screen: Person) -> None:
    """Instructions are shown and watched, not confirmed; the question comes when nothing was noticed."""
    served = simulator("card_reader", "--fault", "ICC-CARD-SWITCH", "--set", "switch=closed")
    words = ["run", "generic/pcsc", "--set", f"card_reader.at={served.at}", "--set", "card_reader.person_s=1"]
    person = at_the_screen(*words, "--level", "interactive", "--json", env=served.env)
    for line in person.said:
        if "Take the card out." in line:
            print(json.dumps({"prompt": "take_card_out", "choices": []}), file=served.process.stdin, flush=True)
            assert served.said() == {"answer": "shown"}
        if "yes, it is out" in line:
            person.type("1\n")
    done = person.done()
    assert (done.status, done.causes) == (1, ["ICC-CARD-SWITCH"])
    assert done.check("card_reader", "removal_again")["outcome"] == "failed"  # the answer was given twice


def test_a_card_that_is_said_to_be_out_and_answers(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    """The reader shows that the card is in: no switch is condemned for a wrong click."""
    served = simulator("card_reader")
    answers = tmp_path / "answers"
    answers.write_text("card_reader.is_card_out=yes\n")
    words = ["--level", "interactive", "--set", "card_reader.person_s=0.5", "--answers", str(answers)]
    done = run(posdiag, served, *words)
    assert (done.status, done.causes) == (3, [])
    assert done.check("card_reader", "removal")["reason"] == "not-so"


def test_a_card_that_is_said_to_be_in_once_only(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    """Two answers that differ are no evidence against the switch."""
    served = simulator("card_reader", "--fault", "ICC-CARD-ABSENT")
    answers = tmp_path / "answers"
    answers.write_text("card_reader.is_card_there=yes\ncard_reader.is_card_there_again=no\n")
    words = ["--level", "interactive", "--set", "card_reader.person_s=0.5", "--answers", str(answers)]
    done = run(posdiag, served, *words)
    assert (done.status, done.causes) == (3, ["ICC-CARD-ABSENT"])
    assert done.check("card_reader", "insertion")["reason"] == "not-so"


def test_a_card_that_nobody_takes_out_is_no_second_card(simulator: Simulator, at_the_screen: Person) -> None:
    """The person is asked, does nothing and says so: no conclusion about two cards."""
    served = simulator("card_reader", "--fault", "ICC-CARD-MUTE")
    words = ["run", "generic/pcsc", "--set", f"card_reader.at={served.at}", "--set", "card_reader.person_s=0.5"]
    person = at_the_screen(*words, "--level", "interactive", "--json", env=served.env)
    for line in person.said:
        if "yes, it is out" in line:
            person.type("2\n")
    done = person.done()
    assert done.causes == ["ICC-CARD-MUTE"]
    assert done.check("card_reader", "second_card")["reason"] == "no-person"


@pytest.mark.parametrize(("setting", "fault"), [("slow_atr=2", "ICC-CARD-MUTE"), ("word_after=9", "ICC-INTERMITTENT")])
def test_odd_cards(posdiag: Command, simulator: Simulator, setting: str, fault: str) -> None:
    """An ATR that comes too late for the reader; a card that turns to 6F00 after some commands."""
    served = simulator("card_reader", "--set", setting)
    assert run(posdiag, served, "--set", "card_reader.timeout_s=1").causes == [fault]


@pytest.mark.parametrize("with_", ["1234", "90", "6000"])
def test_commands_that_work_at_the_second_try_only(posdiag: Command, simulator: Simulator, with_: str) -> None:
    """Nearly every command had to be sent twice: that is no healthy reader, and no absent card."""
    garbled = ("--set", "garble_every=2", "--set", "garble_after=4", "--set", f"garble_with={with_}")
    done = run(posdiag, simulator("card_reader", *garbled))
    assert (done.status, done.causes) == (1, ["ICC-INTERMITTENT"])
    assert "at the second try only" in done.check("card_reader", "contact_quality")["findings"][0]["evidence"]


def test_one_retry_leaves_the_card_unproven(posdiag: Command, simulator: Simulator) -> None:
    """One of 19 commands: within what the profile allows, and all the same not passed. The next step is said."""
    served = simulator("card_reader", "--set", "garble_every=100", "--set", "garble_after=9")
    done = run(posdiag, served, "--set", "card_reader.retries=0.2")
    assert (done.status, done.causes) == (3, [])
    assert done.check("card_reader", "contact_quality")["reason"] == "unsteady"
    assert done.record["diagnosis"]["next_step"]["kind"] == "check"


def test_a_card_that_leaves_in_mid_run_was_not_absent(posdiag: Command, simulator: Simulator) -> None:
    """Somebody may have taken it out: no "no card", no broken part, and not healthy."""
    done = run(posdiag, simulator("card_reader", "--set", "leave_after=9"))
    assert (done.status, done.causes) == (3, [])
    assert done.check("card_reader", "contact_quality")["reason"] == "card-left"


def test_an_empty_reader_is_a_question_with_its_step(posdiag: Command, simulator: Simulator) -> None:
    """The cause is named; a SAM that is not there is a failed part all the same: no person puts one in."""
    empty = run(posdiag, simulator("card_reader", "--fault", "ICC-CARD-ABSENT"))
    assert (empty.status, empty.causes) == (3, ["ICC-CARD-ABSENT"])
    assert empty.component("card_reader")["status"] == "unknown"
    step = empty.record["diagnosis"]["next_step"]
    assert (step["kind"], step["check"], step["level"]) == ("check", "insertion", "interactive")
    served = simulator("card_reader", "--set", "slot=sam", "--fault", "ICC-SAM-ABSENT")
    sam = run(posdiag, served, "--set", "card_reader.slot=sam")
    assert (sam.status, sam.causes) == (1, ["ICC-SAM-ABSENT"])


@pytest.mark.parametrize(("card", "only"), [("t14", "T=14"), ("t15", "T=15")])
def test_a_card_for_another_kind_of_reader(posdiag: Command, simulator: Simulator, card: str, only: str) -> None:
    """PC/SC speaks T=0 and T=1: the card's kind, and neither contacts nor reader."""
    done = run(posdiag, simulator("card_reader", "--set", f"sim_card={card}"))
    assert (done.status, done.causes) == (3, [])
    told = done.check("card_reader", "answer_to_reset")
    assert told["reason"] == "other-protocol"
    assert only in told["detail"]


def test_a_slow_card_without_a_directory_ends_in_time(posdiag: Command, simulator: Simulator) -> None:
    served = simulator("card_reader", "--fault", "ICC-SLOW", "--set", "sim_card=no-directory", "--set", "slow_s=2")
    done = run(posdiag, served, "--set", "card_reader.slow_s=1")
    assert done.causes == ["ICC-SLOW"]


def test_answers_from_a_file(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    """A bench without a person at the screen: its answers are those of the file, or of standard input."""
    served = simulator("card_reader", "--fault", "ICC-CARD-ABSENT")
    words = ["--level", "interactive", "--set", "card_reader.person_s=0.5", "--answers"]
    answers = tmp_path / "answers"
    answers.write_text("# the slot is full\ncard_reader.is_card_there=yes\n")
    assert run(posdiag, served, *words, str(answers)).causes == ["ICC-CARD-SWITCH"]
    put = ["run", "generic/pcsc", "--set", f"card_reader.at={served.at}", *words, "-", "--json"]
    assert posdiag(*put, env=served.env, stdin="card_reader.is_card_there = no\n").causes == ["ICC-CARD-ABSENT"]
    nobody = posdiag(*put, env=served.env, stdin="")
    assert nobody.check("card_reader", "insertion")["reason"] == "no-person"  # and not that the person put none there


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("yes", "answers:2: 'yes' is not COMPONENT.PROMPT=CHOICE"),
        ("printer.is_card_there=yes", "answers:2: there is no component 'printer'; there are: card_reader"),
        ("card_reader.is_it=yes", "answers:2: card_reader has no question 'is_it'; there are: is_card_there,"),
        ("card_reader.is_card_there=maybe", "answers:2: is_card_there has no answer 'maybe'; there are: yes, no"),
    ],
)
def test_wrong_answers_name_their_line(posdiag: Command, tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "answers").write_text(f"\n{line}\n")
    done = posdiag("run", "generic/pcsc", "--answers", str(tmp_path / "answers"))
    assert done.status == 78
    assert said in done.err
    missing = posdiag("run", "generic/pcsc", "--answers", str(tmp_path / "no-such"))
    assert (missing.status, "cannot be read" in missing.err) == (78, True)


def test_nobody_there_to_move_the_card(posdiag: Command, simulator: Simulator) -> None:
    served = simulator("card_reader")
    done = run(posdiag, served, "--level", "interactive")
    assert (done.status, done.causes) == (3, [])  # what nobody answered is not passed
    assert done.check("card_reader", "removal")["reason"] == "no-person"


ONE_READER = """schema: 1
name: {{en: "Test", zh: "测试"}}
components:
  {name}: {{driver: card_reader, at: "pcsc:*", person_s: 2}}
"""


@pytest.mark.parametrize("name", ["card_reader", "card"])
def test_a_person_in_front_of_a_reader_that_is_alone(posdiag: Command, tmp_path: Path, name: str) -> None:
    """The simulated person answers whatever the only card reader of a terminal is called."""
    profile = tmp_path / "alone.yaml"
    profile.write_text(ONE_READER.format(name=name))
    done = posdiag("demo", str(profile), "--level", "interactive", "--json")
    assert done.status == 0
    assert "Traceback" not in done.err
    assert done.check(name, "removal")["measurements"][0]["value"] is True
    turned = posdiag("demo", str(profile), "--fault", f"ICC-CARD-TURNED@{name}", "--json")
    assert turned.causes == ["ICC-CARD-TURNED"]


def test_two_readers_of_a_kind_in_one_terminal(posdiag: Command, tmp_path: Path) -> None:
    """Each has its own card: the fault of one does not show at the other."""
    profile = tmp_path / "two.yaml"
    profile.write_text(ONE_READER.format(name="front") + '  back: {driver: card_reader, at: "pcsc:*"}\n')
    done = posdiag("demo", str(profile), "--fault", "ICC-ATR-BAD@back", "--json")
    assert done.causes == ["ICC-ATR-BAD"]
    assert {name: done.component(name)["status"] for name in ("front", "back")} == {
        "front": "healthy",
        "back": "failed",
    }
