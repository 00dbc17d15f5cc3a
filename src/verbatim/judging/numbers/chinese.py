"""Chinese numerals: where a run of them stands, what it is worth, and which words only look like one."""

from __future__ import annotations

DIGITS = {
    sign: value
    for value, signs in enumerate(("零〇", "一壹", "二两贰兩", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for sign in signs
}
SCALES = {"十": 10, "拾": 10, "廿": 20, "卅": 30, "卌": 40, "皕": 200, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
MYRIADS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
NUMERALS = frozenset(DIGITS) | frozenset(SCALES) | frozenset(MYRIADS)
LARGE = frozenset("十百千万亿")
# Two digits in a row that mean "about so many"
ABOUT = frozenset(("一两", "一二", "两三", "二三", "三四", "三五", "四五", "五六", "六七", "七八", "八九"))
# Words with a numeral in them that count nothing, longest first where one begins another
WORDS = tuple(
    [
        "一点一点",
        "一一",
        "千里",
        "万里",
        "一成不变",
        "成千上万",
        "成百上千",
        "千变万化",
        "千万别",
        "千万不",
        "千万要",
        "千万记",
        "万一",
        "统一",
        "百分百",
        "百分点",
        "百分比",
        "百分数",
        "百分号",
        "百分制",
        "百分位",
        "千分位",
        "十分类",
        "十分",
        "百万富翁",
        "亿万富翁",
        "千万富翁",
        "三天打鱼",
        "两天晒网",
        "五天工作制",
        "事半功倍",
        "事倍功半",
        "一举两得",
        "一分为二",
        "一日千里",
        "一五一十",
        "三言两语",
        "接二连三",
        "一知半解",
        "半途而废",
        "半信半疑",
        "九牛一毛",
        "十全十美",
        "百里挑一",
        "百年大计",
        "百年树人",
        "千方百计",
        "千篇一律",
        "千差万别",
        "千秋万代",
        "万无一失",
        "万事俱备",
        "四面八方",
        "五花八门",
        "七上八下",
        "乱七八糟",
        "三番五次",
        "五颜六色",
        "七嘴八舌",
        "三心二意",
        "四舍五入",
        "不三不四",
        "独一无二",
        "丢三落四",
        "举一反三",
        "入木三分",
        "百发百中",
        "百战百胜",
        "百花齐放",
        "百家争鸣",
        "百闻不如一见",
        "八九不离十",
        "九死一生",
        "千钧一发",
        "千锤百炼",
        "千军万马",
        "千里之行",
        "万水千山",
        "亿万",
        "百科",
        "百姓",
        "百货",
        "百度",
        "百川",
        "百炼",
        "千问",
        "千帆",
        "千古",
        "千兆",
        "万能",
        "万物",
        "万维网",
        "万岁",
        "万国",
        "万用表",
        "零一万物",
        "二进制",
        "八进制",
        "十进制",
        "十六进制",
        "六十四进制",
        "三十二位",
        "六十四位",
        "十字",
        "三七二十一",
        "一年四季",
        "一天天",
        "两全其美",
        "一刀两断",
        "一心一意",
        "一模一样",
        "一点点",
        "十指",
        "三角",
        "四则",
        "双十一",
        "半斤八两",
        "三十六计",
        "七十二变",
        "二十四节气",
        "三十而立",
        "一年到头",
        "五年计划",
        "一日三餐",
        "一天到晚",
        "有朝一日",
        "总有一天",
        "百尺竿头",
        "一周七天",
        "万丈",
        "一万小时定律",
        "三年五载",
        "十年树木",
        "十年磨一剑",
        "十年寒窗",
        "十万个为什么",
        "十万火急",
        "十万八千里",
        "十八般武艺",
        "一分钱一分货",
        "一日之计",
        "一年之计",
        "五十步笑百步",
        "九九八十一难",
        "三百六十行",
        "二一添作五",
        "三天两头",
        "一年半载",
        "三三两两",
        "三五成群",
        "七七八八",
        "四分五裂",
        "千万小",
        "千万注",
        "千万留",
        "千万当",
        "万万没",
        "三分钟热度",
        "一分耕耘",
        "一分收获",
        "不怕一万",
        "以一当百",
        "一天一个样",
        "千言万语",
        "千丝万缕",
        "千家万户",
        "万家灯火",
        "百感交集",
        "百思不得其解",
        "百无聊赖",
        "百折不挠",
        "百依百顺",
        "九霄云外",
        "十拿九稳",
        "千真万确",
        "千辛万苦",
        "千山万水",
        "千呼万唤",
        "千载难逢",
        "千奇百怪",
        "千疮百孔",
        "万紫千红",
        "万众一心",
        "万象更新",
        "万古长青",
        "万不得已",
        "万籁俱寂",
        "万人空巷",
        "一落千丈",
        "一本万利",
        "一呼百应",
        "一刻千金",
        "一诺千金",
        "一字千金",
        "一泻千里",
        "一年一度",
        "九九乘法",
        "三分靠",
        "七分靠",
        "三分天注定",
        "十年如一日",
        "十二生肖",
        "二十六个字母",
        "一年十二个月",
        "一周工作五天",
        "双十二",
        "五一假",
        "五一劳动节",
        "十一长假",
        "十一黄金周",
        "十月怀胎",
        "百口莫辩",
        "以一当十",
        "万劫不复",
        "千头万绪",
        "千言",
        "百般",
        "百味",
        "万般",
        "万千",
        "千百年",
    ]
)
BY_FIRST: dict[str, tuple[str, ...]] = {
    first: tuple(sorted((word for word in WORDS if word[0] == first), key=len, reverse=True))
    for first in {word[0] for word in WORDS}
}


def word_at(text: str, place: int) -> int:
    """Return where a word that counts nothing ends, if one begins at `place`; else `place`."""
    for word in BY_FIRST.get(text[place], ()):
        end = place + len(word)
        if text.startswith(word, place) and not text.startswith("分之", end - 1):  # 十分之一 is no 十分
            return end
    return place


def run_at(text: str, place: int) -> int:
    """Return where the run of numerals that begins at `place` ends."""
    end = place
    while end < len(text) and text[end] in NUMERALS:
        end += 1
    return end


def value_of(run: str) -> float:
    """Return what a run of numerals is worth: 二百三十四 is 234, 九七 is 97."""
    if not any(sign in SCALES or sign in MYRIADS for sign in run):
        return float("".join(str(DIGITS[sign]) for sign in run[:15]))
    total, section, digit = 0.0, 0.0, 0.0
    for sign in run:
        if sign in DIGITS:
            digit = DIGITS[sign]
        elif sign in SCALES:
            section += (digit or 1) * SCALES[sign]
            digit = 0
        else:
            part = section + digit
            total = total + part * MYRIADS[sign] if total and part else (total or part or 1) * MYRIADS[sign]
            section = digit = 0
    return total + section + digit
