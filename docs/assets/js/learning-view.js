/** 看它学: the network at one stop of its training, in words and pictures, all of it recorded. */

import { announcer, draw, make, recall, remember, tensors } from "./parts.js";
import { paint, picture, strongest } from "./pixels.js";

/** @typedef {import("./parts.js").Tensor} Tensor */

// How high the curve is and how large its points are, as shares of its width; how much stronger than they are weights are shown;
// one in percent
const SIZES = { high: 0.3, point: 0.009, gain: 3, percent: 100 };
const FAILED = "训练的记录没有载入；它应与本页在同一个网站上；请检查网络，再刷新本页。";

/**
 * @param {HTMLElement} element
 * @param {HTMLInputElement} handle
 */
export async function start(element, handle) {
  try {
    return new View(element, handle, await tensors("learning"));
  } catch (error) {
    element.append(make("p", { role: "alert" }, FAILED));
    throw error;
  }
}

/**
 * The part of an array that belongs to one place of its first side.
 * @param {Tensor} tensor
 * @param {number} place
 */
function part({ shape, values }, place) {
  const size = values.length / shape[0];
  return values.subarray(place * size, (place + 1) * size);
}

/**
 * The greatest of some values' places.
 * @param {number[]} values
 */
const greatest = (values) => values.indexOf(Math.max(...values));

/**
 * A share in percent. Intl would take 50 ms of a slow phone to start.
 * @param {number} right
 */
const share = (right) => `${Number((right * SIZES.percent).toFixed(2))}%`;

export class View {
  /**
   * @param {HTMLElement} element
   * @param {HTMLInputElement} handle
   * @param {Record<string, Tensor>} recorded
   */
  constructor(element, handle, recorded) {
    this.element = element;
    this.handle = handle;
    this.recorded = recorded;
    this.last = recorded.steps.values.length - 1;
    const side = Math.sqrt(recorded.images.values.length / recorded.labels.values.length);
    this.side = side;
    const [said, say] = announcer();
    this.say = say;
    this.text = make("p", { class: "learning-text" });
    this.curve = this.drawCurve();
    this.confusion = picture("混淆矩阵：行是标签，列是答案");
    this.units = Array.from({ length: recorded.weights.shape[1] }, () => picture(""));
    const white = strongest(recorded.images.values);
    this.digits = Array.from(recorded.labels.values, (_, place) => {
      const made = picture("");
      paint(made.drawing, side, part(recorded.images, place), white);
      return made;
    });
    element.append(this.text, this.curve, this.pictures(), said);
  }

  pictures() {
    const units = make("div", { class: "learning-units" }, ...this.units.map((unit) => unit.drawing));
    return make(
      "div",
      { class: "learning-pictures" },
      make("div", { class: "learning-confusion" }, this.confusion.figure),
      make("figure", {}, units, make("figcaption", {}, "几个隐藏单元的权重")),
      make("div", { class: "learning-digits" }, ...this.digits.map((digit) => digit.figure)),
    );
  }

  drawCurve() {
    const rates = [...this.recorded.accuracy.values];
    const points = rates.map((rate, place) => [place / this.last, (1 - rate) * SIZES.high]);
    const line = draw("polyline", { points: points.map((point) => point.join(",")).join(" ") });
    const dots = points.map(([x, y]) => draw("circle", { cx: `${x}`, cy: `${y}`, r: `${SIZES.point}` }));
    const curve = draw("svg", { class: "learning-curve", viewBox: `0 0 1 ${SIZES.high}`, "aria-hidden": "true" }, line, ...dots);
    curve.addEventListener("click", (event) => {
      const box = curve.getBoundingClientRect();
      this.handle.value = `${(event.clientX - box.left) / box.width}`;
      this.show(this.at());
    });
    return curve;
  }

  /** The stop that the handle is nearest to. */
  at() {
    return Math.round(Number(this.handle.value) * this.last);
  }

  recall() {
    const place = Array.from(this.recorded.steps.values, String).indexOf(recall("learning"));
    this.handle.value = `${place < 0 ? 1 : place / this.last}`;
    this.show(this.at());
  }

  /** @param {number} place */
  show(place) {
    const { steps, accuracy, loss } = this.recorded;
    const step = `${steps.values[place]}`;
    if (this.element.dataset.answer === step) {
      return;
    }
    this.element.dataset.answer = step;
    const told = `更新 ${step} 次：认对 ${share(accuracy.values[place])}，损失 ${loss.values[place].toPrecision(2)}。`;
    this.text.replaceChildren(told);
    this.say(told);
    this.handle.setAttribute("aria-valuetext", told);
    this.curve.querySelectorAll("circle").forEach((dot, index) => dot.classList.toggle("learning-here", index === place));
    this.showConfusion(place);
    this.showUnits(place);
    this.showDigits(place);
    remember({ learning: step });
  }

  /** @param {number} place */
  showConfusion(place) {
    const { confusion } = this.recorded;
    const side = confusion.shape[1];
    const rows = Array.from({ length: side }, (_, row) => [...part({ ...confusion, shape: [side], values: part(confusion, place) }, row)]);
    // The root of the share, or what is rare would not be seen
    const shares = rows.flatMap((row) => row.map((count) => Math.sqrt(count / row.reduce((sum, each) => sum + each, 0))));
    paint(this.confusion.drawing, side, shares);
  }

  /** @param {number} place */
  showUnits(place) {
    const { weights } = this.recorded;
    const most = strongest(weights.values);
    const now = { shape: weights.shape.slice(1), values: part(weights, place) };
    this.units.forEach((unit, index) => paint(unit.drawing, this.side, this.shown(part(now, index), most)));
  }

  /**
   * Most weights are small beside the strongest: they are shown stronger, which cuts off the largest.
   * @param {import("./parts.js").Values} values
   * @param {number} most
   */
  shown(values, most) {
    return Array.from(values, (value) => Math.min(Math.max((SIZES.gain * value) / most, -1), 1));
  }

  /** @param {number} place */
  showDigits(place) {
    const { probabilities, labels } = this.recorded;
    const now = { shape: probabilities.shape.slice(1), values: part(probabilities, place) };
    this.digits.forEach(({ words }, index) => {
      const [answer, label] = [greatest([...part(now, index)]), labels.values[index]];
      words.textContent = answer === label ? `${answer}` : `${label} 认作 ${answer}`;
      words.classList.toggle("learning-wrong", answer !== label);
    });
  }
}
