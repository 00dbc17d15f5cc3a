"""Signs by which a line of Latin letters is code, whatever its language: what no sentence holds and no name is made of."""

# ruff: noqa: E501
from __future__ import annotations

import re

# All of one line that tells what it is by one of these; each is tried at few places and runs along the line once
SIGNS = (
    # Variables and calls of shells, PHP, Perl, Rust; namespaces, pipes, arrows with a body
    r"\$\{?[A-Za-z_]\w*\}?\s?(?:=|->|\[|\(|;|:\w+\s?[-+]?=)|\w\s\$\{?[A-Za-z_]|\w->\w+\s?(?:\(|=[^=])",
    r"\w(?:::|\?\.)\w|\s::\s\w|\s(?:\|>|%>%|\?\?|&&|\|\|)\s|\w\s?:=\s?\S|\w!\(|=>\s?(?:[{(]|\S{1,30}\s?[-+*/(])",
    r"\d>&\d|\s>>?\s?[\w./-]+\.\w+$|\w\s&$|<\?(?:php|xml|=)|</[a-z][\w-]*>|<[A-Z]\w*\s[^<>]*/>|/\w{1,20}>\s?<\w",
    # Braces that hold fields, statements or nothing; LaTeX
    r"\w ?\{[^{}]*[\w)] ?\{|\{[^{}:;=(]*[:;=(][^{}]*\}|\{\s?return\b|[\w)]\s\{\}$|\\[a-z]+[\[{]",
    # Heads and ends of blocks
    r"\bdo\s\|\w|;\s?(?:do|then|done|fi|esac)\b|^(?:if|while|for|switch|foreach)\s?\(.*\)\s?[\w{]|^for\s\w+\s?:?=.*\bto\s|^do\s\w+\s?=\s?\w+,",
    r"^(?:if|IF)\s.{0,40}[=<>()\[\]].{0,40}\b(?:then|THEN)\b|^(?:if|IF)\s.{0,80}\b(?:then|THEN)\b.{0,80}\b(?:else|ELSE|end|END)\b",
    r"^(?:try|finally):\s\S|^(?:elif|except)\b[^:]*:\s\S|^else:\s.*[=(]|^repeat\suntil\s|^end\s(?:if|for|while|do|program|function|procedure|module)(?:\s\w+)?$|^def\w*\s.*\bdo\b",
    # Diagrams, logic, entries of libraries, attributes of elements
    r"\s--+>\s?\S|^\w+\s?-+>+\s?\w+\s?:\s\S|^(?:graph|flowchart)\s(?:T[BD]|BT|LR|RL)$|^\?-\s|\)\s:-\s|^-[a-z]+\(|^@\w+\{|[\w-]=''\s[:@]?[\w-]+=''",
    # Algorithms in English and in TeX
    r";\s?end\s(?:for|while|if)\b|^for\s(?:each|all|every)\s.*\sdo(?:\s|$)|^\\[A-Za-z]{2,}(?:\s|$)",
    # Rights of files
    r"^[-dlcbps](?:[r-][w-][xsStT-]){3}\s",
    # Options as Windows has them
    r"^[a-z]+(?:\s/[A-Za-z?]){2,}(?:\s|$)",
    # What a branch gives, beside what is assigned
    r"\)\s?->\s?\w|=\s\w[^=]{0,80}\s->\s\w|->\s\w[^=]{0,80}\s=\s\w",
    # Declarations
    r"^(?:Dim\s\w+\sAs\s|(?:val|mut|my|our|local|type)\s\w+\s?=|(?:val|let)\s\w+:\s|export\s(?:default|const|function)\b|import\s.*\bfrom\s['\"]"
    r"|use\s\w+::|impl\s\w+\sfor\s[A-Z]|class\s\w+\sextends\s\w|nonlocal\s\w+)",
    r"^#(?:!/|(?:define|pragma|ifdef|ifndef|undef|if|endif)\b)|^#?include\s?[<'\"]|^(?:print|puts|exec|require|include|say)\s(?:['\"]|\*,)",
    r"^\((?:define|defn|defun|let|lambda|setq?|ns|cond)\s.*\)$|^\((?:[a-z][\w-]*|[-+*/<>=!?]{1,3})\s(?:.*\s)?\([a-z]\w*\s.*\)\)$",
    r"^(?:mov|jmp|lea|cmp|xor|ldr|push|pop)\s(?:[er]?[abcd]x|[er][sd]i|[er][sb]p|r\d+|\[|%|\$|#)|^[a-z]{2,6}(?:\.\w{1,4})?\s(?:[xwrvtas]\d{1,2}|[er][a-ds][xip]|sp),\s?\S"
    r"|^[A-Z]+(?: [A-Z]+)? (?:DIVISION|SECTION)\.?$|^[A-Z]+-ID\. |^[A-Z][a-z]+[A-Z]\w+ (?:On|Off|[\^/]\S*)(?:\s|$)",
    # Questions to databases and servers
    r"^(?:ALTER|CREATE|DROP|TRUNCATE)\s[A-Z]+\s\w|^MATCH\s\(|^(?:WITH|GRANT)\s\w+.*\s(?:AS|ON|TO)\s|^SELECT\s\S|^EXPLAIN\s[A-Z]|^UPDATE\s\w+\sSET\s"
    r"|^select\s[\w*,.() ]+\sfrom\s\w+\s(?:where|order|group|limit|join)\b|^insert\sinto\s\w+|^(?:GET|POST|PUT|DELETE|PATCH)\s/|\sHTTP/\d",
    # Commands, whatever their name: options, files that they work on, programs of this folder; of notebooks
    r"^(?:git|docker|flask|ollama|helm|terraform|npm|cargo|conda|kubectl|aws)\s(?:run|pull|push|serve|build|install|clone|init|add|commit|checkout|apply|login"
    r"|test|start|stop|create|activate|exec|get|status|log|diff)\b",
    r"^(?:~|\.{0,2})(?:/[\w.-]+)+\s+(?:[-/~$]|\./)\w|^[a-z][\w.-]*\s(?:.*\s)?--?[a-z][\w-]*(?:[\s=]|$)|^\./\S+\s\S|^[a-z][\w-]*\s(?:.*\s)?(?:\.{1,2}|~)/\w|^![a-z]\w*\s\S|^%{1,2}[a-z]\w*(?:\s\S|$)",
    r"^(?!(?:see|the|and|or|in|of|from|with|for|to|file|files|as|by|is|on|a|an)\s)[a-z][\w-]*\s(?:(?:[\w./-]+|'')\s)*[\w/-][\w./-]*"
    r"\.(?:py|sh|js|ts|c|cpp|go|rs|java|rb|jl|ipynb|ya?ml|toml|json|cfg|ini|tar|gz|zip|csv|npz|txt)(?:\s|$)",
    r"^(?:Get|Set|New|Remove|Invoke|Start|Stop|Install|Select|Where|Sort|ForEach|Out|Write)-(?:Item|ChildItem|Content|Object|Process|Service|Location|Module|Host|Output|Variable|Path|WebRequest|Expression)\b|^@echo\s|^REM\s\w|^[\d*/,-]+(?:\s[\d*/,-]+){4}\s\S",
    # What changes: of files, of texts
    r"^\[(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\]\s|^@@\s.*@@|^[-+](?:import|from|def|class|return|for|if|print)\b|^(?::?%?)s/[^/]*/[^/]*/[a-z]*$|^\^\S*[\[(\\]\S*\$$",
)
SIGN = re.compile("|".join(SIGNS))
# Marks that sentences and names do without, each of another kind: one makes a line doubtful, two make it code in some language
MARKS = (
    r"[{}]",
    r"</?\w|\w>(?!=)|<<|>>|<\|",
    r"=",
    r"\|",
    r"\\",
    r"\^|~\w|`",
    r"\$[A-Za-z_({]",
    r"\[(?!\d[\d, –-]*\]|[A-Z/]{1,6}\])",  # no citation, no kind of a publication
    r"\*[\w(/.*]|\s\*\s",
    r"(?<![\w.])@\w",
    r"(?<!\w)#(?![0-9a-fA-F]{3,8}\b)[A-Za-z!]",  # no colour
    r"\w:\w+:[a-z]|::|(?<!\w):[A-Za-z]",
    r";(?:$|\w)",
    r"(?:^|\s)--?[A-Za-z]",
    r"&&|\s&$|>&",
    r"\w->|->\w|=>|<-",
    r"[\"'][:\]})]|[=(\[{]\s?[\"']",
    r"\+\+|\+=|(?:^|\s)\+[A-Za-z]",
    r"%[A-Za-z]",
    r"![\w\[(=]",
    r"\S\s/\w+/\w",
)
MARK = tuple(map(re.compile, MARKS))
TEX = re.compile(r"\\\(.*\\\)|\\\[.*\\\]", re.DOTALL)
SIGN_OF_MARK = re.compile(r"[{}<>=|\\^~`$\[*@#:;&\"'+%!/-]")


def has_sign(line: str) -> bool:
    """Say whether a line of Latin letters, its strings and remarks taken out, has a sign of code."""
    return SIGN.search(line) is not None or marks_of(line) > 1


def marks_of(line: str) -> int:
    """Count the kinds of marks in such a line that sentences do without; a formula as TeX has it is judged elsewhere."""
    if not SIGN_OF_MARK.search(line) or TEX.fullmatch(line):
        return 0
    return sum(mark.search(line) is not None for mark in MARK)
