"""The Chinese texts: the shop's words (one word for one thing), spoken steps, and Chinese typography."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from diag.knowledge import catalogue, languages, profile, texts
from tests.conftest import ROOT

FILES = sorted(file for folder in ("diag", "drivers", "docs") for file in (ROOT / folder).rglob("zh.yaml"))
HAN = "[一-鿿]"
UNIT = "(?:A|V|W|mA|mV|Hz|GB)(?![A-Za-z])"
MARKS = "，。：；（）“”、？！"

# A word to avoid (a pattern, which spares the contexts where the word is right) -> the word that we use.
AVOIDED = {
    r"终端(?!号)": "POS机",
    r"本机": "检测电脑",
    r"(?<!（)SIM卡(?!）)|SIM 卡": "流量卡（SIM卡）, then 流量卡",
    r"套餐(?:到期|用完)|数据业务": "流量卡到期, 流量用完",
    r"供应商": "服务商",
    r"主机": "收单机构后台",
    r"送检|送修": "报修 (a shop), 维修 or 更换 (a technician)",
    r"未应答|没有应答|无任何应答": "没有反应 (a shop), 无应答 (a technician)",
    r"非接|非接触": "闪付卡, 挥卡",
    r"IC卡读卡器": "读卡器",
    r"卡触点": "卡上的金色芯片",
    r"(?<![里上面]的)(?<!卡槽)触点": "卡槽里的触点",
    r"卡到位": "插卡检测开关",
    r"磁条朝磁头|磁条朝向磁头": "磁条朝卡槽旁图示的一侧",
    r"(?<!网络)接口(?!，echo)|插座(?!。|：|没电|$)": "插口, 充电口; 插座 is the wall outlet",
    r"集线器": "USB分线器",
    r"连接线|线缆": "数据线, 电源线, 排线",
    r"(?<!打印机电源)(?<!（电源)(?<!串口)适配器": "充电器（电源适配器）, then 充电器",
    r"原装电源|接上电源": "充电器, 打印机电源适配器",
    r"纸张|打印纸卷|好纸": "打印纸, 纸卷, 合格的热敏纸",
    r"(?<!打印)机盖|盖板|盖开关": "打印机盖（纸仓盖）",
    r"滚轴": "黑色胶辊",
    r"缺点": "坏点",
    r"应答错乱": "打印乱码",
    r"电话机|话机": "座机",
    r"调制解调器": "通讯模块, 拨号Modem（电话线）",
    r"射频|未注册": "移动网络, 没有连上运营商网络",
    r"未配置": "没有此部件",
    r"(?<!机型)配置": "机型配置",
    r"证据": "依据",
    r"比较": "对比",
    r"实验电源": "可调直流电源",
    r"静态电流|启动电流": "待机电流, 开机电流",
    r"若|仍|则(?<!规则)": "spoken: 能……，就是……；还不行，……",
    r"危险废物": "交服务商或电池回收点",
    r"(?<!第)[二三四五六七八九十两](?:秒|次|分钟|小时|年|天)|一(?:秒|分钟|小时|年|天)": "digits for times and counts",
}

# Fixed words, written without a space; all other Latin words stand off from Han characters by one.
FIXED = re.compile(
    r"POS机|SIM卡|SAM卡座?|IC卡|PIN码|PUK码|AT指令口?|USB口|USB线|USB分线器|拨号Modem|(?<=拨)9或0|[0-9]+(?=号|磁道|秒|次|年)"
)
# What a placeholder holds that is filled in with Chinese; it needs no space.
CHINESE = re.compile(r"\{(?:component|check|takes|text|name|names|kind|severity|certainty|unit|parts|reason|age)\}")
# What only a technician can do.
TECHNICAL = re.compile(r"波特率|指令集|AT\+|posdiag|sudo|--|9100|更换(?:打印|机芯|切刀|主板|模块|读卡器|磁头)")
FOR_A_TECHNICIAN = "技术人员："


# Marks and spaces that are wrong, in a text as it stands.
TYPOGRAPHY = {
    "half-width marks beside Han characters": rf"{HAN}[,.;:?!()\"']|[,.;:?!()\"']{HAN}",
    "half-width marks outside commands": r"[,;?!](?:\s|$)|(?<![a-z]):(?:\s|$)|[^.]\.$",
    "spaces beside full-width marks": rf"[{MARKS}] {{1,2}}(?! )| [{MARKS}]",
    "one or two spaces between Han characters": rf"{HAN} {{1,2}}{HAN}",  # columns stand apart by more
    "spaces before digits": rf"{HAN} [0-9.]+(?![0-9.])(?! {UNIT})",
    "spaces after digits": rf"(?:^|(?a:[^\w.{{}}/=-]))[0-9]+ {HAN}",
    "spaces in fixed words": r"POS 机|SIM 卡|SAM 卡|IC 卡|PIN 码|PUK 码|AT 指令|USB (?:口|线|分线器)|拨号 Modem",
    "no space between number and unit": rf"(?<![A-Za-z0-9])[0-9.]+{UNIT}",
}
# What is wrong beside Latin words, in a text whose fixed words are taken for Han characters.
NO_SPACE = rf"{HAN}[A-Za-z{{]|[A-Za-z][\w-]*{HAN}|}}{HAN}"


def told() -> Iterator[tuple[str, str]]:
    """Yield all Chinese texts with where each stands."""
    for file in FILES:
        for key, text in languages.leaves(languages.own(file.parent, "zh")):
            yield f"{file.relative_to(ROOT)}: {key}", text
    for name in profile.available():
        yield f"profile {name}", profile.load(name).name.in_("zh")


def faults(text: str) -> list[str]:
    """Return what is wrong with a text."""
    wrong = [f"{match[0]}: write {right}" for bad, right in AVOIDED.items() if (match := re.search(bad, text))]
    wrong += [name for name, pattern in TYPOGRAPHY.items() if re.search(pattern, text)]
    if re.search(NO_SPACE, FIXED.sub("卡", CHINESE.sub("卡", text)), re.ASCII):
        wrong.append("no space between Latin word and Han character")
    return wrong


def test_the_texts_keep_to_the_glossary_and_the_typography() -> None:
    every = list(told())
    assert len(every) > 800
    assert [f"{where}: {text}: {wrong}" for where, text in every if (wrong := faults(text))] == []


@pytest.mark.parametrize(
    "text",
    ["若正常则换卡", "把SIM卡取出", "打开机盖", "换一个接口", "原装电源", "等十秒", "换卡比较", "清洁触点", "终端没电",
     "证据中有", "卡, 再", "卡：(好)", "记录: {path}", "卡 ，再", "换 卡", "等 10 秒", "有10 秒", "POS 机", "可达2A",
     "用AT口", "端口{port}", "{port}占用", "MSR605系列"],
)  # fmt: skip
def test_a_slip_is_seen(text: str) -> None:
    assert faults(text)


@pytest.mark.parametrize(
    "text",
    ["终端号", "流量卡（SIM卡）", "打开打印机盖", "卡槽里的触点", "机型配置", "换一个插座：好了", "udev 规则", "等10秒",
     "用 AT&W 保存", "可达 2 A", "在POS机上", "{port} 被占用", "做{component}的“{check}”检查",
     "运行 posdiag doctor，再试"],
)  # fmt: skip
def test_what_is_right_is_left_alone(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize("kind", sorted(catalogue.load_all().rooms))
def test_titles_and_steps_are_spoken(kind: str) -> None:
    room = texts.of_room(kind, "zh")
    for name, title in room.checks.items():
        assert not re.search("已|有$|无$", title), f"{name}: a noun, for an outcome follows"
    for fault in catalogue.load([kind]).rooms[kind].faults.values():
        text = room.faults[fault.code]
        assert len(re.findall(HAN, text.title.partition("：")[0])) <= 16, fault.code
        for step in text.do:
            assert not step.startswith("请"), f"{fault.code}: a step is an order"
            shop = fault.who == "merchant" and not step.startswith(FOR_A_TECHNICIAN)
            assert not (shop and TECHNICAL.search(step)), f"{fault.code}: a shop cannot do this: {step}"
