/** The model of the descent: one logistic unit, numbers in, numbers out, as src/mnist_lab/descent.py has it. */

/**
 * What the lab recorded for this widget: per level of ink how many images of 0 and of 1 have it, and its standardised value;
 * how far the surface goes, where the reader begins, and what may be chosen.
 * @typedef {{counts: number[][], scale: number[], edge: number, start: number[], rate: number, rates: number[],
 *   longest: number, shown: number, notches: number, decimals: number, hundred: number}} Settings
 */
/** @typedef {[number, number]} Point θ₀, θ₁ */
/** @typedef {{loss: number, gradient: Point, right: number}} Here at a point: the loss, its slope, the share of images told right */
/** @typedef {{path: Point[], places: Here[]}} Descent the points that it came to, and what there is at each */
/**
 * A loss of the images of one level of ink: what it comes to, and its slope over z = θ₀ + θ₁x. `small` is e⁻|ᶻ|, h = σ(z), and
 * `off` is h − y over the images.
 * @typedef {{loss: (h: number, z: number, small: number, zeros: number, ones: number) => number,
 *   slope: (h: number, off: number) => number}} Kind
 */

/** @type {Kind} */
export const square = {
  loss: (h, _z, _small, zeros, ones) => zeros * h * h + ones * (h - 1) * (h - 1),
  slope: (h, off) => 2 * off * h * (1 - h),
};

/** @type {Kind} */
export const cross = {
  loss: (_h, z, small, zeros, ones) => {
    const both = Math.log1p(small);
    return zeros * (Math.max(z, 0) + both) + ones * (Math.max(-z, 0) + both);
  },
  slope: (_h, off) => off,
};

/**
 * Returns the loss at a point, its gradient and the share of images told right.
 * @param {Kind} kind
 * @param {Point} theta
 * @param {Settings} settings
 * @returns {Here}
 */
export function here(kind, theta, { counts: [zeros, ones], scale }) {
  let [loss, bias, slope, right, images] = [0, 0, 0, 0, 0];
  for (let level = 0; level < scale.length; level += 1) {
    const z = theta[0] + theta[1] * scale[level];
    const small = Math.exp(-Math.abs(z)); // never overflows
    const h = z < 0 ? small / (1 + small) : 1 / (1 + small);
    const off = zeros[level] * h + ones[level] * (h - 1);
    // Each called at a place of its own: the browser then works them out in the loop, and makes no object of a number
    const down = kind === square ? square.slope(h, off) : cross.slope(h, off);
    loss += kind === square ? square.loss(h, z, small, zeros[level], ones[level]) : cross.loss(h, z, small, zeros[level], ones[level]);
    bias += down;
    slope += down * scale[level];
    right += z >= 0 ? ones[level] : zeros[level];
    images += zeros[level] + ones[level];
  }
  return { loss: loss / images, gradient: [bias / images, slope / images], right: right / images };
}

/**
 * Returns θ − α ∇J(θ).
 * @param {Point} theta
 * @param {Here} place
 * @param {number} alpha
 * @returns {Point}
 */
export function step(theta, { gradient }, alpha) {
  return [theta[0] - alpha * gradient[0], theta[1] - alpha * gradient[1]];
}

/**
 * Begins a descent: where, and what there is.
 * @param {Kind} kind
 * @param {Point} start
 * @param {Settings} settings
 * @returns {Descent}
 */
export function begin(kind, start, settings) {
  return { path: [start], places: [here(kind, start, settings)] };
}

/**
 * Walks a descent on, until it has so many steps.
 * @param {Kind} kind
 * @param {Descent} descent
 * @param {number} alpha
 * @param {number} steps
 * @param {Settings} settings
 */
export function walk(kind, { path, places }, alpha, steps, settings) {
  for (let t = path.length - 1; t < steps; t += 1) {
    path.push(step(path[t], places[t], alpha));
    places.push(here(kind, path[t + 1], settings));
  }
}

/**
 * Returns the loss on a square grid, row by row from the top: θ₁ falls by rows, θ₀ rises by columns, both within ±edge.
 * @param {Kind} kind
 * @param {number} side
 * @param {Settings} settings
 */
export function surface(kind, side, settings) {
  const place = (/** @type {number} */ at) => settings.edge * ((2 * at + 1) / side - 1);
  return Array.from({ length: side * side }, (_, cell) => {
    const [column, row] = [cell % side, Math.floor(cell / side)];
    return here(kind, [place(column), -place(row)], settings).loss;
  });
}
