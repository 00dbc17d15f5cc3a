"""Runs of code: lines that are nothing but code, one under another, whatever elements stack them; judged by what they say."""

# ruff: noqa: E501
from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

# What a browser puts on lines of its own, or apart; every other element goes on with the line
INLINE = (
    "a abbr b bdi bdo cite data del dfn em font i ins kbd mark output q ruby s small span strong sub sup time tt u var samp big"
)
# Blocks, proofs, scripts and comments are judged by themselves: a false one is a fault of its own
PROVEN = re.compile(
    r"<pre\b.*?</pre>|<details class=\"verbatim-proof\".*?</details>|<(script|style|template)\b.*?</\1>|<!--.*?-->", re.DOTALL
)
TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
HEADER_LINK = re.compile(r'<a\b[^>]*class="(?:headerlink|footnote-backref)"[^>]*>.*?</a>', re.DOTALL)
CODE_TAG = re.compile(r"<(/?)(?:code|kbd|samp|tt|var)\b[^>]*>")
INLINE_TAG = re.compile(rf"</?(?:{INLINE.replace(' ', '|')})(?=[\s/>])(?:[^\">]|\"[^\"]*\")*>")
TAG = re.compile(r"<[/a-zA-Z!](?:[^\">]|\"[^\"]*\")*>")
ROW, CELL = re.compile(r"<tr\b"), re.compile(r"<t[dh]\b[^>]*>")
OPEN_CODE, CLOSE_CODE = "\x02", "\x03"
CODE_ONLY = re.compile(f"{OPEN_CODE}([^{OPEN_CODE}{CLOSE_CODE}]*){CLOSE_CODE}")
# What stands for a block that is judged by itself, and for a formula that holds no code: ends a run
BETWEEN = "块"

# What authors put before a line: prompts, bullets, line numbers, boxes of task lists
PREFIX = re.compile(
    r"^(?:(?:>>>|\.\.\.|[$%>#|*+•·‣▪■□☐☑✓–—❯➜»›λ→-]+|\(?\d{1,4}[.):、|]?|\[[ xX]?\]|\([\w.-]{1,30}\)|(?:In|Out) ?\[\d{0,4}\]:|PS [^>]{0,60}>|[A-Za-z]:\\[^>\s]{0,60}>"
    r"|[\w.-]{1,30}@[\w.-]{1,30}:\S{0,60}[$#])\s+|第 ?[一二三四五六七八九十\d]{1,4} ?[行步句条](?:[:：]\s*|\s+)|(?:代码|程序|命令) ?\d{0,3}[:：]\s*)"
)
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
COMMENT = re.compile(r"(?:^|\s)(?:#|//)[\s!].*$")
STATEMENT = re.compile(
    r"(?:import\s+[\w.]+(?:\s+as\s+\w+)?(?:\s*,.*)?;?$|from\s+[\w.]+\s+import\b)"
    r"|(?:async\s+)?(?:def|class|for|while|if|elif|with|except|match|case|else|try|finally)\b.*:(?:\s.*)?$"
    r"|(?:return|yield|raise|assert|del|await|global|nonlocal|lambda)\s+[\w\[({'\"*-]"
    r"|(?:const|let|var|int|float|double|char|auto|void|fn|func|function|public|private|static|struct|enum|using|namespace|package)\s+\S+"
    r"|(?:#include|@\w[\w.]*(?:\(.*)?$)"
    r"|(?:select|insert|update|delete|create|drop)\s.*\b(?:from|into|set|table)\b"
    r"|[A-Za-z_][\w.\[\]', :*()|\"<>-]{0,80}?(?:[-+*/%@&|^:]|//|\*\*|<<|>>)?=(?![=>])\s*[\w\[({'\"+~.-]"
    r"|[A-Za-z_]\w*(?:\[[^\]]{0,40}\])?\s*<-\s*\S"
    r"|(?-i:FROM|RUN|CMD|COPY|ENV|WORKDIR|ENTRYPOINT|SELECT|WHERE|GROUP BY|ORDER BY|INSERT INTO|DELETE FROM)\s+\S"
    r"|(?:mov|add|sub|mul|push|pop|jmp|lea|cmp|xor|ldr|str)\s+[\w\[%$#]+,\s*\S+$"
    r"|.*[;{]$",
    re.IGNORECASE,
)
# Statements whose names are Chinese, each Chinese word written as x: their signs are those of a keyboard in its Latin half
NAMED_IN_CHINESE = re.compile(
    r"(?:def \w+\(.*\)(?: ->.*)?:|class \w+(?:\(.*\))?:|for [\w, ]+ in [^:]+:|(?:while|if|elif|with) [^:]+:)(?:\s.*)?$|(?:return|yield|import|del) [\w.]+$"
    r"|from [\w.]+ import \w+|print\(.*\)$|\w+(?: [-+*/]?= |=)[\w.]+\(.*\)$"
)
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
CALL = re.compile(
    r"(?:[A-Za-z_]\w*\.)*[a-z_]\w*\(.*(?:\)|[,(\[{])\S{0,3}$|(?:[A-Za-z_]\w*\.)+\w+\(|\([a-z+*/-][\w+*/?!-]* [^,]*\)$|=[A-Z]{2,}\(.*\)$|</?[a-z][\w-]*(?:\s[^<>]*)?>"
    r"|[a-z_][\w-]*:(?: [^\s:]+)?$|[\w.\[\](), ]+ @ [\w.\[\](), @+*/-]+$"
)
KEYWORD = re.compile(r"(?:pass|break|continue|return|exit|quit)$")
OPENERS, CLOSERS = frozenset("([{"), frozenset(")]}")
COMMAND = re.compile(
    r"(?:sudo|pip3?|python3?(?:\.\d+)?|conda|mamba|apt|apt-get|yum|dnf|brew|npm|npx|yarn|pnpm|node|git|cd|ls|rm|mkdir|rmdir|cp|mv|echo|printf|curl|wget"
    r"|docker|podman|chmod|chown|tar|unzip|ssh|scp|rsync|uv|uvx|poetry|pytest|tox|bash|zsh|kubectl|nvidia-smi|jupyter|sed|awk|grep|xargs"
    r"|systemctl|java|javac|gcc|g\+\+|clang|cargo|go|make|cmake|cat|source|export|sh|touch|kill|find|set|unset|alias)(?:\s+[\w./~$@'\"<>=-]|$)"
)
# Commands that are English words as well say nothing alone
WORDS = re.compile(r"(?:make|cat|source|export|touch|kill|find|set|go|node|yarn|echo|alias|bash|conda|poetry|java|git|docker)\b")
# Letters of other scripts that look like Latin ones
LOOK_ALIKES = str.maketrans("АВЕКМНОРСТУХаеорсухіјѕһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονιρτ", "ABEKMHOPCTYXaeopcyxijshdqwABEZHIKMNOPTYXovipt")
STATEMENTS, CALLS, WEAK, NEUTRAL, PROSE = 3, 2, 1, 0, -1
TEXT = re.compile(r">([^<>]*\w[^<>]*)<")
# So many faults of a page are told; whoever mends them sees the rest
TOLD = 20


def texts_with_code(page: str, known: set[str]) -> bool:
    """Say whether a text between two tags is code; those that are not join the `known` ones, which are not read again."""
    texts = set(TEXT.findall(page)) - known
    code = {text for text in texts if kind_of(html.unescape(text)) > WEAK}
    known |= texts - code
    return bool(code)


def says_code(text: str) -> bool:
    """Say whether a line of a text is code by itself."""
    return any(kind_of(line) > WEAK for line in text.split("\n"))


def runs(page: str) -> list[str]:
    """Return the runs of code in the HTML of a page, as a browser serialises it, formulas and proven pieces taken out."""
    page = HEADER_LINK.sub("", PROVEN.sub(f"\n{BETWEEN}\n", page))
    found: list[str] = []
    for table in TABLE.findall(page):
        found += table_runs(table)
    found += runs_of(lines_of(TABLE.sub(f"\n{BETWEEN}\n", page)), is_listing)
    return found[:TOLD]


def attribute_runs(values: Iterable[str]) -> list[str]:
    """Return the runs of code in the attributes of elements, which a reader may see with their lines."""
    return [run for value in values if "\n" in value for run in runs_of(value.split("\n"), is_listing)]


def table_runs(table: str) -> list[str]:
    """Return the runs of code in a table, down its columns and along its cells; calls alone are a reference, not a listing."""
    caption, *others = ROW.split(table)
    rows = [[lines_of(caption)], *([lines_of(cell) for cell in CELL.split(row)[1:]] for row in others)]
    columns = max(map(len, rows), default=0)
    enough = is_listing if columns == 1 else holds_statements
    found = runs_of([line for row in rows for cell in row for line in cell], enough)
    for column in range(columns if columns > 1 and not found else 0):
        found += runs_of([line for row in rows[2:] if column < len(row) for line in row[column] or [BETWEEN]], enough)
    return found


def holds_statements(kinds: list[int]) -> bool:
    return STATEMENTS in kinds


def is_listing(kinds: list[int]) -> bool:
    return holds_statements(kinds) or kinds.count(CALLS) > 1


def runs_of(lines: list[str], enough: Callable[[list[int]], bool]) -> list[str]:
    """Return the longest sequences of two or more lines of code, as `enough` has it of their kinds."""
    found: list[str] = []
    run: list[str] = []
    kinds: list[int] = []
    inside = Continuation()
    for line in [*lines, BETWEEN]:
        kind = inside.kind(line)
        if kind == PROSE:
            if len(run) > 1 and enough(kinds):
                found.append("\n".join(run))
            run, kinds = [], []
        elif kind != NEUTRAL:
            run.append(line)
            kinds.append(kind)
    return found


class Continuation:
    """What the lines of a run leave open: brackets, and blocks that wait for their body; what fills them is code as well."""

    def __init__(self) -> None:
        self.depth = 0
        self.body = False

    def kind(self, line: str) -> int:
        """Return the kind of the next line."""
        kind, text = kind_of(line), line.strip()
        plain = line.isascii() and len(line) < 200
        if kind == PROSE and (self.depth > 0 or self.body) and plain:
            kind = CALLS if self.depth > 0 else WEAK
        elif kind == NEUTRAL and text[-1:] in OPENERS:
            kind = WEAK
        if kind == PROSE and len(text) < 3 and line != BETWEEN:  # no word of prose, but something put between
            return NEUTRAL
        if kind == PROSE:
            self.depth, self.body = 0, False
        elif kind != NEUTRAL or self.depth > 0:
            bare = QUOTED.sub("", text)
            self.depth = max(self.depth + sum(map(bare.count, OPENERS)) - sum(map(bare.count, CLOSERS)), 0)
            self.body = kind == STATEMENTS and text.endswith(":")
        return kind


def lines_of(page: str) -> list[str]:
    """Return the lines that a reader sees in some HTML; a line of nothing but pieces of code is as many lines."""
    text = page.replace("<code>", OPEN_CODE).replace("</code>", CLOSE_CODE)
    text = CODE_TAG.sub(lambda tag: CLOSE_CODE if tag[1] else OPEN_CODE, text)
    text = html.unescape(TAG.sub("\n", INLINE_TAG.sub("", text)))
    lines: list[str] = []
    for line in text.split("\n"):
        if line.count(OPEN_CODE) > 1 and not any(map(str.isalnum, CODE_ONLY.sub("", line))):
            lines += CODE_ONLY.findall(line)
        elif line and not line.isspace():
            plain = line.replace(OPEN_CODE, "").replace(CLOSE_CODE, "")
            lines += plain.split("; ") if plain.isascii() else [plain]
    return lines


@lru_cache(maxsize=65536)
def kind_of(line: str) -> int:
    """Say what a line is: statements, a call, what might be code, nothing that counts, or prose."""
    if len(line) > 1000:
        return PROSE
    text = fold(line)
    if not any(map(str.isalnum, text)):
        return NEUTRAL
    bare = COMMENT.sub("", QUOTED.sub("''", text)).rstrip(" ,.。，；、")
    if not any(map(str.isalnum, bare)):
        return NEUTRAL
    if not bare.isascii():
        return STATEMENTS if bare in line and NAMED_IN_CHINESE.match(CHINESE.sub("x", bare)) else PROSE
    if STATEMENT.match(bare):
        return STATEMENTS
    if CALL.match(bare):
        return CALLS
    if COMMAND.match(bare):
        return WEAK if WORDS.match(bare) and not re.search(r"\s-|[/$=|>&]", bare) else STATEMENTS
    return WEAK if KEYWORD.match(bare) else PROSE


def fold(line: str) -> str:
    """Return a line as a computer would have it: no look-alikes, no invisible signs, nothing before the code."""
    if not line.isascii():
        line = unicodedata.normalize("NFKC", line).translate(LOOK_ALIKES)
        line = "".join(sign for sign in line if unicodedata.category(sign) != "Cf")
    line = line.strip()
    while (shorter := PREFIX.sub("", line)) != line:
        line = shorter
    return line
