/**
 * What the theme's own script does for a page, in its classes: buttons that copy, a table of contents that follows, the way back to
 * the top, what is folded, keys. That script is thirty times as long, and a cheap phone stands still while it starts. The search,
 * search-box.js, comes when it is asked for.
 */

const COPY = "复制", COPIED = "已复制", UNCOPIED = "浏览器不让复制，请选中代码再复制";
const TOLD = 2000; // milliseconds
const GAP = 24; // pixels below the header: a section that begins there is the one that is read

const drawer = toggle("#__drawer"), search = toggle("#__search");
const query = /** @type {HTMLInputElement | null} */ (document.querySelector("input[name=query]"));

/**
 * @param {string} name
 * @returns {HTMLInputElement | null}
 */
function toggle(name) {
  return document.querySelector(name);
}

/** Opens or closes what a checkbox opens. @param {HTMLInputElement | null} box @param {boolean} open */
function turn(box, open) {
  if (box && box.checked !== open) {
    box.click();
  }
}

// Tables scroll within themselves

for (const table of document.querySelectorAll("article table:not([class])")) {
  const wide = document.createElement("div"), inner = document.createElement("div");
  wide.className = "md-typeset__scrollwrap";
  inner.className = "md-typeset__table";
  table.replaceWith(wide);
  wide.append(inner);
  inner.append(table);
}

// Code is copied: each block gets its button when it comes near

const near = new IntersectionObserver(seen => {
  for (const { target } of seen.filter(({ isIntersecting }) => isIntersecting)) {
    near.unobserve(target);
    offer(target);
  }
}, { rootMargin: "100%" });
document.querySelectorAll("article pre > code").forEach(({ parentElement: block }) => block && near.observe(block));

/** @param {Element} block */
function offer(block) {
  const bar = document.createElement("div"), button = document.createElement("button");
  bar.className = "md-code__nav";
  button.className = "md-code__button";
  button.type = "button";
  button.title = COPY;
  button.dataset.mdType = "copy";
  button.addEventListener("click", () => copy(block));
  bar.append(button);
  block.querySelector("code")?.before(bar);
}

/** @param {Element} block */
async function copy(block) {
  const text = block.querySelector("code")?.innerText.trimEnd() ?? "";
  tell(await written(text) || selected(text) ? COPIED : UNCOPIED);
}

/** @param {string} text */
async function written(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { // there is none where a site is not served by https, or it is forbidden
    return false;
  }
}

/** Copies as a reader does who selects. @param {string} text */
function selected(text) {
  const field = document.createElement("textarea"), focused = document.activeElement;
  field.className = "copied";
  field.readOnly = true;
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) {
    focused.focus({ preventScroll: true });
  }
  return done;
}

const dialog = document.querySelector(".md-dialog");
let telling = 0;
dialog?.setAttribute("role", "status");

/** @param {string} text */
function tell(text) {
  dialog?.firstElementChild?.replaceChildren(text);
  dialog?.classList.add("md-dialog--active");
  clearTimeout(telling);
  telling = setTimeout(() => dialog?.classList.remove("md-dialog--active"), TOLD);
}

// The header and the tables of contents, one at the side and one in the drawer, tell where one is

const header = document.querySelector(".md-header"), title = document.querySelector("article h1");
const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".md-nav--secondary .md-nav__link[href*='#']"));
const entries = /** @type {Map<Element, Element[]>} */ (new Map()); // section → its links
for (const link of links) {
  const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (section) {
    entries.set(section, [...entries.get(section) ?? [], link]);
  }
}
const passed = /** @type {Set<Element>} */ (new Set());
let ended = false; // whether the end of the page is in sight: the last section may be too short to come to the top
let watching = /** @type {IntersectionObserver[]} */ ([]);

/**
 * Watches what passes a line so far below the top of the screen.
 * @param {Iterable<Element>} nodes
 * @param {number} line
 * @param {(seen: IntersectionObserverEntry[]) => void} work
 */
function watch(nodes, line, work) {
  const watcher = new IntersectionObserver(work, { rootMargin: `-${line}px 0px 9999999px`, threshold: [0, 1] });
  for (const node of nodes) {
    watcher.observe(node);
  }
  watching.push(watcher);
}

/** @param {number} height of the header */
function follow(height) {
  watching.forEach(watcher => watcher.disconnect());
  watching = [];
  watch(title ? [title] : [], height, ([{ isIntersecting }]) =>
    document.querySelector(".md-header__title")?.classList.toggle("md-header__title--active", !isIntersecting));
  watch(entries.keys(), height + GAP, seen => {
    for (const { target, boundingClientRect: { top, height: own } } of seen) {
      const above = top < height + GAP && own > 0; // what is folded is nowhere
      passed[above ? "add" : "delete"](target);
    }
    mark();
  });
}

function mark() {
  const last = [...entries.keys()].filter(section => passed.has(section) || (ended && scrollY > 0)).at(-1);
  for (const [section, told] of entries) {
    for (const link of told) {
      link.classList.toggle("md-nav__link--passed", passed.has(section) || section === last);
      link.classList.toggle("md-nav__link--active", section === last);
    }
  }
  entries.get(last ?? document.body)?.forEach(show);
}

const foot = document.querySelector(".md-footer-meta");
if (foot) {
  new IntersectionObserver(([{ intersectionRatio }]) => {
    ended = intersectionRatio > 0.9; // not 1: its edge may fall between two pixels
    mark();
  }, { threshold: [0, 0.95] }).observe(foot);
}

/** Scrolls the list that a link is in, where it can be seen and scrolled. @param {Element} link */
function show(link) {
  const list = link.closest(".md-sidebar__scrollwrap");
  if (list && link.getClientRects().length && list.scrollHeight > list.clientHeight) {
    list.scrollTop += link.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 2;
  }
}

if (header) {
  new ResizeObserver(([{ contentRect }]) => follow(contentRect.height)).observe(header);
  addEventListener("load", () => document.querySelectorAll(".md-nav--primary > .md-nav__list .md-nav__link--active[href]").forEach(show));
}

// The way back is offered while one scrolls up

const back = /** @type {HTMLElement | null} */ (document.querySelector(".md-top"));
let before = 0;
addEventListener("scroll", () => {
  const up = scrollY < before && scrollY > 0;
  before = scrollY;
  if (back && back.hidden === up) {
    back.hidden = !up;
  }
}, { passive: true });
back?.addEventListener("click", () => {
  back.blur();
  scrollTo({ top: 0 });
});

// What is folded opens where a link leads into it, and on paper

function reveal() {
  const target = document.querySelector(":target"), closed = "details:not([open])";
  for (let fold = target?.closest(closed); fold; fold = target?.closest(closed)) {
    fold.setAttribute("open", "");
    target?.scrollIntoView();
  }
}

let unfolded = /** @type {Element[]} */ ([]);

/** @param {boolean} printing */
function unfold(printing) {
  const folds = printing ? [...document.querySelectorAll("details:not([open])")] : unfolded;
  folds.forEach(fold => fold.toggleAttribute("open", printing));
  unfolded = printing ? [...unfolded, ...folds] : [];
}

reveal();
matchMedia("print").addEventListener("change", ({ matches }) => unfold(matches));
addEventListener("beforeprint", () => unfold(true));
addEventListener("afterprint", () => unfold(false));

// Drawer and search close where one goes on; the search begins when it is touched

addEventListener("hashchange", () => {
  reveal();
  turn(drawer, false);
  turn(search, false);
});
document.querySelector(".md-sidebar--primary")?.addEventListener("click", ({ target }) => {
  if (target instanceof Element && target.closest("a")) {
    turn(drawer, false);
  }
});

const begin = () => import("./search-box.js").catch(() =>
  document.querySelector(".md-search-result__meta")?.replaceChildren("搜索的程序没有取到，请检查网络，再重新打开这一页"));

query?.addEventListener("focus", () => {
  turn(search, true);
  begin();
});
// A phone shows its keyboard only for what is focused as it is touched
document.querySelector(".md-header label[for=__search]")?.addEventListener("click", event => {
  event.preventDefault();
  turn(search, true);
  query?.focus();
});
if (/[?&][hq]=/.test(location.search)) {
  begin();
}

// Keys

const typing = "input:not([type=radio], [type=checkbox]), select, textarea, [contenteditable]";
/** @type {Record<string, string>} */
const LEADING = { p: "prev", ",": "prev", n: "next", ".": "next" };

/** @param {KeyboardEvent} event */
const ours = ({ target, ctrlKey, metaKey, altKey, isComposing, defaultPrevented }) =>
  !(ctrlKey || metaKey || altKey || isComposing || defaultPrevented || search?.checked || target instanceof Element && target.matches(typing));

document.addEventListener("keydown", event => {
  if (event.key === "Escape") {
    turn(drawer, false);
    turn(search, false);
    query?.blur();
  } else if (!ours(event)) {
    return;
  } else if ("fs/".includes(event.key)) {
    event.preventDefault();
    query?.focus();
    query?.select();
  } else {
    const link = /** @type {HTMLLinkElement | null} */ (document.querySelector(`link[rel="${LEADING[event.key]}"]`));
    if (link) {
      location.assign(link.href);
    }
  }
});
