/** 写一个数字: the field to write on. The network, and all that shows its answer, comes at the first touch or focus. */

import { make } from "./make.js";

// The field and its pen in pixels; the least way between two points as a share of the field; how many bars
const SIZES = { field: 560, pen: 40, least: 0.004, bars: 10 };
const KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", " ", "Backspace", "Delete"];
const LABEL = "画板：用手指、笔或鼠标写一个数字；用键盘，按方向键走笔，空格键抬笔、落笔，退格键撤去一笔";
const PICTURES = ["网络看到的", "替它说话的"];

/** @param {string} caption */
const framed = (caption) => make("figure", {}, make("span", { class: "digit-picture" }), make("figcaption", {}, caption));

/** @param {HTMLElement} element */
export function show(element) {
  const side = `${SIZES.field}`;
  const canvas = make("canvas", { width: side, height: side, tabindex: "0", role: "application", "aria-label": LABEL });
  const bars = Array.from({ length: SIZES.bars }, (_, digit) =>
    make("li", {}, make("b", {}, `${digit}`), make("span", { class: "digit-bar" }), make("span", { class: "digit-share" }, "–")),
  );
  const hint = make("span", { class: "digit-hint", "aria-hidden": "true" }, "在这里写一个数字");
  const pen = make("span", { class: "digit-pen" });
  const field = new Field(element, canvas, pen);
  element.append(
    make("div", { class: "digit-field" }, canvas, hint, pen),
    make("div", {}, make("ol", { class: "digit-bars", start: "0", "aria-label": "每个数字的概率" }, ...bars)),
    make("div", { class: "digit-buttons" }, ...field.buttons()),
    // Its room is there from the start, and in it the recorded figure: the first answer moves nothing, and nothing is laid out anew
    make("div", { class: "digit-room" }, make("div", { class: "digit-told" }, ...PICTURES.map(framed), make("p", { class: "digit-text" }))),
  );
  if (new URL(location.href).searchParams.has("digit")) {
    field.wake();
  }
}

/** What stands on the field. */
export class Field {
  /**
   * @param {HTMLElement} element
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} pen
   */
  constructor(element, canvas, pen) {
    this.element = element;
    this.canvas = canvas;
    this.pen = pen;
    this.ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.answer = /** @type {Promise<import("./digit-answer.js").Answer> | null} */ (null);
    this.strokes = /** @type {number[][][]} */ ([]);
    this.shift = /** @type {((step: number[]) => void) | null} */ (null); // moves what stands in place of strokes
    this.down = false;
    this.plain = false;
    this.frame = 0;
    this.box = new DOMRect(); // of the field on the page, while a pointer draws
    canvas.addEventListener("focus", () => this.wake());
    canvas.addEventListener("keydown", (event) => {
      if (KEYS.includes(event.key)) {
        event.preventDefault();
        this.wake().then((answer) => answer.keys.press(event));
      }
    });
    canvas.addEventListener("pointerdown", (event) => this.touch(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("lostpointercapture", () => this.end());
  }

  /** Brings the network, once. */
  wake() {
    this.answer ??= import("./digit-answer.js").then((module) => module.start(this));
    return this.answer;
  }

  buttons() {
    const sample = make("button", { type: "button" }, "看一张测试图像");
    const plain = make("button", { type: "button", role: "switch", "aria-checked": "false" }, "不居中");
    const clear = make("button", { type: "button" }, "清除");
    sample.addEventListener("click", () => this.wake().then((answer) => answer.sample()));
    plain.addEventListener("click", () => {
      this.plain = !this.plain;
      plain.setAttribute("aria-checked", `${this.plain}`);
      this.changed();
    });
    clear.addEventListener("click", () => this.draw([]));
    return [clear, plain, sample];
  }

  /**
   * A pointer, and only the first of several, draws from where it comes down to where it leaves.
   * @param {PointerEvent} event
   */
  touch(event) {
    if (event.isPrimary && !event.button) {
      this.canvas.setPointerCapture(event.pointerId);
      const { left, top, width, height } = this.canvas.getBoundingClientRect();
      this.box = new DOMRect(left + scrollX, top + scrollY, width, height);
      this.down = true;
      this.begin(this.place(event));
    }
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (this.down && event.isPrimary) {
      const passed = event.getCoalescedEvents?.() ?? [];
      (passed.length ? passed : [event]).forEach((each) => this.go(this.place(each)));
    }
  }

  end() {
    this.down = false;
    this.wake().then((answer) => answer.keep());
  }

  /**
   * Where on the field a pointer is, from 0 to 1; asks for no layout, which would be one a move.
   * @param {PointerEvent} event
   */
  place({ pageX, pageY }) {
    return [(pageX - this.box.x) / this.box.width, (pageY - this.box.y) / this.box.height];
  }

  /** @param {number[]} point */
  begin(point) {
    if (this.shift) {
      this.draw([]);
    }
    this.strokes.push([]);
    this.go(point);
  }

  /** @param {number[]} point */
  go(point) {
    const stroke = this.strokes[this.strokes.length - 1];
    const last = stroke[stroke.length - 1] ?? point;
    if (!stroke.length || Math.hypot(point[0] - last[0], point[1] - last[1]) >= SIZES.least) {
      stroke.push(point);
      this.line(last, point);
      this.changed();
    }
  }

  /**
   * @param {number[]} from
   * @param {number[]} to
   */
  line(from, to) {
    Object.assign(this.ink, { lineWidth: SIZES.pen, lineCap: "round" });
    this.ink.beginPath();
    this.ink.moveTo(from[0] * SIZES.field, from[1] * SIZES.field);
    this.ink.lineTo(to[0] * SIZES.field, to[1] * SIZES.field);
    this.ink.stroke();
  }

  /** @param {number[][][]} strokes */
  draw(strokes) {
    this.strokes = strokes;
    this.shift = null;
    this.ink.clearRect(0, 0, SIZES.field, SIZES.field);
    strokes.forEach((stroke) => stroke.forEach((point, index) => this.line(stroke[index - 1] ?? point, point)));
    this.changed();
    this.wake().then((answer) => answer.keep());
  }

  changed() {
    this.element.classList.toggle("digit-written", this.strokes.length > 0 || this.shift !== null);
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.wake().then((answer) => answer.show()));
  }
}
