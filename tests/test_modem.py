"""Modems through the real command: every fault in bad company, oddities of real modules, privacy, leaving as found."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
from pathlib import Path

import pytest

from diag.bench import simulate
from diag.contract.check import Level
from diag.knowledge import profile
from tests import forkserver
from tests.conftest import Command, Done, Served, Simulator, clean_environment
from tests.declared import misdeclared
from tests.stores import everything

CELLULAR, DIALUP = "generic/cellular-modem", "generic/dialup-modem"
QUICK = ["timeout_s=0.5", "boot_s=0", "sim_s=0.5", "search_s=0.3"]
FULL = ["family=quectel", "model=EC25", "apn=cmnet", "host=192.0.2.1"]
LINE = ["family=conexant", "model=CX93001", "test_number=95555", "answer_s=5"]
ANSWERS = "modem.go_outdoors=done\nmodem.other_sim=done\nmodem.telephone=tone\nmodem.outside_line=zero\n"
SECRETS = ["89860012345678901234", "98680021436587092143", "460001234567890", "8613800001234", "13800001234", "271828"]


def able(name: str) -> dict[str, Level]:
    loaded = profile.load(name)
    return simulate.able_of(loaded, loaded.components["modem"])


def sets(*items: str, part: str = "modem") -> list[str]:
    return [word for item in items for word in ("--set", f"{part}.{item}" if part else item)]


def run(posdiag: Command, served: Served, *items: str, base: str = CELLULAR, words: tuple[str, ...] = ()) -> Done:
    return posdiag("run", base, *sets(f"at={served.at}", *QUICK, *items), *words, "--json")


def measured(done: Done, check: str) -> dict[str, object]:
    return {one["name"]: one["value"] for one in done.check("modem", check)["measurements"]}


def simulated(simulator: Simulator, *items: str, fault: str = "") -> Served:
    return simulator("modem", *sets(*items, part=""), *(["--fault", fault] if fault else []))


COMPANY: dict[str, tuple[list[str], str]] = {
    "none": ([], ""),
    "unasked lines, no echo, a fault of the bench": (["urc=0.03", "echo=off"], "HOST-SERVICE"),
    "unasked lines, a doubled echo, a bad battery": (["urc=0.03", "echo=doubled", "errors=2"], "PWR-BATTERY-HOT"),
}


NAMES = [(name, fault) for name in ("demo/handheld", "demo/countertop") for fault in able(name)]


@pytest.mark.parametrize(("name", "fault"), NAMES)
def test_every_fault(posdiag: Command, simulator: Simulator, tmp_path: Path, name: str, fault: str) -> None:
    done = examined(posdiag, simulator, tmp_path, name, fault, "none")
    assert done.causes == [fault]
    assert misdeclared(done.record, [fault]) == []


@pytest.mark.parametrize(
    ("name", "fault", "company"),
    [(*one, list(COMPANY)[1 + place % 2]) for place, one in enumerate(NAMES)],
)
def test_every_fault_in_bad_company(
    posdiag: Command, simulator: Simulator, tmp_path: Path, name: str, fault: str, company: str
) -> None:
    other = COMPANY[company][1]
    done = examined(posdiag, simulator, tmp_path, name, fault, company)
    assert set(done.causes) == {fault, other}
    assert done.status == (3 if fault == "MDM-OTHER-MODEL" and other.startswith("HOST") else 1)


def examined(posdiag: Command, simulator: Simulator, tmp_path: Path, name: str, fault: str, company: str) -> Done:
    """A demo terminal's modem with a fault, and what else of the company goes with it."""
    manner, other = COMPANY[company]
    kind = ["technology=dialup", *LINE] if name == "demo/countertop" else FULL
    served = simulated(simulator, *kind, *manner, fault=fault)
    words = ["--component", "modem"]
    if other.startswith("HOST"):
        words += ["--component", "card_reader"]
    elif other:
        at = simulator("power", "--fault", other).at
        words += ["--component", "power", *sets(f"at={at}", part="power")]
    (tmp_path / "answers").write_text(ANSWERS)
    return posdiag(
        "run", name, *words, *sets(f"at={served.at}", *QUICK[:2]), "--level", able(name)[fault].value, "--answers",
        str(tmp_path / "answers"), "--json", env={"PCSCLITE_CSOCK_NAME": "/nonexistent"},
    )  # fmt: skip


FAMILIES = ["quectel", "simcom", "telit", "ublox", "huawei", "standard"]
MANNERS = ["echo=off", "echo=doubled", "echo=loose", "results=numbers", "urc=0.02", "errors=2"]


@pytest.mark.parametrize(
    ("family", "manner"), [*((family, "echo=on") for family in FAMILIES), *zip(FAMILIES, MANNERS, strict=True)]
)
def test_a_healthy_module_of_any_manner(posdiag: Command, simulator: Simulator, family: str, manner: str) -> None:
    done = run(posdiag, simulated(simulator, f"family={family}", manner))
    assert (done.status, done.causes) == (0, [])
    assert done.component("modem")["identity"]["iccid"] == "…1234"
    assert measured(done, "identity")["family"] == family
    assert measured(done, "present")["echo"] is (manner != "echo=off")


@pytest.mark.parametrize(
    ("items", "settings"),
    [
        (["late=1"], []),
        (["late=3"], []),
        (["late=2", "echo=off"], []),
        (["no_result=1"], []),
        (["silent_s=1.2"], ["boot_s=4"]),
        (["only=ps"], []),
        (["only=eps", "urc=0.05"], ["domain=eps"]),
        (["only=cs"], ["domain=cs"]),
        (["errors=2"], []),
        (["answer_ms=250"], ["timeout_s=0.6"]),
        (["busy_s=1.5"], ["sim_s=5"]),
        (["search_s=1.5"], ["search_s=8"]),
        (["refuses=+CFUN"], []),
        (["refuses=+CPIN", "family=standard"], []),
        (["refuses=+CREG/+CGREG"], []),
    ],
)
def test_oddities_of_healthy_modules(
    posdiag: Command, simulator: Simulator, items: list[str], settings: list[str]
) -> None:
    """One command behind, no result to +CPIN?, still starting, other domains than usual."""
    done = run(posdiag, simulated(simulator, *items), *settings)
    assert (done.status, done.causes) == (0, [])


def test_a_module_that_is_still_starting_is_not_set_up_wrongly(posdiag: Command, simulator: Simulator) -> None:
    """It says its first word when other rates and ATQ0 are tried; its results stay on."""
    for seconds in ("1.2", "1.6", "2"):
        served = simulated(simulator, f"silent_s={seconds}")
        assert run(posdiag, served, "timeout_s=1").causes in ([], ["MDM-MUTE"])
        assert b"OK" in exchange(served, "AT\r")


@pytest.mark.parametrize(
    ("refused", "settings", "check"),
    [
        ("+CGDCONT", ["apn=cmnet"], "context"),
        ("+QPING", ["host=192.0.2.1"], "reachability"),
        ("+QIACT", ["host=192.0.2.1"], "reachability"),
        ("+CEREG", ["domain=eps"], "registration"),
        ("+CRSM/+QCCID/+CIMI/+CCID", [], "sim"),
    ],
)
def test_a_command_that_is_refused_blames_nobody(
    posdiag: Command, simulator: Simulator, refused: str, settings: list[str], check: str
) -> None:
    served = simulated(simulator, f"refuses={refused}")
    done = run(posdiag, served, "family=quectel", *settings, words=("--level", "external"))
    assert done.causes == []
    assert done.check("modem", check)["outcome"] == "not-answered"


def test_a_terminal_without_a_sim(posdiag: Command, simulator: Simulator) -> None:
    assert run(posdiag, simulated(simulator, fault="MDM-NOT-REGISTERED"), "sim=none").causes == ["MDM-NOT-REGISTERED"]


def test_registered_for_calls_only(posdiag: Command, simulator: Simulator) -> None:
    done = run(posdiag, simulated(simulator, "only=cs"))
    assert done.causes == ["MDM-DETACHED"]


@pytest.mark.parametrize("technology", ["cellular", "dialup"])
def test_another_rate(posdiag: Command, simulator: Simulator, technology: str) -> None:
    served = simulated(simulator, f"technology={technology}", "rate=9600")
    done = run(posdiag, served, "timeout_s=0.5", base=CELLULAR if technology == "cellular" else DIALUP)
    assert done.causes == ["MDM-SETTING"]
    assert "answers at 9600 bit/s" in done.out
    assert done.check("modem", "identity")["outcome"] == "passed"


def test_the_port_for_commands_is_another_one(simulator: Simulator, posdiag: Command, tmp_path: Path) -> None:
    served = simulated(simulator, "ports=3")
    first, second, third = served.facts["ports"]
    file = tmp_path / "module.yaml"
    file.write_text(
        f'schema: 1\nname: {{en: M, zh: 模块}}\ninherits: {CELLULAR}\ncomponents:\n  modem:\n    at: "{first}"\n'
        f'    timeout_s: 0.4\n    other_ports: ["{second}", "{third}"]\n'
    )
    done = posdiag("run", str(file), "--json")
    assert done.causes == ["MDM-PORT"]
    assert f"{third} of the same module answers AT" in done.out


def exchange(served: Served, text: str) -> bytes:
    """What the module itself says to a line."""
    port = os.open(served.at, os.O_RDWR | os.O_NOCTTY)
    try:
        os.write(port, text.encode())
        said = b""
        while select.select([port], [], [], 0.3)[0]:
            said += os.read(port, 1000)
        return said
    finally:
        os.close(port)


@pytest.mark.parametrize("manner", ["results=numbers", "errors=0", "errors=1", "errors=2", "echo=off"])
def test_a_module_is_left_as_it_was(posdiag: Command, simulator: Simulator, manner: str) -> None:
    served = simulated(simulator, manner)
    before = exchange(served, "AT+CMEE?\r")
    assert run(posdiag, served).status == 0
    assert exchange(served, "AT+CMEE?\r") == before


def test_results_that_were_off_are_off_again(posdiag: Command, simulator: Simulator) -> None:
    served = simulated(simulator, fault="MDM-SETTING")
    assert run(posdiag, served).causes == ["MDM-SETTING"]
    assert exchange(served, "AT\r") == b"AT\r"


#: as long as a PIN may be (3GPP TS 31.101): four digits are met by chance in a hash or a time
PINS = {
    "right": (["pin=48261537"], [], None, "entered"),
    "wrong": (["pin=99998888"], [], "MDM-SIM-PIN", "refused"),
    "one try left": (["pin=48261537"], ["tries=1"], "MDM-SIM-PIN", "not entered"),
    "not given": ([], [], "MDM-SIM-PIN", "3 tries left"),
    "tries told by the card": (["pin=48261537"], ["family=huawei"], None, "entered"),
}


def in_files(settings: list[str], folder: Path) -> list[str]:
    """Return settings with each PIN in a file: a PIN does not stand on a command line."""
    for setting in settings:
        (folder / "pin").write_text(setting.removeprefix("pin="))
    return [f"pin=@{folder / 'pin'}" for _ in settings]


@pytest.mark.parametrize("case", PINS)
def test_a_pin(posdiag: Command, simulator: Simulator, tmp_path: Path, case: str) -> None:
    settings, items, fault, said = PINS[case]
    served, trace = simulated(simulator, "card_pin=48261537", *items, fault="MDM-SIM-PIN"), tmp_path / "trace.jsonl"
    done = run(posdiag, served, *in_files(settings, tmp_path), words=("--trace", str(trace)))
    assert done.causes == ([fault] if fault else [])
    assert said in done.out
    kept = everything(tmp_path)
    assert '"modem"' in kept
    traced = re.sub(r'"t": [0-9.]+', "", trace.read_text())
    for text in (done.out, done.err, traced, kept):
        for pin in ("48261537", "99998888", b"48261537".hex(), b"99998888".hex()):
            assert pin not in text
    left = exchange(served, "AT+CPINR\r")
    assert (b"SIM PIN,1" in left) == (case == "one try left")


@pytest.mark.parametrize("pin", ["12", "12a4", "123456789"])
def test_a_wrong_pin_setting_is_not_repeated(posdiag: Command, tmp_path: Path, pin: str) -> None:
    done = posdiag("run", CELLULAR, *sets("at=/dev/null", *in_files([f"pin={pin}"], tmp_path)))
    assert done.status == 78
    assert "4 to 8 digits" in done.err
    assert pin not in done.err.replace(str(tmp_path), "")


@pytest.mark.parametrize("written", ["7391", "[7391]", '"73x1"', '"73"'])
def test_a_wrong_pin_in_a_profile_is_not_repeated(posdiag: Command, tmp_path: Path, written: str) -> None:
    file = tmp_path / "module.yaml"
    file.write_text(
        f"schema: 1\nname: {{en: M, zh: 模块}}\ninherits: {CELLULAR}\ncomponents:\n  modem:\n    pin: {written}\n"
    )
    done = posdiag("profile", "check", str(file))
    assert done.status == 78
    assert "module.yaml:6:5: components.modem.pin: " in done.err
    assert "73" not in done.err.replace(str(tmp_path), "")


def test_a_profile_with_a_pin_is_shown_without_it(posdiag: Command, tmp_path: Path) -> None:
    file = tmp_path / "module.yaml"
    file.write_text(
        f'schema: 1\nname: {{en: M, zh: 模块}}\ninherits: {CELLULAR}\ncomponents:\n  modem: {{pin: "7391"}}\n'
    )
    assert "7391" not in posdiag("profile", "show", str(file)).out


@pytest.mark.parametrize("fault", ["", "MDM-SIM-PUK", "MDM-DENIED"])
def test_what_identifies_the_subscriber_is_written_nowhere(
    posdiag: Command, simulator: Simulator, tmp_path: Path, fault: str
) -> None:
    served, trace = simulated(simulator, "urc=0.01", fault=fault), tmp_path / "trace.jsonl"
    done = run(posdiag, served, words=("--trace", str(trace)))
    plain = posdiag("run", CELLULAR, *sets(f"at={served.at}", *QUICK))
    texts = [done.out, done.err, plain.out, plain.err, trace.read_text()]
    texts.append(everything(tmp_path))
    for text in texts:
        for secret in SECRETS:
            assert secret not in text
            assert secret.encode().hex() not in text
    assert "490154203237518" in done.out  # the module's own number stays


def test_a_trace_replays(posdiag: Command, simulator: Simulator, tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    served = simulated(simulator, "urc=0.05", fault="MDM-DENIED")
    first = run(posdiag, served, words=("--trace", str(trace)))
    again = posdiag("run", CELLULAR, *sets(f"at=trace:{trace}", *QUICK), "--json")
    assert again.causes == first.causes == ["MDM-DENIED"]
    assert again.component("modem")["identity"] == first.component("modem")["identity"]


@pytest.mark.parametrize("after", [2, 9, 15])
def test_unplugged_in_mid_answer(posdiag: Command, simulator: Simulator, after: int) -> None:
    done = run(posdiag, simulated(simulator, f"unplug_after={after}"))
    assert done.causes == ["MDM-ABSENT"]


def test_another_sim_works(posdiag: Command) -> None:
    """The simulated person puts his own SIM in: it was the first one."""
    words = ["demo", "demo/handheld", "--component", "modem", "--level", "interactive", "--json", "--fault"]
    done = posdiag(*words, "MDM-DENIED")
    assert done.causes == ["MDM-DENIED"]
    assert "another SIM " in done.out
    outdoors = posdiag(*words, "MDM-SIGNAL-WEAK")
    assert outdoors.causes == ["MDM-SIGNAL-WEAK"]
    assert measured(outdoors, "outdoors")["outdoors_rsrp"] == -95


def dial(posdiag: Command, served: Served, *items: str) -> Done:
    return run(posdiag, served, *LINE, *items, base=DIALUP, words=("--level", "external"))


def hooks(served: Served) -> list[str]:
    """What the telephone line has seen; the simulator ends with that."""
    assert served.process.stdout is not None
    served.process.terminate()
    return [json.loads(line)["hook"] for line in served.process.stdout]


def test_a_call_that_is_answered_ends_on_hook(posdiag: Command, simulator: Simulator) -> None:
    served = simulated(simulator, "technology=dialup", *LINE, "progress=1")
    done = dial(posdiag, served)
    assert (done.status, done.causes) == (0, [])
    assert measured(done, "call") == {"call": "CONNECT 9600", "rate_as_told": 9600, "on_hook_again": True}
    assert exchange(served, "AT&V\r").count(b" X1 ") == 1  # as it was found
    assert b"OK" in exchange(served, "AT\r")


MOMENTS = {"ringing": ("rings=60", 0.0), "connected": ("", 0.6), "escaping": ("", 1.5), "hanging up": ("", 2.6)}


@pytest.mark.xdist_group("timing")
@pytest.mark.parametrize("moment", MOMENTS)
def test_an_interrupted_call_ends_on_hook(simulator: Simulator, tmp_path: Path, moment: str) -> None:
    setting, after = MOMENTS[moment]
    served = simulated(simulator, "technology=dialup", *LINE, *filter(None, [setting]))
    process = forkserver.command(
        ["run", DIALUP, *sets(f"at={served.at}", *LINE, "answer_s=60"), "--level", "external", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment(tmp_path), cwd=tmp_path,
    )  # fmt: skip
    seen = [served.said()["hook"] for _ in range(3)]  # off for the dial tone, on, off for the call
    assert seen == ["off", "on", "off"]
    select.select([], [], [], after)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    assert json.loads(out)["run"]["interrupted"] == (process.returncode == 130)
    assert hooks(served)[-1] == "on"


def test_a_call_that_connects_while_it_is_ended_ends_on_hook(posdiag: Command, simulator: Simulator) -> None:
    served = simulated(simulator, "technology=dialup", *LINE, "handshake=5")
    done = dial(posdiag, served, "answer_s=1")
    assert done.causes == ["MDM-NO-ANSWER"]
    assert measured(done, "call")["on_hook_again"] is True
    assert hooks(served)[-1] == "on"


@pytest.mark.parametrize("ends", ["escape", "dtr"])
def test_a_modem_that_was_left_in_a_call_is_freed_before_it_is_judged(
    posdiag: Command, simulator: Simulator, ends: str
) -> None:
    served = simulated(simulator, "technology=dialup", *LINE, f"call={ends}")
    done = run(posdiag, served, *LINE, base=DIALUP)
    assert (done.status, done.causes) == (0, [])
    assert measured(done, "present")["left_in_a_call"] is True
    assert hooks(served) == ["on"]


@pytest.mark.parametrize("volts", [8, 30, 48])
def test_a_line_s_voltage(posdiag: Command, simulator: Simulator, volts: int) -> None:
    done = dial(posdiag, simulated(simulator, "technology=dialup", *LINE, f"volts={volts}"))
    assert measured(done, "line")["line_voltage"] == volts
    assert done.causes == (["MDM-LINE-IN-USE"] if volts == 8 else [])
