"""What merchants say of a terminal, row by row: their words, what a truthful person answers, and the right end.

The rows are those of the owner's help pages; numbers with a letter are other causes of the same row.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """One complaint. `truth`: the answers that differ from those about a sound part; `end`: the code that is right."""

    name: str
    words: tuple[str, ...]
    terminal: str
    end: str
    truth: dict[str, str] = field(default_factory=dict)


ROWS = [
    Row(
        "1",
        ("交易成功不打单", "no slip after the sale", "打印机未连接"),
        "countertop",
        "PRN-ABSENT",
        {"printer.asked_print": "nothing", "printer.asked_plug": "works"},
    ),
    Row(
        "2",
        ("针打卡纸、有杂物", "the printer is jammed", "bu dadan kazhi"),
        "countertop",
        "PRN-PAPER-JAM",
        {"printer.asked_paper": "jam", "printer.asked_print": "motor"},
    ),
    Row(
        "3",
        ("热敏打印机盖没合上", "the printer cover is open", "打印不出"),
        "mobile",
        "PRN-COVER-OPEN",
        {"printer.asked_paper": "cover", "printer.asked_print": "nothing"},
    ),
    Row(
        "4",
        ("打出来看不清楚", "faint print", "打印色淺"),
        "mobile",
        "PRN-PAPER-BAD",
        {"printer.asked_print": "faint", "printer.asked_roll": "good"},
    ),
    Row(
        "4b",
        ("打印很淡", "pale receipt", "字淡"),
        "mobile",
        "PRN-SUPPLY-LOW",
        {"printer.asked_print": "faint", "printer.asked_charged": "good", "printer.asked_roll": "faint"},
    ),
    Row(
        "5",
        ("出纸但是空白", "paper comes out blank", "打出来白纸"),
        "mobile",
        "PRN-PAPER-BAD",
        {"printer.asked_print": "blank", "printer.asked_side": "light", "printer.asked_roll": "good"},
    ),
    Row(
        "5b",
        ("出纸但是空白", "blank paper", "白纸"),
        "mobile",
        "PRN-HEAD-DEAD",
        {"printer.asked_print": "blank", "printer.asked_roll": "blank"},
    ),
    Row(
        "6",
        ("屏幕中间显示一个方框", "a square in the middle of the screen", "方框"),
        "dialup",
        "PRN-PAPER-END",
        {"printer.asked_paper": "seated", "printer.asked_print": "nothing"},
    ),
    Row(
        "7",
        ("纸卷用完了", "out of paper", "缺纸"),
        "mobile",
        "PRN-PAPER-END",
        {"printer.asked_paper": "empty", "printer.asked_print": "nothing"},
    ),
    Row(
        "8",
        ("打印有白线", "white lines in the print", "竖线"),
        "mobile",
        "PRN-DOTS-MISSING",
        {"printer.asked_print": "lines"},
    ),
    Row(
        "9",
        ("打印机驱动选错，乱码", "strange characters on the slip", "乱码"),
        "countertop",
        "PRN-GARBLED",
        {"printer.asked_print": "strange"},
    ),
    Row(
        "10",
        ("刷卡后无反应", "no reaction to a swipe", "刷卡没反應"),
        "mobile",
        "MSR-CARD-BAD",
        {"magstripe.asked_other_card": "read"},
    ),
    Row(
        "10b",
        ("刷卡没反应", "swipe does nothing", "shuaka"),
        "mobile",
        "MSR-ONE-DIRECTION",
        {"magstripe.asked_other_card": "one_way"},
    ),
    Row("10c", ("刷不了卡", "cannot swipe cards", "刷卡不灵"), "mobile", "MSR-HEAD-DEAD"),
    Row(
        "11",
        ("读卡器脏", "magstripe reader dirty, swipe fails", "刷卡刷不出"),
        "mobile",
        "MSR-HEAD-DIRTY",
        {"magstripe.asked_clean": "read"},
    ),
    Row(
        "12",
        ("芯片损坏", "the chip is not read", "IC卡读取失败"),
        "mobile",
        "ICC-CARD-MUTE",
        {"card_reader.asked_other_card": "read"},
    ),
    Row("12b", ("卡消磁", "stripe erased", "消磁"), "mobile", "MSR-CARD-BAD", {"magstripe.asked_other_card": "read"}),
    Row(
        "13",
        ("请使用IC插卡交易", "it says insert the chip", "45"),
        "mobile",
        "CRD-CHIP-RULE",
        {"terminal.asked_chip": "works"},
    ),
    Row(
        "14",
        ("移动机连接失败", "mobile terminal cannot connect", "通讯失败"),
        "mobile",
        "MDM-DETACHED",
        {"modem.asked_plan": "ended"},
    ),
    Row(
        "15",
        ("SIM卡未安装", "no sim card", "流量卡没装"),
        "mobile",
        "MDM-SIM-ABSENT",
        {"modem.asked_bars": "sim", "modem.asked_seated": "empty"},
    ),
    Row(
        "15b",
        ("SIM卡损坏", "sim card is broken", "流量卡坏了"),
        "mobile",
        "MDM-SIM-FAILURE",
        {"modem.asked_bars": "sim"},
    ),
    Row(
        "17",
        ("电话线机器连不上", "no dial tone", "线路未插"),
        "dialup",
        "MDM-NO-DIALTONE",
        {"modem.asked_telephone": "none", "modem.asked_said": "no-tone"},
    ),
    Row(
        "18",
        ("地下室没有信号", "no signal in the basement", "车库信号差"),
        "mobile",
        "MDM-SIGNAL-NONE",
        {"modem.asked_bars": "none", "modem.asked_outdoors": "works"},
    ),
    Row(
        "22",
        ("充不进电", "it does not charge", "充電沒反應"),
        "mobile",
        "PWR-ADAPTER-ABSENT",
        {"power.asked_lamp": "now"},
    ),
    Row(
        "22b",
        ("充不进电", "does not charge", "不充电"),
        "mobile",
        "PWR-ADAPTER-WEAK",
        {"power.asked_charging": "same", "power.asked_other_charger": "works"},
    ),
    Row(
        "22c",
        ("充电充不上，电池鼓了", "battery swollen, won't charge", "电池鼓包"),
        "mobile",
        "PWR-BATTERY-SWOLLEN",
        {"power.asked_shape": "swollen", "power.asked_charging": "same"},
    ),
    Row(
        "23", ("无法开机", "does not start", "开不了机"), "mobile", "PWR-BATTERY-LOW", {"power.asked_charging": "works"}
    ),
    Row(
        "23b", ("开不了机", "won't turn on", "kaibuliaoji"), "mobile", "PWR-ADAPTER-ABSENT", {"power.asked_lamp": "now"}
    ),
    Row("25", ("黑屏", "black screen", "屏幕不亮"), "mobile", "SYS-HANG", {"terminal.asked_restart": "works"}),
    Row("25b", ("死机", "frozen", "卡死"), "mobile", "SYS-HANG", {"terminal.asked_restart": "works"}),
    Row(
        "25c",
        ("黑屏", "screen is black", "heiping"),
        "mobile",
        "DSP-DARK",
        {"terminal.asked_life": "life", "terminal.asked_torch": "picture"},
    ),
    Row(
        "26", ("按键无响应", "keys are dead", "键盘按不动"), "mobile", "KEY-PLUG", {"terminal.asked_key_plug": "works"}
    ),
    Row("26b", ("按键松动", "keypad loose", "按键失灵"), "mobile", "KEY-DEAD", {"terminal.asked_key_plug": "one"}),
    Row("27", ("没有声音", "no sound", "不响"), "mobile", "SND-OFF", {"terminal.asked_volume": "sounds"}),
    Row("28", ("开机显示被保护", "it says tampered", "TAMPER STATUS: 020103"), "mobile", "TMP-TRIGGERED"),
    Row("29", ("内存不足", "memory full", "存储满"), "mobile", "SYS-STORAGE"),
    Row(
        "30",
        ("更新后出错", "broken by an update", "版本过低"),
        "mobile",
        "SYS-UPDATE",
        {"terminal.asked_after_update": "yes"},
    ),
    Row("31", ("无效商户", "invalid merchant", "03"), "mobile", "ACQ-REGISTRATION"),
    Row("31b", ("终端号无效", "invalid terminal", "58"), "mobile", "ACQ-REGISTRATION"),
    Row("32", ("签到正常,消费显示97", "sale answers 97", "97"), "mobile", "ACQ-REGISTRATION"),
    Row("33", ("密码错误次数过多", "insufficient funds", "51"), "mobile", "CRD-ACCOUNT"),
    Row("33b", ("余额不足", "limit exceeded", "61"), "mobile", "CRD-ACCOUNT"),
    Row("34", ("系统维护", "maintenance at the bank", "96"), "mobile", "ACQ-DOWN"),
    Row("35", ("冲正", "reversal pending", "存在未冲正交易"), "mobile", "ACQ-REVERSAL"),
    Row("36", ("不能结算", "cannot settle", "结算不平"), "mobile", "ACQ-SETTLE"),
    Row(
        "37",
        ("挥卡没反应", "tapping does nothing", "感应不到"),
        "mobile",
        "CLS-CARD",
        {"contactless.asked_other_tapped": "read"},
    ),
    Row("37b", ("闪付没反应", "contactless does not work", "闪付"), "mobile", "CLS-FIELD"),
    Row(
        "38",
        ("扫码扫不出", "QR code is not read", "扫不出"),
        "mobile",
        "SCN-VIEW",
        {"terminal.asked_other_code": "works"},
    ),
    Row(
        "39",
        ("触摸不灵、乱点", "touch does not obey", "点不准"),
        "mobile",
        "TCH-DIRT",
        {"terminal.asked_wipe": "better"},
    ),
    Row(
        "39b",
        ("触屏乱跳", "touch screen drifts", "触摸不灵"),
        "mobile",
        "TCH-CHARGER",
        {"terminal.asked_unplugged": "better"},
    ),
    Row(
        "43",
        ("掉电快", "battery empties fast", "打印就关机"),
        "mobile",
        "PWR-BATTERY-WORN",
        {"power.asked_lasts": "short"},
    ),
    Row(
        "44",
        ("手刷蓝牙连不上手机", "bluetooth reader does not pair", "蓝牙连不上"),
        "mobile",
        "BTH-PAIRING",
        {"terminal.asked_pairing": "works"},
    ),
    Row(
        "45",
        ("没插卡却提示取卡", "remove card with no card in", "提示取卡"),
        "mobile",
        "ICC-CARD-SWITCH",
        {"card_reader.asked_says_inside": "yes"},
    ),
    Row(
        "46",
        ("主密钥不存在", "keys missing", "MAC校验错"),
        "mobile",
        "TMP-KEYS",
        {"terminal.asked_sign_on": "keys", "terminal.asked_several_cards": "all"},
    ),
    Row("46b", ("请重新签到", "please sign on", "77"), "mobile", "ACQ-SIGN-ON", {"terminal.asked_sign_on": "works"}),
    Row("48", ("打开后盖就锁了", "opened the back and it locked, tamper", "自毁"), "mobile", "TMP-TRIGGERED"),
    Row(
        "49",
        ("一线多机，外线", "extension off hook, telephone line", "分机已摘机"),
        "dialup",
        "MDM-LINE-IN-USE",
        {"modem.asked_telephone": "taken"},
    ),
    Row(
        "50",
        ("日期不对签不了到", "wrong date", "时间错误"),
        "mobile",
        "SYS-CLOCK",
        {"terminal.asked_date_kept": "kept"},
    ),
    Row(
        "50b",
        ("日期不对", "date is wrong", "日期错误"),
        "mobile",
        "SYS-CLOCK-CELL",
        {"terminal.asked_date_kept": "lost"},
    ),
    Row("51", ("钱没到账", "charged twice", "重复扣款"), "mobile", "ACQ-MONEY"),
    Row(
        "16",
        ("通信模块坏了", "communication module broken", "通信失败"),
        "mobile",
        "MDM-FAULT",
        {"modem.asked_plan": "unseen"},
    ),
    Row(
        "19",
        ("连不上Wi-Fi", "wifi does not connect", "wifi连不上"),
        "countertop",
        "NET-WIFI-PASSWORD",
        {"network.asked_way": "password", "network.asked_password": "works"},
    ),
    Row(
        "19b",
        ("连不上Wi-Fi", "wifi is not found", "没网"),
        "countertop",
        "NET-WIFI-ABSENT",
        {"network.asked_way": "absent"},
    ),
    Row(
        "20",
        ("无法连接到服务器", "cannot reach the server", "无法连接"),
        "countertop",
        "NET-FIREWALL",
        {"network.asked_others": "yes", "network.asked_hotspot": "works"},
    ),
    Row(
        "20b",
        ("路由器", "router trouble", "断网"),
        "countertop",
        "NET-ROUTER",
        {"network.asked_others": "no", "network.asked_router": "works"},
    ),
    Row("20c", ("上不了网", "no internet", "网络异常"), "countertop", "NET-UPLINK", {"network.asked_others": "no"}),
    Row("21", ("网线没插好", "network cable", "网线"), "countertop", "NET-CABLE", {"network.asked_cable": "works"}),
    Row("24", ("电源插头弯曲", "bent plug", "电源线损坏"), "mobile", "PWR-ADAPTER-ABSENT", {"power.asked_lamp": "now"}),
    Row("47", ("换卡后锁机", "sim changed and now it is locked", "机卡分离"), "mobile", "MDM-SIM-LOCK"),
    Row("40", ("钱箱不弹", "the drawer does not open", "钱箱打不开"), "countertop", "PRN-DRAWER"),
    Row(
        "41", ("胶辊掉了", "feeds without end", "一直走纸"), "mobile", "PRN-MECHANISM", {"printer.asked_print": "motor"}
    ),
    Row(
        "42",
        ("纸受潮，打印模糊", "print hardly readable, damp paper", "打印模糊"),
        "mobile",
        "PRN-PAPER-BAD",
        {"printer.asked_print": "faint", "printer.asked_roll": "good"},
    ),
]
