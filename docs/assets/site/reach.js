/**
 * For those who read by keyboard or by ear, and for those who copy: code that scrolls can be scrolled by keyboard, the drawer can be
 * opened, headings are no stops, what waits to come near is there for screen readers soon after the page is loaded, links lead to their
 * place before that, and formulas are copied once, as TeX.
 */

/** @param {Element} code */
function stop(code) {
  const wide = code.scrollWidth > code.clientWidth + 1;
  if (wide && code.getAttribute("tabindex") !== "0") {
    code.setAttribute("tabindex", "0");
  } else if (!wide && code.hasAttribute("tabindex")) {
    code.removeAttribute("tabindex");
  }
}

const sizes = new ResizeObserver(seen => seen.forEach(({ target }) => stop(target)));
document.querySelectorAll("article pre > code").forEach(code => sizes.observe(code));

// Where the navigation is a drawer, a label opens it, to which no key leads: within it, a button does
const drawer = /** @type {HTMLInputElement | null} */ (document.querySelector("#__drawer"));
const label = /** @type {HTMLElement | null} */ (document.querySelector(".md-header label[for=__drawer]"));
if (drawer && label) {
  const button = document.createElement("span"), tell = () => { button.ariaExpanded = `${drawer.checked}`; };
  button.role = "button";
  button.ariaLabel = "导航栏";
  button.tabIndex = 0;
  button.append(...label.childNodes);
  label.append(button);
  label.addEventListener("keydown", event => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      label.click();
    }
  });
  drawer.addEventListener("change", tell);
  tell();
}

// The table of contents leads to the same places, by half as many stops
for (const link of document.querySelectorAll(".headerlink")) {
  link.setAttribute("tabindex", "-1");
}

// What is far: the style sheet leaves it out until it comes near, and out of what is read aloud too

const WAITING = ".md-content__inner > :is(p, ul, ol, figure, div.arithmatex), .md-content__inner > .highlight > pre";
const PIECE = 60; // elements laid out at once, not counting the last block's, less than a frame on a slow phone

/** @param {() => void} work */
const whenIdle = work => "requestIdleCallback" in window ? requestIdleCallback(work) : setTimeout(work, 100);

/**
 * Lays out the next blocks whenever there is nothing else to do; not those above the screen where the browser would let it jump.
 * @param {Element[]} blocks
 */
function come(blocks) {
  const keepsPlace = CSS.supports("overflow-anchor", "auto");
  for (let elements = 0; blocks.length && elements < PIECE;) {
    const [block] = blocks.splice(0, 1);
    if (block instanceof HTMLElement && (keepsPlace || block.getBoundingClientRect().bottom > 0)) {
      block.style.contentVisibility = "visible";
    }
    elements += block.getElementsByTagName("*").length + 1;
  }
  if (blocks.length) {
    whenIdle(() => requestAnimationFrame(() => come(blocks)));
  } else {
    document.documentElement.dataset.whole = "";
  }
}

addEventListener("load", () => setTimeout(() => whenIdle(() => come([...document.querySelectorAll(WAITING)])), 1000));

const ARRIVING = 1000; // milliseconds
const MOVES = ["wheel", "touchmove", "keydown", "pointerdown", "hashchange"];

/** Goes again to the place that the address names while what lies above it gets its height, unless the reader moves. */
function arrive() {
  const place = document.querySelector(":target"), ended = new AbortController(), until = performance.now() + ARRIVING;
  for (const kind of MOVES) {
    addEventListener(kind, () => ended.abort(), { signal: ended.signal, passive: true });
  }
  const again = () => {
    if (!place || ended.signal.aborted || performance.now() > until) {
      ended.abort();
      return;
    }
    const { top } = place.getBoundingClientRect();
    if (top < -1 || top > innerHeight / 2) {
      place.scrollIntoView();
    }
    requestAnimationFrame(again);
  };
  again();
}

// Not where the browser goes back to where the reader was
addEventListener("load", () => performance.getEntriesByType("navigation")[0]?.toJSON().type === "navigate" && arrive());
document.addEventListener("click", ({ target }) => {
  const link = target instanceof Element && target.closest("a");
  if (link && link.hash && link.pathname === location.pathname) {
    setTimeout(arrive); // the browser goes there first
  }
});

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

/** @param {HTMLElement} formula */
function texOf(formula) {
  const sign = formula.closest(".katex-display") ? "$$" : "$", tex = document.createElement("code");
  tex.textContent = `${sign}${formula.dataset.tex ?? ""}${sign}`;
  return tex;
}

document.addEventListener("copy", event => {
  const selection = getSelection();
  if (!selection?.rangeCount || selection.isCollapsed || !event.clipboardData) {
    return;
  }
  const copied = whole(selection.getRangeAt(0)).cloneContents();
  const formulas = /** @type {NodeListOf<HTMLElement>} */ (copied.querySelectorAll(".katex"));
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
