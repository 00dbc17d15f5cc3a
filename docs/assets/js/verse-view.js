/** What the widget `verse` shows: the poem in characters that can be chosen, what was likely at each, where a head looked. */

import { make } from "./parts.js";

/** @typedef {import("./verse-model.js").Settings} Settings */
/** @typedef {import("./verse-model.js").Step} Step */

const SIZES = { percent: 100, most: 100 }; // one in percent; as many decimals as there can be

/**
 * A chance in percent, in two digits, however small. Intl would take 50 ms of a slow phone to start.
 * @param {number} chance
 */
function percent(chance) {
  const value = Number((chance * SIZES.percent).toPrecision(2));
  const [digits, power] = `${value}`.split("e-");
  return `${power ? value.toFixed(Math.min(Number(power) + digits.slice(2).length, SIZES.most)) : digits}%`;
}

/** A poem on the screen. A place is counted from 1, the form before the first character is 0. */
export class View {
  /**
   * @param {Settings} settings
   * @param {(text: string) => void} say
   */
  constructor(settings, say) {
    this.settings = settings;
    this.say = say;
    this.poem = make("div", { class: "verse-poem", role: "group", "aria-label": "诗，用方向键选字" });
    this.list = make("ol", { class: "verse-likely" });
    this.likely = make("p", {});
    this.looked = make("p", {});
    this.heads = make("select", { "aria-label": "看哪一层、哪一头的注意力" });
    this.panel = make("div", { class: "verse-panel" }, this.likely, this.list, this.heads, this.looked);
    this.form = make("span", { class: "verse-form" });
    this.line = make("p", { class: "verse-line" });
    this.size = 0;
    this.signs = "";
    this.chosen = 0;
    /** @type {Step[]} */
    this.steps = [];
    /** @type {HTMLElement[]} */
    this.cells = [];
    this.fillHeads();
    this.heads.addEventListener("change", () => this.choose(this.chosen));
    this.poem.addEventListener("click", (event) => this.clicked(event));
    this.poem.addEventListener("keydown", (event) => this.pressed(event));
  }

  fillHeads() {
    const { layers, heads, head } = this.settings;
    for (let layer = 0; layer < layers; layer += 1) {
      for (let number = 0; number < heads; number += 1) {
        const option = make("option", { value: `${layer}.${number}` }, `第 ${layer + 1} 层第 ${number + 1} 头`);
        option.selected = layer === head[0] && number === head[1];
        this.heads.append(option);
      }
    }
  }

  /**
   * Takes everything away.
   * @param {string} form
   * @param {string} signs the characters of the model
   */
  begin(form, signs) {
    this.size = Number(form);
    this.signs = signs;
    this.steps = [];
    this.form = make("span", { class: "verse-form" }, this.settings.forms[form] ?? "");
    this.cells = [this.form];
    this.line = make("p", { class: "verse-line" });
    this.chosen = 0;
    this.poem.replaceChildren(this.form, this.line);
    this.panel.hidden = true;
  }

  /**
   * Adds what the model has just written, and chooses it.
   * @param {Step} step
   */
  add(step) {
    this.steps.push(step);
    if (step.sign !== this.settings.end) {
      this.put(this.signs[step.sign]);
      this.choose(this.steps.length);
    }
  }

  /** @param {string} sign */
  put(sign) {
    const mark = "，。".includes(sign);
    const cell = mark ? make("span", { class: "verse-mark" }, sign) : make("button", { type: "button", tabindex: "-1" }, sign);
    if (this.line.querySelector(".verse-mark")) {
      this.line = make("p", { class: "verse-line" });
      this.poem.append(this.line);
    }
    this.line.append(cell);
    this.cells.push(cell);
  }

  /** @returns {HTMLElement[]} the lines that have text */
  lines() {
    return [...this.poem.querySelectorAll("p")];
  }

  /** @param {Event} event */
  clicked(event) {
    const place = this.cells.indexOf(/** @type {HTMLElement} */ (event.target));
    if (place > 0 && place <= this.steps.length) {
      this.choose(place);
      this.say(`${this.likely.textContent}${this.looked.textContent}`);
    }
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const line = this.size + 1;
    const move = new Map([["ArrowLeft", -1], ["ArrowRight", 1], ["ArrowUp", -line], ["ArrowDown", line]]).get(event.key);
    if (!move || !this.steps.length) {
      return;
    }
    event.preventDefault();
    let place = this.chosen + move;
    while (this.cells[place]?.className === "verse-mark") {
      place += Math.sign(move);
    }
    if (place > 0 && this.cells[place]) {
      this.choose(place);
      this.cells[place].focus();
      this.say(`${this.likely.textContent}${this.looked.textContent}`);
    }
  }

  /**
   * Shows what was likely at a place, and where the chosen head looked before it was written.
   * @param {number} place
   */
  choose(place) {
    this.chosen = place;
    const step = this.steps[place - 1];
    if (!step) {
      return;
    }
    this.panel.hidden = false;
    this.cells.forEach((cell, index) => {
      cell.toggleAttribute("data-chosen", index === place);
      cell.tabIndex = index === place ? 0 : -1;
    });
    this.showLikely(step);
    this.showLooked(step);
  }

  /** @param {Step} step */
  showLikely({ logs, sign, fixed }) {
    const order = Array.from(logs.keys()).sort((left, right) => logs[right] - logs[left]);
    const rank = order.indexOf(sign) + 1;
    const chance = percent(Math.exp(logs[sign]));
    const how = fixed ? "是定下的" : "是抽中的";
    this.likely.replaceChildren(`「${this.signs[sign]}」${how}，概率 ${chance}，排第 ${rank}。`);
    const shown = order.slice(0, this.settings.shown);
    const bars = shown.map((each) => this.bar(this.signs[each], Math.exp(logs[each]), each === sign));
    const rest = shown.reduce((left, each) => left - Math.exp(logs[each]), 1);
    this.list.replaceChildren(...bars, this.bar("其余", Math.max(rest, 0), !shown.includes(sign)));
  }

  /**
   * @param {string} sign
   * @param {number} chance
   * @param {boolean} taken
   */
  bar(sign, chance, taken) {
    const bar = make("span", { class: "verse-bar" });
    bar.style.setProperty("--share", String(chance));
    const item = make("li", {}, make("b", {}, sign === "\n" ? "完" : sign), bar, make("span", {}, percent(chance)));
    item.toggleAttribute("data-taken", taken);
    return item;
  }

  /** @param {Step} step */
  showLooked({ attention }) {
    const [layer, head] = this.heads.value.split(".").map(Number);
    const shares = attention[layer][head];
    this.cells.forEach((cell, index) => cell.style.setProperty("--share", String(shares[index] ?? 0)));
    const most = shares.reduce((best, share, index) => (share > shares[best] ? index : best), 0);
    this.looked.replaceChildren(`写它之前，这一头看得最多的是${this.name(most)}，占 ${percent(shares[most])}。`);
  }

  /** @param {number} place */
  name(place) {
    if (place === 0) {
      return "体裁";
    }
    const sign = this.cells[place].textContent;
    const line = Math.floor((place - 1) / (this.size + 1)) + 1;
    return `第 ${line} 句的「${sign}」`;
  }
}
