/**
 * For those who read by keyboard or by ear, and for those who copy: code that scrolls can be scrolled by keyboard, headings are no
 * stops, the theme's buttons at blocks of code are no landmarks, and formulas are copied once, as TeX.
 */

const BLOCKS = "article pre";

/** @param {Element} code */
function stop(code) {
  const wide = code.scrollWidth > code.clientWidth + 1;
  if (wide && code.getAttribute("tabindex") !== "0") {
    code.setAttribute("tabindex", "0");
  } else if (!wide && code.hasAttribute("tabindex")) {
    code.removeAttribute("tabindex");
  }
}

// A landmark for each block of code would bury the page's own
/** @param {Element} block */
const quiet = block => block.querySelector("nav")?.setAttribute("role", "none");

const sizes = new ResizeObserver(seen => seen.forEach(({ target }) => stop(target)));
// The theme adds its buttons later, and where there is no mouse it takes the stop away; there may be a keyboard
const changes = new MutationObserver(seen => seen.forEach(({ target }) =>
  target instanceof Element && (target.matches("code") ? stop(target) : quiet(target))));
for (const block of document.querySelectorAll(BLOCKS)) {
  const code = block.querySelector("code");
  if (code) {
    sizes.observe(code);
    changes.observe(code, { attributeFilter: ["tabindex"] });
  }
  changes.observe(block, { childList: true });
  quiet(block);
}

// The table of contents leads to the same places, by half as many stops
for (const link of document.querySelectorAll(".headerlink")) {
  link.setAttribute("tabindex", "-1");
}

// Formulas as TeX

/** @param {Node} node */
function formulaOf(node) {
  const element = node instanceof Element ? node : node.parentElement;
  return element?.closest(".katex-display") ?? element?.closest(".katex");
}

/**
 * Returns what is selected, formulas whole.
 * @param {Range} selected
 */
function whole(selected) {
  const range = selected.cloneRange(), first = formulaOf(range.startContainer), last = formulaOf(range.endContainer);
  if (first) {
    range.setStartBefore(first);
  }
  if (last) {
    range.setEndAfter(last);
  }
  return range;
}

/** @param {Element} formula */
function texOf(formula) {
  const sign = formula.closest(".katex-display") ? "$$" : "$", tex = document.createElement("code");
  tex.textContent = `${sign}${formula.querySelector("annotation")?.textContent ?? ""}${sign}`;
  return tex;
}

document.addEventListener("copy", event => {
  const selection = getSelection();
  if (!selection?.rangeCount || selection.isCollapsed || !event.clipboardData) {
    return;
  }
  const copied = whole(selection.getRangeAt(0)).cloneContents(), formulas = copied.querySelectorAll(".katex");
  if (!formulas.length) {
    return;
  }
  formulas.forEach(formula => formula.replaceWith(texOf(formula)));
  // Only what is laid out tells where its lines end
  const shelf = document.createElement("div");
  shelf.className = "md-typeset copied";
  shelf.append(copied);
  document.body.append(shelf);
  event.clipboardData.setData("text/plain", shelf.innerText);
  event.clipboardData.setData("text/html", new XMLSerializer().serializeToString(shelf));
  shelf.remove();
  event.preventDefault();
});
