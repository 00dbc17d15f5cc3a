/**
 * The box of the search: asks search.js, which runs beside the page, and shows what it found, in the theme's classes. Loaded when
 * the box is touched for the first time, or where an address asks (`?q=`) or tells what was looked for (`?h=`).
 */

import { make } from "../js/make.js";

const ROOT = new URL("../../", import.meta.url);
const AT_ONCE = 10; // pages shown, then as many again when their end comes near
const NONE = "没有找到符合条件的结果", BEGIN = "键入以开始搜索", LOST = "搜索用的索引没有取到，请检查网络，再改一下要搜的词";

/** @typedef {{location: string, title: string, text: string, terms: Record<string, boolean>}} Found of a page, or of a section */

const search = /** @type {HTMLInputElement} */ (document.querySelector("#__search"));
const box = /** @type {HTMLElement} */ (document.querySelector(".md-search"));
const query = /** @type {HTMLInputElement} */ (box.querySelector("input[name=query]"));
const suggested = /** @type {HTMLElement} */ (box.querySelector(".md-search__suggest"));
const summed = /** @type {HTMLElement} */ (box.querySelector(".md-search-result__meta"));
const list = /** @type {HTMLElement} */ (box.querySelector(".md-search-result__list"));
const shown = /** @type {HTMLElement} */ (box.querySelector(".md-search__scrollwrap"));

// Asking: an answer that comes after the next question is not shown

const worker = new Worker(new URL("search.js", import.meta.url));
let asked = "", open = 0, words = /** @type {string[]} */ ([]);

function ask() {
  suggest();
  if (query.value !== asked) {
    asked = query.value;
    open += 1;
    worker.postMessage({ type: 2, data: asked });
  }
}

worker.addEventListener("message", ({ data: { type, data } }) => {
  if (type !== 3) {
    return;
  }
  open -= 1;
  if (open === 0) {
    words = data.suggest;
    suggest();
    show(data.items, data.lost);
  }
  if (data.lost) {
    asked = ""; // the same may be asked again
  }
});
worker.postMessage({ type: 0, data: { config: { pages: "pages.json" }, docs: [] } });

/** Shows how what is typed may go on. */
function suggest() {
  const typed = query.value.split(/([\s-]+)/), last = typed.pop() ?? "", word = words.at(-1);
  suggested.textContent = word && last ? `${typed.join("")}${word.startsWith(last) ? word : last}` : "";
}

// Showing

let later = /** @type {Found[][]} */ ([]);
const end = new IntersectionObserver(seen => seen.some(({ isIntersecting }) => isIntersecting) && proceed(), { root: shown });

/**
 * @param {Found[][]} pages
 * @param {boolean} lost
 */
function show(pages, lost) {
  summed.textContent = lost ? LOST : pages.length ? `找到 ${pages.length} 个符合条件的结果` : query.value ? NONE : BEGIN;
  list.replaceChildren();
  later = pages;
  proceed();
}

function proceed() {
  end.disconnect();
  list.append(...later.splice(0, AT_ONCE).map(item));
  if (later.length && list.lastElementChild) {
    end.observe(list.lastElementChild);
  }
}

/** @param {Found[]} found a page, and its sections, best first */
function item([page, ...sections]) {
  const more = make("summary", { tabindex: "-1" }, make("div", {}, `在该页上还有 ${sections.length} 个符合条件的结果`));
  const folded = make("details", { class: "md-search-result__more" }, more, ...sections.map(section => linkTo(section, false)));
  return make("li", { class: "md-search-result__item" }, linkTo(page, true), ...sections.length ? [folded] : []);
}

/**
 * @param {Found} found
 * @param {boolean} whole a page, not one of its sections
 */
function linkTo({ location: place, title, text, terms }, whole) {
  const address = new URL(place, ROOT), missing = Object.keys(terms).filter(term => !terms[term]);
  address.searchParams.set("h", Object.keys(terms).filter(term => terms[term]).join(" "));
  const article = make("article", { class: "md-search-result__article md-typeset" },
    ...whole ? [make("div", { class: "md-search-result__icon md-icon" })] : [],
    make(whole ? "h1" : "h2", {}, ...nodesOf(title)), ...nodesOf(text),
    ...missing.length ? [make("p", { class: "md-search-result__terms" }, "缺少：", ...missing.flatMap(term => [make("del", {}, term), " "]))] : []);
  return make("a", { class: "md-search-result__link", href: address.href, tabindex: "-1" }, article);
}

/** What search.js marked, which says all else as text. @param {string} html */
const nodesOf = html => [...new DOMParser().parseFromString(html, "text/html").body.childNodes];

// Keys

const STOPS = ":not(details) > a, summary, details[open] > a";

/** @param {number} step */
function move(step) {
  const stops = /** @type {HTMLElement[]} */ ([query, ...list.querySelectorAll(STOPS)]);
  const place = stops.findIndex(stop => stop === document.activeElement);
  stops[(Math.max(0, place) + stops.length + step) % stops.length].focus();
}

function close() {
  if (search.checked) {
    search.click();
  }
  query.blur();
}

/** @type {Record<string, () => unknown>} what a key does; false where it is left to the browser */
const KEYS = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Tab: () => { close(); return false; },
  Enter: () => document.activeElement === query && list.querySelector("a")?.click(),
  ArrowRight: () => document.activeElement === query && query.selectionStart === query.value.length && accept(),
};

/** Takes what is suggested. */
function accept() {
  if (!suggested.textContent) {
    return false;
  }
  query.value = suggested.textContent;
  ask();
  return true;
}

document.addEventListener("keydown", event => {
  if (!search.checked || event.isComposing || event.ctrlKey || event.metaKey) {
    return;
  }
  const act = KEYS[event.key];
  if (act && act() !== false) {
    event.preventDefault();
  } else if (event.key.length === 1 && document.activeElement !== query) {
    query.focus(); // who types, types there
  }
});
query.addEventListener("input", ask);
query.form?.addEventListener("submit", event => event.preventDefault());
query.form?.addEventListener("reset", () => setTimeout(() => {
  query.focus();
  ask();
}));
box.addEventListener("click", ({ target }) => target instanceof Element && target.closest("a") && close());

const hear = () => list.setAttribute("role", search.checked ? "list" : "presentation");

search.addEventListener("change", hear);
hear();

// What an address asks, and what was looked for, marked without touching the page

const told = new URL(location.href);
if (told.searchParams.has("q")) {
  query.value = told.searchParams.get("q") ?? "";
  query.focus();
  told.searchParams.delete("q");
  history.replaceState(null, "", told);
}
summed.textContent = BEGIN;
ask();

const looked = told.searchParams.get("h")?.split(/\s+/).filter(Boolean) ?? [];

/** @param {Text} text */
function places(text) {
  const folded = text.data.toLowerCase(), found = [];
  for (const word of looked.map(each => each.toLowerCase())) {
    for (let place = folded.indexOf(word); place >= 0; place = folded.indexOf(word, place + word.length)) {
      const range = new Range();
      range.setStart(text, place);
      range.setEnd(text, place + word.length);
      found.push(range);
    }
  }
  return found;
}

if (looked.length && "highlights" in CSS) {
  const texts = document.createTreeWalker(document.querySelector("article") ?? document.body, NodeFilter.SHOW_TEXT), found = [];
  while (texts.nextNode()) {
    found.push(...places(/** @type {Text} */ (texts.currentNode)));
  }
  CSS.highlights.set("looked-for", new Highlight(...found));
}
