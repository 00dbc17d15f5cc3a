/** 写一个数字: what the network makes of the field, in bars, in pictures and in words. */

import { Keys } from "./digit-keys.js";
import { Model } from "./digit-model.js";
import { announcer, draw, recall, remember, rest, tensors } from "./parts.js";
import { paint, strongest } from "./pixels.js";

/** @typedef {import("./digit.js").Field} Field */
/** @typedef {import("./parts.js").Tensor} Tensor */

// How far apart, as shares of the field, points in the address are; one in percent, and one percent in the smallest share shown
const SIZES = { apart: 0.015, percent: 100, least: 10 };
// Two of these letters are a coordinate of a point in the address
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const FAILED = "网络的权重没有载入；它们应与本页在同一个网站上；请检查网络，再刷新本页。";

/**
 * Loads the weights and shows all that is shown of an answer.
 * @param {Field} field
 */
export async function start(field) {
  const [said, say] = announcer();
  const text = /** @type {HTMLElement} */ (field.element.querySelector(".digit-text"));
  const [seen, spoke] = [...field.element.querySelectorAll(".digit-picture")].map((frame) => {
    const drawing = draw("svg", { "aria-hidden": "true" });
    frame.replaceChildren(drawing);
    return drawing;
  });
  field.element.append(said);
  try {
    const answer = new Answer(field, new Model(await tensors("digit")), { text, say, seen, spoke });
    answer.recall();
    return answer;
  } catch (error) {
    field.element.classList.add("digit-failed");
    text.setAttribute("role", "alert");
    text.replaceChildren(FAILED);
    throw error;
  }
}

/**
 * How often the smallest share shown is in a probability: cut, not rounded, for what is nearly certain is not certain.
 * @param {number} probability
 */
const cut = (probability) => Math.trunc(probability * SIZES.percent * SIZES.least);

/**
 * A probability in percent. Intl would take 60 ms of a slow phone to start.
 * @param {number} probability
 */
const share = (probability) => `${cut(probability) / SIZES.least}%`;

const frame = () => new Promise((done) => requestAnimationFrame(done));

/** What the network answers to one field. */
export class Answer {
  /**
   * @param {Field} field
   * @param {Model} model
   * @param {{text: HTMLElement, say: (text: string) => void, seen: SVGSVGElement, spoke: SVGSVGElement}} places
   */
  constructor(field, model, places) {
    this.field = field;
    this.model = model;
    this.places = places;
    this.bars = [...field.element.querySelectorAll("li")];
    this.cuts = /** @type {number[]} */ ([]); // the shares that the bars show
    this.samples = /** @type {Promise<Record<string, Tensor>> | null} */ (null);
    this.next = 0;
    this.chosen = /** @type {{image: Uint8Array, label: number, index: number} | null} */ (null);
    this.moved = [0, 0];
    this.keys = new Keys(field);
    this.changed = false;
    this.busy = false;
  }

  /** What the network is given: as the field says, or the other way about. */
  image(plain = this.field.plain) {
    const { field, model } = this;
    if (field.shift && this.chosen) {
      const still = this.moved.every((by) => !by);
      const values = still ? this.chosen.image : shifted(this.chosen.image, model.pixels, this.moved);
      return plain || still ? values : model.centred({ values, height: model.pixels, width: model.pixels });
    }
    return field.strokes.length ? (plain ? model.seePlain(field.strokes) : model.see(field.strokes)) : null;
  }

  /** Shows what the network makes of the field, and again where that has changed meanwhile. */
  async show() {
    this.changed = true;
    if (this.busy) {
      return;
    }
    this.busy = true;
    try {
      while (this.changed) {
        this.changed = false;
        await this.answered();
      }
    } finally {
      this.busy = false;
    }
  }

  /** In tasks of its own, each of them short: on a slow processor the pen goes on between them. */
  async answered() {
    await rest();
    const image = this.image();
    await rest();
    const read = image && this.model.read(image);
    await rest();
    if (!read) {
      this.empty();
    } else if (!this.changed || this.field.down) {
      this.tell(read);
      await frame(); // the bars first, the pictures in the next: each frame is short
      this.paint(image, read);
    }
  }

  /** @param {ReturnType<Model["read"]>} read */
  tell({ answer, probabilities }) {
    this.field.element.dataset.answer = `${answer}`;
    this.bars.forEach((bar, digit) => {
      bar.classList.toggle("digit-best", digit === answer);
      this.raise(bar, digit, probabilities[digit]);
    });
    const told = this.told(answer, probabilities[answer]);
    this.places.text.textContent = told;
    this.places.say(told);
  }

  /**
   * Shows a share, where it is another than before: most stay nothing, and what stays need not be laid out.
   * @param {HTMLElement} bar
   * @param {number} digit
   * @param {number} probability
   */
  raise(bar, digit, probability) {
    if (this.cuts[digit] !== cut(probability)) {
      this.cuts[digit] = cut(probability);
      bar.style.setProperty("--share", `${this.cuts[digit] / SIZES.percent / SIZES.least}`);
      /** @type {Element} */ (bar.lastElementChild).textContent = share(probability);
    }
  }

  /**
   * @param {Uint8Array} image
   * @param {ReturnType<Model["read"]>} read
   */
  paint(image, { spoke }) {
    paint(this.places.seen, this.model.pixels, image, this.model.white);
    paint(this.places.spoke, this.model.pixels, spoke, strongest(spoke) || 1);
  }

  /**
   * @param {number} answer
   * @param {number} probability
   */
  told(answer, probability) {
    const words = [`认作 ${answer}，概率 ${share(probability)}`];
    if (this.field.shift && this.chosen) {
      words.push(`这是第 ${this.chosen.index} 张测试图像，标签是 ${this.chosen.label}${this.chosen.label === answer ? "" : "，认错了"}`);
    }
    const centred = this.field.plain ? this.image(false) : null;
    if (centred) {
      words.push(`居中之后认作 ${this.model.answer(centred)}`);
    }
    return `${words.join("；")}。`;
  }

  empty() {
    delete this.field.element.dataset.answer;
    this.cuts = [];
    for (const bar of this.bars) {
      bar.style.removeProperty("--share");
      bar.classList.remove("digit-best");
      /** @type {Element} */ (bar.lastElementChild).textContent = "–";
    }
    this.places.text.replaceChildren();
  }

  /** Puts the next test image on the field; the arrow keys move it. */
  async sample() {
    this.samples ??= tensors("digit-samples");
    const { images, labels, index } = await this.samples;
    const size = this.model.pixels * this.model.pixels;
    const image = /** @type {Uint8Array} */ (images.values.slice(this.next * size, (this.next + 1) * size));
    this.field.draw([]);
    this.chosen = { image, label: labels.values[this.next], index: index.values[this.next] };
    this.next = (this.next + 1) % labels.values.length;
    this.moved = [0, 0];
    this.field.shift = (step) => {
      this.moved = this.moved.map((by, axis) => by + step[axis]);
      this.spread();
    };
    this.spread();
  }

  /** Draws the test image on the field, moved. */
  spread() {
    const { ink, canvas } = this.field;
    const { pixels, white } = this.model;
    const side = canvas.width / pixels;
    ink.clearRect(0, 0, canvas.width, canvas.height);
    shifted(/** @type {{image: Uint8Array}} */ (this.chosen).image, pixels, this.moved).forEach((value, index) => {
      const row = Math.floor(index / pixels);
      ink.globalAlpha = value / white;
      ink.fillRect((index - row * pixels) * side, row * side, side, side);
    });
    ink.globalAlpha = 1;
    this.field.changed();
  }

  /** Writes the strokes into the address: a link shows the same again. */
  keep() {
    const strokes = this.field.strokes.map((stroke) => thinned(stroke).flat().map(letters).join(""));
    remember({ digit: strokes.join("-") });
  }

  /** Draws what the address tells, where nothing is drawn yet. */
  recall() {
    const told = recall("digit").split("-").filter((stroke) => /^[A-Za-z]+$/.test(stroke));
    if (told.length && !this.field.strokes.length) {
      this.field.draw(told.map(points));
    }
  }
}

/**
 * A picture with its content moved, what leaves it lost.
 * @param {Uint8Array} image
 * @param {number} side
 * @param {number[]} by
 */
function shifted(image, side, [right, down]) {
  return image.map((_, index) => {
    const row = Math.floor(index / side) - down;
    const column = (index % side) - right;
    return Math.min(row, column) < 0 || Math.max(row, column) >= side ? 0 : image[row * side + column];
  });
}

/**
 * The points of a stroke that are some way apart, and its last.
 * @param {number[][]} stroke
 */
function thinned(stroke) {
  /** @type {number[][]} */
  const kept = [];
  stroke.forEach((point, index) => {
    const last = kept[kept.length - 1] ?? [-1, -1];
    if (index === stroke.length - 1 || Math.hypot(point[0] - last[0], point[1] - last[1]) >= SIZES.apart) {
      kept.push(point);
    }
  });
  return kept;
}

/**
 * A coordinate from 0 to 1 as two letters.
 * @param {number} at
 */
function letters(at) {
  const place = Math.round(Math.min(Math.max(at, 0), 1) * (LETTERS.length * LETTERS.length - 1));
  return LETTERS[Math.floor(place / LETTERS.length)] + LETTERS[place % LETTERS.length];
}

/**
 * The points that letters tell; what is no whole point is left out.
 * @param {string} told
 */
function points(told) {
  const places = (told.match(/[A-Za-z]{2}/g) ?? []).map(
    ([high, low]) => (LETTERS.indexOf(high) * LETTERS.length + LETTERS.indexOf(low)) / (LETTERS.length * LETTERS.length - 1),
  );
  return places.flatMap((x, index) => (index % 2 || index + 1 === places.length ? [] : [[x, places[index + 1]]]));
}
