// Makes KaTeX's tree of a formula thinner: the same glyphs in the same places, with a third of the elements, which is what a
// phone spends its time on. What it does not know it leaves as it is; tests/site/test_formulas.py compares the places.

// Classes that no rule of KaTeX's style sheet is about, when nothing else stands beside them
const INERT = new Set(["mord", "mbin", "mrel", "mopen", "mclose", "mpunct", "minner", "mtight"]);
const OPERATORS = ["mbin", "mrel", "mpunct"];
// KaTeX's sizes, in em of the sixth
const SIZES = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.44, 1.728, 2.074, 2.488];
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

/** Whether a node is an element that only holds a blank, its style saying nothing else. */
const isBlank = (node) =>
  has(node, "mspace") && node.classes.length === 1 && !node.children?.length && Object.keys(node.style).join() === "marginRight";

/** Gives blanks to what stands beside them, to operators first. */
function foldBlanks(children) {
  const kept = [];
  for (const [place, node] of children.entries()) {
    const next = children[place + 1];
    const before = kept.at(-1);
    if (!isBlank(node)) kept.push(node);
    else if (next && OPERATORS.some((name) => has(next, name)) && isSymbol(next)) widen(next, "marginLeft", length(node.style.marginRight));
    else if (before && takesBlank(before)) widen(before, "marginRight", length(node.style.marginRight));
    else kept.push(node);
  }
  return kept;
}

const takesBlank = (node) => isSymbol(node) || (has(node, "mord") && !has(node, "katex-sizing")) || has(node, "mclose");

/** Returns a node that stands above or below the line, moved there, in place of KaTeX's table of one row; else the node itself. */
function raise(node) {
  const rows = has(node, "msupsub") && node.children[0]?.children[0]?.children[0]?.children;
  if (!rows || rows.length !== 1 || rows[0].children?.length !== 2) return node;
  const [row] = rows;
  const [strut, content] = row.children;
  const scale = scaleOf(content);
  const own = length(content.style?.marginRight);
  if (!has(strut, "pstrut") || !scale || !(plain(content) || (own && Object.keys(content.style).length === 1))) return node;
  const down = length(row.style.top) + length(strut.style.height);
  const [left, right] = [length(row.style.marginLeft) / scale, length(row.style.marginRight) / scale + own];
  content.style = { position: "relative", top: em(down / scale) };
  if (left) content.style.marginLeft = em(left);
  if (right) content.style.marginRight = em(right);
  return content;
}

/** The size of what a node holds, in em of what is around it; 0 where the node sets none. */
function scaleOf(node) {
  const [from, to] = [/^reset-size(\d+)$/, /^size(\d+)$/].map((form) => node.classes?.map((name) => form.exec(name)?.[1]).find(Boolean));
  return has(node, "katex-sizing") && from && to ? SIZES[to - 1] / SIZES[from - 1] : 0;
}

/** Thins what is below a node; the direct parts of KaTeX's tables are styled by their place and stay elements. */
function thin(node, inTable = false) {
  if (!node.children) return;
  const row = !node.classes?.some(Boolean) && has(node.children[0] ?? {}, "pstrut");
  for (const child of node.children) thin(child, inTable || row);
  if (row || has(node, "vlist") || has(node, "vlist-r") || has(node, "vlist-t")) return;
  node.children = foldBlanks(node.children.map(raise)).flatMap((child) => loosen(child));
  if (has(node, "katex-sizing")) becomeSign(node);
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
  return inert && plain(node) && node.children.length ? node.children : [node];
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

/** The nodes that stand in a row for a node. */
const rowOf = (node) => (node.children && (!node.type || (node.type === "mrow" && plain(node))) ? node.children.flatMap(rowOf) : [node]);

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
