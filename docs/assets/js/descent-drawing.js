/** Draws a loss over two parameters with the path of a descent on it, and the loss along the path. */

/** @typedef {import("./descent-model.js").Point} Point */

const SIZES = {
  cells: 40, // of a side of the surface that is worked out; between them it is interpolated
  side: 300, // pixels of a side of the picture
  bands: 12, // between contour lines
  strongest: 150, // opacity of the highest band, of 255
  curve: 90, // pixels of height of the loss along the path
  line: 2.5,
  dot: 6,
  faint: 0.35,
  slice: 100, // steps walked in one frame beyond those that are seen
  margin: 4,
};

export { SIZES };

/**
 * Returns the bands of a surface as a picture in one colour, the higher the denser.
 * @param {number[]} values row by row, SIZES.cells to a side
 * @param {string} colour as a style is computed: rgb(1, 2, 3)
 */
export function banded(values, colour) {
  const { cells, side, bands } = SIZES;
  const picture = new ImageData(side, side);
  const pixels = new Uint32Array(picture.data.buffer);
  const largest = Math.max(...values);
  const inks = inked(colour);
  const places = Array.from({ length: side }, (_, place) => Math.min(Math.max((((2 * place + 1) * cells) / side - 1) / 2, 0), cells - 1));
  const lows = places.map((place) => Math.min(Math.floor(place), cells - 2));
  for (let y = 0; y < side; y += 1) {
    const down = places[y] - lows[y];
    for (let x = 0; x < side; x += 1) {
      const corner = lows[y] * cells + lows[x];
      const right = places[x] - lows[x];
      const top = values[corner] * (1 - right) + values[corner + 1] * right;
      const bottom = values[corner + cells] * (1 - right) + values[corner + cells + 1] * right;
      pixels[y * side + x] = inks[Math.floor(Math.sqrt((top * (1 - down) + bottom * down) / largest) * bands)];
    }
  }
  return picture;
}

/**
 * Returns the pixel of each band.
 * @param {string} colour
 */
function inked(colour) {
  const { bands, strongest } = SIZES;
  const [red, green, blue] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  const pixels = Array.from({ length: bands + 1 }, (_, band) => [red, green, blue, (band / bands) * strongest]);
  return new Uint32Array(Uint8ClampedArray.from(pixels.flat()).buffer);
}

/**
 * Returns how to draw on a canvas in the colours of the page.
 * @param {HTMLCanvasElement} canvas
 */
function brush(canvas) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const style = getComputedStyle(canvas);
  context.lineWidth = SIZES.line;
  context.lineJoin = "round";
  context.strokeStyle = style.outlineColor;
  context.fillStyle = style.outlineColor;
  return context;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ImageData} ground
 * @param {Point[]} path
 * @param {number} t how far along the path
 * @param {number} edge
 */
export function drawSurface(canvas, ground, path, t, edge) {
  const context = brush(canvas);
  const { side } = SIZES;
  context.putImageData(ground, 0, 0);
  const place = (/** @type {Point} */ [bias, slope]) =>
    /** @type {Point} */ ([((bias / edge + 1) / 2) * side, ((1 - slope / edge) / 2) * side]);
  line(context, path.slice(0, t + 1).map(place));
  dot(context, place(path[0]), false);
  dot(context, place(path[t]), true);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number[]} losses
 * @param {number} t
 */
export function drawCurve(canvas, losses, t) {
  const context = brush(canvas);
  const { side, curve, margin, faint } = SIZES;
  const largest = Math.max(...losses);
  context.clearRect(0, 0, side, curve);
  const points = losses.map((loss, step) => {
    const x = margin + (step / (losses.length - 1)) * (side - 2 * margin);
    return /** @type {Point} */ ([x, curve - margin - (loss / largest) * (curve - 2 * margin)]);
  });
  context.globalAlpha = faint;
  line(context, points);
  context.globalAlpha = 1;
  line(context, points.slice(0, t + 1));
  dot(context, points[t], true);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Point[]} points
 */
function line(context, points) {
  context.beginPath();
  points.forEach(([x, y]) => context.lineTo(x, y));
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Point} place
 * @param {boolean} filled
 */
function dot(context, [x, y], filled) {
  context.beginPath();
  context.arc(x, y, SIZES.dot, 0, 2 * Math.PI);
  context.stroke();
  if (filled) {
    context.fill();
  }
}
