/**
 * Reading: what numbers and terms have to tell, when asked; the two switches of a page's badge, remembered; a cue on what is wider
 * than the screen. Nothing here is needed to read: without it a number tells its origin as the browser shows a title.
 */

const ASKED = "article :is(.verbatim-number[title], abbr[title], [data-told])";
const BLOCKS = "p, li, dd, table, figcaption, summary";
const WIDE = "article :is(div.arithmatex, .md-typeset__scrollwrap, .tabbed-labels)";
const KEPT = "reading"; // the name under which the switches are remembered
const SWITCHES = {
  sources: { told: "标出每个有来历的数字和有解释的词", needs: ASKED },
  errata: { told: "标出改正过的地方", needs: "article a.erratum" },
};
const WAIT = 120; // milliseconds: a pointer that only passes asks nothing
const GAP = 6; // pixels between what is asked and the answer

// The answer

const bubble = document.createElement("div");
bubble.id = "__told";
bubble.className = "told";
bubble.setAttribute("role", "tooltip");
bubble.hidden = true;
document.body.append(bubble);

let asked = /** @type {HTMLElement | null} */ (null);
let waiting = 0;

/** @param {HTMLElement} node */
function tell(node) {
  hush();
  asked = node;
  // A browser shows a title by itself, beside ours
  if (node.title) {
    node.dataset.told = node.title;
    node.removeAttribute("title");
  }
  bubble.textContent = node.dataset.told ?? "";
  bubble.hidden = false;
  node.setAttribute("aria-describedby", bubble.id);
  place(boxOf(node));
}

/** @param {Element} node */
const boxOf = node => node.getClientRects()[0] ?? node.getBoundingClientRect();

function hush() {
  clearTimeout(waiting);
  asked?.removeAttribute("aria-describedby");
  asked = null;
  bubble.hidden = true;
}

/** @param {DOMRect} box */
function place(box) {
  const { offsetWidth: width, offsetHeight: height } = bubble;
  const left = Math.min(Math.max(GAP, box.left + box.width / 2 - width / 2), document.documentElement.clientWidth - width - GAP);
  const above = box.top - height - GAP, top = above > 48 ? above : box.bottom + GAP; // below the header, or under the number
  bubble.style.left = `${left}px`;
  bubble.style.top = `${top}px`;
}

/**
 * @param {Event} event
 * @returns {HTMLElement | null}
 */
const askedBy = event => event.target instanceof Element ? event.target.closest(ASKED) : null;

document.addEventListener("pointerover", event => {
  const node = askedBy(event);
  if (!node || event.pointerType === "touch" || node === asked) {
    return;
  }
  clearTimeout(waiting);
  waiting = setTimeout(() => tell(node), WAIT);
});
document.addEventListener("pointerout", event => {
  if (event.pointerType !== "touch" && askedBy(event) && document.activeElement !== asked) {
    hush();
  }
});
document.addEventListener("click", event => {
  const node = askedBy(event);
  if (node && (node !== asked || bubble.hidden)) {
    tell(node);
  } else if (asked) {
    hush();
  }
});
document.addEventListener("focusin", event => {
  const node = askedBy(event);
  if (node) {
    tell(node);
  } else {
    hush();
  }
});
document.addEventListener("keydown", event => {
  if (event.key === "Escape") {
    hush();
  }
  if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
    rove(event);
  }
});
// What is reached by keyboard is scrolled to, and keeps its answer
document.addEventListener("scroll", () => asked && asked === document.activeElement ? place(boxOf(asked)) : hush(), { passive: true });

// By keyboard: one stop for each block, the arrows move within it

function blocks() {
  const found = /** @type {Map<Element, Element[]>} */ (new Map());
  for (const node of document.querySelectorAll(ASKED)) {
    const block = node.closest(BLOCKS) ?? node;
    found.set(block, [...(found.get(block) ?? []), node]);
  }
  return found;
}

/** @param {boolean} on */
function stops(on) {
  for (const nodes of blocks().values()) {
    nodes.forEach((node, index) => on ? node.setAttribute("tabindex", index ? "-1" : "0") : node.removeAttribute("tabindex"));
  }
}

/** @param {KeyboardEvent} event */
function rove(event) {
  const node = askedBy(event), block = node?.closest(BLOCKS);
  if (!node?.hasAttribute("tabindex") || !block) {
    return;
  }
  const nodes = /** @type {HTMLElement[]} */ ([...block.querySelectorAll(ASKED)]), step = event.key === "ArrowRight" ? 1 : -1;
  const next = nodes[nodes.indexOf(node) + step];
  if (!next) {
    return;
  }
  event.preventDefault();
  node.setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus();
}

// The switches

/** @returns {Record<string, boolean>} */
const remembered = () => {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}") ?? {};
  } catch { // storage forbidden, or not ours
    return {};
  }
};

/**
 * @param {string} name
 * @param {boolean} on
 */
function turn(name, on) {
  document.body.classList.toggle(`show-${name}`, on);
  if (name === "sources") {
    stops(on);
  }
}

/** @param {Element} badge */
function offer(badge) {
  const kept = remembered();
  for (const [name, { told, needs }] of Object.entries(SWITCHES)) {
    if (!document.querySelector(needs)) {
      continue;
    }
    const label = document.createElement("label"), box = document.createElement("input");
    box.type = "checkbox";
    box.setAttribute("role", "switch");
    box.name = `show-${name}`;
    box.checked = kept[name] === true;
    box.addEventListener("change", () => {
      turn(name, box.checked);
      try {
        localStorage.setItem(KEPT, JSON.stringify({ ...remembered(), [name]: box.checked }));
      } catch { /* not remembered, but turned */ }
    });
    label.append(box, told);
    badge.append(label);
    turn(name, box.checked);
  }
}

document.querySelectorAll("details.verbatim-badge").forEach(offer);

// What is wider than the screen says so

// What is in the box may grow without the box: fonts come later
const sizes = new ResizeObserver(seen => new Set(seen.map(({ target }) => target.closest(WIDE))).forEach(box => box && cue(box)));

/** @param {Element} node */
function cue(node) {
  const wide = node.scrollWidth > node.clientWidth + 1;
  for (const part of [node, node.querySelector("table, .katex-display")]) {
    part?.toggleAttribute("data-scroll-cue", wide);
  }
  node.toggleAttribute("data-scrolled", wide && node.scrollLeft + node.clientWidth >= node.scrollWidth - 1);
  // What scrolls is reached by keyboard, by itself where there is nothing in it to reach
  if (node.matches(".tabbed-labels") || node.querySelector("a[href]")) {
    return;
  }
  if (wide) {
    node.setAttribute("tabindex", "0");
  } else {
    node.removeAttribute("tabindex");
  }
}

for (const node of document.querySelectorAll(`${WIDE}, ${WIDE} :is(table, .katex-display)`)) {
  sizes.observe(node);
}
document.addEventListener("scroll", ({ target }) =>
  target instanceof Element && target.matches(WIDE) && cue(target), { capture: true, passive: true });
// A report of an error names the section that the reader was at

const report = document.querySelector(".md-passed__report");
report?.addEventListener("pointerdown", fill);
report?.addEventListener("keydown", fill);

function sectionRead() {
  const passed = [...document.querySelectorAll("article :is(h2, h3)")].filter(heading => heading.getBoundingClientRect().top < innerHeight / 2);
  const read = document.querySelector(".md-nav--secondary .md-nav__link--active")?.textContent.trim();
  return read || passed.at(-1)?.firstChild?.textContent?.trim() || document.querySelector("article h1")?.firstChild?.textContent?.trim();
}

/** @param {Event} event */
function fill({ currentTarget }) {
  const link = /** @type {HTMLAnchorElement} */ (currentTarget);
  const known = new URL(link.href);
  const body = known.searchParams.get("body") ?? "";
  known.searchParams.set("body", body.replace(/小节：.*/, `小节：${sectionRead()}`));
  link.href = known.href.replace(/\+/g, "%20");
}
