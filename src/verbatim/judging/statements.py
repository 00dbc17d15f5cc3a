"""One line as a reader sees it: whether it is code, what kind of code, and whether it is a whole statement of a program."""

# ruff: noqa: E501
from __future__ import annotations

import ast
import json
import re
import unicodedata
import warnings
from functools import lru_cache

from verbatim.judging.languages import has_sign, marks_of
from verbatim.judging.pseudocode import is_pseudocode, may_be_pseudocode

# What authors put before a line: prompts, bullets, line numbers, boxes of task lists
PREFIX = re.compile(
    r"^(?:(?:>>>|\.\.\.|[$%>#|*+•·‣▪■□☐☑✓–—❯➜»›λ→-]+|\(?\d{1,4}[.):、|]?|\[[ xX]?\]|\([\w.-]{1,30}\)|#!\w{1,12}|(?:In|Out) ?\[\w{0,4}\]:|PS [^>]{0,60}>|[A-Za-z]:\\[^>\s]{0,60}>"
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
    r"|[a-z_][\w-]*:(?: [^\s:]+|(?: [\w./*%-]+){2,5})?(?<!\.)$|[\w.\[\](), ]+ @ [\w.\[\](), @+*/-]+$"
    # Of files: what must be installed, rows of values
    r"|[A-Za-z][\w.-]*(?:\[[\w,-]+\])?(?:[=><~!]=\d+\.\d[\w.*]*,?)+$|[A-Za-z]\w*(?:,[\w.+-]+){2,}$"
    # Instructions of machines and keepers of keys; progress of a training; a function that a word asks for
    r"|(?:SET|GET|DEL|PUT|LET|GOTO|PRINT|INPUT|CALL|LOAD|STORE|ADD|SUB|MOV|PUSH|POP|JMP) \S"
    r"|[a-z]{2,6}(?:\.\w{1,4})? [\w$%()\[\]]{1,6}(?:, ?-?[\w$%()\[\]]{1,6}){1,2}$|[a-z]+ [a-z]\w*\([\w, ]*\)$|\w+: \S+(?: - \w+: \S+)+$"
    # Of logs and of talks with models: who speaks
    r"|(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|CRITICAL)[:\s]\s?\S|(?i:system|user|assistant|human|ai|model|prompt):\s\S"
)
KEYWORD = re.compile(r"(?:pass|break|continue|return|exit|quit)$")
COMMAND = re.compile(
    r"(?:sudo|pip3?|python3?(?:\.\d+)?|conda|mamba|apt|apt-get|yum|dnf|brew|npm|npx|yarn|pnpm|node|git|cd|ls|rm|mkdir|rmdir|cp|mv|echo|printf|curl|wget"
    r"|docker|podman|chmod|chown|tar|unzip|ssh|scp|rsync|uv|uvx|poetry|pytest|tox|bash|zsh|kubectl|nvidia-smi|jupyter|sed|awk|grep|xargs"
    r"|systemctl|java|javac|gcc|g\+\+|clang|cargo|go|make|cmake|cat|source|export|sh|touch|kill|find|set|unset|alias"
    r"|flask|uvicorn|gunicorn|torchrun|deepspeed|huggingface-cli|ollama|tensorboard|mkdocs|mypy|ruff|pre-commit|sbatch|srun|squeue|helm|terraform|aws|gcloud|az"
    r"|ping|nslookup|vim|nano|tail|ps|nohup|tmux|whoami|svn|ninja|bazel|gradle|mvn|dotnet|rustc|rustup|deno|tsc|ruby|gem|php|perl|Rscript|julia|psql|mysql|sqlite3"
    r"|redis-cli|openssl|ffmpeg|pandoc|pdflatex|crontab|nvcc|nsys|mpirun|wandb|dvc|mlflow|choco|winget|pacman|apk|pipx|pdm|virtualenv|pyenv|nvm|ipython|gunzip"
    r"|gzip|sha256sum|md5sum|gdb|valgrind|lspci|lsof|chroot|ifconfig|ipconfig|netstat|telnet|pwd)(?:\s+[\w./~$@'\"<>=-]|$)"
)
# Commands that are English words as well say nothing alone
WORDS = re.compile(
    r"(?:make|cat|source|export|touch|kill|find|set|go|node|yarn|echo|alias|bash|conda|poetry|java|git|docker"
    r"|flask|ollama|aws|az|ping|tail|ps|ninja|ruby|gem|julia|helm|perl|php|ruff|mypy|nano|vim|tensorboard|mkdocs)\b"
)
# Letters of other scripts that look like Latin ones
LOOK_ALIKES = str.maketrans(
    "АВЕКМНОРСТУХаеорсухіјѕһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονιρτᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ",
    "ABEKMHOPCTYXaeopcyxijshdqwABEZHIKMNOPTYXoviptabcdefghijklmnoprstuvwyz",
)
STRUCK = "\u0338"  # makes ≠ of =
# Signs of pseudo-code, read where it assigns
PSEUDO = str.maketrans({"←": "<-", "−": "-", "·": "*", "×": "*", "÷": "/", "≤": "<", "≥": ">", "≠": "!"})
# What an author puts around code to make a sentence of it: 甲：, 第一步，, Step A:, **输入**; quotation marks and brackets
LABEL = re.compile(
    r"(?:[^\x00-\x7f][^。！？]{0,15}?[：:→，,、\s]\s*|[^\x00-\x7f]{1,6}(?=[A-Za-z])|[A-Za-z][\w ]{0,20}(?::|->|=>) +)(?=[\x21-\x7e])"
)
COLON = re.compile(r"[^。！？；]{1,16}?[:：→]\s*(?=[\x21-\x7e])")
LABEL_OF_CODE = re.compile(
    r"(?:[^\x00-\x7f]{0,12}(?:代码|程序|命令|语句|输入|键入|执行|运行|下面一行|写法|终端)[^\x00-\x7f]{0,4}[：:]|(?:code|command|input|run) ?:)\s*",
    re.IGNORECASE,
)
BEFORE_WORDS = re.compile(r"((?:[^\x00-\x7f][^：:]{0,15}[：:])?[\x00-\x7f]+?)[\s（—–-]*[^\x00-\x7f].*$", re.DOTALL)
WRAPPED = re.compile(r"[「『（“‘《【](.*)[」』）”’》】][。，；、]?$")
# A prompt before what is typed: $ pip, >>> x, PS C:\> y, In [1]: z
PROMPT = re.compile(
    r"(?:^|(?<=[\s\x02：:，。；、（(「“]))(?:>>> ?(?=[\x21-\x7e])|PS(?: ?[A-Za-z]:\\[^>\s]{0,60})?> ?(?=[\x21-\x7e])|[A-Za-z]:\\[^>\s]{0,60}> ?(?=[a-z])|In ?\[\w{0,4}\]: ?(?=[\x21-\x7e])"
    r"|\((?:gdb|lldb|[iI]?[pP]db)\) ?(?=[a-z])|\((?:base|\.?venv)\) ?(?=\$)|(?:mysql|sqlite|redis|postgres|irb|ghci|scala|julia|iex|mongo)[\w.:()\[\]-]{0,24}[>#] ?(?=[\x21-\x7e])"
    r"|[\w.-]{1,30}@[\w.-]{1,30}:\S{0,60}[$#] ?(?=[a-z])|(?P<shell>[$%#>❯➜»]) ?(?=[a-z./]))"
)
# Statements of other languages, and of data, that nobody takes for a sentence
CERTAIN = re.compile(
    r"[A-Za-z_][\w.]*(?:\[[^\]]{0,40}\])?(?:, ?[A-Za-z_][\w.]*)*(?:: ?\w+)? ?(?:[-+*/%@&|^:]|//|\*\*|<<|>>)?=(?![=>]) ?\S"
    r"|[A-Za-z_]\w*(?:\[[^\]]{0,40}\])? ?<- ?\S"
    r"|(?:const|let|var|int|float|double|char|auto|void|fn|func|function|public|private|static|struct|enum|using|namespace|package|return|export)\s.*[=({;]"
    r"|=[A-Z]{2,}\(.*\)$|#include\b|[^{}]*\{[^{}]*;\s*\}$|.*[=()\]][^;]*;$|.*\)\s*\{$"
    r"|SELECT\s.*\sFROM\s|INSERT INTO\s|DELETE FROM\s|UPDATE\s.*\sSET\s|CREATE TABLE\s|DROP TABLE\s|(?:FROM|RUN|COPY|WORKDIR|ENTRYPOINT) [a-z./]"
    r"|<[a-z][\w.:-]*\s[^<>]*=|Traceback \(most recent call last\)|File '',"
)
# Commands with nothing or a version behind them are names
VERSION = re.compile(r"[\w+.-]+(?:\s+v?\d[\w.]*(?:\s|$)|$)")
SUBCOMMAND = re.compile(r"[a-z][\w-]* [a-z][a-z-]*")
BLOCK = re.compile(r"(?:async )?(?:def|class|for|while|if|with)\b.*:$")
STATEMENTS, CALLS, WEAK, NEUTRAL, PROSE = 3, 2, 1, 0, -1
# What is named after `global` and `return` in English terms: global minimum, return value
TERMS = frozenset(
    [
        "minimum", "minima", "maximum", "maxima", "optimum", "average", "pooling", "attention", "context", "model", "models",
        "variable", "variables", "view", "search", "feature", "features", "value", "values", "type", "types", "address", "code",
        "codes", "policy", "key", "statement", "step", "steps", "batch", "rank", "norm", "scope", "state", "memory", "seed",
        "trip", "early",
    ]
)  # fmt: skip
# Of settings: ["name": …], [section]
KEY = re.compile(r"""["'][\w. -]{1,40}["']\s*:""")
TABLE_OF_SETTINGS = re.compile(r"\[{1,2}[a-z][\w.-]*\]{1,2}$")
# Functions that are called for what they do
PROGRAMS = frozenset(["print", "open", "exit", "input", "quit", "exec", "eval", "library", "require", "alert", "help", "source"])
# Values that nobody names without writing code
VALUES_OF_PROGRAMS = (
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.IfExp, ast.Await, ast.Yield, ast.JoinedStr,
)  # fmt: skip
# What no formula holds
OF_PROGRAMS = (
    ast.Attribute, ast.Subscript, ast.Lambda, ast.Await, ast.keyword, ast.List, ast.Dict, ast.ListComp, ast.DictComp, ast.IfExp,
)  # fmt: skip
LONGEST = 1000  # of a line that anybody writes as code


@lru_cache(maxsize=65536)
def kind_of(line: str) -> int:
    """Say what a line is: statements, a call, what might be code, nothing that counts, or prose."""
    if len(line) > LONGEST:
        return PROSE
    text = fold(line)
    if not any(map(str.isalnum, text)):
        return NEUTRAL
    bare = bare_of(text)
    if not any(map(str.isalnum, bare)):
        return CALLS if KEY.match(text) else NEUTRAL
    if not bare.isascii():
        return STATEMENTS if is_named_in_chinese(line, bare) else PROSE
    if STATEMENT.match(bare) or has_sign(bare):
        return STATEMENTS
    if CALL.match(bare):
        return CALLS
    if COMMAND.match(bare):
        named = VERSION.match(bare) or (WORDS.match(bare) and not re.search(r"\s-|[/$=|>&]|''", bare))
        return WEAK if named else STATEMENTS
    if KEYWORD.match(bare) or TABLE_OF_SETTINGS.match(bare):
        return WEAK
    return CALLS if marks_of(bare) else PROSE


class Seen(dict[int, int | None]):
    """What becomes of each sign of a line: nothing where it cannot be seen; found out when it is first met."""

    def __missing__(self, code: int) -> int | None:
        unseen = unicodedata.category(chr(code)) in ("Cf", "Mn") and chr(code) != STRUCK
        self[code] = None if unseen else code
        return self[code]


SEEN = Seen()


def bare_of(text: str) -> str:
    """Return a line of code without what its strings and remarks say."""
    return COMMENT.sub("", QUOTED.sub("''", text)).rstrip(" ,.。，；、")


def fold(line: str) -> str:
    """Return a line as a computer would have it: no look-alikes, no invisible signs, nothing before the code."""
    if not line.isascii():
        line = fold_signs(line)
    return without_prefix(line)


def without_prefix(line: str) -> str:
    """Return a line without what authors put before code."""
    line = line.strip()
    while (shorter := PREFIX.sub("", line)) != line:
        line = shorter
    return line


def fold_signs(line: str) -> str:
    """Return a line without look-alikes and invisible signs."""
    line = unicodedata.normalize("NFKD", line).translate(LOOK_ALIKES)
    if "←" in line:
        line = line.translate(PSEUDO)
    return line.translate(SEEN)


@lru_cache(maxsize=65536)
def is_statement(line: str, *, calls: bool = True) -> bool:
    """Say whether a line is a whole statement of a program, a command or a piece of data, and not only looks a little like one.

    A call counts that does something with what it is given, where `calls` are asked for: lists of functions name others.
    """
    text = fold(line)
    if not 3 < len(text) <= LONGEST:
        return False
    if is_data(text):
        return True
    bare = bare_of(text)
    if not bare.isascii():
        return ("(" in bare or "=" in bare or may_be_pseudocode(line)) and is_named_in_chinese(line, bare)
    if CERTAIN.match(bare) or (calls and has_sign(bare)) or (COMMAND.match(bare) and kind_of(text) == STATEMENTS):
        return True
    return any(does_something(node, calls=calls) for node in python_of(text.rstrip("。，；、 ")))


def is_named_in_chinese(line: str, bare: str) -> bool:
    """Say whether a line, `bare` without its strings and remarks, is a statement in which names are Chinese."""
    if bare in line and NAMED_IN_CHINESE.match(CHINESE.sub("x", bare)):
        return True
    if not may_be_pseudocode(line):
        return False
    return is_pseudocode(without_prefix(line)) or (bare in line and any(map(is_program_in_chinese, python_of(bare))))


def is_program_in_chinese(node: ast.stmt) -> bool:
    """Say whether a statement of Python with Chinese names is no formula and no word with a remark in brackets."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute) and is_busy(node.value)
    return does_something(node, calls=True) and not (is_formula(node) and not is_update(node))


def is_update(node: ast.stmt) -> bool:
    """Say whether a statement gives a name another value than it has, which no formula says: n = n + 1."""
    if not isinstance(node, ast.Assign):
        return isinstance(node, ast.AugAssign)
    given = {target.id for target in node.targets if isinstance(target, ast.Name)}
    return any(isinstance(part, ast.Name) and part.id in given for part in ast.walk(node.value))


def is_data(text: str) -> bool:
    """Say whether a text is JSON that holds a key."""
    if text[:1] not in "{[" or ":" not in text:
        return False
    try:
        return bool(json.loads(text))
    except (ValueError, RecursionError):
        return False


def python_of(text: str) -> list[ast.stmt]:
    """Return the statements that a line of Python holds, those of its blocks too; none where it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a string on a page escapes is no business of ours
            tree = ast.parse(f"{text} pass" if BLOCK.match(text) else text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]


def does_something(node: ast.stmt, *, calls: bool) -> bool:
    """Say whether a statement is more than a name, a value, or a call that a sentence names as a function."""
    if isinstance(node, ast.AnnAssign):
        return node.value is not None
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Name):
        return calls and node.value.id not in TERMS
    if isinstance(node, ast.Return):
        return node.value is not None
    if isinstance(node, ast.Global | ast.Nonlocal):
        return calls and TERMS.isdisjoint(node.names)
    if isinstance(node, ast.Pass | ast.Break | ast.Continue):
        return False
    if not isinstance(node, ast.Expr):
        return True
    if isinstance(node.value, VALUES_OF_PROGRAMS):
        return True
    if isinstance(node.value, ast.BinOp):
        return calls and any(isinstance(part, ast.Slice | ast.Dict | ast.Lambda) for part in ast.walk(node.value))
    return calls and isinstance(node.value, ast.Call) and is_busy(node.value)


def is_busy(call: ast.Call) -> bool:
    """Say whether a call is one of a program: with named or literal arguments, of a method with any, of what prints or was called."""
    if isinstance(call.func, ast.Attribute) and any(isinstance(part, ast.Call) for part in ast.walk(call.func)):
        return True
    if not (call.args or call.keywords):
        return False
    plain = isinstance(call.func, ast.Name) and call.func.id not in PROGRAMS
    return not plain or bool(call.keywords) or not all(map(is_name, call.args))


def is_name(argument: ast.expr) -> bool:
    """Say whether an argument is a name, or names of people: Adam (Kingma & Ba)."""
    if isinstance(argument, ast.BinOp) and isinstance(argument.op, ast.BitAnd):
        return is_name(argument.left) and is_name(argument.right)
    return isinstance(argument, ast.Name)


def is_command(text: str) -> bool:
    """Say whether a text begins as a command does, and goes on with what it works on, whatever else the words may mean."""
    bare = bare_of(fold(text))
    return " " in bare and bare.isascii() and COMMAND.match(bare) is not None and not VERSION.match(bare)


def is_told_of(code: str) -> bool:
    """Say whether a piece of code with words behind it is published and not named: a program, more than `git status`."""
    return is_program(code) and not (SUBCOMMAND.fullmatch(code) and COMMAND.match(code))


def is_program(text: str) -> bool:
    """Say whether a statement does more than a formula or a call says: it imports, defines, repeats, prints."""
    if not is_statement(text):
        return False
    nodes = python_of(text)
    return not nodes or any(not isinstance(node, ast.Expr) and not is_formula(node) for node in nodes) or text.startswith("print(")


def is_plain_python(text: str) -> bool:
    """Say whether a statement can be nothing but Python, whatever words it stands in."""
    nodes = python_of(text)[:1]
    if not nodes or isinstance(nodes[0], ast.Expr | ast.Pass | ast.Break | ast.Continue):
        return False
    if isinstance(nodes[0], ast.Return | ast.Raise | ast.Assert | ast.Delete):  # with a name they are named themselves
        return any(isinstance(node, ast.Call | ast.Subscript | ast.Attribute | ast.Compare) for node in ast.walk(nodes[0]))
    return not is_formula(nodes[0])


def is_formula(node: ast.stmt) -> bool:
    """Say whether a statement could be mathematics as well: y = f(x), n = 2 * m."""
    return isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and not any(
        isinstance(part, OF_PROGRAMS) or (isinstance(part, ast.Constant) and isinstance(part.value, str)) for part in ast.walk(node)
    )


def unwrapped(line: str) -> str:
    """Return what stands within quotation marks, where nothing stands outside."""
    match = WRAPPED.match(line.strip())
    return match[1].strip() if match else line.strip()


def unlabelled(line: str) -> str:
    """Return what stands behind the words that lead to it."""
    text = unwrapped(line)
    match = LABEL.match(text)
    return unwrapped(text[match.end() :]) if match else text


def named(line: str) -> str:
    """Return what stands behind a colon or an arrow, and no other words that lead to it."""
    match = COLON.match(line)
    return line[match.end() :] if match and not match[0].isascii() else line


def unexplained(line: str) -> str:
    """Return a statement without the words behind it; a line whose beginning is none as it is."""
    match = BEFORE_WORDS.match(line)
    return match[1] if match and is_statement(match[1]) else line


def follows_prompt(line: str) -> bool:
    """Say whether a line shows a prompt with what is typed behind it, wherever in the line."""
    if not line.isascii():
        line = fold_signs(line)
    return any(not match["shell"] or command_at(line, match.end()) for match in PROMPT.finditer(line))


def command_at(line: str, place: int) -> bool:
    """Say whether a command stands at a place of a line."""
    return COMMAND.match(line, place) is not None
