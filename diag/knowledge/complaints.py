"""From what people say to the symptom that they mean; `complaints.yaml` has their words."""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge import yamlfile

FILE = Path(__file__).with_name("complaints.yaml")
LONGEST = 200  # letters; who tells more is asked to choose from the list
_SURE = 0.75  # how like a phrase words must be that do not hold it
_FIRST = ("swollen",)  # what must not be overheard beside other words
_ALIKE = 0.34
# the characters of the phrases that Traditional Chinese writes otherwise
_TRADITIONAL = str.maketrans(
    "單帳機會開關電話線連網絡無訊號錯誤請檢測紙亂碼讀設備損壞時間過舊於軟體鐵錢彈觸摸鍵盤聲響掃維餘額號戶終註冊簽結沖發銀應觀掛條閃揮內憶證書兩邊點準顯燈頭淺淡換鎖毀護擊顏數據載鏈車庫",
    "单账机会开关电话线连网络无讯号错误请检测纸乱码读设备损坏时间过旧于软体铁钱弹触摸键盘声响扫维余额号户终注册签结冲发银应观挂条闪挥内忆证书两边点准显灯头浅淡换锁毁护击颜数据载链车库",
)


class Sign(NamedTuple):
    """What a screen or a lamp of this model shows for one fault of a component."""

    component: str
    fault: str


def meant(words: str) -> list[str]:
    """Return the symptoms that words name, the likeliest first; none where no phrase is like them.

    Raises ConfigError where there are too many words.
    """
    if len(words) > LONGEST:
        raise ConfigError(Said("too_long_a_complaint", most=LONGEST))
    said = _plain(words)
    found: dict[str, int] = {}
    for phrase, symptom in phrases():
        if _stands_in(phrase, said):
            found[symptom] = max(found.get(symptom, 0), len(phrase))
    if found:
        return sorted(found, key=lambda symptom: (symptom not in _FIRST, -found[symptom]))
    return [symptom for symptom, likeness in _likeness(said) if likeness >= _SURE][:1]


def sign(words: str, signs: Mapping[str, Mapping[str, Sequence[str]]]) -> Sign | None:
    """Return which of a terminal's own signs stands in the words, the longest; None without one.

    `signs`: component -> fault code -> the words for the sign, in any language.
    """
    said = _plain(words)
    found = [
        (len(phrase), Sign(component, fault))
        for component, faults in signs.items()
        for fault, phrases in faults.items()
        for phrase in map(_plain, phrases)
        if phrase and _stands_in(phrase, said)
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def near(words: str, most: int = 3) -> list[str]:
    """Return the symptoms whose phrases are most like words."""
    return [symptom for symptom, likeness in _likeness(_plain(words[:LONGEST])) if likeness >= _ALIKE][:most]


def _likeness(said: str) -> list[tuple[str, float]]:
    found: dict[str, float] = {}
    for phrase, symptom in phrases():
        likeness = difflib.SequenceMatcher(None, said, phrase).ratio()
        found[symptom] = max(found.get(symptom, 0.0), likeness)
    return sorted(found.items(), key=lambda pair: -pair[1])


@functools.cache
def phrases() -> list[tuple[str, str]]:
    """Return the phrases, each with its symptom."""
    data = yamlfile.load(FILE).data
    return [(_plain(phrase), symptom) for symptom, phrases in data.items() for phrase in phrases]


def _stands_in(phrase: str, said: str) -> bool:
    """Return whether a phrase stands in what was said; Latin words stand there whole."""
    return (
        phrase in said
        if not phrase.isascii()
        else re.search(rf"(?<![a-z]){re.escape(phrase)}(?![a-z])", said) is not None
    )


def _plain(words: str) -> str:
    """Return words in one width and one case, in simplified characters, with single spaces between Latin words only."""
    text = unicodedata.normalize("NFKC", words).lower().translate(_TRADITIONAL).replace("'", "").replace("’", "")
    text = " ".join(re.sub(r"[\W_]+", " ", text).split())
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", text)
