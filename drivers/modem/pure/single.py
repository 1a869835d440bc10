"""Modules that have one technology alone: a setting that names the same technology restricts nothing.

By the model's name, because the lists of some modules' test commands name what the module has not: SIM7600's +CNMP=?
for instance. Of a model that is not named here, every restriction is told. Sources: SIM800 V1.09 and the data sheet
of A7682E (SIM800, SIM868, SIM900 have GSM); ModemManager's table of u-blox models (SARA-G3, SARA-G450, SARA-N2,
SARA-R410M, LARA-R203, -R204, -R3121); u-blox UBX-17003787 R16 clause 7.17.3 (which SARA-R410M has Cat M alone),
UBX-19047455 (SARA-R5), UBX-16017368 (SARA-N2); Hologram's notes on the Nova (SARA-R404M); the SDK of MDM9205 for
SIMCom's SIM7070 to SIM7090 (SIM7070 has GSM); M5Stack and 1NCE (SIM7020); QuecPython's net.setConfig (BG95-M1, -M2,
BG77; BG95-M3 has GSM), KiCad's library (BG95-MF); Quectel's manuals of its NB-IoT series (BC25, BC26, BC28, BC35,
BC66, BC95); manuals of TX62 and A7670E-LNXY; wiki.luatos.com (Air780E and its relatives).
"""

from __future__ import annotations

import re

_GSM = frozenset({"GSM"})
_LTE = frozenset({"LTE", "E-UTRAN"})  # also the name for both Cat M and NB-IoT, where a module has both
_CAT_M = _LTE | {"CAT-M", "CAT-M1", "LTE CAT M1"}
_NB_IOT = _LTE | {"NB-IOT"}
# What a model's name holds -> all names of what the module has; the first that fits counts.
_MODELS = (
    (r"sim[89]\d\d(?!\d)|sara-g(3|450)", _GSM),
    (r"bg95-m1|sara-r404m|sara-r410m-[567][23]b", _CAT_M),
    (r"sim7020|(?<![a-z])bc(25|26|28|35|66|95)|sara-n2", _NB_IOT),
    (r"sim70[89]0|bg95-m2|bg95-mf|bg77(?!\d)|sara-r410m-(02|83)b|sara-r5[01]0|tx62", _LTE),
    (r"a7670e-lnxy|air(780eg?|700e|600e)(?![a-z])|lara-r(20[34]|3121)", _LTE),
)


def alone(model: str) -> frozenset[str]:
    """Return all names, in capitals, of the one technology that a model has; none where it has more, or is unknown."""
    name = model.lower()
    return next((names for pattern, names in _MODELS if re.search(pattern, name)), frozenset())
