/** The widget `verse`: the small language model of `verse_lab` writes four lines, a character after the other. */

import { make, recall, settings } from "./parts.js";
import { styled } from "./style.js";

/** @typedef {import("./verse-model.js").Settings} Settings */
/** @typedef {import("./verse-model.js").Choice} Choice */

/**
 * Returns a control with its label around it.
 * @param {string} label
 * @param {HTMLElement} control
 */
const labelled = (label, control) => make("label", {}, label, control);

/**
 * Returns a menu.
 * @param {[string, string][]} options value and text
 */
const menu = (options) => make("select", {}, ...options.map(([value, text]) => make("option", { value }, text)));

/** The controls: what is to be written. */
class Controls {
  /** @param {Settings} told */
  constructor(told) {
    this.told = told;
    this.button = make("button", { type: "button" }, "写一首");
    this.form = menu(Object.entries(told.forms));
    this.heads = make("input", { autocomplete: "off", placeholder: "可不填" });
    this.temperature = menu(told.temperatures.map((value) => [String(value), String(value)]));
    this.seed = make("input", { type: "number", min: "1", max: String(told.seeds), step: "1", inputmode: "numeric" });
    const fields = [labelled("体裁", this.form), labelled("每句的头一个字", this.heads)];
    fields.push(labelled("温度", this.temperature), labelled("种子", this.seed));
    this.element = make("form", { class: "verse-controls" }, this.button, ...fields);
    this.element.addEventListener("submit", (event) => event.preventDefault());
    this.set(told.first);
  }

  /** @param {Choice} choice */
  set({ form, heads, temperature, seed }) {
    this.form.value = form;
    this.heads.value = heads;
    this.temperature.value = String(temperature);
    this.seed.value = String(seed);
  }

  /** @returns {Choice} what is asked for; a seed that is none becomes the first */
  get() {
    const seed = Math.floor(Number(this.seed.value));
    const proper = seed > 0 && seed <= this.told.seeds ? seed : this.told.first.seed;
    this.seed.value = String(proper);
    const heads = [...this.heads.value.trim()].slice(0, this.told.lines).join("");
    return { form: this.form.value, heads, temperature: Number(this.temperature.value), seed: proper };
  }

  /** Asks for a poem of any other seed. */
  another() {
    this.seed.value = String(1 + Math.floor(Math.random() * this.told.seeds));
  }

  /** Takes what the address says; returns whether it says anything. */
  recall() {
    const [form, heads, temperature, seed] = recall("verse").split(",");
    if (!(form in this.told.forms) || !this.told.temperatures.includes(Number(temperature))) {
      return false;
    }
    this.set({ form, heads, temperature: Number(temperature), seed: Number(seed) });
    return true;
  }
}

/**
 * The recorded poem, until the model is there.
 * @param {string} poem
 */
const recorded = (poem) =>
  make("div", { class: "verse-poem" }, ...poem.split(/(?<=[，。])(?=.)/).map((line) => make("p", { class: "verse-line" }, line)));

/** @param {HTMLElement} element */
export async function show(element) {
  const [told] = await Promise.all([settings("verse"), styled("verse")]);
  const controls = new Controls(told);
  const stage = make("div", { class: "verse-stage" }, recorded(told.first.poem));
  const note = make("p", { class: "verse-note" });
  element.replaceChildren(controls.element, note, stage);
  element.dataset.answer = told.first.poem;
  /** @type {Promise<import("./verse-writer.js").Writer> | undefined} */
  let fetched;
  const write = async () => {
    try {
      fetched ??= import("./verse-writer.js").then(({ Writer }) => new Writer(element, stage, note, told));
      await (await fetched).write(controls.get());
    } catch {
      fetched = undefined;
      note.replaceChildren("模型没有取到；应能从本站取到它的权重；检查网络，再点一次。");
    }
  };
  controls.button.addEventListener("click", () => {
    controls.another();
    write();
  });
  controls.element.addEventListener("change", write);
  if (controls.recall()) {
    await write();
  }
}
