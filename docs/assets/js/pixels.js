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

/**
 * Draws values between -1 and 1, in a square, in steps of strength; those against in a class of their own.
 * @param {SVGSVGElement} drawing
 * @param {number} side
 * @param {ArrayLike<number>} values
 */
export function paint(drawing, side, values) {
  const parts = new Map();
  Array.from(values).forEach((value, index) => {
    const level = Math.round(Math.abs(value) * SIZES.levels) * Math.sign(value);
    if (level) {
      const row = Math.floor(index / side);
      parts.set(level, `${parts.get(level) ?? ""}M${index - row * side} ${row}h1v1h-1z`);
    }
  });
  drawing.setAttribute("viewBox", `0 0 ${side} ${side}`);
  drawing.replaceChildren(
    ...[...parts].map(([level, shape]) => {
      const kind = level > 0 ? "pixel-for" : "pixel-against";
      return draw("path", { d: shape, class: kind, "fill-opacity": `${Math.abs(level) / SIZES.levels}` });
    }),
  );
}
