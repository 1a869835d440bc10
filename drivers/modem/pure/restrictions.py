"""What restricts a module's search for a network, as the makers' commands tell: technology, bands, roaming.

Each reader gives the restriction in words with the command that lifts the restriction, or an empty text, and raises
ValueError for other lines. Sources: TS 27.007 clause 5.9 (+WS46); AT manuals of SIMCom (SIM7000 series), Quectel (EC25,
BG96, RG50xQ), Huawei (ME909s), u-blox (SARA-R4), Telit (xE910), Sierra (EM74xx), Thales (ELS61), Fibocom (FM150);
for ZTE oFono (drivers/ztemodem) and ModemManager.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from drivers.modem.pure.at import Command, fields, unquoted
from drivers.modem.pure.families import Name, Question

_FEW = 2  # bands; a module that looks for no more is taken to be restricted


def _mode(head: str, only: Mapping[str, str], lift: str) -> Callable[[Sequence[str]], str]:
    """Return a reader of a mode that is a number: the first value behind the head."""

    def read(lines: Sequence[str]) -> str:
        for line in lines:
            value = unquoted(fields(line, head)[0])
            if re.fullmatch(r"\d{1,3}", value):
                what = only.get(str(int(value)))
                return f"{head}: {value}, {what}; {lift} lifts that" if what else ""
        raise ValueError(f"no answer to {head}")

    return read


def _setting(head: str, name: str, read: Callable[[list[str]], str], lift: str) -> Callable[[Sequence[str]], str]:
    """Return a reader of a named setting: `read` says of its values in words what they restrict."""

    def read_lines(lines: Sequence[str]) -> str:
        for line in lines:
            key, *values = (unquoted(value) for value in fields(line, head))
            if key.lower() == name and values:
                what = read(values)
                return f"{line}: {what}; {lift} lifts that" if what else ""
        raise ValueError(f"no answer to {head}")

    return read_lines


def _only(words: Mapping[str, str]) -> Callable[[list[str]], str]:
    return lambda values: words.get(values[0].upper(), "")


def _bits(mask: str) -> int:
    """Return the number of bands in a mask of hexadecimal digits. Raises: ValueError for other characters."""
    return int(mask.removeprefix("0x"), 16).bit_count()


def _few_bands(values: list[str]) -> str:
    """Say that masks hold few bands altogether; masks of zero belong to technologies that the module has not."""
    count = sum(_bits(value) for value in values)
    return "few bands only" if 0 < count <= _FEW else ""


def _listed_bands(values: list[str]) -> str:
    bands = [band for value in values for band in value.split(":") if band.strip()]
    return "few bands only" if 0 < len(bands) <= _FEW else ""


def _one_technology(values: list[str]) -> str:
    return "" if values[0].upper() == "AUTO" or ":" in values[0] else f"{values[0]} only"


def _cbandcfg(lines: Sequence[str]) -> str:
    """Read SIMCom's bands: a line for each technology, with the bands' numbers."""
    found = [fields(line, "+CBANDCFG") for line in lines]
    if not any(len(values) > 1 for values in found):
        raise ValueError("no answer to +CBANDCFG")
    few = [",".join(values) for values in found if 1 < len(values) <= 1 + _FEW]
    return f"+CBANDCFG: {' '.join(few)}, few bands only; AT+CBANDCFG sets more" if few else ""


def _syscfgex(lines: Sequence[str]) -> str:
    """Read Huawei's order of search ("00": automatic), GSM and UMTS bands, roaming, domain, LTE bands."""
    for line in lines:
        values = [unquoted(value) for value in fields(line, "^SYSCFGEX")]
        if len(values) >= 5 and re.fullmatch(r"\d{2,12}", values[0]):
            single = {"01": "GSM only", "02": "UMTS only", "03": "LTE only", "08": "NR only"}.get(values[0])
            roaming = "roaming off" if values[2] == "0" else ""
            words = ", ".join(filter(None, [single, roaming, _few_bands(values[4:5])]))
            lift = 'AT^SYSCFGEX="00",3FFFFFFF,1,2,7FFFFFFFFFFFFFFF,, lifts that'
            return f"^SYSCFGEX: {values[0]},{','.join(values[1:5])}, {words}; {lift}" if words else ""
    raise ValueError("no answer to ^SYSCFGEX")


def _syscfg(lines: Sequence[str]) -> str:
    """Read the older form: mode, order, bands, roaming, domain."""
    for line in lines:
        values = fields(line, "^SYSCFG")
        if len(values) >= 4:
            single = {"13": "GSM only", "14": "UMTS only", "17": "LTE only"}.get(values[0])
            words = ", ".join(filter(None, [single, "roaming off" if values[3] == "0" else ""]))
            return f"^SYSCFG: {','.join(values)}, {words}; AT^SYSCFG=2,0,3FFFFFFF,1,2 lifts that" if words else ""
    raise ValueError("no answer to ^SYSCFG")


def _urat(lines: Sequence[str]) -> str:
    """Read u-blox' technologies in their order; a single technology alone is a restriction."""
    single = {"0": "GSM", "2": "UMTS", "3": "LTE", "7": "LTE Cat M1", "8": "NB-IoT", "9": "GPRS"}
    for line in lines:
        values = fields(line, "+URAT")
        if all(re.fullmatch(r"\d{1,2}", value) for value in values):
            what = single.get(values[0]) if len(set(values)) == 1 else None
            return f"+URAT: {','.join(values)}, {what} only; AT+URAT lifts that" if what else ""
    raise ValueError("no answer to +URAT")


def _ubandmask(lines: Sequence[str]) -> str:
    """Read u-blox' masks: technology and mask in turn, decimal."""
    for line in lines:
        values = fields(line, "+UBANDMASK")
        if len(values) > 1 and all(re.fullmatch(r"\d{1,20}", value) for value in values):
            few = any(0 < int(mask).bit_count() <= _FEW for mask in values[1::2])
            return f"+UBANDMASK: {','.join(values)}, few bands only; AT+UBANDMASK sets more" if few else ""
    raise ValueError("no answer to +UBANDMASK")


def _named_only(head: str, lift: str) -> Callable[[Sequence[str]], str]:
    """Return a reader of Sierra's choices, which say themselves what they are: 06, LTE Only."""

    def read(lines: Sequence[str]) -> str:
        for line in lines:
            found = re.search(r"\b([0-9A-F]{2}), *([A-Za-z0-9][^,]*)", line.removeprefix(f"{head}:"), re.IGNORECASE)
            if found:
                only = found[2].lower().endswith("only") or (head == "!BAND" and found[1] != "00")
                return f"{head}: {found[1]}, {found[2].strip()}; {lift} lifts that" if only else ""
        raise ValueError(f"no answer to {head}")

    return read


def _ws46(lines: Sequence[str]) -> str:
    """Read +WS46 (TS 27.007 clause 5.9), with its head or bare."""
    single = {"12": "GSM only", "22": "UTRAN only", "28": "E-UTRAN only", "36": "NG-RAN only"}
    for line in lines:
        found = re.fullmatch(r"(?:\+WS46 ?: ?)?(\d{1,2})", line)
        if found:
            what = single.get(found[1])
            return f"+WS46: {found[1]}, {what}; AT+WS46=25 lifts that" if what else ""
    raise ValueError("no answer to +WS46")


def _ask(command: str, head: str, read: Callable[[Sequence[str]], str], *, bare: bool = False) -> Question[str]:
    return Question(Command(command, (head,), bare=bare), read)


def _quectel(name: str, read: Callable[[list[str]], str], lift: str, head: str = "+QCFG") -> Question[str]:
    return _ask(f'AT{head}="{name}"', head, _setting(head, name, read, lift))


_SCAN = {"1": "GSM only", "2": "WCDMA only", "3": "LTE only", "4": "TD-SCDMA only", "5": "one technology only"}
_STANDARD = _ask("AT+WS46?", "+WS46", _ws46, bare=True)
#: family -> what is asked of a module that no network lets in
QUESTIONS: dict[Name, tuple[Question[str], ...]] = {
    "simcom": (
        _ask(
            "AT+CNMP?",
            "+CNMP",
            _mode(
                "+CNMP",
                {"13": "GSM only", "14": "WCDMA only", "38": "LTE only", "59": "TD-SCDMA only", "71": "NR only"},
                "AT+CNMP=2",
            ),
        ),
        _ask("AT+CMNB?", "+CMNB", _mode("+CMNB", {"1": "CAT-M only", "2": "NB-IoT only"}, "AT+CMNB=3")),
        _ask("AT+CBANDCFG?", "+CBANDCFG", _cbandcfg),
    ),
    "quectel": (
        _quectel("nwscanmode", _only(_SCAN), 'AT+QCFG="nwscanmode",0,1'),
        _quectel("iotopmode", _only({"0": "CAT-M only", "1": "NB-IoT only"}), 'AT+QCFG="iotopmode",2,1'),
        _quectel("band", _few_bands, 'AT+QCFG="band"'),
        _quectel("roamservice", _only({"1": "roaming off"}), 'AT+QCFG="roamservice",255,1'),
        _quectel("mode_pref", _one_technology, 'AT+QNWPREFCFG="mode_pref",AUTO', "+QNWPREFCFG"),
        _quectel("lte_band", _listed_bands, 'AT+QNWPREFCFG="lte_band"', "+QNWPREFCFG"),
        _quectel("roam_pref", _only({"1": "roaming off"}), 'AT+QNWPREFCFG="roam_pref",255', "+QNWPREFCFG"),
    ),
    "huawei": (_ask("AT^SYSCFGEX?", "^SYSCFGEX", _syscfgex), _ask("AT^SYSCFG?", "^SYSCFG", _syscfg)),
    "ublox": (_ask("AT+URAT?", "+URAT", _urat), _ask("AT+UBANDMASK?", "+UBANDMASK", _ubandmask)),
    "zte": (
        _ask(
            "AT+ZSNT?", "+ZSNT", _mode("+ZSNT", {"1": "GSM only", "2": "UMTS only", "6": "LTE only"}, "AT+ZSNT=0,0,0")
        ),
    ),
    "telit": (
        _STANDARD,
        _ask("AT#WS46?", "#WS46", _mode("#WS46", {"0": "CAT-M1 only", "1": "NB-IoT only"}, "AT#WS46=2")),
    ),
    "sierra": (
        _ask("AT!SELRAT?", "!SELRAT", _named_only("!SELRAT", "AT!SELRAT=0"), bare=True),
        _ask("AT!BAND?", "!BAND", _named_only("!BAND", "AT!BAND=0"), bare=True),
    ),
    "cinterion": (
        _ask("AT^SXRAT?", "^SXRAT", _mode("^SXRAT", {"0": "GSM only", "2": "UMTS only", "7": "LTE only"}, "AT^SXRAT")),
    ),
    "fibocom": (
        _ask(
            "AT+GTACT?",
            "+GTACT",
            _mode("+GTACT", {"0": "GSM only", "1": "UMTS only", "2": "LTE only", "14": "NR only"}, "AT+GTACT=20"),
        ),
        _STANDARD,
    ),
}


def questions(family: Name) -> tuple[Question[str], ...]:
    """Return what is asked of a family's module; by the standard where the maker's commands are not known."""
    return QUESTIONS.get(family, (_STANDARD,))
