"""The grammar of prose: which numbers are free, by what stands right before and right after them.

A number that no rule frees is refused. Each rule looks at a bounded piece of text on either side.
"""

# ruff: noqa: E501
from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from verbatim.judging.numbers.chinese import NUMERALS, value_of
from verbatim.judging.numbers.names import LATIN, fits, glued, known
from verbatim.judging.numbers.scanner import Number
from verbatim.judging.numbers.signs import BREAK, CODE, CODE_END, FORMULA, FORMULA_END, LOWERED, RAISED

# Units that measure: a count under ten is free before any other word
UNITS = re.compile(
    r"[ \n‑-]{0,2}(?:多|余|来|个)? ?(?:[十百千万亿]|[kKwW](?=[ \u4e00-\u9fff]))? ?(?:"
    r"\\?[%‰°′″]|个?百分[点比率]|[毫微纳皮飞]?秒|钟头|世纪|昼夜|基点|分钟|分(?![成开别类为布解之辨量配数支段层区组批句词块隔离享析岔界歧野发流])|刻钟|季度|小时(?!制)|(?:个)?(?:工作)?日(?![志期])|天(?![然气])|周(?![围期])|星期|礼拜|个?月|年|倍|成(?![为功本就员立])"
    r"|字节|比特|[吉兆太千](?:字节|比特|赫|瓦)|折(?! ?[交叠线断射返回扣磨腾成页])|元(?![二一素旦组件])|[块毛角分]钱|块(?=[一二三四五六七八九半\d])|[美欧日港韩澳加]元|美[金分]|港币|人民币|英镑|法郎|卢[布比]|千?瓦|千?焦耳?|[千兆吉]?赫兹?|千?伏特?|毫?安培?(?![全装排静])|欧姆|库仑|牛顿|[千兆]?帕(?:斯卡)?(?![累雷])|开尔文|摩尔|流明|电子伏|马力|千?卡路里|[千大]卡|光年|度(?![量])|摄氏度|(?:千|厘|毫|微|纳|公)?米|平方(?:千|厘|毫)?米|立方(?:厘|毫|分)?米|[公英海]里|英[尺寸亩]|公顷|亩|磅|盎司|加仑|克拉|(?:千|毫|微)?克(?!服)|公?斤|吨|(?:毫)?升(?!级)|分贝|个?数?量级|个?词元"
    r"|(?:[KMGTPEkm]?i?[Bb](?:ps)?|[KMGTP]?b(?:it)?/s|[Bb](?:its?|ytes?|illion)|[KMGTPE]?FLOP[Ss]?(?:/s)?|TOPS|MIPS|[QTRFfr]PS|fps|rpm|mph|dpi|ppi|bps?|nats?|k?cal|[km]?Wh|mAh?|[Mm](?:illion)?|[Kk]|pct|dB[mi]?|°?[CFK]|min(?:utes?)?|h(?:rs?|ours?)?|d(?:ays?)?"
    r"|[pnµμmcdhkMGT]?(?:m[²³]?|g|s|A|K|N|V|W|J|L|l|F|Ω|Hz|Pa|eV|mol|bar|lm|lx|Sv|Bq)(?:/(?:s|h|min|kg|m[²³]?|L))?|t|ha|ft|lbs?|oz|yd|inch(?:es)?|miles?|USD|RMB|CNY|EUR|GBP|JPY|HKD)(?![A-Za-z0-9_]|\([a-z]\)|\.[A-Za-z]|-[A-Za-z]| ?[级线类型])"
    r"|[吉兆太](?= ?(?:的?(?:内存|显存|流量|硬盘|容量|空间|数据)|左右|以[上下内]|[，。；、]|$))|[GT](?= ?(?:[的多左以]|内存|显存|流量|硬盘|容量|空间|参数|数据|大小))(?! ?网)|[×x](?! ?[A-Za-z0-9({\ue010-\ue012])|[×x](?= ?(?:speed|fast|slow|more|less|big|small|improve|the\b))"
    r"|(?:(?:points?|per ?cent|mistakes?|failures?|wrong|correct|right|faster|slower|better|worse|more errors|epochs?|times|orders? of magnitude|(?:kilo|mega|giga|tera|peta)?(?:bytes?|bits?|hertz)|pp[mb]|seconds?|sec|weeks?|months?|years?|images?|samples?|param(?:eter)?s?|steps?|tokens?|cores?|errors?|out of|fold|bucks|dollars?|euros?|pounds?|grams?|met(?:er|re)s?|lit(?:er|re)s?|watts?|volts?)(?![A-Za-z]))"
    r"|(?:张|次|步|个|帧|it|img|images?|samples?|tokens?|steps?) ?/ ?(?:[毫微]?秒|分钟|小时|s(?![A-Za-z])))"
)
COUNTS = re.compile(r" ?(?:[十百千万亿])? ?(?:[张次步轮幅份]|个(?!性))")
# What is measured: no given number beside it, and no small count right after it
MEASURED = re.compile(
    r"错误总?数|误[判报][的了数]|漏[报检]|崩溃次数|加速比|误判|[方标]准?差|(?<![A-Za-z])(?:F1|AUC)(?![A-Za-z0-9])|[用花跑]了[^，。；]{0,8}(?:分钟|小时)|[快慢]了? ?(?:[\ue010\ue012]|[\d.一二两三四五六七八九十百千万几数]{1,12}) ?倍|准确[率度]|精[确度]率?|召回率|正确率|错误率|误差|损失|困惑度|得分|胜率|命中率|成功率|失败率|用时|耗时|费时|内存|显存|功耗|吞吐|延迟|(?<![写搞弄想记走装用])错了|[认答]错|[认答做]对|测[得出]|实测|错(?=[\d一二两三四五六七八九十百])|[毫微]?秒|ε|\\(?:var)?epsilon"
    r"|(?<![A-Za-z])(?:acc(?:uracy)?|loss|errors?|seconds?|latency|throughput)(?![A-Za-z])", re.IGNORECASE,
)  # fmt: skip
# What a number right behind is the measured value of: its name, and what may stand between the two
QUANTITIES = (
    r"[εϵ]|准确[率度]|精[确度]率?|[正准]?确率|[召回胜败命中成功失错误存活识别覆盖压缩利用占有丢包增长下降误报漏检出]{1,2}率|错误率?|误差|损失|困惑度|得分|评分|总分|均分|[胜败比]分|分差|票数|(?<![A-Za-z])(?:F1|AUC|BLEU|IoU|mAP|PPL|MSE|MAE|RMSE)(?: ?分数)?"
    r"|用时|耗时|费时|历时|时长|秒数|延[迟时]|吞吐量?|带宽|内存|显存|功[耗率]|耗电量?|温度|主频|[速频]度|比例|占比|份额|得票|[速频]率|流量|成本|售价|[单总均]价|价格|费用|开销|认错|错"
    r"|(?:错误|出错|失败|失误|误判|误报|漏[报检]|崩溃|超时|丢失|正确|认[对错]|答[对错])的?总?(?:[次个张条]?数目?|数量)|(?:误[判报]|漏[报检掉]|[判猜看][对错中])[的了]?|最[大小高低长短优佳]值|加速比|提速比|倍[数率]|比[值率]|信噪比|性价比|压缩比|对数(?:值|似然|几率)|[方标]准?差|[均峰谷极熵]值|平均[数值]?|中位数|众数|(?<![第.])百分位数?|相关系数|互信息|信息?熵|交叉熵|散度|[增降涨跌]幅|差[距值]|提[高升]|降[低到]?|[下上]升|减少|增[加长]"
    r"|每(?:秒钟?|分钟|小时)(?:[能可]以?|处理|认|看|算|训练)?|acc(?:uracy)?|loss|errors?|seconds|latency|throughput|speed-?up|对了|[答认做]对|没?[认答猜挑]出来?|(?:成功|失败|崩溃|出错|报错)了"
)
LINKS = r"[得了为是达到约有在从至的近仅只共也都才就竟高低升降:：=≈<>~*_\[“\" ]|大约|大概|不到|不足|超过|张数|几[张个次]|下降|上升|等于|相当于|稳定|保持|接近|逼近|将近|最[多少高低]|至[多少]|总[共计]|正负|一共|共计|合计|不过|only|is|was|of|about|to"
MEASURED_BEFORE = re.compile(rf"(?:{QUANTITIES})(?:{LINKS}){{0,6}}\Z", re.IGNORECASE)
SMALL = 10
YEAR = r"(?:1[0-9]\d\d|20\d\d|21\d\d)"
JOIN = r" ?(?:[–—~、,，-]|到|至|和|或|与|及|以及) ?"
PART = r"(?:[12]?\d|30)"
DOTTED = rf"(?:{PART}(?:\.{PART}){{1,3}})(?![.\d])"
SECTION_WORDS = re.compile(
    r"(?:§|(?:图|表|式|公式|方程|定理|引理|推论|定义|命题|性质|假设|(?<!比)例|例题|习题|练习|算法|附录|章|节|小节|步骤|问题|注|脚注|尾注|清单|代码|勘|卷|期|条款|规则|要求|实验|附图|附表|"
    r"\b(?:[Ff]ig(?:ure|s)?\.?|[Tt]ab(?:le)?\.?|[Ee]qs?\.?|[Ee]quation|[Ss]ec(?:tion|s)?\.?|[Cc]h(?:apter|ap)?\.?|[Tt]heorem|[Ll]emma|[Cc]orollary|[Aa]lgorithm|[Aa]ppendix|[Ss]tep|[Ll]isting|[Pp]art|[Vv]ol(?:ume)?\.?|[Nn]o\.?|[Aa]rticle)))"
    r" ?(?:[（(]|[A-Z]\.|[A-Z])?\Z"
)
SECTION_AFTER = re.compile(rf"{DOTTED}(?:{JOIN}{DOTTED}){{0,6}} ?(?:[小]?节|章)(?!约)")
PAGES_AFTER = re.compile(r"\d{1,5} ?[–—~-] ?\d{1,5} ?页")
PAGES_BEFORE = re.compile(
    r"(?:\bpp?\. ?|(?:^|[，。；、（( ])页码? ?|卷 ?|[Vv]ol\. ?|\d{1,3} ?[(（]\d{1,3}[)）] ?[:：] ?(?:\d{1,5} ?[–—-] ?)?)\Z"
)
# Of references: volume (issue): pages; year: pages; year, volume: pages; volume, pages (year)
VOLUME, RANGE = r"\d{1,4}(?: ?[(（]\d{1,5}[)）])?", r"\d{1,5} ?[–—-]{1,2} ?\d{1,5}(?!\d|\.\d| ?[%‰张次个秒])"
ISSUE = re.compile(
    rf"\d{{1,3}} ?[(（]\d{{1,3}}[)）] ?(?:[:：] ?\d{{1,5}}(?: ?[–—-] ?\d{{1,5}})?|[,，] ?(?:pp?\. ?)?{RANGE})(?:[,，] ?{YEAR}(?=[.。]|$))?"
    rf"|{VOLUME}, ?(?:pp?\. ?)?{RANGE},? ?[(（]{YEAR}[)）]"
)
YEAR_AT_END = re.compile(rf"{YEAR}(?=[.。]?(?:\s|$))")
PUBLISHED_BEFORE = re.compile(r"[A-Za-z.\])][,，.]? ?\Z")
REFERENCE_BEFORE = re.compile(r"\[[A-Z]{1,2}(?:/[A-Z]{2})?\][^\n]{0,160}[,，] ?\Z")
PUBLISHED = re.compile(rf"{YEAR}(?:, ?{VOLUME})?[:：] ?{RANGE}")
# Dates with their year, which are dates wherever they stand, and others
DATES, LOOSE_DATES = (
    re.compile("|".join(patterns))
    for patterns in (
        (
            rf"{YEAR}(?:{JOIN}{YEAR})? ?年(?:[初末底中代份度内前后间]|(?! ?(?:的?(?:时间|功夫)))) ?(?:(?:1[0-2]|0?[1-9]) ?月(?: ?(?:[12]\d|3[01]|0?[1-9]) ?[日号])?)?",
            rf"{YEAR}[-/.](?:0?[1-9]|1[0-2])[-/.](?:[12]\d|3[01]|0?[1-9])(?!\d)(?:[T ]\d{{1,2}}:\d\d(?::\d\d)?)?",
        ),
        (
            rf"{YEAR}-(?:0[1-9]|1[0-2])(?!\d)",
            r"(?:1[0-2]|0?[1-9]) ?月 ?(?:[12]\d|3[01]|0?[1-9]) ?[日号]",
            r"(?:1[0-2]|0?[1-9]) ?月(?![球亮])",
            r"(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?![\d%])",
            rf"(?:[12]?\d|3[01])(?:st|nd|rd|th)? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{{0,6}}\.?,? {YEAR}",
            r"(?:1?\d|2[01]) ?世纪(?: ?\d0 ?年代)?",
            r"\d0 ?年代",
            r"[1-9]\d? ?(?:个? ?(?:月|星期)|年|周|世纪)多?(?:[以之]?[前后](?![面端])|以?来(?![源自]))|[1-9]\d? ?天[以之]?前(?![面端])",
            rf"{YEAR} ?(?:年 ?)?Q[1-4](?![A-Za-z0-9])",
            rf"{YEAR} ?(?:年代|学年|财年|春|秋|届)",
            r"24/7|24 ?小时(?= ?(?:在线|值守|服务|营业|不间断|开放|客服|热线|监控|自助))|7 ?[×x] ?24(?: ?小时)?|7 ?天 ?24 ?小时|(?:12|24) ?小时制|7[dD]×?24[hH]",
        ),
    )
)
CHINESE_DATES = re.compile(
    r"[一二三四五六七八九十廿]{1,4}(?:世纪|年代|月(?!亮)(?:[一二三四五六七八九十]{1,3}[日号])?)|[一二三四五六七八九〇零]{4}年|十?[一二两三四五六七八九十]{1,2}点(?:钟|整|半)|(?:两)?[百千万亿]{1,2}年(?:[以之]前|前|来)|[一二两三四五六七八九十]{1,3}[百千万亿]年(?:[以之]前|前)|[一二两三四五六七八九十百千几数半上近]{1,4}(?:个?(?:月|星期)|年|周|世纪)(?:多|半)?(?:[以之]?[前后](?![面端])|以?来(?![源自]))|[一二两三四五六七八九十几]{1,3}天[以之]?前(?![面端])|百年|千年|万年|亿年"
)
CLOCK_BEFORE = re.compile(r"(?:上午|下午|早上|晚上|凌晨|中午|傍晚|清晨|早|晚) ?\Z")
CLOCK = re.compile(r"(?:1?\d|2[0-4]) ?[点时](?: ?(?:半|整|[0-5]?\d ?分))?")
ERA_BEFORE = re.compile(r"公元前? ?\Z")
YEARS_OF_ERA = re.compile(r"\d{1,4} ?年")
MONTHS_BEFORE = re.compile(r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.? (?:\d{1,2}, )?\Z")
YEARS_FROM = re.compile(r"(?:19|20)\d\d ?(?:[–—~-]|到|至) ?(?:19|20)\d\d(?![\d.]| ?[张次个步秒元%])")
YEAR_ALONE = re.compile(r"(?:18|19|20)\d\d[a-z]?(?=[)）])")
YEAR_NAMED, YEAR_ONLY = re.compile(r"年份[为是：:]? ?\Z"), re.compile(rf"{YEAR}(?!\d)")
YEAR_BEFORE = re.compile(r"(?:et al\.?,? ?|等[,，]? ?|[(（]|[A-Za-z.],? )\Z")
# The codes of HTTP
ANSWERS = r"(?:10[0-3]|20[0-8]|226|30[0-8]|4(?:0\d|1[0-8]|2[1-9]|31|51)|50[0-8]|51[01])"
IDS = (
    (re.compile(r"(?:arXiv|arxiv|abs/)[:：]? ?\Z"), re.compile(r"\d{4}\.\d{4,5}(?:v\d)?")),
    (re.compile(r"ISBN[:：]? ?\Z|ISBN-1[03][:：]? ?\Z"), re.compile(r"[\d-]{10,17}X?")),
    (re.compile(r"ISSN[:：]? ?\Z"), re.compile(r"\d{4}-\d{3}[\dX]")),
    (re.compile(r"(?:电话|手机|传真|热线|致电|拨打?|[Tt]el)\.?[:：是为]? ?(?:\+86[- ]?)?\Z"), re.compile(r"\+?\d{1,4}(?:[- ]\d{2,8}){0,4}")),
    (re.compile(r"(?:邮编|邮政编码)[:：是为]? ?\Z"), re.compile(r"\d{6}(?!\d)")),
    (re.compile(r"(?:QQ|微信|工号|学号|群号?|门牌|编号|单号|代码|证号|备案号?)[:：是为]? ?\Z"), re.compile(r"\d{1,20}(?!\d)")),
    (re.compile(r"(?:HTTP|状态码?|返回码?|错误码|退出码|响应)[:：是为]? ?\Z"), re.compile(rf"(?:{ANSWERS}|\d{{1,2}}(?=[ 。，；、）)]|$))(?![\d.]| ?[张次个条步%‰秒])")),
    (re.compile(r"(?:端口|port|PORT)[:：是为= ]? ?\Z|localhost:\Z|\d\.\d{1,3}:\Z"), re.compile(r"\d{2,5}(?!\d)")),
    (re.compile(r"端口[^。；]{0,16}(?:[改换]?[用成到]|试试?|或|和|与) ?\Z"), re.compile(r"\d{4,5}(?![\d.])")),
    (re.compile(r"\bx86[-_]\Z"), re.compile(r"64|32")),
    (re.compile(r"http\.server \Z"), re.compile(r"\d{4,5}(?!\d)")),
    (re.compile(r"RGBA? ?[(（](?:\d{1,3}, ?){0,3}\Z"), re.compile(r"\d{1,3}(?:, ?\d{1,3}){0,3}[)）]")),
    (re.compile(r"\bi[3579][-‑]\Z"), re.compile(r"\d{4,5}[A-Z]{0,2}(?![\w%])")),
    (re.compile(r"(?:形状|\bshape)[是为：:= ]{0,3}[(（\[](?:[A-Za-z]{1,6}, ?)?\Z"), re.compile(r"\d{1,6}(?:, ?(?:\d{1,6}|[A-Za-z]{1,6})){1,4},?[)）\]]")),
    (re.compile(r"形状[^。；：\n]{0,20}\Z"), re.compile(r"\d{1,6}(?:, ?\d{1,6}){0,4},?\)")),
    (re.compile(r"\((?:[A-Za-z]{1,5}, ?)?\Z"), re.compile(r"\d{1,6},\)|(?<=, |\w,)\d{1,6}(?:, ?\d{1,6}){0,3}\)")),
    (re.compile(r"(?:退出码|返回码|[Ee]xit (?:code|status))[:：是为]? ?\Z"), re.compile(r"(?:1?\d{1,2}|2[0-4]\d|25[0-5])(?=[ 。，；、）)]|$)")),
    (re.compile(r"#\Z"), re.compile(r"[0-9A-Fa-f]{1,8}(?![\w%])")),
    (re.compile(r"(?:DOI|doi)[:：]? ?\Z"), re.compile(r"10\.\d{4,9}/\S{1,80}")),
    (re.compile(r"(?:(?<![A-Za-z])[vV]|版本(?:号)?[:：为是]? ?|修订版 ?|第?版 ?)\Z"), re.compile(r"\d{1,2}(?:\.\d{1,2}){0,3}(?![\d%]|\.\d)")),
    (re.compile(r"(?:Ctrl|Alt|Shift|Cmd|Command|Option|Fn|Win|⌘) ?\+ ?\Z"), re.compile(r"\d(?!\d)")),
    (re.compile(r"(?:UTC|GMT) ?[-−+]?\Z"), re.compile(r"[-−+]?1?\d(?::\d\d)?(?![\d.])")),
    (re.compile(r"(?:[南北]纬|[东西]经) ?\Z"), re.compile(r"\d{1,3}(?:\.\d{1,4})? ?[度°]")),
    (re.compile(r"ICP ?[备证] ?\Z"), re.compile(r"\d{6,10}(?:-\d{1,2})?(?!\d)")),
    (re.compile(r"(?:房间|教室|会议室|办公室|车间|展位|座位)号?[为是：:]? ?(?:[A-Z][-‑ ]?)?\Z"), re.compile(r"[A-Z]?\d{1,4}(?![\d.]| ?[个张平])")),
    (re.compile(r"圆周率(?: ?π ?)?[约近等似取是为于大]{0,3} ?\Z"), re.compile(r"3\.14\d{0,12}(?!\d)")),
    (re.compile(r"自然(?:常数|底数)(?: ?e ?)?[约近等似取是为于大]{0,3} ?\Z"), re.compile(r"2\.718?\d{0,12}(?!\d)")),
    (re.compile(r"(?<![A-Za-z])H\Z"), re.compile(r"\.26[1-6](?!\d)")),
    (re.compile(r"Xeon (?:Gold|Silver|Platinum|Bronze) ?\Z"), re.compile(r"\d{4}[A-Z]{0,2}(?![\w%])")),
)  # fmt: skip
SIGNS_BEFORE = ("#", "(")
ID_AFTER = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:\d{1,3}\.){3}\d{1,3}(?::\d{2,5})?(?![\d.])",
        rf"{ANSWERS} (?:OK|Not Found|Forbidden|Unauthorized|Bad Request|Internal Server Error|Created|Moved Permanently|页面)",
        rf"{ANSWERS} ?(?:状态码|响应|页面)",
        r"\d{1,2}(?:\.\d{1,2}){1,2} ?版(?!面)",
        r"\d{3,4} ?Ti\b",
        r"26 ?个 ?(?:英文|拉丁|大写|小写)?字母",
        r"10 ?(?:个 ?(?:数字|类别|标签)|类(?!似))",  # the classes of the data
        r"(?:8|16|32|64|128) ?位(?=的?(?:浮点|定点|整[数型]|[无有]符号|单精度|双精度|操?作?系统|处理器|架构))",
        r"[248][Kk](?= ?(?:视频|分辨率|屏|画质|显示|电视))",
        r"[0-9]{1,2}[dD](?![\w.])",
        r"\d{4}\.\d{4,5}v\d",
        r"\d{1,2}:\d{1,2} ?的?(?:屏幕?|画[面幅]|视频|显示器)",
        r"(?:360|480|720|1080|1440|2160|4320)[pPi](?![A-Za-z0-9])",
        r"[GDCZTK]?\d{1,4} ?次(?=列?车|航班|高铁|动车)",
        r"255 ?(?:才?是|为|表示|代表|对应)[全纯]?白",
        r"10{1,3}BASE-[A-Z]{1,3}\d?",
    )
)
ORDINAL_BEFORE = re.compile(r"(?:第|No\. ?) ?\Z")
TOP_BEFORE = re.compile(r"[Tt]op[- ]?\Z")  # the best few: top-1, top-5
ORDINAL_CHAIN = re.compile(r"第 ?[\d.]{1,6} ?(?:[–—~、,-]|到|至|和|与|或) ?\Z")
FILE_NUMBER = re.compile(r"\d{1,4}/\d{1,4} ?号")
ORDINAL_NUMBER = re.compile(r"\d{1,5}(?:st|nd|rd|th)\b")
PIXELS = re.compile(
    r"0 ?(?:[–—~-]|到|至|[,，]) ?(?:255|65535|127|1|1\.0|9|100)(?![\d.]| ?[%‰张次个秒])|1 ?(?:[–—~-]|数?到|至) ?10(?![\d.]| ?[%‰张次个秒倍分])|(?<=[-−])1 ?(?:[–—~-]|到|至|[,，]) ?1(?![\d.])"
)
DIVIDE = re.compile(r"(?:除[以过]|乘以|[/÷])(?:固定的|常数)? ?\Z")
DIVISOR = re.compile(r"255(?:\.0)?(?![\d.%])")
SHAPE = re.compile(r"\d{1,5}(?: ?[×xX*] ?\d{1,5}){1,4}(?![\d.]| ?[%‰])(?! ?=)")
LAYERS = re.compile(r"\d{1,6}(?: ?(?:→|->|⟶) ?\d{1,6}){2,8}(?![\d.]| ?[%‰])")
RATIO_BEFORE = re.compile(r"(?:对比度|宽高比|长宽比|纵横比|比例尺|画幅|屏幕)(?:比例?)?[的为是至少不低于要求达到约：: ]{0,8}\Z")
RATIO = re.compile(r"\d{1,2}(?:\.\d)?:\d{1,5}(?:\.\d)?(?!\d)")
THRESHOLD_BEFORE = re.compile(r"(?:[大小高低多少]于|超过|不小于|不大于|达到|至少|[<>≤≥])(?:等于)? ?\Z")
THRESHOLD = re.compile(
    r"(?:0\.[1-9]|0\.05|0\.01)(?!\d| ?%)[^，。；\n]{0,6}(?:判|视为|算作|归为|记作|认为|即为|就是|接受|采纳|采用|通过|保留|丢弃|报警)"
)
HALF_BEFORE = re.compile(r"(?:阈值|门槛|界限|硬币|概率)[设取定为是在]{0,2} ?\Z")
HALF_AFTER = re.compile(r" ?[作为]{0,2}(?:阈值|界|门槛)")
EXPONENT_BEFORE, EXPONENT = re.compile(r"\d ?的 ?\Z"), re.compile(r" ?次[方幂]")
SIGNIFICANCE = re.compile(r"\b[pP] ?(?:值 ?)?(?:[<>≤≥]|小于|大于|低于|高于|不超过) ?\Z")
CONFIDENCE = re.compile(r"(?:90|95|99|99\.9) ?\\?% ?的?(?:置信[区水度]|confidence|CI\b)|0\.(?:90?|95|99) ?的?置信[区水度]")
CONFIDENCE_BEFORE = re.compile(r"置信(?:水平|度|区间)[为取是]? ?\Z")
CONFIDENCE_VALUE = re.compile(r"(?:90|95|99|99\.9) ?\\?%|0\.(?:90?|95|99)(?!\d)")
WAITING = re.compile(r"(?:等|等待|等上|停|暂停|停顿|隔|每隔|过了?|每过|再过|按住|长按) ?\Z")
SECONDS = re.compile(
    r" ?(?:秒钟?(?= ?(?:左右|以上)?(?:$|[再后之以，。；、）)按点重刷看]))|分钟(?= ?(?:再|后|之后|以后))|个?(?:天|星期|月)(?= ?(?:$|[再后之，。；])))"
)
PAID = re.compile(r"[花付价值费赚收省共][了出约]{0,2} ?\Z")
CONVERSIONS = frozenset(
    (
        "世纪 100 年", "年 12 月", "年 365 天", "年 52 周", "周 7 天", "星期 7 天", "天 24 小时", "小时 60 分钟", "小时 3600 秒", "分钟 60 秒",
        "秒 1000 毫秒", "毫秒 1000 微秒", "微秒 1000 纳秒", "公里 1000 米", "千米 1000 米", "米 100 厘米", "米 1000 毫米", "厘米 10 毫米",
        "公斤 1000 克", "千克 1000 克", "吨 1000 千克", "吨 1000 公斤", "字节 8 比特", "字节 8 位", "KB 1000 字节", "MB 1000 KB", "GB 1000 MB",
        "TB 1000 GB", "KiB 1024 字节", "MiB 1024 KiB", "GiB 1024 MiB", "TiB 1024 GiB",
    )
)  # fmt: skip
CONVERSION = re.compile(
    r"(?:一|1) ?个?([\u4e00-\u9fff]{1,2}?|[A-Za-z]{2,3}) ?(?:有|是|等于|就是|共有?|为|即|合|=)? ?(\d{1,4}|[一二三四五六七八九十百千零]{1,6}) ?个?([\u4e00-\u9fff]{1,2}|[A-Za-z]{2,3})(?![A-Za-z])"
)
HUNDRED = re.compile(r"百分之百(?!的?(?:准确|正确|召回|精)率?)")
WEEKDAY_BEFORE = re.compile(r"(?:周|星期|礼拜)\Z")
ONE_BEFORE = re.compile(r"(?:[有某同这那每第全近哪另前后任逐统唯单之其万]|前后|如此)\Z")
IDIOM_AFTER = re.compile(
    r"(?:分钟|秒钟?|小时|天)[也都]|天[\u4e00-\u9fff]一[节章篇页课]|度(?=[\u4e00-\u9fff])(?![电角以的左多半])|天(?:打鱼|晒网|工作制|内?无理由)|年制|日游|日谈|月天|年级|周岁|岁"
)
CHINESE_SMALL = 10
# 百, 千 and 万 that begin a word stand for "many"; behind these signs, or before a thing that is counted, they count
SCALE_ALONE = re.compile(r"(?![余多来几把个张次步行项篇本组对只颗层块台核人图样元])[\u4e00-\u9fff]")
SCALE_COUNTS = re.compile(r"(?:[\d上近过破成逾超足满达约共有第几数每错]|大约|将近|差不多) ?\Z")
PEOPLE = re.compile(
    r" ?(?:个(?:人|种|公司|团队|领域|国家|城市|地方|问题|读者|字|例子|方面)?|种|人|家|位|名|处|款|门|类|代|座|栋|所|部|首|句|封)(?!百分点|数量级|月|星期|小时|点)"
)
DATA_COUNT = re.compile(r" ?(?:个?(?:参数|图像|样本|数据)|张|次|步|轮|幅|倍|元|行|项|篇|本|组|对|只|颗|层|块|台|核)")


# A time of day or a month alone is none where it says how long, or how one number stands to another
LASTED = re.compile(
    r"(?:用时|耗时|费时|历时|时长|计时|用了|花费?|训练|跑|等了|全[程长]|成绩|总[共计时]|[一总]共|比[分例值]|之比|对比|平均|最[快慢长短]|每[轮步次回批张]|缩短|延长|加快|提速|快|慢|只[要需用]|需要?|仅)(?:时间|速度)?[了为是约共到至在达：: ]{0,4}\Z"
)
LASTS = re.compile(r" ?(?:的?(?:用时|耗时|时长|时间|成绩|比[分例率]|优势)|[就才便]?[跑训算做练]完|内|之内|以内|左右)")
CLOCK_TIME = re.compile(r"\d{1,2}:\d\d")
# What a formula or a piece of code adds around a unit without showing it: $\\text{kg}$, $\\,\\mathrm{s}$
HIDING = re.compile(rf"[{FORMULA}{FORMULA_END}{CODE}{CODE_END}{{}}~]|\\(?:text|math)[a-z]{{0,6}}|\\operatorname\*?|\\[,;:! ]")


@lru_cache(maxsize=65536)
def names_measured(words: str) -> bool:
    """Say whether words end with the name of something measured; the same few stand before most numbers of a site."""
    return MEASURED_BEFORE.search(words) is not None


class Prose:
    """One paragraph with plain signs; the rules ask it what stands around a number.

    `whole` is the same text, sign for sign, with what stands in formulas and code, which `text` leaves blank.
    """

    def __init__(self, text: str, whole: str = "") -> None:
        self.text, self.whole = text, whole
        self.covered = 0  # up to where a rule has freed what follows a number
        self.measured: dict[int, bool] = {}  # by place, whether what stands before names something measured
        self.chain: tuple[int, str, str] = (0, "", "")  # where the last free number ended, by what rule, and its name

    def before(self, place: int, width: int = 32) -> str:
        return self.text[max(place - width, 0) : place]

    def measured_before(self, number: Number) -> bool:
        return self.measured_at(number.start)

    def measured_at(self, place: int) -> bool:
        """Say whether what stands before `place` names something measured, in words or in code: `errors` 为 7."""
        if place not in self.measured:
            whole = self.whole[max(place - 48, 0) : place]
            said = names_measured(self.before(place, 24))
            self.measured[place] = said or (CODE_END in whole and names_measured(HIDING.sub("", whole)))
        return self.measured[place]

    def unit_after(self, place: int) -> bool:
        if self.whole[place : place + 3].lstrip()[:1] in (FORMULA, CODE):
            return UNITS.match(HIDING.sub("", self.whole[place : place + 40])) is not None
        return UNITS.match(self.text, place) is not None

    def counted_after(self, place: int) -> bool:
        return self.unit_after(place) or COUNTS.match(self.text, place) is not None

    def free(self, number: Number) -> bool:
        """Say whether the grammar frees a number; remembers up to where what it freed goes on."""
        if number.start < self.covered:
            return True
        measured = self.measured_before(number)
        for name, rule in RULES[number.kind]:
            if measured and name not in BEHIND_MEASURED:
                continue
            end = rule(self, number)
            if end > number.start:
                self.covered = max(end, number.end)
                self.chain = (self.covered, name, self.chain[2])
                return True
        return False


Rule = Callable[[Prose, Number], int]
# What may stand right behind a word that says something measured; a version, a section or a shape there is its value in disguise
BEHIND_MEASURED = ("date", "chinese", "small", "structure", "known")


def date(prose: Prose, number: Number) -> int:
    before = prose.before(number.start)
    certain = DATES.match(prose.text, number.start)
    match = certain or LOOSE_DATES.match(prose.text, number.start)
    if match and (certain or not (LASTED.search(before) or prose.measured_before(number))):
        lasts = CLOCK_TIME.match(prose.text, number.start) and LASTS.match(prose.text, match.end())
        return 0 if lasts else match.end()
    if ERA_BEFORE.search(before) and (match := YEARS_OF_ERA.match(prose.text, number.start)):
        return match.end()
    if CLOCK_BEFORE.search(before) and (match := CLOCK.match(prose.text, number.start)):
        return match.end()
    if MONTHS_BEFORE.search(before) and number.kind == "integer":
        return number.end
    if match := YEARS_FROM.match(prose.text, number.start):
        return match.end()
    if YEAR_NAMED.search(before) and (match := YEAR_ONLY.match(prose.text, number.start)):
        return match.end()
    if YEAR_BEFORE.search(before) and (match := YEAR_ALONE.match(prose.text, number.start)):
        return match.end()
    return 0


def section(prose: Prose, number: Number) -> int:
    """Free the number of a section, figure, step and the like: small parts, and no unit behind them."""
    if match := SECTION_AFTER.match(prose.text, number.start):
        return match.end()
    before = prose.before(number.start, 16)
    named = SECTION_WORDS.search(before) or (prose.chain[1] == "section" and chained(prose, number))
    if not named or prose.counted_after(number.end):
        return 0
    parts = number.text.lstrip(".").split(".")
    small = all(part.isdecimal() and int(part) <= (99 if len(parts) == 1 else 30) for part in parts)
    return number.end if small and len(parts) <= 4 else 0


def chained(prose: Prose, number: Number) -> bool:
    """Say whether nothing but a joining sign or word stands between a number and the free one before it."""
    between = prose.text[prose.chain[0] : number.start]
    return 0 < len(between) <= 4 and between.strip(" ()（）以") in (
        "–",
        "—",
        "-",
        "‑",
        "~",
        "、",
        ",",
        "到",
        "至",
        "和",
        "或",
        "与",
        "及",
        "/",
    )


def ordinal(prose: Prose, number: Number) -> int:
    before = prose.before(number.start, 16)
    if ORDINAL_BEFORE.search(before) and (match := FILE_NUMBER.match(prose.text, number.start)):
        return match.end()
    if ORDINAL_BEFORE.search(before) or ORDINAL_CHAIN.search(before):
        return number.end if number.kind in ("integer", "chinese") else 0
    if TOP_BEFORE.search(before):
        return number.end if number.value in (1, 2, 3, 5, 10, 100) and number.kind == "integer" else 0
    match = ORDINAL_NUMBER.match(prose.text, number.start)
    return match.end() if match else 0


def pages(prose: Prose, number: Number) -> int:
    if match := ISSUE.match(prose.text, number.start) or PAGES_AFTER.match(prose.text, number.start):
        return 0 if prose.counted_after(match.end()) else match.end()
    if (match := PUBLISHED.match(prose.text, number.start)) and PUBLISHED_BEFORE.search(prose.before(number.start, 6)):
        return match.end()
    if number.text.isdigit() and (match := YEAR_AT_END.match(prose.text, number.start)):
        return match.end() if REFERENCE_BEFORE.search(prose.before(number.start, 200)) else 0
    follows = prose.chain[1] == "pages" and chained(prose, number)
    named = number.kind == "integer" and (follows or PAGES_BEFORE.search(prose.before(number.start, 20)))
    if named and not prose.counted_after(number.end):
        return number.end
    return 0


SIZE = re.compile(r"\d{1,3}(?:\.\d)?B(?![A-Za-z0-9])")
SIZED_NAME = re.compile(r"(?<![A-Za-z0-9.])[A-Z][A-Za-z]{0,15}(?:[-‑]?\d{1,2}(?:\.\d)?)?[-‑]\Z")  # T5-11B, InternLM2-20B


def name(prose: Prose, number: Number) -> int:
    """Free the number that belongs to a name: its version or its model, in the shape that the name has."""
    size = SIZE.match(prose.text, number.start)
    if size and SIZED_NAME.search(prose.before(number.start)) and not prose.counted_after(size.end()):
        return size.end()
    sized = size and prose.text[prose.chain[0] : number.start] == " "  # Llama 3.1 8B
    if (chained(prose, number) or sized) and prose.chain[1] in ("name", "known"):
        called = prose.chain[2]
    else:
        match = LATIN.search(prose.before(number.start))
        called = match[1].lower() if match else ""
        called = next(
            (
                part
                for part in (called, called.split("-")[-1], called.rstrip("-"))
                if fits(part, prose.text, number.start) > number.start
            ),
            "",
        )
    if len(called) == 1 and prose.before(number.start, 1) in frozenset(" =<>≥≤~"):  # t = 2.31 is no T5
        return 0
    end = fits(called, prose.text, number.start) if called else 0
    if end <= number.start or prose.counted_after(end):
        return 0
    prose.chain = (end, "name", called)
    return end


def identifier(prose: Prose, number: Number) -> int:
    before = prose.before(number.start)
    for lead, shape in IDS:
        if (
            (led := lead.search(before))
            and (match := shape.match(prose.text, number.start))
            and not prose.counted_after(match.end())
        ):
            disguised = led[0][:1] in SIGNS_BEFORE and names_measured(before[: led.start()])  # 准确率 #976
            return 0 if disguised else match.end()
    for shape in ID_AFTER:
        if match := shape.match(prose.text, number.start):
            return match.end()
    return 0


def structure(prose: Prose, number: Number) -> int:
    """Free ranges of a pixel, shapes, the widths of layers, contrast ratios, thresholds and levels of confidence."""
    text, place, before = prose.text, number.start, prose.before(number.start)
    if (match := PIXELS.match(text, place)) and not prose.measured_before(number):
        return match.end()
    if DIVIDE.search(before) and (match := DIVISOR.match(text, place)):
        return match.end()
    if RATIO_BEFORE.search(before) and (match := RATIO.match(text, place)):
        return match.end()
    if (THRESHOLD_BEFORE.search(before) and (match := THRESHOLD.match(text, place))) or (match := CONFIDENCE.match(text, place)):
        return match.end()
    if (
        WAITING.search(before)
        and number.kind == "integer"
        and (number.value or 0) <= 30
        and (match := SECONDS.match(text, number.end))
    ):
        return match.end()
    if CONFIDENCE_BEFORE.search(before) and (match := CONFIDENCE_VALUE.match(text, place)):
        return match.end()
    if number.text == "0.5" and (HALF_BEFORE.search(before) or HALF_AFTER.match(text, number.end)):
        return number.end
    if EXPONENT_BEFORE.search(before) and (match := EXPONENT.match(text, number.end)):
        return match.end()
    if SIGNIFICANCE.search(before) and number.value in (0.05, 0.01, 0.001):
        return number.end
    return 0


def shape(prose: Prose, number: Number) -> int:
    """Free a shape, 28×28, and the widths of a network's layers, 784 → 128 → 10, that count and measure nothing."""
    match = LAYERS.match(prose.text, number.start) or SHAPE.match(prose.text, number.start)
    if match and DATA_SHAPE.fullmatch(match[0]) and CELLS.match(prose.text, match.end()):
        return match.end()
    if match is None or prose.counted_after(match.end()):
        return 0
    sized = SIZED_BEFORE.search(prose.before(number.start, 12)) or SIZED_AFTER.match(prose.text, match.end())
    return 0 if sized and not DATA_SHAPE.fullmatch(match[0]) else match.end()


# A product that tells the size of a screen or a picture is measured; the shape of the data's own images is known
SIZED_BEFORE = re.compile(r"(?:分辨率|屏幕?|显示器|窗口|画[面布幅]|照片|视频|尺寸|面积|大小|像素)[为是有的达到约只仅：: ]{0,4}\Z")
SIZED_AFTER = re.compile(r" ?(?:的?(?:像素|分辨率|屏|显示器|照片|画面|视频|窗口)|(?:px|pixels?|dots)(?![A-Za-z]))")
CELLS = re.compile(r" ?个?像素")
DATA_SHAPE = re.compile(r"28 ?[×xX*] ?28(?: ?[×xX*] ?1)?")


def small(prose: Prose, number: Number) -> int:
    """Free a count under ten that no measuring unit follows and nothing measured precedes."""
    value = number.value
    if value is None or value != int(value) or value > (CHINESE_SMALL if number.kind == "chinese" else SMALL - 1):
        return 0
    if (
        TIMES_BEFORE.search(prose.before(number.start, 3))
        or "." in number.text
        or prose.before(number.start, 1) in ("-", "−", "+", "±", ".", "·", "¥", "$", "￥", "€", "£", "’")
    ):
        return 0
    if prose.unit_after(number.end):
        waiting = WAITING.search(prose.before(number.start, 8)) and SECONDS.match(prose.text, number.end)
        return number.end if waiting or (number.kind in ("chinese", "integer") and IDIOM_AFTER.match(prose.text, number.end)) else 0
    after = prose.text[number.end : number.end + 3].lstrip()
    if JUDGED_AFTER.match(prose.text, number.end):
        return 0
    if POINTS_BEFORE.search(prose.before(number.start, 8)) and after.startswith(("个点", "点")):
        return 0
    if prose.measured_before(number) and after[:1] not in KINDS:
        ends = VALUE_BEFORE.search(prose.before(number.start, 18)) and ENDS.match(prose.text, number.end)
        if ends or number.value not in (0, 1):
            return 0
    return 0 if RATIO_LIKE.match(prose.text, number.start) else number.end


# ×2 by itself is a multiple
TIMES_BEFORE = re.compile(r"(?:^|[^A-Za-z0-9)\]} ]) ?[×✕✖] ?\Z")
# Kinds of things, which are told apart and not measured
KINDS = frozenset("样种者类项维")
# What ends a clause: 准确率为 1。 tells a value, 损失为 0 时 none
VALUE_BEFORE = re.compile(
    r"(?:率|损失|误差|错误数?|错了?|[认答做][错对]了?|对了|张数|[次票秒倍条]数|得分|评分|用时|加速比|比值|\bloss|\berrors?|\bacc(?:uracy)?)[为是达到约有：:= ]{0,4}\Z",
    re.IGNORECASE,
)
ENDS = re.compile(rf" ?(?:[张次]|$|[。，；！？,;!?{BREAK}])")
# 9 张认错
JUDGED_AFTER = re.compile(r" ?张[^，。；！？\d]{0,4}(?:[认答判看做分猜][错对]|[没未][认看答能]|[认答]不[出对])")
POINTS_BEFORE = re.compile(r"(?:[涨升高低降差跌多少快慢])[了出到约过]{0,2} ?\Z")
RATIO_LIKE = re.compile(
    r"\d{1,9}/\d{1,9}(?! ?(?:的? ?(?:平方|立方|倒数|次[方幂]|导数|页)|[-+−*/×^=(A-Za-z]))|\d{1,9} ?[次张个步局回轮] ?(?:[里中] ?)?(?:[就只]?有|失败|成功|出错|[错对赢输]) ?\d"
    r"|\d['’]\d|\d[一二三四五六七八九十百千零〇]|\d{1,2} \d{1,2} ?[张次步个幅份条]|\d{1,9} ?比 ?\d{1,9}(?! ?[大小多少高低强弱好差])|\d{1,9} ?[与和对] ?\d{1,9} ?之比|\d{1,9} (?:in|of|out of|per) (?:every )?\d|\d{1,9} ?(?:[:：±]\d|[/±] ?\d{2,}|/ ?\d{1,9} ?的?(?:图|样本|数据|参数|时间|测试|人|张|步|个))|\d{1,9} ?(?:[–—~-]|到|至) ?\d{1,9} ?[%‰]|\d{1,3} \d{3}(?!\d)|\d{1,3} ?(?:d|hr?|m|min) ?\d{1,2} ?(?:hr?|m|min|s|sec)(?![A-Za-z])|\d ?[×x] ?10(?:[\^⁻⁰¹²³⁴-⁹]| ?的)"
)


def chinese(prose: Prose, number: Number) -> int:
    """Free what Chinese numerals say without measuring: dates, weekdays, ordinals, 一 in most words."""
    text, before = prose.text, prose.before(number.start, 8)
    if WEEKDAY_BEFORE.search(before) and len(number.text) == 1:
        return number.end
    if match := CHINESE_DATES.match(text, number.start):
        return match.end()
    if number.text in "五七" and text[number.end : number.end + 1] in ("言", "律", "绝"):  # the forms of poems
        return number.end
    if before.endswith("年") and text.startswith("季度", number.end):
        return number.end
    if number.text in "一二三四五" and text.startswith("元", number.end) and not PAID.search(before):  # 三元模型
        return number.end
    if number.text in ("百", "千", "万") and SCALE_ALONE.match(text, number.end) and not SCALE_COUNTS.search(before):  # 千变万化
        return 0 if prose.counted_after(number.end) or PEOPLE.match(text, number.end) else number.end
    if number.text == "一" and (ONE_BEFORE.search(before) or text.startswith("点", number.end)):
        return number.end
    return 0


def vague(prose: Prose, number: Number) -> int:
    """Free a vague count of things that are no data: 几十个, 上百家, 三五种."""
    text = prose.text
    if text.startswith("年", number.end) and not (LASTED.search(prose.before(number.start)) or prose.measured_before(number)):
        return number.end  # 几十年
    if prose.unit_after(number.end) or DATA_COUNT.match(text, number.end):
        return 0
    return number.end if PEOPLE.match(text, number.end) or number.text in ABOUT_ALONE or text.startswith("岁", number.end) else 0


ABOUT_ALONE = ("一二", "一两")


def based(prose: Prose, number: Number) -> int:
    """Free a number in the writing of computers or Romans, 0xFF, VII, where it counts nothing."""
    return 0 if prose.counted_after(number.end) else number.end


def conversion(prose: Prose, number: Number) -> int:
    """Free what a unit is by its definition: 一小时有 60 分钟, 1 KiB 是 1024 字节."""
    match = CONVERSION.match(prose.text, number.start)
    if match is None:
        return 0
    worth = value_of(match[2]) if match[2][0] in NUMERALS else float(match[2])
    return match.end() if f"{match[1]} {worth:.0f} {match[3]}" in CONVERSIONS else 0


def hundred(prose: Prose, number: Number) -> int:
    match = HUNDRED.match(prose.text, number.start)
    return match.end() if match else 0


def word(prose: Prose, number: Number) -> int:
    return number.end if glued(number.text) and not prose.counted_after(number.end) else 0


def known_word(prose: Prose, number: Number) -> int:
    """Free a word that ends with the number of a known name, uint8, LeNet5, even where it is what something was measured of."""
    if not known(number.text) or prose.counted_after(number.end):
        return 0
    prose.chain = (number.end, "name", number.text.rstrip("0123456789.").lower())
    return number.end


def index(prose: Prose, number: Number) -> int:
    """Free raised and lowered digits behind a Latin letter or a bracket: its power or its index."""
    before = prose.before(number.start, 1)
    behind = (before.isalnum() and before < "\u2e80") or (before != "" and before in ")]}）'′")
    return number.end if behind and number.text[0] in RAISED + LOWERED + "⁻⁺" else 0


TOTAL_BEFORE = re.compile(r"(?:[共约近达有超]|合计|总计|超过|达到|大概|将近)[有约了为是]? ?\Z")


ROUGHLY = re.compile(r"(?:约|大概|将近|接近|[升降达减增]到)[了为是]? ?\Z")


def power_of_ten(prose: Prose, number: Number) -> int:
    """Free a bare power of ten, an order of magnitude, where no unit is near."""
    bare = (number.text.startswith("10") and number.kind == "power") or re.fullmatch(r"1[eE][-−]\d{1,3}", number.text)
    before = prose.before(number.start, 3).rstrip()
    lead = prose.before(number.start, 8)
    total = ROUGHLY.search(lead) or ((number.value or 0) > 1 and TOTAL_BEFORE.search(lead))
    if total or not bare or before.endswith(("×", "·", "x", "*")) or prose.counted_after(number.end):
        return 0
    return number.end


def power_in_words(prose: Prose, number: Number) -> int:
    """Free 二的十次方 where it counts nothing."""
    counted = prose.counted_after(number.end) or TOTAL_BEFORE.search(prose.before(number.start, 8))
    return 0 if counted else number.end


COMMON: tuple[tuple[str, Rule], ...] = (
    ("date", date),
    ("section", section),
    ("ordinal", ordinal),
    ("pages", pages),
    ("name", name),
    ("identifier", identifier),
    ("structure", structure),
    ("shape", shape),
    ("power", power_of_ten),
    ("conversion", conversion),
    ("small", small),
)
RULES: dict[str, tuple[tuple[str, Rule], ...]] = {
    "integer": COMMON,
    "decimal": COMMON,
    "dotted": COMMON,
    "power": COMMON,
    "word": (("known", known_word), ("name", word), ("identifier", identifier)),
    "chinese": (("chinese", chinese), ("ordinal", ordinal), ("conversion", conversion), ("small", small)),
    "english": (("small", small),),
    "power word": (("power", power_in_words),),
    "vague": (("chinese", chinese), ("vague", vague)),
    "measure": (("hundred", hundred), ("chinese", chinese)),
    "spelt": (("chinese", chinese), ("ordinal", ordinal)),
    "based": (("based", based),),
    "sign": (("index", index),),
}
