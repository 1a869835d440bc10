"""Data through a module, by each maker's own commands: pings and connections, and the module's own stack as found."""

from __future__ import annotations

import pytest

from tests.conftest import Command, Done, Served, Simulator
from tests.test_modem import exchange, measured, run, simulated
from tests.test_modem_field import evidence

HOST = "host=192.0.2.1"
MAKERS = {
    "quectel": ["family=quectel"],
    "quectel-bc26": ["family=quectel-bc26"],
    "quectel-bc95": ["family=quectel-bc95"],
    "simcom": ["family=simcom"],
    "simcom-sim800": ["family=simcom-sim800"],
    "simcom-sim7000": ["family=simcom-sim7000"],
    "simcom-sim7020": ["family=simcom-sim7020"],
    "simcom-sim7080": ["family=simcom-sim7080"],
    "telit": ["family=telit"],
    "ublox": ["family=ublox"],
    "fibocom": ["family=fibocom"],
    "neoway": ["family=neoway"],
}
#: family -> the question for its stack, and the answer of a closed stack
STACKS = {
    "quectel": ("AT+QIACT?", b"OK"),
    "telit": ("AT#SGACT?", b"#SGACT: 1,0"),
    "fibocom": ("AT+MIPCALL?", b"+MIPCALL: 0"),
    "neoway": ("AT+XIIC?", b"+XIIC:    0"),
    "huawei": ("AT^IPINIT?", b"^IPINIT: 0"),
    "simcom-sim800": ("AT+CIFSR", b"ERROR"),
    "simcom-sim7080": ("AT+CNACT?", b"+CNACT: 0,0"),
}


def reached(posdiag: Command, served: Served, *items: str) -> Done:
    return run(posdiag, served, HOST, *items, words=("--level", "external"))


@pytest.mark.parametrize("maker", MAKERS)
def test_a_host_that_answers(posdiag: Command, simulator: Simulator, maker: str) -> None:
    done = reached(posdiag, simulated(simulator, *MAKERS[maker]))
    assert (done.status, done.causes) == (0, [])
    assert measured(done, "identity")["family"] == maker
    assert measured(done, "reachability")["pings_answered"] == 3


@pytest.mark.parametrize("maker", [name for name in MAKERS if name != "ublox"])  # which tells an error, and no more
def test_pings_that_are_lost(posdiag: Command, simulator: Simulator, maker: str) -> None:
    done = reached(posdiag, simulated(simulator, *MAKERS[maker], HOST, fault="MDM-NO-DATA"))
    assert done.causes == ["MDM-NO-DATA"]
    assert "to 3 pings" in evidence(done, "MDM-NO-DATA")


@pytest.mark.parametrize(
    "maker",
    ["quectel", "quectel-bc26", "quectel-bc95", "simcom", "simcom-sim800", "simcom-sim7080", "fibocom"],
)
def test_pings_that_were_not_sent_are_not_lost(posdiag: Command, simulator: Simulator, maker: str) -> None:
    done = reached(posdiag, simulated(simulator, *MAKERS[maker], "unsent=1"))
    assert done.causes == []
    assert done.check("modem", "reachability")["outcome"] == "not-answered"


@pytest.mark.parametrize("maker", STACKS)
@pytest.mark.parametrize("before", ["closed", "open"])
def test_a_stack_is_left_as_it_was(posdiag: Command, simulator: Simulator, maker: str, before: str) -> None:
    served = simulated(simulator, f"family={maker}", *(["stack=open"] if before == "open" else []))
    done = reached(posdiag, served, *(["port=443"] if maker == "huawei" and before == "closed" else []))
    untried = maker == "huawei" and before == "open"  # it pings nothing: what was asked for is not proven
    assert (done.status, done.causes) == (3 if untried else 0, [])
    question, closed = STACKS[maker]
    told = exchange(served, question + "\r")
    assert (closed in told and b"10.64.12.7" not in told and b"1,1" not in told) is (before == "closed")


@pytest.mark.parametrize(
    ("items", "settings"),
    [
        (["family=huawei"], ["port=443"]),
        (["family=simcom-sim800", "refuses=+CIPPING"], ["port=443"]),
        (["family=simcom-sim7080", "refuses=+SNPING4"], ["port=443"]),
    ],
    ids=["Huawei", "SIM800 without a ping", "SIM7080 without a ping"],
)
@pytest.mark.parametrize("fault", ["", "MDM-NO-DATA"])
def test_a_connection_in_the_place_of_a_ping(
    posdiag: Command, simulator: Simulator, items: list[str], settings: list[str], fault: str
) -> None:
    done = reached(posdiag, simulated(simulator, *items, HOST, fault=fault), *settings)
    assert done.causes == ([fault] if fault else [])
    assert measured(done, "reachability")["host_connected"] is not bool(fault)
    assert ("port 443" in evidence(done, "MDM-NO-DATA")) is bool(fault)


def test_a_name_that_a_connection_does_not_find(posdiag: Command, simulator: Simulator) -> None:
    unfound = f'says=AT+CAOPEN=0,0,"TCP","{HOST.removeprefix("host=")}",443>+CAOPEN: 0,20'
    served = simulated(simulator, "family=simcom-sim7080", "refuses=+SNPING4", unfound)
    assert reached(posdiag, served, "port=443").causes == ["MDM-HOST"]


def test_no_connection_is_made_beside_another_program_s(posdiag: Command, simulator: Simulator) -> None:
    done = reached(posdiag, simulated(simulator, "family=huawei", "stack=open"), "port=443")
    assert done.causes == []
    assert "another program" in done.check("modem", "reachability")["detail"]


def test_a_module_that_pings_numbers_only(posdiag: Command, simulator: Simulator) -> None:
    served = simulated(simulator, "family=quectel-bc95")
    done = run(posdiag, served, "host=pos.example.com", words=("--level", "external"))
    assert done.causes == []
    assert "in numbers" in done.check("modem", "reachability")["detail"]
    planned = run(posdiag, served, "host=pos.example.com", "family=quectel-bc95", words=("--level", "external"))
    assert all(check["name"] != "reachability" for check in planned.component("modem")["checks"])


@pytest.mark.parametrize(
    ("maker", "opening"),
    [("quectel", "AT+QIACT=1"), ("fibocom", 'AT+MIPCALL=1,"cmnet"'), ("neoway", "AT+XIIC=1"),
     ("simcom-sim800", "AT+CIICR")],
)  # fmt: skip
@pytest.mark.parametrize(("answer", "causes"), [("ERROR", []), ("+CME ERROR: 132", ["MDM-APN"])])
def test_a_stack_that_does_not_open(
    posdiag: Command, simulator: Simulator, maker: str, opening: str, answer: str, causes: list[str]
) -> None:
    """The module's ERROR blames nobody; a reason of the network's (27.007 clause 9.2.2) is the access point's."""
    done = reached(posdiag, simulated(simulator, f"family={maker}", f"says={opening}>{answer}"))
    assert done.causes == causes
    assert opening in str(done.check("modem", "reachability"))
