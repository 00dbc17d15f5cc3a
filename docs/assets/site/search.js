/**
 * The search, beside the page: of messages, type 0 brings the index, 2 a query; 1 says ready, 3 answers.
 *
 * Chinese has no blanks between words, so words are not cut out beforehand: what was typed is looked for as it stands, Latin words
 * from their beginning. Terms that mean the same (`config.words`, from search-words.txt and the glossary) are looked for together.
 */
"use strict";

/** @typedef {{location: string, title: string, text: string, boost?: number}} Doc what the index holds of a section */
/**
 * A section: its blocks of prose and lines of code as they are shown, and all folded, as it is looked for.
 * @typedef {{location: string, title: string, blocks: string[], code: string[],
 *   folded: {title: string, prose: string, code: string}}} Section
 */
/** @typedef {{address: string, boost: number, sections: Section[], length: number}} Page its prose is of that length */
/** @typedef {{named: number, prose: number, code: number}} Counts how much of a title is matched, how often prose and code are */
/** @typedef {{word: string, worth: number, pattern: RegExp, places: Map<Section, Counts>}} Variant */
/** @typedef {{term: string, variants: Variant[]}} Term what was typed, and all that it may be found as */

const BETWEEN = /[\s\u3000、。，．：；？！“”‘’《》（）()[\]{}"',;?!]+/;
const ENDNOTE = /\u21a9/; // the sign that leads back from it
const HAN = /[\u3400-\u9fff]/;
/** @type {Record<string, string>} */
const ENTITIES = {amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: " "};
// What a match is worth by its place; the ratios were tried on some hundred queries
const WORTH = {page: 16, about: 16, heading: 6, lead: 3, prose: 1, code: 0.25};
const LONG = 10; // characters: a shorter sentence may be the same on two pages by chance
const GENERAL = 0.08; // how much the first page gains from each other page that speaks of a term: it is where a subject is introduced
const MENTIONS = 4; // so many mentions a heading is worth
const ENOUGH = 4; // mentions that make half of what a page of usual length can be worth
const SYNONYM = 0.9;
const TEASER = 96; // characters
const SUGGESTED = 5;

let pages = /** @type {Page[]} */ ([]);
let usual = 1; // length of a page's prose
let meanings = /** @type {Map<string, string[]>} */ (new Map()); // a term, folded → all terms that mean the same

// The index is large, and most readers never search: it is fetched when the first letters were typed; search-box.js asks for "" at once
let fetched = /** @type {Promise<void> | undefined} */ (undefined);
let source = ""; // of the index, where it did not come with the message

self.addEventListener("message", async ({data: message}) => {
  if (message.type === 0) {
    source = message.data.config.pages ?? "";
    if (!source) {
      read(message.data);
    }
    self.postMessage({type: 1});
  } else {
    let lost = false;
    if (source && message.data.trim()) {
      await (fetched ??= load()).catch(() => { lost = true; });
    }
    self.postMessage({type: 3, data: {items: answer(message.data), suggest: suggestions(message.data), lost}});
  }
});

async function load() {
  try {
    const response = await fetch(new URL(`../../search/${source}`, self.location.href));
    if (!response.ok) {
      throw new Error(`search/${source}: ${response.status}`);
    }
    read(await response.json());
  } catch (error) { // asked for once more with the next letters
    fetched = undefined;
    throw error;
  }
}

// The index

/** @param {{config: {words?: string[][]}, docs: Doc[]}} index */
function read({config, docs}) {
  pages = [];
  for (const doc of docs) {
    const [address] = doc.location.split("#");
    const section = sectionOf(doc);
    const page = pages.find(other => other.address === address);
    if (page) {
      page.sections.push(section);
    } else {
      pages.push({address, boost: doc.boost ?? 1, sections: [section], length: 0});
    }
  }
  forgetRepeated();
  for (const page of pages) {
    page.length = sum(page.sections.map(({folded}) => folded.prose.length));
  }
  usual = sum(pages.map(page => page.length)) / Math.max(pages.length, 1);
  meanings = new Map();
  for (const group of config.words ?? []) {
    for (const word of group) {
      meanings.set(fold(word), [...new Set([...(meanings.get(fold(word)) ?? []), ...group.map(fold)])]);
    }
  }
}

/**
 * @param {Doc} doc
 * @returns {Section}
 */
function sectionOf({location, title, text}) {
  /** @type {string[]} */
  const code = [];
  const prose = text.replace(/<pre[^>]*>(.*?)<\/pre>/gs, (_, inner) => (code.push(...plain(inner).split("\n")), "<p>"));
  const all = prose.split(/<\/?(?:p|li|ul|ol)[^>]*>/).map(block => plain(block).replace(/\s+/g, " ").trim()).filter(Boolean);
  const blocks = all.filter(block => !ENDNOTE.test(block));
  code.push(...all.filter(block => ENDNOTE.test(block)));
  return {location, title: plain(title), blocks, code, folded: {
    title: fold(plain(title).replace(/^[\d.]+\s/, "")), prose: fold(blocks.join("\n")), code: fold(code.join("\n")),
  }};
}

/** A sentence that stands on many pages, as how to set things up does, counts on the one that is read first. */
function forgetRepeated() {
  const seen = new Set();
  for (const {sections} of [...pages].sort((a, b) => b.boost - a.boost)) {
    for (const section of sections) {
      const fresh = section.blocks.join("\n").split(/(?<=[。\n])/).filter(sentence => {
        const sense = sentence.replace(/[\s\x20-\x7f]/g, ""), known = sense.length > LONG && seen.has(sense);
        seen.add(sense);
        return !known;
      });
      section.folded.prose = fold(fresh.join(""));
    }
  }
}

/** @param {string} html */
function plain(html) {
  return html.replace(/<[^>]*>/g, "").replace(/\u200b/g, "").replace(/&(#?\w+);/g, (whole, name) => ENTITIES[name] ?? whole);
}

/**
 * Of one length with what it folds, so that places in one are places in the other.
 * @param {string} text
 */
function fold(text) {
  return [...text].map(sign => {
    const small = sign.normalize("NFKC").toLowerCase();
    return small.length === sign.length ? small : sign;
  }).join("");
}

// The query

/** @param {string} query */
function answer(query) {
  const terms = termsOf(fold(query)).map(term => ({term, variants: variantsOf(term)})).filter(({variants}) => variants.length);
  const found = pages.map(page => judged(page, terms)).filter(({met}) => met > 0);
  const most = Math.max(0, ...found.map(({met}) => met));
  return found.filter(({met}) => met === most || most < terms.length).sort((a, b) => b.met - a.met || b.score - a.score)
    .map(page => resultOf(page, terms));
}

/**
 * The words of a query; known terms of several words stay whole, and Chinese that is nowhere as it stands is cut at known terms.
 * @param {string} text
 */
function termsOf(text) {
  const words = text.split(BETWEEN).filter(Boolean), terms = [];
  while (words.length) {
    let taken = words.length;
    while (taken > 1 && !meaningOf(words.slice(0, taken).join(" "))) {
      taken -= 1;
    }
    terms.push(words.splice(0, taken).join(" "));
  }
  return [...new Set(terms.flatMap(term => HAN.test(term) && !variantsOf(term).length ? piecesOf(term) : [term]))];
}

/**
 * A word's like in meaning; a plural's is that of its singular.
 * @param {string} word
 */
function meaningOf(word) {
  return [word, word.replace(/s$/, ""), word.replace(/es$/, ""), word.replace(/ies$/, "y")].map(form => meanings.get(form)).find(Boolean);
}

/**
 * All that a term may be found as, each with its worth and its places.
 * @param {string} term
 */
function variantsOf(term) {
  const same = (meaningOf(term) ?? []).filter(other => other !== term).map(word => variant(word, SYNONYM));
  const found = [variant(term, 1), ...same].filter(({places}) => places.size);
  return found.length || HAN.test(term) ? found : shortened(term);
}

/**
 * A Latin word that is nowhere, by its beginning: endings, and slips of the finger at the end.
 * @param {string} term
 */
function shortened(term) {
  for (let length = term.length - 1; length >= Math.max(4, term.length - 4); length -= 1) {
    const shorter = variant(term.slice(0, length), SYNONYM);
    if (shorter.places.size) {
      return [shorter];
    }
  }
  return [];
}

/**
 * @param {string} word
 * @param {number} worth
 * @returns {Variant}
 */
function variant(word, worth) {
  const inner = word.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&").replace(/[\s_-]+/g, "[\\s_-]*");
  const pattern = new RegExp((/^[a-z0-9]/.test(word) ? "(?<![a-z0-9])" : "") + inner, "g");
  return {word, worth, pattern, places: placesOf(pattern, word)};
}

/**
 * Section → how often it holds what a pattern matches.
 * @param {RegExp} pattern
 * @param {string} word
 */
function placesOf(pattern, word) {
  const places = new Map(), whole = new RegExp(`${pattern.source}(?![a-z])`);
  for (const {sections} of pages) {
    for (const section of sections) {
      const {title, prose, code} = section.folded;
      const named = title.search(pattern) < 0 ? 0 : share(word, title) * (whole.test(title) ? 1 : 0.5);
      const counts = {named, prose: count(prose, pattern), code: count(code, pattern)};
      if (counts.named || counts.prose || counts.code) {
        places.set(section, counts);
      }
    }
  }
  return places;
}

/**
 * How much of a title a term is: half at least, so that long titles are not lost.
 * @param {string} word
 * @param {string} title
 */
function share(word, title) {
  return 0.5 + 0.5 * Math.min(1, word.length / title.length);
}

/**
 * What of a word that is nowhere may be looked for: the known terms in it, or the most of it that is somewhere, two thirds at least.
 * @param {string} term
 */
function piecesOf(term) {
  const known = [], left = term.split("");
  for (const word of [...meanings.keys()].filter(each => each.length > 1).sort((a, b) => b.length - a.length)) {
    const place = left.join("").indexOf(word);
    if (place >= 0) {
      known.push(word);
      left.fill("\n", place, place + word.length);
    }
  }
  return known.length ? known : [longestFound(term)].filter(Boolean);
}

/** @param {string} term */
function longestFound(term) {
  for (let length = term.length - 1; length >= Math.max(2, term.length * 2 / 3); length -= 1) {
    for (let place = 0; place + length <= term.length; place += 1) {
      const part = term.slice(place, place + length);
      if (pages.some(({sections}) => sections.some(({folded}) => folded.prose.includes(part)))) {
        return part;
      }
    }
  }
  return "";
}

// What is found

/**
 * @param {Page} page
 * @param {Term[]} terms
 */
function judged(page, terms) {
  const weights = terms.map(rarity);
  const best = Math.max(0, ...page.sections.map((section, place) => sum(terms.map((term, at) => weights[at] * worthOf(section, term, place === 0)))));
  const whole = terms.map(term => worthIn(page, term));
  const named = terms.map(({variants}) => WORTH.page * Math.max(0, ...variants.map(({worth, places}) => worth * (places.get(page.sections[0])?.named ?? 0))));
  const general = page.address ? 1 : 1 + GENERAL * Math.max(0, ...terms.map(spread));
  const score = page.boost * general * (best + sum(whole.map((worth, at) => worth * weights[at]))) + sum(named.map((worth, at) => worth * weights[at]));
  return {page, score, met: whole.filter((worth, at) => worth + named[at] > 0).length};
}

/**
 * On how many pages a term is spoken of.
 * @param {Term} term
 */
function spread({variants}) {
  return pages.filter(({sections}) => sections.some(section => variants.some(({places}) => places.get(section)?.prose))).length;
}

/**
 * Among several words the rare one says what is meant.
 * @param {Term} term
 */
function rarity(term) {
  return Math.log2(1 + pages.length / Math.max(1, spread(term)));
}

/**
 * How much of a page speaks of a term.
 * @param {Page} page
 * @param {Term} term
 */
function worthIn({sections, length}, {variants}) {
  return Math.max(...variants.map(({worth, places}) => {
    const all = sections.flatMap(section => places.get(section) ?? []);
    const prose = sum(all.map(counts => counts.prose + MENTIONS * counts.named)), code = sum(all.map(counts => counts.code));
    return worth * (WORTH.about * prose / (prose + ENOUGH * (0.4 + 0.6 * length / usual)) + WORTH.code * Math.log2(1 + code));
  }));
}

/**
 * What one of its sections is worth, the first one more.
 * @param {Section} section
 * @param {Term} term
 * @param {boolean} lead
 */
function worthOf(section, {variants}, lead) {
  return Math.max(...variants.map(({worth, places}) => {
    const {named, prose, code} = places.get(section) ?? {named: 0, prose: 0, code: 0};
    return worth * (WORTH.heading * named + Math.log2(1 + prose) * (lead ? WORTH.lead : WORTH.prose) + WORTH.code * Math.log2(1 + code));
  }));
}

/**
 * @param {string} text
 * @param {RegExp} pattern
 */
function count(text, pattern) {
  return [...text.matchAll(pattern)].length;
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((a, b) => a + b, 0);
}

// What is shown

/**
 * @param {ReturnType<typeof judged>} found
 * @param {Term[]} terms
 */
function resultOf({page, score: whole}, terms) {
  const patterns = terms.flatMap(({variants}) => variants.map(({pattern}) => pattern));
  const [first, ...others] = page.sections.map((section, place) => ({section, score: sum(terms.map(term => worthOf(section, term, place === 0)))}));
  const shown = others.filter(section => section.score > 0).sort((a, b) => b.score - a.score);
  const met = Object.fromEntries(terms.map(({term, variants}) => {
    const here = variants.find(({places}) => page.sections.some(section => places.has(section)));
    return [here?.word ?? term, here !== undefined];
  }));
  return [{...first, score: whole}, ...shown].map(({section, score}) => ({
    location: section.location, title: marked(section.title, patterns), text: teaser(section, patterns), score, terms: met,
  }));
}

/**
 * @param {Section} section
 * @param {RegExp[]} patterns
 */
function teaser({blocks, code}, patterns) {
  const hits = (/** @type {string} */ text) => sum(patterns.map(pattern => count(fold(text), pattern)));
  const best = (/** @type {string[]} */ lines) => lines.reduce((a, b) => hits(b) > hits(a) ? b : a, "");
  const prose = best(blocks), line = prose ? "" : best(code);
  if (line) {
    return `<p><code>${marked(cut(line.trim(), patterns), patterns)}</code></p>`;
  }
  return prose ? `<p>${marked(cut(prose, patterns), patterns)}</p>` : "";
}

/**
 * The part of a text around its first match.
 * @param {string} text
 * @param {RegExp[]} patterns
 */
function cut(text, patterns) {
  const places = patterns.map(pattern => fold(text).search(pattern)).filter(place => place >= 0);
  const from = Math.max(0, Math.min(...places) - TEASER / 4);
  return (from ? "…" : "") + text.slice(from, from + TEASER) + (from + TEASER < text.length ? "…" : "");
}

/**
 * A text as HTML, what matches in <mark>.
 * @param {string} text
 * @param {RegExp[]} patterns
 */
function marked(text, patterns) {
  const folded = fold(text), inside = new Array(text.length).fill(false);
  for (const pattern of patterns) {
    for (const match of folded.matchAll(pattern)) {
      inside.fill(true, match.index, match.index + match[0].length);
    }
  }
  let html = "";
  for (let place = 0; place < text.length; place += 1) {
    if (inside[place] && !inside[place - 1]) {
      html += "<mark>";
    }
    html += text[place].replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`);
    if (inside[place] && !inside[place + 1]) {
      html += "</mark>";
    }
  }
  return html;
}

/** @param {string} query */
function suggestions(query) {
  const start = fold(query).trim();
  return start ? [...meanings.keys()].filter(word => word.startsWith(start)).sort((a, b) => b.length - a.length).slice(-SUGGESTED) : [];
}
