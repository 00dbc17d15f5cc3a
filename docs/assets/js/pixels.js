/** Pictures of values, a square for each: those for in one colour, those against in another. */

import { draw, make } from "./parts.js";

// In how many steps a picture goes from nothing to full
const SIZES = { levels: 8 };

/**
 * Makes a figure with nothing drawn yet, and its caption.
 * @param {string} caption
 */
export function picture(caption) {
  const drawing = draw("svg", { "aria-hidden": "true" });
  const words = make("figcaption", {}, caption);
  return { drawing, words, figure: make("figure", {}, drawing, words) };
}

/** The shapes of a drawing, one for each strength, kept from one picture to the next. @type {WeakMap<SVGSVGElement, Map<number, SVGPathElement>>} */
const kept = new WeakMap();

/**
 * Draws values between -1 and 1, in a square, in steps of strength; those against in a class of their own.
 * @param {SVGSVGElement} drawing
 * @param {number} side
 * @param {ArrayLike<number>} values
 */
export function paint(drawing, side, values) {
  const parts = new Map();
  for (let index = 0; index < values.length; index += 1) {
    const level = Math.round(Math.abs(values[index]) * SIZES.levels) * Math.sign(values[index]);
    if (level) {
      const row = Math.floor(index / side);
      parts.set(level, `${parts.get(level) ?? ""}M${index - row * side} ${row}h1v1h-1z`);
    }
  }
  const shapes = kept.get(drawing) ?? new Map();
  kept.set(drawing, shapes);
  drawing.setAttribute("viewBox", `0 0 ${side} ${side}`);
  for (const level of parts.keys()) {
    if (!shapes.has(level)) {
      shapes.set(level, shape(level));
      drawing.append(shapes.get(level));
    }
  }
  shapes.forEach((path, level) => path.setAttribute("d", parts.get(level) ?? ""));
}

/** @param {number} level */
function shape(level) {
  const kind = level > 0 ? "pixel-for" : "pixel-against";
  return draw("path", { class: kind, "fill-opacity": `${Math.abs(level) / SIZES.levels}` });
}
