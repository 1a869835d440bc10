"""Which access point names are whose: a name that belongs to another network than the card's is a wrong one.

Names that several operators use ("internet"), and private names of customers, belong to nobody here. Sources: GNOME's
mobile-broadband-provider-info (serviceproviders.xml); ITU-T E.212 for the numbers of networks.
"""

from __future__ import annotations

import re

# operator, numbers of its networks (MCC and MNC), names that only this operator has
_OPERATORS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("China Mobile", ("46000", "46002", "46004", "46007", "46008"), ("cmnet", "cmwap", "cmiot", "cmmtm")),
    ("China Unicom", ("46001", "46006", "46009"), ("3gnet", "3gwap", "uninet", "uniwap", "unim2m.njm2mapn")),
    ("China Telecom", ("46003", "46005", "46011"), ("ctnet", "ctlte", "ctwap", "ctiot", "ctm2m")),
    ("China Broadnet", ("46015",), ("cbnet", "cbwap")),
    ("Deutsche Telekom", ("26201", "26206"), ("internet.telekom", "internet.t-mobile", "internet.t-d1.de")),
    ("Vodafone Germany", ("26202", "26204", "26209"), ("web.vodafone.de",)),
    ("Orange France", ("20801", "20802"), ("orange.fr", "orange-mib")),
    ("SFR", ("20810", "20813"), ("sl2sfr", "websfr")),
    ("O2 UK", ("23410", "23411"), ("mobile.o2.co.uk",)),
    ("Vodafone UK", ("23415",), ("wap.vodafone.co.uk", "pp.vodafone.co.uk")),
    ("EE", ("23430", "23431", "23432", "23433"), ("everywhere", "general.t-mobile.uk")),
    ("AT&T", ("310410", "310280", "310170"), ("nxtgenphone", "wap.cingular", "isp.cingular")),
    ("T-Mobile US", ("310260", "310160", "310240"), ("fast.t-mobile.com", "epc.tmobile.com")),
    ("Verizon", ("311480",), ("vzwinternet",)),
    ("Vivo", ("72406", "72410", "72411", "72423"), ("zap.vivo.com.br",)),
    ("Claro Brasil", ("72405",), ("claro.com.br", "bandalarga.claro.com.br")),
    ("TIM Brasil", ("72402", "72403", "72404"), ("timbrasil.br", "tim.br")),
    ("MTS", ("25001",), ("internet.mts.ru",)),
    ("Beeline", ("25099",), ("internet.beeline.ru",)),
)


def operator_of(network: str) -> str:
    """Return the operator of a network; empty where none is known here. A number of five digits may have six."""
    return next((name for name, numbers, _ in _OPERATORS if network.startswith(numbers)), "")


def owner(access_point: str) -> str:
    """Return the operator whose own an access point name is; empty for a name of several, or of a customer."""
    wanted = access_point.lower()
    return next((name for name, _, names in _OPERATORS if wanted in names), "")


def same(wanted: str, name: str) -> bool:
    """Compare without case, and without the operator's part that networks add (TS 23.003 clause 9.1)."""
    return re.sub(r"\.mnc\d{3}\.mcc\d{3}\.gprs$", "", name.lower()) == wanted.lower()
