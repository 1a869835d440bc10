"""Replays: answers found by what was asked, in whatever order; nothing is concluded from what a trace does not hold."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.contract.errors import DeviceSilent, Interrupted, NotRecorded
from diag.contract.interruption import Interruption
from diag.contract.links.replay import Replayer
from tests.conftest import Command, Done, Simulator


def recorded(*lines: tuple[str, Any, Any]) -> Replayer:
    entries = [{"op": op, "sent": sent, "got": got, "t": float(at)} for at, (op, sent, got) in enumerate(lines)]
    return Replayer(entries, "trace")


def asked(replayer: Replayer, op: str, sent: Any = None) -> Any:
    return replayer.call(op, sent, lambda: pytest.fail("a replay does nothing"))


QUESTIONS = [("open", "x", None), ("write", "aa", None), ("read", None, "01"), ("read", None, ""),
             ("write", "bb", None), ("read", None, "02"), ("write", "aa", None), ("read", None, "03"),
             ("close", None, None)]  # fmt: skip


def test_reads_follow_their_question() -> None:
    replayer = recorded(*QUESTIONS)
    asked(replayer, "open", "elsewhere")
    asked(replayer, "write", "bb")
    assert asked(replayer, "read") == "02"
    asked(replayer, "write", "aa")
    assert asked(replayer, "read") == "03"  # the next one from here
    asked(replayer, "write", "aa")
    assert asked(replayer, "read") == "01"  # skipped, and still there
    assert asked(replayer, "read") == ""
    assert asked(replayer, "read") == ""  # the recorded run had heard enough


def test_an_added_question_costs_that_question_only() -> None:
    replayer = recorded(*QUESTIONS)
    asked(replayer, "open")
    asked(replayer, "write", "aa")
    with pytest.raises(NotRecorded, match="does not hold this question: write cc"):
        asked(replayer, "write", "cc")
    with pytest.raises(NotRecorded, match="the question before this read"):
        asked(replayer, "read")
    with pytest.raises(NotRecorded, match="modem-lines"):
        asked(replayer, "modem-lines")
    asked(replayer, "write", "bb")
    assert asked(replayer, "read") == "02"


def test_where_a_trace_ends_nothing_is_known() -> None:
    replayer = recorded(*QUESTIONS[:5])
    asked(replayer, "open")
    asked(replayer, "write", "bb")
    with pytest.raises(NotRecorded, match="the trace ends before this read"):
        asked(replayer, "read")


def test_the_time_is_the_trace_s() -> None:
    replayer = recorded(*QUESTIONS)
    asked(replayer, "open")
    asked(replayer, "write", "bb")
    begin = replayer.now()
    asked(replayer, "read")
    assert replayer.now() - begin == 1.0
    asked(replayer, "read")  # nothing more, until the run went on
    assert replayer.now() - begin == 2.0


@given(st.permutations([("state", "a"), ("state", "b"), ("about", "a"), ("about", "b"), ("state", "a")]))
def test_whatever_the_order_every_question_is_answered(order: list[tuple[str, str]]) -> None:
    replayer = recorded(*[(op, sent, f"{op} {sent}") for op, sent in sorted(order)])
    assert [asked(replayer, *one) for one in order] == [" ".join(one) for one in order]
    with pytest.raises(NotRecorded):
        asked(replayer, *order[0])


def test_recorded_errors_are_raised() -> None:
    replayer = Replayer([{"op": "open", "error": "DeviceSilent", "detail": "hung", "t": 0.0}], "trace")
    with pytest.raises(DeviceSilent, match="hung"):
        asked(replayer, "open")


@pytest.mark.parametrize(("moment", "at_once"), [("during", True), ("before", False)])
def test_a_replay_ends_where_ctrl_c_ended_the_run(moment: str, at_once: bool) -> None:
    """During a call: with that call. Between two calls: what the check made of its last answer still counts."""
    interruption = Interruption()
    lines = [*QUESTIONS[:3], ("interrupted", moment, None), ("close", None, None)]
    entries = [{"op": op, "sent": sent, "got": got, "t": 0.0} for op, sent, got in lines]
    replayer = Replayer(entries, "trace", interruption)
    asked(replayer, "open")
    asked(replayer, "write", "aa")
    assert not interruption.is_set()
    asked(replayer, "read")
    assert interruption.is_set() == at_once
    with pytest.raises(Interrupted):
        asked(replayer, "write", "bb")
    assert interruption.is_set()
    asked(replayer, "close")  # the device was given back


def told(done: Done, component: str) -> list[tuple[Any, ...]]:
    checks = done.component(component)["checks"]
    return [(one["name"], one["outcome"], one["reason"], one["findings"]) for one in checks]


def an_hour_longer(trace: Path) -> None:
    """Have an hour go by after the components' begin: a replay that waited would not end before the test gives up."""
    entries = [json.loads(line) for line in trace.read_text().splitlines()]
    later = [{**entry, "t": entry.get("t", 0) + (entry["op"] != "begin") * 3600} for entry in entries]
    trace.write_text("".join(json.dumps(entry) + "\n" for entry in later))


CASES = [
    ("printer", "generic/escpos-thermal", ["--fault", "PRN-MUTE"], []),
    ("printer", "generic/escpos-thermal", ["--fault", "PRN-COVER-OPEN", "--set", "latency=0.2"], []),
    ("printer", "generic/escpos-thermal", ["--set", "baud=19200"], []),
    ("modem", "generic/cellular-modem", ["--fault", "MDM-MUTE"], ["modem.boot_s=1"]),
    ("modem", "generic/cellular-modem", ["--set", "rate=9600"], ["modem.boot_s=1"]),
    ("modem", "generic/cellular-modem", ["--set", "late=3"], ["modem.boot_s=1"]),
    ("modem", "generic/cellular-modem", ["--set", "urc=0.05", "--set", "unplug_after=9"], []),
    ("bench_supply", "generic/bench-supply", [], []),
]


@pytest.mark.parametrize(("kind", "name", "device", "items"), CASES)
def test_silent_late_and_misset_devices_replay_to_the_same(
    posdiag: Command, simulator: Simulator, tmp_path: Path, kind: str, name: str, device: list[str], items: list[str]
) -> None:
    trace = tmp_path / "trace.jsonl"
    served = simulator(kind, *device)
    words = [word for item in [f"{kind}.timeout_s=0.5", *items] for word in ("--set", item)]
    first = posdiag("run", name, "--set", f"{kind}.at={served.at}", *words, "--trace", str(trace), "--json")
    begin = time.monotonic()
    again = posdiag("run", name, "--set", f"{kind}.at=trace:{trace}", *words, "--json")
    assert told(again, kind) == told(first, kind)
    assert again.causes == first.causes
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize(("kept", "status"), [(0.3, 3), (0.5, 3), (0.9, 0)])  # who it is may stay open
def test_a_trace_that_was_cut_off_finds_nothing_of_its_own(
    posdiag: Command, simulator: Simulator, tmp_path: Path, kept: float, status: int
) -> None:
    """The recording program was killed: what it had not asked yet stays open."""
    trace = tmp_path / "trace.jsonl"
    served = simulator("printer")
    posdiag("run", "generic/escpos-thermal", "--set", f"printer.at={served.at}", "--trace", str(trace))
    lines = trace.read_text().splitlines()
    trace.write_text("\n".join(lines[: int(len(lines) * kept)]) + "\n")
    again = posdiag("run", "generic/escpos-thermal", "--set", f"printer.at=trace:{trace}", "--json")
    assert again.status == status
    assert again.causes == []
    checks = told(again, "printer")
    assert {"not-recorded"} == {reason for _, outcome, reason, _ in checks if outcome == "not-answered"}
    assert not [one for one in checks if one[3]]


def test_a_question_taken_out_of_a_trace_leaves_the_others(
    posdiag: Command, simulator: Simulator, tmp_path: Path
) -> None:
    """As if the driver had learned to ask it since: that check is open, the others end as recorded."""
    trace = tmp_path / "trace.jsonl"
    served = simulator("printer")
    words = ["run", "generic/escpos-thermal", "--json"]
    first = posdiag(*words, "--set", f"printer.at={served.at}", "--trace", str(trace))
    maker = b"\x1dIB".hex()
    lines = [line for line in trace.read_text().splitlines() if json.loads(line).get("sent") != maker]
    trace.write_text("\n".join(lines) + "\n")
    again = posdiag(*words, "--set", f"printer.at=trace:{trace}")
    before, after = told(first, "printer"), told(again, "printer")
    assert [one[0] for one, other in zip(before, after, strict=True) if one != other] == ["identity"]
    assert again.check("printer", "identity")["reason"] == "not-recorded"


FAULTS = [  # of each kind of link and each kind of trouble one, with a person and without
    ("demo/countertop", "PRN-PAPER-BAD", "printer"),
    ("demo/star", "PRN-PAPER-JAM", "printer"),
    ("demo/countertop", "MDM-BUSY", "modem"),
    ("demo/countertop", "ICC-INTERMITTENT", "card_reader"),
    ("demo/countertop", "CLS-CARD", "contactless"),
    ("demo/countertop", "MSR-TRACK1", "magstripe"),
    ("demo/handheld", "PWR-BATTERY-SWOLLEN", "power"),
]


def again(posdiag: Command, first: Done, trace: Path) -> Done:
    run = first.record["run"]
    words = [first.record["terminal"]["profile"], "--level", run["level"], "--json"]
    for part in first.record["components"]:
        words += ["--component", part["name"], "--set", f"{part['name']}.at=trace:{trace}"]
    return posdiag("run", *words)


def outcomes(done: Done) -> list[tuple[Any, ...]]:
    return [one for part in done.record["components"] for one in told(done, part["name"])]


@pytest.mark.parametrize(("name", "fault", "component"), FAULTS)
def test_a_fault_replays_with_the_person_s_answers_and_without_waiting(
    posdiag: Command, tmp_path: Path, name: str, fault: str, component: str
) -> None:
    """`tests/bench/replay.py` does it with all faults. Cut off anywhere, a trace tells less, and nothing else."""
    trace = tmp_path / "trace.jsonl"
    words = ["demo", name, "--component", component, "--fault", f"{fault}@{component}", "--trace", str(trace)]
    first = posdiag(*words, "--json")
    if "left out" in first.err:
        pytest.skip(first.err)
    assert first.causes == [fault]
    assert first.record["run"]["origin"] == "simulated"
    an_hour_longer(trace)
    whole = again(posdiag, first, trace)
    assert whole.causes == [fault]
    assert whole.record["run"]["origin"] == "replayed"
    assert outcomes(whole) == outcomes(first)
    data = trace.read_bytes()
    for share in (0.4, 0.8):
        trace.write_bytes(data[: int(len(data) * share)])
        cut = again(posdiag, first, trace)
        assert cut.status in (0, 1, 3)
        assert set(cut.causes) <= {fault}


def test_a_component_that_a_killed_run_had_not_reached_stays_open(posdiag: Command, tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    trace.write_text('{"t": 0.1, "component": "power", "op": "begin"}\n{"t": 0.2, "component": "power", "op": "sn')
    done = posdiag("run", "generic/linux-power", "--set", f"power.at=trace:{trace}", "--json")
    assert (done.status, done.causes) == (3, [])
    assert {check[2] for check in told(done, "power") if check[1] == "not-answered"} == {"not-recorded"}


def test_nobody_is_asked_about_a_recorded_device(posdiag: Command, tmp_path: Path) -> None:
    """What the person of the recorded run was not asked stays open, whatever a person of today would say."""
    trace, answers = tmp_path / "trace.jsonl", tmp_path / "answers"
    posdiag("demo", "demo/star", "--component", "printer", "--level", "external", "--trace", str(trace))
    answers.write_text("printer.printout=blank\n")
    words = ["--component", "printer", "--set", f"printer.at=trace:{trace}", "--answers", str(answers)]
    done = posdiag("run", "demo/star", "--level", "interactive", *words, "--json")
    assert done.causes == []
    assert "printer.printout:" not in done.err


def test_nothing_is_learned_from_simulated_and_replayed_runs(posdiag: Command, tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    posdiag("demo", "demo/handheld", "--component", "power", "--fault", "PWR-BATTERY-WORN", "--trace", str(trace))
    words = ["--component", "power", "--set", f"power.at=trace:{trace}"]
    assert "REPLAYED" in posdiag("run", "demo/handheld", *words).out
    listed = posdiag("history").out.splitlines()[1:]  # below the headings
    assert [line.split()[-1] for line in listed] == ["simulated", "replayed"]
    for line in listed:
        done = posdiag("confirm", line.split()[0], "--fault", "PWR-BATTERY-WORN")
        assert done.status == 78
    assert "SIMULATED" in posdiag("report", listed[0].split()[0]).out
    assert posdiag("confirm", "--list").out == ""


@pytest.mark.parametrize(
    ("change", "whole"),
    [
        (lambda data: data, True),
        (lambda data: data.replace(b'"op": "write"', b'"op":  "write"', 1), False),
        (lambda data: data[: data.rindex(b"{")], False),  # killed
        (lambda data: data[:-3], False),
        (lambda data: data + b"\n", False),
    ],
    ids=["as recorded", "changed", "killed", "cut", "longer"],
)
def test_a_trace_is_sealed(
    change: Callable[[bytes], bytes], whole: bool, posdiag: Command, simulator: Simulator, tmp_path: Path
) -> None:
    """What goes wrong in the replay of a whole trace is a defect of ours; else the trace may be damaged."""
    file = tmp_path / "trace.jsonl"
    at = ["--set", f"printer.at={simulator('printer').at}"]
    posdiag("run", "generic/escpos-thermal", *at, "--trace", str(file))
    file.write_bytes(change(file.read_bytes()))
    assert Replayer.from_file(file, "printer", Interruption()).whole == whole
