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

// Commands by which a formula shows another sign than the one that stands in it, or hides, moves or shows it in another place:
// who judges a formula reads its TeX
const UNFIT = new Set(
  `def gdef edef xdef let futurelet global long newcommand renewcommand providecommand expandafter noexpand mathchoice
  TextOrMath @firstoftwo @secondoftwo @ifnextchar @ifstar char @char verb kern mkern mskip hskip hspace tmspace @hspace
  @hspacer rule raisebox llap rlap clap mathllap mathrlap mathclap smash phantom hphantom vphantom color textcolor colorbox
  fcolorbox cancel bcancel xcancel sout message errmessage show tag@literal`.split(/\s+/),
);
const COMMAND = /\\([A-Za-z@]+|[^])/g;

const refuseUnfit = (tex) => {
  for (const [command, name] of tex.matchAll(COMMAND)) {
    if (UNFIT.has(name)) throw new Error(`${command} is not allowed in a formula`);
  }
};

const answer = ({ tex, display }) => {
  try {
    refuseUnfit(tex);
    const html = thinned(katex.__renderToDomTree(tex, { displayMode: display, strict, trust })).toMarkup();
    // A negative height is no CSS: browsers pass over it, and so do we
    return { html: html.replace(/height:-[\d.]+em;/g, "") };
  } catch (error) {
    return { error: error.message };
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + "\n");
}
