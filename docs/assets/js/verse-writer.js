/** Writes what the controls of the widget `verse` ask for, and looks each line up; loaded when a poem is first wanted. */

import { announcer, make, remember, tensors } from "./parts.js";
import { Model, maybeSeen, write } from "./verse-model.js";
import { View } from "./verse-view.js";

// Milliseconds between two characters, so that one can watch
const SIZES = { pause: 90 };

/** @typedef {import("./verse-model.js").Settings} Settings */
/** @typedef {import("./verse-model.js").Choice} Choice */

/** Holds the model once it is there. A later poem ends an earlier one that is still being written. */
export class Writer {
  /**
   * @param {HTMLElement} element
   * @param {HTMLElement} stage where poem and panel go
   * @param {HTMLElement} note what went wrong
   * @param {Settings} told
   */
  constructor(element, stage, note, told) {
    const [line, say] = announcer();
    this.element = element;
    this.stage = stage;
    this.note = note;
    this.told = told;
    this.say = say;
    this.view = new View(told, say);
    this.turn = 0;
    element.append(line);
    /** @type {Promise<Model> | undefined} */
    this.model = undefined;
  }

  /**
   * Writes a poem; throws where the weights do not come.
   * @param {Choice} choice
   */
  async write(choice) {
    this.turn += 1;
    const turn = this.turn;
    this.note.replaceChildren();
    this.model ??= tensors("verse-int8").then((found) => new Model(found, this.told));
    const model = await this.model.catch((error) => {
      this.model = undefined;
      throw error;
    });
    const strange = [...choice.heads].find((sign) => model.signs.indexOf(sign) <= this.told.unknown);
    if (turn === this.turn && strange) {
      this.warn(`模型的字表里没有「${strange}」，它只认得唐诗里常见的简体字；换一个字再写。`);
    } else if (turn === this.turn && (await this.watch(model, choice, turn))) {
      await this.finish(choice, turn);
    }
  }

  /**
   * Tells what is wrong, to the eye and aloud.
   * @param {string} text
   */
  warn(text) {
    this.note.replaceChildren(text);
    this.say(text);
  }

  /**
   * Writes a poem before the reader's eyes; returns whether it was finished.
   * @param {Model} model
   * @param {Choice} choice
   * @param {number} turn
   */
  async watch(model, choice, turn) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.stage.replaceChildren(this.view.poem, this.view.panel);
    this.view.begin(choice.form, model.signs);
    for (const step of write(model, choice)) {
      this.view.add(step);
      if (!still) {
        await new Promise((resolve) => setTimeout(resolve, SIZES.pause));
      }
      if (turn !== this.turn) {
        return false;
      }
    }
    return true;
  }

  /**
   * Tells the poem, keeps it in the address, looks its lines up.
   * @param {Choice} choice
   * @param {number} turn
   */
  async finish({ form, heads, temperature, seed }, turn) {
    const poem = this.view.cells.slice(1).map((cell) => cell.textContent).join("");
    this.element.dataset.answer = poem;
    remember({ verse: [form, heads, temperature, seed].join(",") });
    const { lines } = await tensors("verse-lines");
    if (turn === this.turn) {
      const told = this.view.lines().map((line) => this.lookUp(line, lines.values));
      this.say(`${poem}这几句在训练集里：${told.join("，")}。`);
    }
  }

  /**
   * Writes behind a line whether the model may have read it; returns the words.
   * @param {HTMLElement} line
   * @param {import("./parts.js").Values} bits
   */
  lookUp(line, bits) {
    const signs = [...line.querySelectorAll("button")].map((cell) => this.view.signs.indexOf(cell.textContent));
    const told = maybeSeen(signs, bits, this.told) ? "大概见过" : "没见过";
    line.append(make("span", { class: "verse-seen" }, told));
    return told;
  }
}

