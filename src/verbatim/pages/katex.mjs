// Answers each line of JSON on standard input, {tex, display}, with one line of JSON: {html} or {error}.
// KaTeX is the one in `node_modules`, put there by `make` from package-lock.json.
import { createInterface } from "node:readline";
import katex from "katex";
import { thinned } from "./katex_thin.mjs";

// What KaTeX merely grumbles about, a glyph that it has no metrics for, would be set wrongly: it is an error too
console.warn = (message) => {
  throw new Error(message);
};

// The one trusted command carries the class of a bound number; all others would let TeX write HTML
const trust = ({ command, class: name }) => {
  if (command === "\\htmlClass" && name === "verbatim-number") return true;
  throw new Error(`${command} is not allowed in a formula`);
};

// Strict, but for that one command, which KaTeX counts as an extension
const strict = (code) => (code === "htmlExtension" ? "ignore" : "error");

const answer = ({ tex, display }) => {
  try {
    return { html: thinned(katex.__renderToDomTree(tex, { displayMode: display, strict, trust })).toMarkup() };
  } catch (error) {
    return { error: error.message };
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + "\n");
}
