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

/** The outlines of the squares of a picture, by its side. @type {Map<number, string[]>} */
const outlines = new Map();

/** @param {number} side */
function outlined(side) {
  return Array.from({ length: side * side }, (_, index) => `M${index % side} ${Math.floor(index / side)}h1v1h-1z`);
}

/**
 * How far from 0 the farthest of some values is.
 * @param {ArrayLike<number>} values
 */
export function strongest(values) {
  let most = 0;
  for (let index = 0; index < values.length; index += 1) {
    most = Math.max(most, Math.abs(values[index]));
  }
  return most;
}

/**
 * Draws values, in a square, in steps of strength; those against in a class of their own.
 * @param {SVGSVGElement} drawing
 * @param {number} side
 * @param {ArrayLike<number>} values
 * @param {number} full the value of full strength
 */
export function paint(drawing, side, values, full = 1) {
  const squares = outlines.get(side) ?? outlined(side);
  outlines.set(side, squares);
  const parts = new Map();
  for (let index = 0; index < values.length; index += 1) {
    const level = Math.round(Math.abs(values[index] / full) * SIZES.levels) * Math.sign(values[index]);
    if (level) {
      parts.set(level, (parts.get(level) ?? "") + squares[index]);
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
