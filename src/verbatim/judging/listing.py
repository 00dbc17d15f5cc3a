"""Runs of code: lines that are nothing but code, one under another, whatever elements stack them; judged by what they say."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import groupby, pairwise

from verbatim.judging.elements import with_quiet_values
from verbatim.judging.pseudocode import may_be_pseudocode
from verbatim.judging.statements import (
    CALLS,
    LABEL_OF_CODE,
    NEUTRAL,
    PROSE,
    QUOTED,
    STATEMENTS,
    WEAK,
    does_something,
    fold_signs,
    follows_prompt,
    is_command,
    is_plain_python,
    is_program,
    is_statement,
    is_told_of,
    kind_of,
    named,
    python_of,
    unexplained,
    unlabelled,
    unwrapped,
)

# What a browser puts on lines of its own, or apart; every other element goes on with the line
INLINE = (
    "a abbr b bdi bdo cite data del dfn em font i ins kbd mark output q ruby s small span strong sub sup time tt u var samp big"
)
# Blocks, proofs, scripts and comments are judged by themselves: a false one is a fault of its own
PROVEN = re.compile(
    r"<pre\b.*?</pre>|<details class=\"verbatim-proof\".*?</details>|<(script|style|template)\b.*?</\1>|<!--.*?-->", re.DOTALL
)
WORD_BREAK = "<wbr>"
WITHIN_WORD = re.compile(rf"(?<=\w){WORD_BREAK}(?=\w)")
TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
HEADER_LINK = re.compile(
    r'<a\b[^>]*class="(?:headerlink|footnote-backref)"[^>]*>.*?</a>|<span class="caption-prefix">[^<]*</span>', re.DOTALL
)
# What sets a piece of a line apart from what stands beside it
CODE_TAG = re.compile(r"<(/?)(?:code|kbd|samp|tt|var|sub|sup|small|q|del|ins|mark|s|u|b|i|em|strong)\b[^>]*>")
# Tags that do not end are taken as far as they go, never sought again
INLINE_TAG = re.compile(rf"</?(?:{INLINE.replace(' ', '|')})(?=[\s/>])[^\"<>]*(?:\"[^\"]*\"[^\"<>]*)*>?")
TAG = re.compile(r"<[/a-zA-Z!][^\"<>]*(?:\"[^\"]*\"[^\"<>]*)*>?")
BREAK = re.compile(r"<br>\s*")
ROW, CELL = re.compile(r"<tr\b"), re.compile(r"<t[dh]\b[^>]*>")
OPEN_CODE, CLOSE_CODE, BROKEN = "\x02", "\x03", "\x04"  # the last before what follows a <br>
SIGNS = str.maketrans("", "", OPEN_CODE + CLOSE_CODE + BROKEN)
CODE_ONLY = re.compile(f"{OPEN_CODE}([^{OPEN_CODE}{CLOSE_CODE}]*){CLOSE_CODE}")
# What stands for a block that is judged by itself, and for a formula that holds no code: ends a run
BETWEEN = "块"

BLANK = f"{OPEN_CODE}{CLOSE_CODE}{BROKEN} \t\r\f\xa0"
TEXT = re.compile(r">([^<>]*\w[^<>]*)<")
OPENERS, CLOSERS = frozenset("([{"), frozenset(")]}")
# Heads of columns that hold code and say so
HEAD_OF_CODE = re.compile(r"(?:源?代码|程序|命令|语句|指令|脚本|code|commands?)\Z", re.IGNORECASE)
# What authors put between statements on one line
SEPARATOR = re.compile(r"\s?[；;，、→⇒｜]\s?|\s[|/·•~]\s|\s?&&\s?")
CHAIN = re.compile(f"{CODE_ONLY.pattern}(?:[^\\w{OPEN_CODE}]{{0,4}}{CODE_ONLY.pattern}){{2,}}")
TURNS = re.compile(f"{CODE_ONLY.pattern}(?:(?:[^{OPEN_CODE}]{{0,6}}|[ -~]{{7,24}}){CODE_ONLY.pattern}){{2,}}")
SIDE_BY_SIDE = re.compile(f"{CODE_ONLY.pattern}(?:\\s*{CODE_ONLY.pattern})+")
# A piece of code, with what it is for behind it
EXPLAINED = re.compile(f"[{BROKEN}\\s]*{CODE_ONLY.pattern}\\s?(?:[：:—–→，（(-]|#)")
# What joins statements on one line; what holds several: loops of shells, bodies in braces, elements in each other
JOINED = re.compile(r"; | && | \|\| ")
PIPED = re.compile(r" \|&? ")
SEVERAL = re.compile(
    r";\s(?:do|then)\s|\{[^{}]*[\w)\]']\s?;[^{}]*\w[^{}]*\}|\{[^{}]*\{[^{}]*[\w)][^{}]*\}"
    r"|<\w[^<>]*>\s*<\w[^<>]*>[^<>]*</"
)
# Pieces of Latin letters in other words, and the words that join them; without a hint there is no code
FRAGMENT = re.compile(r"[\x20-\x7e]{4,}")
IN_TURN = re.compile(
    r"[,;.:]?\s{0,3}\b(?:first|then|next|finally|lastly|and|now|also|write|type|run|call)\b[,:]?\s{0,3}", re.IGNORECASE
)
METHOD_CALL = re.compile(r"[a-z_]\w*\.\w+\([^)]")
# Wide and strange letters and blanks
ODD = re.compile(r"[\uff21-\uff5a\xa0\u2000-\u200b\u0400-\u04ff\U0001d400-\U0001d7ff]")
HINT = re.compile(
    r"\b(?:import|def|class|for|while|with|if|return|yield|lambda|raise|assert|await|del|global|nonlocal|print|pip3?|python3?|conda|git|sudo|apt|curl|wget|docker"
    r"|npm|const|let|var|cd|ls|rm|cp|mv|mkdir|chmod|cat|make|source|export|ssh|tar|echo)\s?[\w(*'\"./~$-]"
    r"|[\w\])] ?[-+*/]?= ?[\w\[({'\"]|<-"
)
LATIN = re.compile(r"(?i:[a-zａ-ｚ\u0250-\u02af\u0370-\u04ff\u1d00-\u1d7f&])[^\u4e00-\u9fff]{2}|>>>")
COUNTS_A_STEP = re.compile(
    r"\s*(?:第 ?[一二三四五六七八九十\d]{1,3} ?[步行句条]|步骤 ?[一二三四五六七八九十\d]{1,3}|然后|接着|最后|首先)[：:，。]?\s*\Z"
)
SEEN = ("alt", "title", "aria-label", "abbr")  # attributes that readers are shown or read aloud
FEW = 24  # signs around a statement that say no more than what it does
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


def code_on(page: str) -> tuple[list[str], list[str]]:
    """Return the code in the HTML of a page, as a browser serialises it, formulas and proven pieces taken out.

    First the runs of lines, then the lines that are a whole statement by themselves, and what of others is no mention of code.
    """
    # What a comment stands between is read as one
    quiet = PROVEN.sub(lambda piece: "" if piece[0].startswith("<!") else f"\n{BETWEEN}\n", with_quiet_values(page))
    page = HEADER_LINK.sub("", quiet)
    tables = TABLE.findall(page)
    lines = marked_lines(TABLE.sub(f"\n{BETWEEN}\n", page) if tables else page)
    several = [run for table in tables for run in table_runs(table)] + runs_of(lines_of(lines), is_listing)
    several = several or list(steps_of(lines))
    single = [line for table in tables for line in statements_of(marked_lines(table), calls=False)]
    if WORD_BREAK in page and WITHIN_WORD.search(page):  # where a word may be broken, a line may too: both readings count
        single += statements_of(marked_lines(WITHIN_WORD.sub("", page)), calls=False)
    return several[:TOLD], [*single, *statements_of(lines, calls=True)][:TOLD]


def steps_of(lines: list[str]) -> Iterator[str]:
    """Yield the code of lines that tell one statement each in few words, three or more on each other, one a line.

    What only counts them, 第一步, parts none.
    """
    for code, group in groupby((step_in(line) for line in lines if not COUNTS_A_STEP.match(line)), bool):
        steps = list(group)
        if code and len(steps) > 2:
            yield "\n".join(steps)


def step_in(line: str) -> str:
    """Return the one piece of code in a line of few other words, where it is a statement of a program; else ""."""
    pieces = CODE_ONLY.findall(line) if line.count(OPEN_CODE) == 1 else []
    return pieces[0] if pieces and len(line) < len(pieces[0]) + FEW and is_told_of(pieces[0]) else ""


def runs(page: str) -> list[str]:
    """Return the runs of code in some HTML."""
    return code_on(page)[0]


def single_lines(page: str) -> list[str]:
    """Return the single lines of code in some HTML."""
    return code_on(page)[1]


def statements_of(lines: list[str], *, calls: bool) -> Iterator[str]:
    """Yield what of some lines is code by itself; those of a table may be calls, which name functions there."""
    for line in lines:
        if (LATIN.search(line) or may_be_pseudocode(line)) and (found := statement_in(line, calls=calls)):
            yield found


@lru_cache(maxsize=65536)
def statement_in(line: str, *, calls: bool) -> str:
    """Return what of a line is code that no sentence mentions: the whole line, or a part of it; "" where nothing is."""
    plain = unmarked(line)
    if is_statement(unwrapped(LABEL_OF_CODE.sub("", plain, count=1)), calls=calls):
        return plain
    if follows_prompt(line) or (calls and is_lone_command(line)):
        return plain
    pieces = CODE_ONLY.findall(line)
    several = (piece for piece in pieces if is_several(piece))
    chains = filter(None, map(chained, CHAIN.finditer(line))) if len(pieces) > 2 else iter("")
    beside = filter(None, map(set_beside, SIDE_BY_SIDE.finditer(line))) if len(pieces) > 1 else iter("")
    return (
        next(several, "")
        or next(beside, "")
        or next(chains, "")
        or (told_in_turn(line) if len(pieces) > 2 else "")
        or in_words(line)
    )


def is_lone_command(line: str) -> bool:
    """Say whether a line is nothing but one piece of code, a command with what it works on: `make test`."""
    match = CODE_ONLY.fullmatch(line.strip(f"{BROKEN} \n"))
    return match is not None and is_command(match[1])


def is_several(code: str) -> bool:
    """Say whether a piece of code within a sentence is a program of several statements."""
    pieces = JOINED.split(code)
    kinds = list(map(kind_of, pieces))
    if len(pieces) > 1 and min(kinds) >= WEAK and max(kinds) >= CALLS:
        return True
    if SEVERAL.search(code) or (PIPED.search(code) and is_piped(code)):
        return True
    return sum(does_something(node, calls=True) for node in python_of(code.strip())) > 1


def is_piped(code: str) -> bool:
    """Say whether a piece of code hands on from one command to the next what they print: the first of them says so."""
    first = PIPED.split(code)[0]
    return is_command(first) or is_statement(first)


def chained(chain: re.Match[str]) -> str:
    """Return pieces of code between which nothing is said, one a line, where they are statements; "" where they are names."""
    pieces = CODE_ONLY.findall(chain[0])
    kinds = list(map(kind_of, pieces))
    whole = min(kinds) >= CALLS and holds_statements(kinds)
    return "\n".join(pieces) if whole or (any(map(is_program, pieces)) and sum(map(is_statement, pieces)) > 1) else ""


def set_beside(run: re.Match[str]) -> str:
    """Return pieces of code that stand side by side, one a line, where each is a statement of a program; else ""."""
    pieces = CODE_ONLY.findall(run[0])
    return "\n".join(pieces) if all(map(is_program, pieces)) else ""


def told_in_turn(line: str) -> str:
    """Return pieces of code that a sentence strings together, one a line: `import os`, then `x = y`, then `print(x)`."""
    for match in TURNS.finditer(line):
        pieces = list(filter(is_statement, CODE_ONLY.findall(match[0])))
        if len(pieces) > 2 and sum(map(is_program, pieces)) > 1:
            return "\n".join(pieces)
    return ""


def in_words(line: str) -> str:
    """Return the code that stands bare in running words: a statement that is no formula, or several; "" where there is none."""
    text = CODE_ONLY.sub(BETWEEN, line)
    text = fold_signs(text) if ODD.search(text) else text
    if not HINT.search(text):
        return ""
    pieces = IN_TURN.split(text) if text.isascii() else FRAGMENT.findall(text)
    shorter = [piece for piece in (piece.strip(" ,.;:") for piece in pieces) if len(piece) < len(text)]
    statements = list(filter(is_statement, shorter))
    if sum(map(is_method_call, statements)) > 2:
        return "\n".join(statements)
    if sum(map(is_typed, shorter)) > 1 and any(map(is_program, statements)):
        return "\n".join(filter(is_typed, shorter))
    several = filter(is_several, shorter)
    return next(several, "") or next(filter(is_plain_python, statements), "")


def is_method_call(piece: str) -> bool:
    """Say whether a statement calls a method with what it works on."""
    return METHOD_CALL.match(piece) is not None


def is_typed(piece: str) -> bool:
    """Say whether a piece of a sentence is a statement, or a command with what it works on."""
    return is_statement(piece) or is_command(piece)


def attribute_runs(attributes: Iterable[tuple[str, str]]) -> list[str]:
    """Return the code in the (name, value) of attributes, which a reader may see with their lines."""
    found: list[str] = []
    for name, value in attributes:
        if "\n" in value:
            found += runs_of(value.split("\n"), is_listing)
        if name in SEEN:
            found += filter(None, (statement_in(line, calls=True) for line in value.split("\n")))
            found += [value] if len(pieces_of(value)) > 1 else []
    return found


def table_runs(table: str) -> list[str]:
    """Return the runs of code in a table, down its columns and along its cells; calls alone are a reference, not a listing."""
    caption, *others = ROW.split(table)
    rows = [[lines_of(marked_lines(caption))], *([lines_of(marked_lines(cell)) for cell in CELL.split(row)[1:]] for row in others)]
    columns = max(map(len, rows), default=0)
    enough = is_listing if columns == 1 else holds_statements
    found = runs_of([line for row in rows for cell in row for line in cell], enough)
    for column in range(columns if columns > 1 and not found else 0):
        found += runs_of([line for row in rows[2:] if column < len(row) for line in row[column] or [BETWEEN]], enough)
    return found or said_to_be_code(rows[1:])


def said_to_be_code(rows: list[list[list[str]]]) -> list[str]:
    """Return the calls and statements of the columns of a table whose heads promise code."""
    heads = rows[0] if rows else []
    columns = [column for column, head in enumerate(heads) if head and HEAD_OF_CODE.match(head[0].strip())]
    cells = [row[column] for column in columns for row in rows[1:] if column < len(row)]
    return [line for cell in cells for line in cell if kind_of(line) >= CALLS]


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
        kind, text = labelled_kind(line), unlabelled(line)
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


def marked_lines(page: str) -> list[str]:
    """Return the lines that a reader sees in some HTML, its pieces of code between signs."""
    text = page.replace("<code>", OPEN_CODE).replace("</code>", CLOSE_CODE)
    text = CODE_TAG.sub(lambda tag: CLOSE_CODE if tag[1] else OPEN_CODE, text)
    text = BREAK.sub(f"\n{BROKEN}", text.replace(OPEN_CODE * 2, OPEN_CODE).replace(CLOSE_CODE * 2, CLOSE_CODE))
    text = html.unescape(TAG.sub("\n", INLINE_TAG.sub("", text)))
    return [line for line in text.split("\n") if line.strip(BLANK)]


def lines_of(marked: list[str]) -> list[str]:
    """Return marked lines as they are judged: one of nothing but pieces of code is as many lines."""
    lines: list[str] = []
    goes_on = False
    for line, following in pairwise([*marked, ""]):
        if line.count(OPEN_CODE) > 1 and not any(map(str.isalnum, CODE_ONLY.sub("", line))):
            lines += CODE_ONLY.findall(line)
            continue
        explained = EXPLAINED.match(line)
        # Behind a program, a formula is its next line
        goes_on = explained is not None and (is_told_of(explained[1]) or (goes_on and is_statement(explained[1])))
        if explained and goes_on:
            lines.append(explained[1])
            continue
        plain = unmarked(line)
        if BROKEN in (line[0], following[:1]) and LATIN.search(plain):
            plain = unexplained(plain)
        lines += pieces_of(plain)
    return lines


def labelled_kind(line: str) -> int:
    """Return the kind of a line, whatever words lead to a statement in it."""
    kind = kind_of(line)
    return STATEMENTS if kind == PROSE and LATIN.search(line) and is_statement(unlabelled(line)) else kind


def unmarked(line: str) -> str:
    return line.translate(SIGNS)


def pieces_of(line: str) -> list[str]:
    """Return the statements that stand on one line with nothing but signs between them; the line itself where there are none."""
    if line.isascii() and "; " in line:
        return line.split("; ")
    if len(line) > 1 and SEPARATOR.search(line):
        pieces = [piece for piece in SEPARATOR.split(line) if piece]
        kinds = [kind_of(named(piece)) for piece in pieces]
        if len(pieces) > 1 and min(kinds) > NEUTRAL and holds_statements(kinds):
            return pieces
    return [line]
