"""Modules that have one technology alone: a setting that names the same technology restricts nothing.

By the model's name, because the lists of some modules' test commands name what the module has not: SIM7600's +CNMP=?
for instance. Sources: the SDK of MDM9205 for SIMCom's SIM7070 to SIM7090 (SIM7070 has GSM); QuecPython's net.setConfig
(BG95-M1, -M2, BG77; BG95-M3 has GSM); manuals of TX62 and A7670E-LNXY. The other models are named without a source at
hand; of a model that is not named here, every restriction is told.
"""

from __future__ import annotations

import re

_GSM = frozenset({"GSM"})
_LTE = frozenset({"LTE", "E-UTRAN"})  # also the name for both Cat M and NB-IoT, where a module has both
_CAT_M = _LTE | {"CAT-M", "CAT-M1", "LTE CAT M1"}
_NB_IOT = _LTE | {"NB-IOT"}
# What a model's name holds -> all names of what the module has; the first that fits counts.
_MODELS = (
    (r"sim[89]\d\d(?!\d)|g[ceil]86[45]|sara-g[34]|bgs[25]|(?<![a-z])m(66|95)(?!\d)", _GSM),
    (r"bg95-m1|sara-r404m|sara-r410m-01b|ems31|me310m1", _CAT_M),
    (r"sim702[0-9]|(?<![a-z])bc(20|25|26|28|35|39|65|66|92|95)|sara-n[23]|n[be]310|ne866|ne910", _NB_IOT),
    (r"sim70[89]0|bg95-m2|bg95-mf|bg77(?!\d)|sara-r410m-02b|sara-r5[01]0|tx62|exs62|wp7700", _LTE),
    (r"sim767[02]|a7670e-lnxy|e[cg]800|ec600[ekmn]|ec2[15]-v|eg91-vx|air780", _LTE),
    (r"lara-r20[34]|le910(b1|c[14])?-(ns|sa|st|sv)|els31", _LTE),
)


def alone(model: str) -> frozenset[str]:
    """Return all names, in capitals, of the one technology that a model has; none where it has more, or is unknown."""
    name = model.lower()
    return next((names for pattern, names in _MODELS if re.search(pattern, name)), frozenset())
