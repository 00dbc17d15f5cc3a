// Makes KaTeX's tree of a formula thinner: the same glyphs in the same places, with a third of the elements, which is what a
// phone spends its time on. What it does not know it leaves as it is; tests/site/test_formulas.py compares the places.

// Classes that no rule of KaTeX's style sheet is about, when nothing else stands beside them
const INERT = new Set(["mord", "mop", "mbin", "mrel", "mopen", "mclose", "mpunct", "minner", "mtight"]);
const OPERATORS = ["mbin", "mrel", "mpunct"];
// KaTeX's sizes, in em of the sixth
const SIZES = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.44, 1.728, 2.074, 2.488];
// What may stand in a table of rows that are laid upon each other: anything without a rule of its own for such a place
const LAID = /^(?:|mord|mbin|mrel|mopen|mclose|mpunct|minner|mop|mtight|katex-sizing|(?:reset-)?size\d+|mathnormal|frac-line)$/;
// What only says how the rows in it are set, or nothing
const AROUND = /^(?:mfrac|msupsub|mop|op-limits|mord|mtight|col-align-[lcr])$/;
const NULL_DELIMITER = 0.12; // in em: how wide an empty delimiter of a fraction is
// A line of a formula, 1.2 em high, holds this much above and below the baseline without a strut
const LINE = { height: 0.83, depth: 0.3 };

const em = (value) => `${Number(value.toFixed(4))}em`;
const length = (text) => (text ? parseFloat(text) : 0);
const has = (node, name) => node.classes?.includes(name) ?? false;
const isSymbol = (node) => typeof node.text === "string";
const plain = (node) => !Object.keys(node.style ?? {}).length && !Object.keys(node.attributes ?? {}).length;

/** Adds to the blank beside a node; a symbol keeps its slant's in the same property. */
function widen(node, side, by) {
  const own = side === "marginRight" && node.italic > 0 ? node.italic : 0;
  node.style = { ...node.style, [side]: em(length(node.style?.[side]) + own + by) };
  if (own) node.italic = 0;
}

/** How wide a blank is that an element only holds, its style saying nothing else; 0 where it is none. */
function blankOf(node) {
  if (node.children?.length || node.classes?.length > 2) return 0;
  const own = Object.keys(node.style ?? {}).join();
  if (has(node, "nulldelimiter") && ["mopen", "mclose"].includes(node.classes[0]) && !own) return NULL_DELIMITER;
  return has(node, "mspace") && node.classes.length === 1 && own === "marginRight" ? length(node.style.marginRight) : 0;
}

/** Gives blanks to what stands beside them, to operators and fractions first. */
function foldBlanks(children) {
  const kept = [];
  for (const [place, node] of children.entries()) {
    const [before, next, blank] = [kept.at(-1), children[place + 1] ?? {}, blankOf(node)];
    if (!blank) kept.push(node);
    else if (has(next, "mfrac") || (OPERATORS.some((name) => has(next, name)) && isSymbol(next))) widen(next, "marginLeft", blank);
    else if (before && takesBlank(before)) widen(before, "marginRight", blank);
    else kept.push(node);
  }
  return kept;
}

const takesBlank = (node) => isSymbol(node) || (has(node, "mord") && !has(node, "katex-sizing")) || has(node, "mclose") || has(node, "mfrac");

/**
 * Lays the rows of KaTeX's table upon each other on one baseline, each moved by as much as it stood apart: no struts, no rows of a
 * table, nothing that makes a line higher, which the strut of the whole part does. site.css has the rules.
 */
function layRows(table) {
  const rows = table.children[0].children[0].children;
  if (!rows.every(isLaid)) return;
  for (const row of rows) {
    const [strut, content] = row.children;
    row.style.top = em(length(row.style.top) + length(strut.style.height));
    row.children = [content];
  }
  table.classes = ["katex-rows"];
  table.children = rows;
}

const isKnown = (node) => node.classes?.every((name) => LAID.test(name ?? "")) ?? false;

/** Whether a row of KaTeX's table is a strut and something of which no rule knows that it stands there, with no size of its own. */
function isLaid(row) {
  const [strut, content, ...more] = row.children;
  return [row, content ?? {}].every(isKnown) && has(strut, "pstrut") && !more.length && !content.style?.width && !content.style?.height;
}

/** A row that is a line, or something in another size, is that itself. */
function placed(row) {
  const [content, ...more] = row.children;
  if (more.length || isSymbol(content)) becomeSign(row);
  else if (has(content, "frac-line")) return Object.assign(content, { style: { ...row.style, ...content.style } });
  else return sized(row, content) ?? row;
  return row;
}

/** What stands in a row in another size, moved as the row is; undefined where it cannot be. */
function sized(row, content) {
  const scale = scaleOf(content);
  const own = length(content.style?.marginRight);
  if (!scale || !(plain(content) || (own && Object.keys(content.style).length === 1))) return undefined;
  const [left, right] = [length(row.style.marginLeft) / scale, length(row.style.marginRight) / scale + own];
  content.style = { top: em(length(row.style.top) / scale) };
  if (left) content.style.marginLeft = em(left);
  if (right) content.style.marginRight = em(right);
  return content;
}

/** Rows that stand alone in an element which only says how they are set say it themselves. */
function joinRows(node) {
  const [rows, ...more] = node.children;
  if (more.length || !has(rows ?? {}, "katex-rows") || rows.classes.length > 1 || !plain(rows) || node.attributes?.class) return;
  if (!node.classes.length || !node.classes.every((name) => AROUND.test(name))) return;
  node.classes.unshift("katex-rows");
  node.children = rows.children;
}

/** Returns what stands above or below the line, alone, moved there, in place of the row that holds it; else the node itself. */
function raise(node) {
  const [row, ...more] = has(node, "msupsub") && has(node, "katex-rows") ? node.children : [];
  if (!row || more.length || !has(row, "katex-sizing")) return node;
  row.style = { position: "relative", ...row.style };
  return row;
}

/** The size of what a node holds, in em of what is around it; 0 where the node sets none. */
function scaleOf(node) {
  const [from, to] = [/^reset-size(\d+)$/, /^size(\d+)$/].map((form) => node.classes?.map((name) => form.exec(name)?.[1]).find(Boolean));
  return has(node, "katex-sizing") && from && to ? SIZES[to - 1] / SIZES[from - 1] : 0;
}

/** Thins what is below a node; the direct parts of KaTeX's tables are styled by their place and stay elements. */
function thin(node) {
  if (!node.children) return;
  if (has(node, "vlist-t")) layRows(node);
  const table = ["vlist", "vlist-r", "vlist-t"].some((name) => has(node, name)) || has(node.children[0] ?? {}, "pstrut");
  for (const child of node.children) thin(child);
  if (table) return;
  if (has(node, "katex-rows")) node.children = node.children.map(placed);
  else node.children = foldBlanks(node.children.map(raise)).flatMap((child) => loosen(child));
  if (has(node, "katex-sizing")) becomeSign(node);
  joinRows(node);
}

/** An element that holds one sign and nothing else is that sign's own. */
function becomeSign(node) {
  const [sign, ...more] = node.children;
  if (more.length || !sign || !isSymbol(sign) || !plain(sign)) return;
  node.classes = [...node.classes, ...sign.classes];
  sign.classes = [];
  if (sign.italic > 0) {
    node.style = { ...node.style, marginRight: em(length(node.style?.marginRight) + sign.italic) };
    sign.italic = 0;
  }
}

/** Takes inert classes away, and an element with nothing else but its content. */
function loosen(node) {
  if (!node.classes || node.attributes?.class) return [node];
  const inert = node.classes.length > 0 && node.classes.every((name) => !name || INERT.has(name));
  if (isSymbol(node)) {
    node.classes = node.classes.filter((name) => name && !INERT.has(name));
    return [node];
  }
  return inert && plain(node) ? node.children : [node];
}

/** Whether a line of text is as high without the strut of this part of a formula. */
const fits = (base) => base.height <= LINE.height && base.depth <= LINE.depth;

/** A part of a formula in a line: without a strut that makes nothing higher. */
function withoutStrut(base) {
  if (has(base.children[0] ?? {}, "katex-strut") && fits(base)) base.children.shift();
}

/** A formula of one part needs no element around it, one of one sign none in it. */
function join(html) {
  const [base, ...others] = html.children;
  if (others.length || !has(base, "katex-base") || !plain(base)) return;
  html.classes = [...html.classes, "katex-base"];
  html.children = base.children;
  becomeSign(html);
}

// MathML's signs, and what is not read aloud: blanks, and the signs that only say how others belong together
const SIGNS = new Set(["mi", "mn", "mo", "mtext"]);
const UNREAD = /[\s\u200b\u2060-\u2064]/g;

// What makes a row of all that is in it, without an element for it; KaTeX's fragments have no type
const ROWS = new Set(["math", "mtd", "mstyle", "msqrt", "mpadded", "menclose"]);

// What else is a row where it says no more than how large its formula is drawn
const SIZED = new Set(["scriptlevel", "displaystyle"]);
const isRow = ({ type, attributes }) => !type || (["mrow", "mstyle"].includes(type) && Object.keys(attributes).every((name) => SIZED.has(name)));

/** The nodes that stand in a row for a node. */
const rowOf = (node) => (node.children && isRow(node) ? node.children.flatMap(rowOf) : [node]);

/** Takes rows out of MathML that are rows anyway, or hold one node. */
function loosenRows(node) {
  if (!node.children) return;
  node.children = ROWS.has(node.type) || node.type === "mrow" ? node.children.flatMap(rowOf) : node.children.map(onlyOf);
  node.children.forEach(loosenRows);
}

/** The node that stands alone in a row, or the node. */
function onlyOf(node) {
  const row = rowOf(node);
  return row.length === 1 ? row[0] : node;
}

const textOf = (node) => node.text ?? (node.children ?? []).map(textOf).join("");
const isOrdinary = ({ type, attributes }) => SIGNS.has(type) && (attributes.mathvariant ?? "normal") === "normal";

/** Whether a formula is a line of signs, which read aloud as they are drawn say what its MathML says. */
function isLine(signs, html) {
  const [said, shown] = [signs.map(textOf).join(""), textOf(html)].map((text) => text.replace(UNREAD, ""));
  return signs.every(isOrdinary) && said === shown;
}

/** Leaves of a formula's MathML what is read aloud: no copy of its TeX, which the formula itself tells, no element for a row. */
function thinMathml(formula) {
  const [{ children: [math] }, html] = formula.children;
  const [row, annotation] = math.children[0].children;
  formula.attributes["data-tex"] = textOf(annotation);
  math.children = [row];
  loosenRows(math);
  math.attributes.class = "katex-mathml";
  formula.children = [math, html];
  if (isLine(math.children, html)) {
    formula.children = [html];
    delete html.attributes["aria-hidden"];
  }
}

/**
 * Thins the tree that KaTeX makes of a formula, in place, and returns it.
 */
export function thinned(tree) {
  const display = has(tree, "katex-display");
  const formula = display ? tree.children[0] : tree;
  thinMathml(formula);
  const html = formula.children.at(-1);
  thin(html);
  if (!display) {
    html.children.filter((part) => has(part, "katex-base")).forEach(withoutStrut);
    join(html);
  }
  return tree;
}
