/** 写一个数字, by keyboard: the arrow keys lead a pen, the space key lifts and lowers it, backspace takes a stroke away. */

/** @typedef {import("./digit.js").Field} Field */

// Where the pen begins and how far a key leads it, as shares of the field
const SIZES = { start: [0.5, 0.15], step: 0.05 };
/** @type {Record<string, number[]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Keys {
  /** @param {Field} field */
  constructor(field) {
    this.field = field;
    this.at = SIZES.start;
    this.lifted = false;
    this.stroke = /** @type {number[][] | null} */ (null); // the one that the next key goes on with
    this.show();
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const step = ARROWS[event.key];
    if (step && this.field.shift) {
      this.field.shift(step);
    } else if (step) {
      this.walk(step, this.lifted || event.shiftKey);
    } else if (event.key === " ") {
      this.lifted = !this.lifted;
      this.stroke = null;
    } else {
      this.field.draw(this.field.strokes.slice(0, -1));
    }
    this.show();
  }

  /**
   * @param {number[]} step
   * @param {boolean} lifted
   */
  walk(step, lifted) {
    const from = this.at;
    this.at = from.map((at, axis) => Math.min(Math.max(at + step[axis] * SIZES.step, 0), 1));
    if (lifted) {
      this.stroke = null;
      return;
    }
    const { strokes } = this.field;
    if (!this.stroke || this.stroke !== strokes[strokes.length - 1]) {
      this.field.begin(from);
      this.stroke = strokes[strokes.length - 1];
    }
    this.field.go(this.at);
  }

  /** Shows where the pen is, and whether it is lifted. */
  show() {
    const { pen, canvas } = this.field;
    pen.classList.toggle("digit-lifted", this.lifted);
    pen.style.translate = this.at.map((at) => `${at * canvas.clientWidth}px`).join(" ");
  }
}
