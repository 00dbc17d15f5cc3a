/**
 * What the network of 写一个数字 is given to see, and what it answers: numbers in, numbers out.
 * The twin of src/mnist_lab/draw.py and of `centre` in src/mnist_lab/images.py, which test it; all its numbers are recorded ones.
 */

/** @typedef {import("./parts.js").Tensor} Tensor */
/** @typedef {number[][]} Stroke points, x and y from 0 to 1 on the field */
/** @typedef {{values: Uint8Array, height: number, width: number}} Picture grey, 0 is black, row by row */

const HALF = 1 / 2;

/**
 * The nearest whole number, the even one of two, as NumPy rounds.
 * @param {number} value
 */
function rounded(value) {
  const low = Math.floor(value);
  const rest = value - low;
  return rest < HALF || (rest === HALF && low % 2 === 0) ? low : low + 1;
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
const clipped = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * Lowers `nearest`, squared distances on a grid, around one piece of a stroke, as far as the pen reaches.
 * @param {Float64Array} nearest
 * @param {number} size
 * @param {number[]} start
 * @param {number[]} end
 * @param {number} reach
 */
function approach(nearest, size, start, end, reach) {
  const left = Math.max(0, Math.floor(Math.min(start[0], end[0]) - reach));
  const top = Math.max(0, Math.floor(Math.min(start[1], end[1]) - reach));
  const right = Math.min(size, Math.ceil(Math.max(start[0], end[0]) + reach));
  const bottom = Math.min(size, Math.ceil(Math.max(start[1], end[1]) + reach));
  const wide = end[0] - start[0];
  const high = end[1] - start[1];
  const length = wide * wide + high * high || 1;
  for (let row = top; row < bottom; row += 1) {
    const y = row + HALF - start[1];
    for (let column = left; column < right; column += 1) {
      const x = column + HALF - start[0];
      const place = clipped((x * wide + y * high) / length, 0, 1);
      const across = x - place * wide;
      const down = y - place * high;
      const found = across * across + down * down;
      if (found < nearest[row * size + column]) {
        nearest[row * size + column] = found;
      }
    }
  }
}

// Squared distances to ink, by the side of their grid. Kept, and gone through by loops, here and below, which make no object of a
// number: a stroke is answered dozens of times, and the garbage would be collected while the reader writes
const grids = /** @type {Map<number, Float64Array>} */ (new Map());

/**
 * The ink of a round pen: its points count in cells of the grid.
 * @param {Stroke[]} strokes
 * @param {number} size
 * @param {number} width
 * @param {number} white
 * @returns {Picture}
 */
function ink(strokes, size, width, white) {
  const nearest = (grids.get(size) ?? new Float64Array(size * size)).fill(Infinity);
  grids.set(size, nearest);
  for (const stroke of strokes) {
    stroke.forEach((start, index) => approach(nearest, size, start, stroke[index + 1] ?? start, width / 2 + 1));
  }
  const values = new Uint8Array(nearest.length);
  for (let cell = 0; cell < nearest.length; cell += 1) {
    if (nearest[cell] < Infinity) {
      values[cell] = rounded(white * clipped(width / 2 - Math.sqrt(nearest[cell]) + HALF, 0, 1));
    }
  }
  return { values, height: size, width: size };
}

/**
 * The rows and columns that hold ink, from the first to behind the last; null where none does.
 * @param {Picture} picture
 * @param {number} least
 */
function inked({ values, width }, least) {
  const box = { top: Infinity, bottom: 0, left: Infinity, right: 0 };
  for (let index = 0; index < values.length; index += 1) {
    if (values[index] > least) {
      const row = Math.floor(index / width);
      const column = index - row * width;
      box.top = Math.min(box.top, row);
      box.bottom = row + 1;
      box.left = Math.min(box.left, column);
      box.right = Math.max(box.right, column + 1);
    }
  }
  return box.bottom ? box : null;
}

/**
 * How much of each old cell, from `first` on, a new one covers, as shares of the new.
 * @param {number} first
 * @param {number} old
 * @param {number} count
 */
function overlaps(first, old, count) {
  return Array.from({ length: count }, (_, index) => {
    const [start, end] = [(index * old) / count, ((index + 1) * old) / count];
    const cells = Array.from({ length: Math.ceil(end) - Math.floor(start) }, (__, next) => Math.floor(start) + next);
    return cells.map((cell) => ({ cell: first + cell, share: ((Math.min(end, cell + 1) - Math.max(start, cell)) * count) / old }));
  });
}

/**
 * The part of a picture in a box, made larger or smaller by taking means, in rows.
 * @param {Picture} picture
 * @param {{top: number, bottom: number, left: number, right: number}} box
 * @param {number} height
 * @param {number} width
 */
function resized(picture, box, height, width) {
  const across = overlaps(box.left, box.right - box.left, width);
  return overlaps(box.top, box.bottom - box.top, height).map((rows) => across.map((columns) => mean(picture, rows, columns)));
}

/**
 * The mean of what rows and columns of a picture share.
 * @param {Picture} picture
 * @param {{cell: number, share: number}[]} rows
 * @param {{cell: number, share: number}[]} columns
 */
function mean({ values, width }, rows, columns) {
  let sum = 0;
  for (const row of rows) {
    let part = 0;
    for (const column of columns) {
      part += column.share * values[row.cell * width + column.cell];
    }
    sum += row.share * part;
  }
  return sum;
}

/**
 * The mean of 0, 1, 2 … weighted by `weights`.
 * @param {number[]} weights
 */
function middleOf(weights) {
  const sums = weights.reduce(([mass, moment], weight, place) => [mass + weight, moment + weight * place], [0, 0]);
  return sums[1] / sums[0];
}

/** The network, with all that was recorded of it. */
export class Model {
  /** @param {Record<string, Tensor>} arrays */
  constructor(arrays) {
    this.arrays = arrays;
    const single = (/** @type {string} */ name) => arrays[name].values[0];
    this.fine = single("fine");
    this.width = single("width");
    this.box = single("box");
    this.middle = single("middle");
    this.least = single("ink");
    this.pixels = single("pixels");
    this.white = single("white");
    this.smallest = single("smallest");
  }

  /**
   * What the network sees of strokes: as large as the box, drawn, then placed by their centre of mass; null of none.
   * @param {Stroke[]} strokes
   */
  see(strokes) {
    const points = strokes.flat();
    const low = [0, 1].map((axis) => Math.min(...points.map((point) => point[axis])));
    const sides = [0, 1].map((axis) => Math.max(...points.map((point) => point[axis])) - low[axis]);
    const side = Math.max(...sides, this.smallest);
    const grid = this.box * this.fine;
    const moved = strokes.map((stroke) => stroke.map((point) => point.map((at, axis) => ((at - low[axis]) / side) * grid + this.width)));
    return this.centred(ink(moved, grid + 2 * this.width, this.width, this.white));
  }

  /**
   * The strokes where they stand on the field.
   * @param {Stroke[]} strokes
   */
  seePlain(strokes) {
    const size = this.pixels * this.fine;
    const scaled = strokes.map((stroke) => stroke.map((point) => point.map((at) => at * size)));
    const whole = { top: 0, bottom: size, left: 0, right: size };
    const rows = resized(ink(scaled, size, this.width, this.white), whole, this.pixels, this.pixels);
    return Uint8Array.from(rows.flat(), rounded);
  }

  /**
   * A picture, white on black, as MNIST's makers scaled and placed their digits; null where it holds no ink.
   * @param {Picture} picture
   */
  centred(picture) {
    const box = inked(picture, this.least);
    if (!box) {
      return null;
    }
    const sides = [box.bottom - box.top, box.right - box.left];
    const [height, width] = sides.map((side) => Math.max(1, rounded((side * this.box) / Math.max(...sides))));
    const small = resized(picture, box, height, width);
    const down = middleOf(small.map((row) => row.reduce((sum, value) => sum + value, 0)));
    const right = middleOf(small[0].map((_, column) => small.reduce((sum, row) => sum + row[column], 0)));
    const top = clipped(rounded(this.middle - down), 0, this.pixels - height);
    const left = clipped(rounded(this.middle - right), 0, this.pixels - width);
    const seen = new Uint8Array(this.pixels * this.pixels);
    small.forEach((row, index) => seen.set(row.map(rounded), (top + index) * this.pixels + left));
    return seen;
  }

  /**
   * The probability of each digit, and how much each pixel spoke for the most probable one: its value times the score's slope.
   * @param {Uint8Array} image
   */
  read(image) {
    const { hidden, hidden_scale: scale, hidden_bias: bias, output, output_scale: last, output_bias: end } = this.arrays;
    const lit = Float32Array.from(image, (value) => value / this.white);
    const units = scale.values.length;
    const sums = new Float64Array(units);
    for (let pixel = 0; pixel < lit.length; pixel += 1) {
      for (let unit = 0; lit[pixel] && unit < units; unit += 1) {
        sums[unit] += lit[pixel] * hidden.values[pixel * units + unit];
      }
    }
    const active = sums.map((sum, unit) => Math.max(0, sum * scale.values[unit] + bias.values[unit]));
    const digits = last.values.length;
    const scores = Array.from(last.values, (factor, digit) =>
      active.reduce((sum, value, unit) => sum + value * output.values[unit * digits + digit] * factor, end.values[digit]),
    );
    const probabilities = softmax(scores);
    const answer = probabilities.indexOf(Math.max(...probabilities));
    const slope = active.map((value, unit) =>
      value > 0 ? output.values[unit * digits + answer] * last.values[answer] * scale.values[unit] : 0,
    );
    const spoke = new Float64Array(image.length);
    for (let pixel = 0; pixel < lit.length; pixel += 1) {
      let sum = 0;
      for (let unit = 0; lit[pixel] && unit < units; unit += 1) {
        sum += slope[unit] * hidden.values[pixel * units + unit];
      }
      spoke[pixel] = lit[pixel] * sum;
    }
    return { answer, probabilities, spoke };
  }
}

/** @param {number[]} scores */
function softmax(scores) {
  const highest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
