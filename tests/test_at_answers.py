"""Answers of modems, of many makers, as users and manuals have published them; noise is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from drivers.modem.pure import answers, events, restrictions
from drivers.modem.pure.answers import Registration, Signal, Sim
from drivers.modem.pure.families import (
    CARD_TRIES,
    FAMILIES,
    STANDARD_TRIES,
    Name,
    Question,
    recognised,
)
from drivers.modem.pure.pings import PingResult


def tried(read: Callable[[], Any]) -> Any:
    """What it reads; None for its documented error."""
    try:
        return read()
    except ValueError:
        return None


def level_of(name: Name) -> Callable[[list[str]], Signal | None]:
    """How a family's own command for the level is read."""
    return has(FAMILIES[name].level).read


def has(question: Question[Any] | None) -> Question[Any]:
    assert question is not None
    return question


#: read answers -> state, technology, cause; None: they hold no state
REGISTRATIONS: dict[str, tuple[str, Registration | None]] = {
    "+CREG: 0,1": ("+CREG", Registration("home")),
    '+CREG: 2,5,"17E0","00359D48",7': ("+CREG", Registration("roaming", "LTE")),
    "+CREG: 1,1,84CD,00D30173": ("+CREG", Registration("home")),
    '+CREG:002,001,"18d8","ffff"': ("+CREG", Registration("home")),
    "+CREG: 2,1,  0 5, 2715": ("+CREG", Registration("home")),
    '+CREG: 2,1,"FFFF","6D310D",13': ("+CREG", Registration("home", "LTE+NR")),
    "+CREG: 2,1,000B,2816, B, C2816": ("+CREG", Registration("home")),
    "+CREG: 2,0,00,0": ("+CREG", Registration("off")),
    "+CREG: 0,2": ("+CREG", Registration("searching")),
    "+CREG: 0,4": ("+CREG", Registration("unknown")),
    "+CREG: 0,8": ("+CREG", Registration("emergency")),
    '+CREG: 2,6,"1","2",7': ("+CREG", Registration("home-sms", "LTE")),
    "+CEREG: 2,10, 2CA8, 20 ,B5583D ,7": ("+CEREG", Registration("roaming", "LTE")),
    "+CEREG: 5,0,,,,,0,0": ("+CEREG", Registration("off")),
    '+CEREG: 5,1,"1B2C","0A3F5D01",9,,,"00000000","00100100"': ("+CEREG", Registration("home", "NB-IoT")),
    "+CEREG: 3,3,,,,0,15": ("+CEREG", Registration("denied", "", 15)),
    "+CGREG: 3,3,,,,,0,7": ("+CGREG", Registration("denied", "", 7)),
    "+CREG: 5": ("+CREG", None),
    '+CREG: 5,"17E0","00359D48",6': ("+CREG", None),
    "+CREG: 1,84CD,00D30173": ("+CREG", None),
    "+CREG: 2,,": ("+CREG", None),
    "+C5GREG: 0": ("+C5GREG", None),
    '+CREG: 0011,"0001","0010",000': ("+CREG", None),
}


@pytest.mark.parametrize("line", REGISTRATIONS)
def test_registrations(line: str) -> None:
    head, expected = REGISTRATIONS[line]
    assert tried(lambda: answers.registration([line], head)) == expected


def test_an_unasked_report_beside_the_answer() -> None:
    assert answers.registration(["+CREG: 0,2", "+CREG: 1"], "+CREG").state == "searching"
    assert answers.report_level(["+CREG: 2,1", "+CREG: 5"], "+CREG") == 2


SIGNALS: dict[str, tuple[Callable[[list[str]], Signal | None], Signal | None]] = {
    "+CSQ: 0,0": (answers.quality, Signal("RSSI", -113)),
    "+CSQ: 9, 99": (answers.quality, Signal("RSSI", -95)),
    "+CSQ:31,99": (answers.quality, Signal("RSSI", -51)),
    "+CSQ: 99,99": (answers.quality, None),
    "+CSQ: 116,99": (answers.quality, Signal("RSCP", -100)),
    "+CSQ: 14,0": (answers.quality, Signal("RSSI", -85)),
    "+CESQ:99,99,255,255,12,40": (answers.extended_quality, Signal("RSRP", -101)),
    "+CESQ: 17,99,255,255,4,29,75,52,57": (answers.extended_quality, Signal("RSRP", -112)),
    "+CESQ: 99,99,255,255,255,255,75,52,57": (answers.extended_quality, Signal("SS-RSRP", -105)),
    "+CESQ: 30,0,255,255,255,255": (answers.extended_quality, Signal("RSSI", -81)),
    "+CESQ: 99,99,40,20,255,255": (answers.extended_quality, Signal("RSCP", -81)),
    "+CSQ: 99,99,255,255,20,46": (answers.extended_quality, Signal("RSRP", -95)),
    "+CESQ: 99,99,255,255,255,255": (answers.extended_quality, None),
    '+QCSQ: "CAT-M1",-91,-129,67,-20': (level_of("quectel"), Signal("RSRP", -129)),
    '+QCSQ: "LTE",77,-116,76,-17': (level_of("quectel"), Signal("RSRP", -116)),
    '+QCSQ: "NOSERVICE"': (level_of("quectel"), None),
    '^HCSQ: "LTE",30,19,66,0': (level_of("huawei"), Signal("RSRP", -122)),
    '^HCSQ: "WCDMA",30,30,58': (level_of("huawei"), Signal("RSCP", -91)),
    '^HCSQ: "GSM",36,255': (level_of("huawei"), Signal("RSSI", -85)),
    "+CPSI: LTE,Online,460-11,0x775C,117004595,399,EUTRAN-BAND3,1650,5,5,-98,-892,-591,12": (
        level_of("simcom"), Signal("RSRP", -89.2),
    ),
    "+CPSI: NO SERVICE,Online": (level_of("simcom"), None),
    "+CPSI: LTE CAT-M1,Online,310-410,0x4804,74777865,343,EUTRAN-BAND2,875,4,4,-13,-112,-82,14": (
        level_of("simcom"), Signal("RSRP", -112),
    ),
    "+CPSI: LTE CAT-M1,Online,466-92,0x2CEC,28608801,434,EUTRAN-BAND3,1750,5,5,-6,-77,-57,16": (
        level_of("simcom"), Signal("RSRP", -77),
    ),
    "+CPSI: LTE,Online,214-07,0x6FB9,73795850,13,EUTRAN-BAND3,1301,5,5,-192,-773,-374,3": (
        level_of("simcom"), Signal("RSRP", -77.3),
    ),
    '+QCSQ: "NR5G",-75,4,-11': (level_of("quectel"), Signal("SS-RSRP", -75)),
    '+QCSQ: "eMTC",-84,-91,165,-6': (level_of("quectel"), Signal("RSRP", -91)),
    '^HCSQ:"LTE",2,3,158,40': (level_of("huawei"), Signal("RSRP", -138)),
    "+CESQ: 99,99,255,255,255,255,83,73,77": (answers.extended_quality, Signal("SS-RSRP", -84)),
}  # fmt: skip


@pytest.mark.parametrize("line", SIGNALS)
def test_levels(line: str) -> None:
    read, expected = SIGNALS[line]
    assert read([line]) == expected


def test_levels_in_a_word() -> None:
    assert [Signal("RSSI", dbm).quality for dbm in (-51, -83, -93, -95)] == ["excellent", "good", "fair", "poor"]
    assert [Signal("RSRP", dbm).quality for dbm in (-80, -89, -100, -101)] == ["excellent", "good", "fair", "poor"]


CARDS: dict[str, Sim] = {
    "+CPIN: READY": Sim.READY, '+CPIN: "SIM PIN"': Sim.PIN, "+CPIN: SIM PUK": Sim.PUK, "+CPIN: SIM PIN2": Sim.READY,
    "+CPIN: PH-NET PIN": Sim.LOCKED, "+CPIN: PH-SIM PIN": Sim.LOCKED, "+CPIN: NOT INSERTED": Sim.ABSENT,
    "+CPIN: NOT READY": Sim.BUSY, "+CPIN:READY": Sim.READY, "+cpin: ready": Sim.READY,
}  # fmt: skip
ERRORS: dict[str, Sim] = {
    "+CME ERROR: 10": Sim.ABSENT, "+CME ERROR: SIM not inserted": Sim.ABSENT, "+CMS ERROR: 310": Sim.ABSENT,
    "+CME ERROR: 11": Sim.PIN, "+CME ERROR: 12": Sim.PUK, "+CME ERROR: 13": Sim.FAILED, "+CME ERROR: 15": Sim.FAILED,
    "+CME ERROR: SIM failure": Sim.FAILED, "+CME ERROR: 14": Sim.BUSY, "+CME ERROR: SIM busy": Sim.BUSY,
    "+CME ERROR: 515": Sim.BUSY, "+CMS ERROR: 313": Sim.FAILED, "ERROR": Sim.UNKNOWN, "+CME ERROR: 100": Sim.UNKNOWN,
    "+CME ERROR: 3": Sim.UNKNOWN, "COMMAND NOT SUPPORT": Sim.UNKNOWN, "+CMS ERROR: 10": Sim.UNKNOWN,
}  # fmt: skip


def test_cards() -> None:
    assert {line: answers.sim_state([line]) for line in CARDS} == CARDS
    assert {line: answers.sim_error(line) for line in ERRORS} == ERRORS


@pytest.mark.parametrize(
    ("line", "end"),
    [
        ("+QCCID: 89860012345678901234", "1234"),
        ("+QCCID: 8986001234567890123F", "0123"),
        ("89860012345678901234", "1234"),
        ("+CCID: 8944501234567890123", "0123"),
        ("+ICCID: 898600D1234567890123", "0123"),
        ("#CCID: 8939012345678901234", "1234"),
        ("^ICCID: 98680021436587092143", "1234"),
        ("ICCID: 89860012345678901234", "1234"),
        ('+CRSM: 144,0,"98680021436587092143"', "1234"),
        ('+CRSM: 106,130,""', None),
        ("+QCCID: 1234", None),
        ("ERROR", None),
    ],
)
def test_card_numbers(line: str, end: str | None) -> None:
    found = tried(lambda: answers.iccid([line]))
    assert (found[-4:] if found else None) == end


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('+COPS: 0,0,"CHINA MOBILE",7', "CHINA MOBILE"),
        ("+COPS: 0", ""),
        ("+COPS: 2", ""),
        ('+COPS:0,2,"25001",7', "25001"),
        ('+COPS: (0,2,"25001",7,0),(0,2,"25001",7,0)', "25001"),
        ('+COPS: 1,0,"T - Mobile"', "T - Mobile"),
    ],
)
def test_operators(line: str, name: str) -> None:
    assert answers.operator([line]) == name


def test_contexts_and_addresses() -> None:
    said = ['+CGDCONT: 1,"IP","cmnet","0.0.0.0",0,0,0,0', '+CGDCONT: 2,"IPV4V6","","",0,0', "+CGDCONT: 3,PPP,ims"]
    assert [(one.number, one.apn) for one in answers.contexts(said)] == [(1, "cmnet"), (2, ""), (3, "ims")]
    assert answers.active(["+CGACT: 1,1", "+CGACT: 2, 0", "+CGACT: 5,1"]) == {1, 5}
    given = ['+CGPADDR: 1,"10.64.12.7"', "+CGPADDR: 2,0.0.0.0", "+CGPADDR: 3", "+CGPADDR: 4,10.1.2.3"]
    assert answers.addresses(given) == {1: "10.64.12.7", 4: "10.1.2.3"}
    assert answers.attached(["+CGATT: 0"]) is False
    assert answers.functionality(["+CFUN: 4"]) == 4


def test_what_modules_say_they_are() -> None:
    assert answers.words(['+CGMM: "FM350-GL"']) == "FM350-GL"
    assert answers.words(["Revision: EC25EFAR06A06M4G"]) == "EC25EFAR06A06M4G"
    assert answers.words(['+CGMI: ""', "Air724"]) == "Air724"
    assert answers.digits(['+GSN: "490154203237518"'], 15, 16) == "490154203237518"
    assert recognised("SIMCOM INCORPORATED", "SIMCOM_SIM7600E") == "simcom"
    assert recognised("SIMCOM_Ltd", "SIMCOM_SIM800C") == recognised("SIMCOM_Ltd", "SIM868") == "simcom-sim800"
    assert recognised("SIMCOM INCORPORATED", "SIM8202G-M2") == "simcom"
    assert recognised("Quectel_Ltd", "Quectel_BC26") == "quectel-bc26"
    assert recognised("Quectel", "BC28-B8") == recognised("", "BC95-G") == "quectel-bc95"
    assert recognised("Quectel", "BG96", "BG96MAR02A07M1G") == "quectel"
    assert recognised("u-blox", "SARA-R410M-02B") == "ublox"
    assert recognised("", "CX93001-EIS_V0.2002-V92") == "conexant"
    assert recognised("Manufacturer", "X100") == "standard"


def test_tries_left() -> None:
    assert STANDARD_TRIES.read(["+CPINR: SIM PIN,3,3", "+CPINR: SIM PUK,10,10"]) == 3
    assert CARD_TRIES.read(['+CSIM: 4,"63C1"']) == 1
    assert CARD_TRIES.read(['+CSIM: 4,"6983"']) == 0
    assert tried(lambda: CARD_TRIES.read(['+CSIM: 4,"9000"'])) is None  # verified already: it does not tell
    said = {
        "quectel": ['+QPINC: "SC",2,10', '+QPINC: "P2",3,10'], "ublox": ["+UPINCNT: 2,3,10,10"],
        "huawei": ["^CPIN: SIM PIN,2,10,2,10,3"], "sierra": ["+CPINC: 2,3,10,10"], "cinterion": ["^SPIC: 2"],
    }  # fmt: skip
    found = {name: has(FAMILIES[name].tries).read(lines) for name, lines in said.items()}
    assert set(found.values()) == {2}


@pytest.mark.parametrize(
    ("name", "lines", "expected"),
    [
        ("quectel", ['+QPING: 0,"8.8.8.8",32,155,114', "+QPING: 0,4,4,0,56,73,66"], PingResult(4)),
        ("quectel", ["+QPING: 569", "+QPING: 569", "+QPING: 0,2,0,2,0,0,0"], PingResult(0)),
        ("quectel", ["+QPING: 565"], PingResult(error=565)),
        ("quectel", ['+QPING: 0,"8.8.8.8",32,155,114'], None),
        ("simcom", ['+CPING: 1,"8.8.8.8",64,70,114', "+CPING: 3,3,1,2,70,70,70"], PingResult(1)),
        ("telit", ['#PING: 01,"81.201.117.177",6,50', '#PING: 02,"81.201.117.177",600,255'], PingResult(1)),
        ("ublox", ['+UUPING: 1,32,"dns.google","8.8.8.8",51,349'], None),
        ("ublox", [f'+UUPING: {number},32,"dns.google","8.8.8.8",51,349' for number in (1, 2, 3)], PingResult(3)),
        ("ublox", ["+UUPINGER: 12"], PingResult(error=12)),
        ("quectel", ["+QPING: 0,0,0,0,0,0,0"], None),
        ("quectel-bc26", ['+QPING: 0,"8.8.8.8",32,155,114', "+QPING: 0,4,4,0,56,73,66"], PingResult(4)),
        ("quectel-bc95", ["+NPING:183.232.231.174,54,1974"], PingResult(1)),
        ("quectel-bc95", ["+NPING:1,183.232.231.174,54,1974"], PingResult(1)),
        ("quectel-bc95", ["+NPINGERR:1"], PingResult(0)),
        ("quectel-bc95", ["+NPINGERR: 2"], None),
        ("simcom-sim800", ['+CIPPING: 1,"172.217.166.132",111,52', '+CIPPING: 2,"1.2.3.4",600,255'], PingResult(1)),
        ("simcom-sim800", ["+CIPPING: 1,39.156.66.14,50,0"], PingResult(0)),
        ("fibocom", ['+MPING: "10.170.4.112",0,0,400', '+MPINGSTAT: 0,"10.170.4.112",4,4,417'], PingResult(4)),
        ("fibocom", ['+MPINGSTAT: 1,"10.170.4.112"'], None),
        ("fibocom", ['+MPINGSTAT: 0,"10.170.4.112",3,0'], PingResult(0)),
        ("fibocom", ["+MPINGSTAT: 2"], None),
        ("neoway", ["Reply from 39.156.69.79: bytes= 36 time = 148(ms), TTL = 255"] * 3, PingResult(3)),
        ("neoway", ["Reply from 39.156.69.79: bytes= 36 time = 600(ms), TTL = 255"] * 3, PingResult(0)),
        ("neoway", ["Reply from 58.60.184.213: bytes= 64 time = 873(ms), TTL = 255"], None),
    ],
)
def test_pings(name: Any, lines: list[str], expected: PingResult | None) -> None:
    assert tried(lambda: FAMILIES[name].pings[0].read(lines)) == expected


def test_voltages() -> None:
    conexant, silabs = has(FAMILIES["conexant"].line), has(FAMILIES["silabs"].line)
    assert (conexant.read(["48.50"]), conexant.read(["1.4"])) == (48.5, 1.4)
    assert (silabs.read(["3000"]), silabs.read(["D000"]), silabs.read(["0000"])) == (48.0, 48.0, 0.0)


#: family, command's answer -> whether it restricts
SEARCHES: list[tuple[Name, list[str], bool | None]] = [
    ("simcom", ["+CNMP: 38"], True),
    ("simcom", ["+CNMP: 2"], False),
    ("simcom", ["+CMNB: 3"], False),
    ("simcom", ['+CBANDCFG: "CAT-M",5', '+CBANDCFG: "NB-IOT",5'], True),
    ("simcom", ['+CBANDCFG: "CAT-M",1,2,3,4,5,8', '+CBANDCFG: "NB-IOT",1,2,3,8,20'], False),
    ("quectel", ['+QCFG: "nwscanmode",0'], False),
    ("quectel", ['+QCFG: "nwscanmode",1'], True),
    ("quectel", ['+QCFG: "band",0x0,0x4,0x0'], True),
    ("quectel", ['+QCFG: "band",0xf,0x400a0e189f,0xa0e189f'], False),
    ("quectel", ['+QCFG: "roamservice",1'], True),
    ("quectel", ['+QCFG: "roamservice",255'], False),
    ("quectel", ['+QNWPREFCFG: "mode_pref",AUTO'], False),
    ("quectel", ['+QNWPREFCFG: "mode_pref",NR5G'], True),
    ("quectel", ['+QNWPREFCFG: "lte_band",1:3:7:20'], False),
    ("quectel", ['+QNWPREFCFG: "lte_band",7'], True),
    ("huawei", ['^SYSCFGEX:"00",3FFFFFFF,1,2,800C5,,'], False),
    ("huawei", ["^SYSCFGEX: 080302,3FFFFFFF,1,2,7FFFFFFFFFFFFFFF"], False),
    ("huawei", ['^SYSCFGEX:"00",3FFFFFFF,0,2,7FFFFFFFFFFFFFFF,,'], True),
    ("huawei", ["^SYSCFG:13,1,3FFFFFFF,1,2"], True),
    ("ublox", ["+URAT: 7,8"], False),
    ("ublox", ["+URAT: 9"], True),
    ("ublox", ["+UBANDMASK: 0,16,1,185473183"], True),
    ("ublox", ["+UBANDMASK: 0,185473183,1,185473183"], False),
    ("telit", ["+WS46: 25"], False),
    ("telit", ["12"], True),
    ("telit", ["#WS46: 1,0"], True),
    ("sierra", ["!SELRAT: 00, Automatic"], False),
    ("sierra", ["!SELRAT: 01, UMTS 3G Only"], True),
    ("sierra", ["Index, Name", "09, LTE ALL"], True),
    ("sierra", ["Index, Name", "00, All bands"], False),
    ("fibocom", ["+GTACT: 20,6,3,1,2,4,5,8,101,103"], False),
    ("fibocom", ["+GTACT: 14,6,6,0"], True),
    ("zte", ["+ZSNT: 0,0,0"], False),
    ("zte", ["+ZSNT: 0,0,2"], False),
    ("zte", ["+ZSNT: 1,0,0"], True),
    ("zte", ["+ZSNT: 6,0,0"], True),
    ("standard", ["31"], False),
    ("standard", ["+WS46: 99999"], None),
    ("simcom", ["+CNMP: x"], None),
]


@pytest.mark.parametrize(("family", "lines", "restricts"), SEARCHES, ids=str)
def test_restrictions(family: Name, lines: list[str], restricts: bool | None) -> None:
    read = [tried(lambda one=one: one.read(lines)) for one in restrictions.questions(family)]
    told = [answer for answer in read if answer is not None]
    assert any(told) is bool(restricts)
    assert bool(told) is (restricts is not None)


#: model, its answer -> whether it restricts: a technology that the module has alone does not
MODELS = [
    ("simcom-sim7080", "SIM7080G", "+CNMP: 38", False),
    ("simcom-sim7080", "SIM7070G", "+CNMP: 38", True),
    ("simcom-sim7080", "SIM7080G", "+CMNB: 1", True),
    ("simcom", "SIMCOM_SIM7600E-H", "+CNMP: 38", True),
    ("simcom", "A7670E-LNXY", "+CNMP: 38", False),
    ("simcom", "A7670E-LASE", "+CNMP: 38", True),
    ("quectel", "BG95-M1", '+QCFG: "nwscanmode",3', False),
    ("quectel", "BG95-M1", '+QCFG: "iotopmode",0', False),
    ("quectel", "BG95-M2", '+QCFG: "iotopmode",0', True),
    ("quectel", "BG95-M3", '+QCFG: "nwscanmode",3', True),
    ("quectel", "BG95-M1", '+QCFG: "band",0x0,0x4,0x0', True),
    ("quectel", "BG772A", '+QCFG: "nwscanmode",3', True),
    ("ublox", "SARA-R404M-00B", "+URAT: 7", False),
    ("ublox", "SARA-R410M-02B", "+URAT: 7", True),
    ("ublox", "SARA-R410M-52B", "+URAT: 7", False),
    ("ublox", "SARA-N211", "+URAT: 8", False),
    ("ublox", "LARA-R203", "+URAT: 3", False),
    ("ublox", "LARA-R211", "+URAT: 3", True),
    ("ublox", "SARA-G350", "+URAT: 0", False),
    ("telit", "LE910C1-EU", "+WS46: 28", True),
    ("sierra", "EM7455", "!SELRAT: 06, LTE Only", True),
    ("cinterion", "TX62-W", "^SXRAT: 7", False),
    ("cinterion", "ELS61-E", "^SXRAT: 7", True),
    ("standard", "", "+WS46: 28", True),
]


@pytest.mark.parametrize(("family", "model", "line", "restricts"), MODELS, ids=str)
def test_what_a_model_has_alone_is_no_restriction(family: Name, model: str, line: str, restricts: bool) -> None:
    asked = [one for one in restrictions.questions(family) if line.startswith(one.command.heads)]
    told = [answer for one in asked if (answer := tried(lambda one=one: one.read([line]))) is not None]
    assert [bool(restrictions.of_model(answer, model)) for answer in told] == [restricts]


@pytest.mark.parametrize("line", ["", "+QCFG", "garbage", '+QCFG: "band",zz', "^SYSCFGEX: ,,,,", "+URAT: ,"])
@pytest.mark.parametrize("family", FAMILIES)
def test_noise_restricts_nothing(family: Name, line: str) -> None:
    for one in restrictions.questions(family):
        assert not tried(lambda one=one: one.read([line]))


OPERATORS = {"004300480049004E0041": "CHINA", "46000": "46000", "CHINA MOBILE": "CHINA MOBILE", "4E2D56FD": "中国"}


@pytest.mark.parametrize("told", OPERATORS)
def test_names_of_operators(told: str) -> None:
    assert answers.operator([f'+COPS: 0,0,"{told}",7']) == OPERATORS[told]


def test_how_the_network_is_chosen() -> None:
    assert [answers.selection([f"+COPS: {mode}"]) for mode in (0, 1, 2, 4)] == [0, 1, 2, 4]


REPORTS = {"+CREG: 3": True, '+CEREG: 3,"1A2B","01C3D4E5",7,0,15': True, "+CREG: 0,1": False, "+CEREG: 3,,,,0,15": True}


@pytest.mark.parametrize("line", REPORTS)
def test_reports_differ_from_answers(line: str) -> None:
    assert events.is_report(line) is REPORTS[line]
    assert bool(events.denial([line])) is REPORTS[line]
