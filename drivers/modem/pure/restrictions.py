"""What restricts a module's search for a network, as the makers' commands tell: technology, bands, roaming.

Each reader gives the restriction with the command that lifts the restriction, or `NONE`, and raises ValueError for
other lines. Sources: TS 27.007 clause 5.9 (+WS46); AT manuals of SIMCom (SIM7000 series), Quectel (EC25,
BG96, RG50xQ), Huawei (ME909s), u-blox (SARA-R4), Telit (xE910), Sierra (EM74xx), Thales (ELS61), Fibocom (FM150);
for ZTE oFono (drivers/ztemodem) and ModemManager.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from drivers.modem.pure.at import Command, fields, unquoted
from drivers.modem.pure.families import Name, Question
from drivers.modem.pure.seen import Seen
from drivers.modem.pure.single import alone

_AS_BEFORE = "40000000"  # Huawei's bands, where they were not chosen
_FEW = 2  # bands; a module that looks for no more is taken to be restricted


@dataclass(frozen=True, slots=True)
class Restriction:
    """A setting as it was told, what the setting restricts, and the command that lifts the restriction."""

    told: str
    what: tuple[Seen, ...]
    lift: str

    def __bool__(self) -> bool:
        """Whether anything is restricted."""
        return bool(self.what)


#: the module's setting restricts nothing
NONE = Restriction("", (), "")

_FEW_BANDS, _NO_ROAMING = (Seen("few_bands"),), (Seen("roaming_off"),)

_Reader = Callable[[Sequence[str]], Restriction]
_Judge = Callable[[list[str]], tuple[Seen, ...]]


def _only(technology: str | None) -> tuple[Seen, ...]:
    """Return that a technology alone is searched for; nothing without a technology."""
    return (Seen("only_technology", {"technology": technology}),) if technology else ()


def _restriction(told: str, what: tuple[Seen, ...], lift: str) -> Restriction:
    return Restriction(told, what, lift) if what else NONE


def _mode(head: str, only: Mapping[str, str], lift: str) -> _Reader:
    """Return a reader of a mode that is a number: the first value behind the head."""

    def read(lines: Sequence[str]) -> Restriction:
        for line in lines:
            value = unquoted(fields(line, head)[0])
            if re.fullmatch(r"\d{1,3}", value):
                return _restriction(f"{head}: {value}", _only(only.get(str(int(value)))), lift)
        raise ValueError(f"no answer to {head}")

    return read


def _setting(head: str, name: str, read: _Judge, lift: str) -> _Reader:
    """Return a reader of a named setting: `read` says of its values what they restrict."""

    def read_lines(lines: Sequence[str]) -> Restriction:
        for line in lines:
            key, *values = (unquoted(value) for value in fields(line, head))
            if key.lower() == name and values:
                return _restriction(line, read(values), lift)
        raise ValueError(f"no answer to {head}")

    return read_lines


def _technology(technologies: Mapping[str, str]) -> _Judge:
    return lambda values: _only(technologies.get(values[0].upper()))


def _scan(values: list[str]) -> tuple[Seen, ...]:
    """Read Quectel's mode of the search; 5 is one technology, which one is the model's."""
    return (Seen("one_technology"),) if values[0] == "5" else _technology(_SCAN)(values)


def _roaming(values: list[str]) -> tuple[Seen, ...]:
    return _NO_ROAMING if values[0] == "1" else ()


def _bits(mask: str) -> int:
    """Return the number of bands in a mask of hexadecimal digits. Raises: ValueError for other characters."""
    return int(mask.removeprefix("0x"), 16).bit_count()


def _few_bands(values: list[str]) -> tuple[Seen, ...]:
    """Say that masks hold few bands altogether; masks of zero belong to technologies that the module has not."""
    count = sum(_bits(value) for value in values)
    return _FEW_BANDS if 0 < count <= _FEW else ()


def _listed_bands(values: list[str]) -> tuple[Seen, ...]:
    bands = [band for value in values for band in value.split(":") if band.strip()]
    return _FEW_BANDS if 0 < len(bands) <= _FEW else ()


def _one_technology(values: list[str]) -> tuple[Seen, ...]:
    return () if values[0].upper() == "AUTO" or ":" in values[0] else _only(values[0])


def _cbandcfg(lines: Sequence[str]) -> Restriction:
    """Read SIMCom's bands: a line for each technology, with the bands' numbers."""
    found = [fields(line, "+CBANDCFG") for line in lines]
    if not any(len(values) > 1 for values in found):
        raise ValueError("no answer to +CBANDCFG")
    few = [",".join(values) for values in found if 1 < len(values) <= 1 + _FEW]
    return _restriction(f"+CBANDCFG: {' '.join(few)}", _FEW_BANDS if few else (), "AT+CBANDCFG")


def _syscfgex(lines: Sequence[str]) -> Restriction:
    """Read Huawei's order of search ("00": automatic), GSM and UMTS bands, roaming, domain, LTE bands."""
    for line in lines:
        values = [unquoted(value) for value in fields(line, "^SYSCFGEX")]
        if len(values) >= 5 and re.fullmatch(r"\d{2,12}", values[0]):
            single = _only({"01": "GSM", "02": "UMTS", "03": "LTE", "08": "NR"}.get(values[0]))
            roaming = _NO_ROAMING if values[2] == "0" else ()
            lift = 'AT^SYSCFGEX="00",3FFFFFFF,1,2,7FFFFFFFFFFFFFFF,,'
            told = f"^SYSCFGEX: {','.join(values[:5])}"
            bands = () if values[4] == _AS_BEFORE else _few_bands(values[4:5])
            return _restriction(told, (*single, *roaming, *bands), lift)
    raise ValueError("no answer to ^SYSCFGEX")


def _syscfg(lines: Sequence[str]) -> Restriction:
    """Read the older form: mode, order, bands, roaming, domain."""
    for line in lines:
        values = fields(line, "^SYSCFG")
        if len(values) >= 4:
            single = _only({"13": "GSM", "14": "UMTS", "17": "LTE"}.get(values[0]))
            what = (*single, *(_NO_ROAMING if values[3] == "0" else ()))
            return _restriction(f"^SYSCFG: {','.join(values)}", what, "AT^SYSCFG=2,0,3FFFFFFF,1,2")
    raise ValueError("no answer to ^SYSCFG")


def _urat(lines: Sequence[str]) -> Restriction:
    """Read u-blox' technologies in their order; a single technology alone is a restriction."""
    single = {"0": "GSM", "2": "UMTS", "3": "LTE", "7": "LTE Cat M1", "8": "NB-IoT", "9": "GPRS"}
    for line in lines:
        values = fields(line, "+URAT")
        if all(re.fullmatch(r"\d{1,2}", value) for value in values):
            what = single.get(values[0]) if len(set(values)) == 1 else None
            return _restriction(f"+URAT: {','.join(values)}", _only(what), "AT+URAT")
    raise ValueError("no answer to +URAT")


def _ubandmask(lines: Sequence[str]) -> Restriction:
    """Read u-blox' masks: technology and mask in turn, decimal."""
    for line in lines:
        values = fields(line, "+UBANDMASK")
        if len(values) > 1 and all(re.fullmatch(r"\d{1,20}", value) for value in values):
            few = any(0 < int(mask).bit_count() <= _FEW for mask in values[1::2])
            return _restriction(f"+UBANDMASK: {','.join(values)}", _FEW_BANDS if few else (), "AT+UBANDMASK")
    raise ValueError("no answer to +UBANDMASK")


def _named_only(head: str, lift: str) -> _Reader:
    """Return a reader of Sierra's choices, which say themselves what they are: 06, LTE Only."""

    def read(lines: Sequence[str]) -> Restriction:
        for line in lines:
            found = re.search(r"\b([0-9A-F]{2}), *([A-Za-z0-9][^,]*)", line.removeprefix(f"{head}:"), re.IGNORECASE)
            if found:
                only = found[2].lower().endswith("only") or (head == "!BAND" and found[1] != "00")
                told = Seen("as_told", {"words": found[2].strip()})
                return _restriction(f"{head}: {found[1]}", (told,) if only else (), lift)
        raise ValueError(f"no answer to {head}")

    return read


def _ws46(lines: Sequence[str]) -> Restriction:
    """Read +WS46 (TS 27.007 clause 5.9), with its head or bare."""
    single = {"12": "GSM", "22": "UTRAN", "28": "E-UTRAN", "29": "GSM, UTRAN", "36": "NG-RAN"}
    for line in lines:
        found = re.fullmatch(r"(?:\+WS46 ?: ?)?(\d{1,2})", line)
        if found:
            return _restriction(f"+WS46: {found[1]}", _only(single.get(found[1])), "AT+WS46=25")
    raise ValueError("no answer to +WS46")


def _ask(command: str, head: str, read: _Reader, *, bare: bool = False) -> Question[Restriction]:
    return Question(Command(command, (head,), bare=bare), read)


def _quectel(name: str, read: _Judge, lift: str, head: str = "+QCFG") -> Question[Restriction]:
    return _ask(f'AT{head}="{name}"', head, _setting(head, name, read, lift))


_SCAN = {"1": "GSM", "2": "WCDMA", "3": "LTE", "4": "TD-SCDMA"}
_STANDARD = _ask("AT+WS46?", "+WS46", _ws46, bare=True)
_SIMCOM = (
    _ask(
        "AT+CNMP?",
        "+CNMP",
        _mode(
            "+CNMP",
            {"13": "GSM", "14": "WCDMA", "19": "GSM, WCDMA", "38": "LTE", "48": "2G, 3G", "59": "TD-SCDMA", "71": "NR"},
            "AT+CNMP=2",
        ),
    ),
    _ask("AT+CMNB?", "+CMNB", _mode("+CMNB", {"1": "CAT-M", "2": "NB-IoT"}, "AT+CMNB=3")),
    _ask("AT+CBANDCFG?", "+CBANDCFG", _cbandcfg),
)
#: family -> what is asked of a module that no network lets in
QUESTIONS: dict[Name, tuple[Question[Restriction], ...]] = {
    "simcom": _SIMCOM,
    "simcom-sim7000": _SIMCOM,
    "simcom-sim7080": _SIMCOM,
    "quectel": (
        _quectel("nwscanmode", _scan, 'AT+QCFG="nwscanmode",0,1'),
        _quectel("iotopmode", _technology({"0": "CAT-M", "1": "NB-IoT"}), 'AT+QCFG="iotopmode",2,1'),
        _quectel("band", _few_bands, 'AT+QCFG="band"'),
        _quectel("roamservice", _roaming, 'AT+QCFG="roamservice",255,1'),
        _quectel("mode_pref", _one_technology, 'AT+QNWPREFCFG="mode_pref",AUTO', "+QNWPREFCFG"),
        _quectel("lte_band", _listed_bands, 'AT+QNWPREFCFG="lte_band"', "+QNWPREFCFG"),
        _quectel("roam_pref", _roaming, 'AT+QNWPREFCFG="roam_pref",255', "+QNWPREFCFG"),
    ),
    "huawei": (_ask("AT^SYSCFGEX?", "^SYSCFGEX", _syscfgex), _ask("AT^SYSCFG?", "^SYSCFG", _syscfg)),
    "ublox": (_ask("AT+URAT?", "+URAT", _urat), _ask("AT+UBANDMASK?", "+UBANDMASK", _ubandmask)),
    "zte": (_ask("AT+ZSNT?", "+ZSNT", _mode("+ZSNT", {"1": "GSM", "2": "UMTS", "6": "LTE"}, "AT+ZSNT=0,0,0")),),
    "telit": (
        _STANDARD,
        _ask("AT#WS46?", "#WS46", _mode("#WS46", {"0": "CAT-M1", "1": "NB-IoT"}, "AT#WS46=2")),
    ),
    "sierra": (
        _ask("AT!SELRAT?", "!SELRAT", _named_only("!SELRAT", "AT!SELRAT=0"), bare=True),
        _ask("AT!BAND?", "!BAND", _named_only("!BAND", "AT!BAND=0"), bare=True),
    ),
    "cinterion": (_ask("AT^SXRAT?", "^SXRAT", _mode("^SXRAT", {"0": "GSM", "2": "UMTS", "7": "LTE"}, "AT^SXRAT")),),
    "fibocom": (
        _ask(
            "AT+GTACT?",
            "+GTACT",
            _mode("+GTACT", {"0": "GSM", "1": "UMTS", "2": "LTE", "14": "NR"}, "AT+GTACT=20"),
        ),
        _STANDARD,
    ),
}


def of_model(told: Restriction, model: str) -> Restriction:
    """Return a restriction without the technology that the model has alone anyway."""
    names = alone(model)
    what = tuple(seen for seen in told.what if _technology_of(seen) not in names)
    return _restriction(told.told, what, told.lift)


def _technology_of(seen: Seen) -> str:
    """Return the technology, in capitals, that alone is searched for; empty for another restriction."""
    named = str(seen.values.get("technology", seen.values.get("words", ""))).upper()
    return named.removesuffix(" ONLY")


def questions(family: Name) -> tuple[Question[Restriction], ...]:
    """Return what is asked of a family's module; by the standard where the maker's commands are not known."""
    return QUESTIONS.get(family, (_STANDARD,))
