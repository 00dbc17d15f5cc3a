"""Everything that the instrument tells the readers of a page, in their language; pieces of code stand between backticks."""

from __future__ import annotations

FIGURE_LABEL, TABLE_LABEL, SECTION_LABEL = "图", "表", "§"
DATE = "{} 年 {} 月 {} 日"
RECORD_ORIGIN = "{date}在 {cores} 核机器上实测"
SEEDS = "，{count} 个种子 {low}–{high}"
SAME_SEEDS = "，{count} 个种子都是这个数"
CALC_ORIGIN = "构建时算出：{expression}"
CALC_MEASURED = "，其中的数 {date}测得"
GIVEN_ORIGINS = {"假设": "作者作的假设，不是测量", "定义": "按定义就是这个数，不是测量", "名称": "名称的一部分，不是测量"}
BENCH_ORIGIN = "{date}单独测过一次，读者不必重跑"
PIN_ORIGIN = "本站固定使用的版本"
CONSTANT_ORIGIN = "程序里设定的值，不是测出来的"

BADGE = "✓ 已核对"
BADGE_BLOCKS, BADGE_NUMBERS = "{blocks} 个代码块都由测试运行过", "{numbers} 个数字都有来历"
BADGE_TOLD = "本页 {parts}。"
BADGE_ASK = "点一下数字，或者把光标停在上面，就能看到它的来历。"
REPORT_NAME = "验证报告"
BADGE_REPORT = f"怎样核对，见`{REPORT_NAME}`。"

PROVEN_REGION = "`{path}` 第 {first}–{last} 行 · {tests} 个测试"
MUTANTS = "变异测试：{killed} / {total} 个变异体被测试发现"
ENVIRONMENT = "{versions}，Python {python}，{date}"
VERSION_SEPARATOR = "，"
TESTS_OF_FILE = "`{file}`：{tests}"
TEST_SEPARATOR = "，"
TESTS_IN_REPORT = "测试在 {files}，逐个列在{report}"
NAME_SEPARATOR = "、"
RUN_COMMAND = "`snippets/{name}` · 每次测试都执行"
HOW_COMMANDS_RUN = "在空文件夹里逐行执行，见粘贴测试"
UNRECORDED_OUTPUT = "`snippets/{name}`"
RECORDED_OUTPUT = "实测输出 · `{command}` · 种子 {seed} · 用时 {seconds:.0f} 秒"
MACHINE = "{cpu}，{cores} 核，Python {python}，{date}"
RECORD_DIGEST = "记录摘要 `{digest}`"
DURATIONS_MASKED = "耗时以 – 代替，其余原样"

TOTAL_BLOCKS = "{blocks} 个代码块，{verified} 个已验证，{skipped} 个跳过。"
TOTAL_NUMBERS = (
    "绑定到实测记录的数字 {record} 处，绑定到单独测量的 {bench} 处，绑定到代码常量 {constant} 处，绑定到固定版本 {pin} 处，"
    "构建时由它们算出 {calc} 处，文献引用 {citation} 处，作者给出 {given} 处，列在下面；断言 {holds} 条，对记录的每个种子都成立。"
    "其余的数字只能是语法允许的几种：日期、节号、序号、名称与版本、十以内的个数、公式的结构、形状、数量级、算得对的算式与单位换算、成语。"
)
NOT_JUDGED = (
    "没有判断的：断言写得好不好，截图，两边不都是绑定数字的比较，写的是不是另一个实验的数字，"
    "语法允许的数字是不是属实（例如日期与版本），句子里只有一行的代码，实验在项目文件夹之外读的文件，"
    "存心伪造的账本与记录（`make test` 重跑时会露出来）。"
)
GIVEN_TITLE = "作者给出的数字"
GIVEN_ON_PAGE, GIVEN_ROW = "`{page}` · {count} 个", "{number}（{kind}）：{sentence}"
TOTAL_MUTANTS = (
    "变异测试：把页面上的代码逐处改坏（换一个运算符，改一个常数，删一条语句），共 {total} 处，{killed} 处被所列的测试发现。"
)
MUTANTS_WAITING = "变异测试要改动的代码块里，有 {waiting} 个还没有按现在的样子试过。"
MUTANTS_LEFT = "其余 {left} 处，测试分辨不出，原因逐处写在 `tests/mutants.toml`。"
HOW_TO_READ = (
    "点开一行，看它的证据：✓ 表示证明仍然有效，✗ 表示已经失效，后面写着原因；“摘要”是由内容算出的一串字符，内容一变它就变。"
)
BLOCKS_TITLE, RECORDS_TITLE = "代码块", "实测记录"
ITEM, BLOCKS_OF_FILE = "`{name}` {state}", "`{file}` · {blocks} 个 {state}"
SHOWN_ON = "见于 {pages}"
NO_SUCH_SOURCE, STANDS, FALLEN, SOME_FALLEN = "✗ 不存在", "✓", "✗ {reasons}", "✗ 有的已失效"
COUNTED_TESTS = "{count} 个测试，摘要 `{digest}`"
COMMAND_EVIDENCE, OUTPUT_EVIDENCE = "逐行执行", "实测记录"
SEED_SEPARATOR = "、"
RECORD_MADE = "种子 {seeds}，用时 {seconds:.0f} 秒，{date}"

PROGRAM_OFFER = "本页全部 Python 代码块依次连成一个程序：{links}。"
PYTHON_LINK, NOTEBOOK_LINK, LINK_SEPARATOR = "Python 文件", "Jupyter 笔记本", "，"
NOTEBOOK_TITLE = "{title}（笔记本）"
NOTEBOOK_NOTE = "由“{title}”一页的代码块依次连成，不手改；输出取自记录下来的那一次运行，用时以短横代替。"
NOTEBOOK_INSTALL = "先在终端里建好环境、装好下面的包，再用这个环境打开笔记本；数据等文件放在笔记本所在的文件夹里。"
FORMULA_LABEL = "公式"
