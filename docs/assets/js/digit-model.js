/**
 * What the network of 写一个数字 is given to see, and what it answers: numbers in, numbers out.
 * The twin of src/mnist_lab/draw.py and of `centre` in src/mnist_lab/images.py, which test it; all its numbers are recorded ones.
 */

/** @typedef {import("./parts.js").Tensor} Tensor */
/** @typedef {number[][]} Stroke points, x and y from 0 to 1 on the field */
/** @typedef {{values: Uint8Array, height: number, width: number}} Picture grey, 0 is black, row by row */
/**
 * Where points come to stand on a sheet: less `low`, then as much larger as `side` of the field becomes `cells`, then a margin.
 * @typedef {{low: number[], side: number, cells: number, margin: number}} Place
 */

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

/**
 * A square sheet for a round pen, whose width counts in cells of the sheet. What is on it is kept until strokes are drawn anew: a
 * stroke is answered dozens of times, and garbage would be collected while the reader writes. So here and below all arrays are made
 * once, and gone through by loops that make no object of a number.
 */
class Sheet {
  /**
   * @param {number} size
   * @param {number} pen
   * @param {number} white
   */
  constructor(size, pen, white) {
    this.values = new Uint8Array(size * size);
    this.height = size;
    this.width = size;
    this.pen = pen;
    this.white = white;
    this.nearest = new Float64Array(size * size); // squared distances to ink
    this.start = [0, 0];
    this.end = [0, 0];
  }

  /**
   * @param {Stroke[]} strokes
   * @param {Place} place
   */
  draw(strokes, place) {
    this.nearest.fill(Infinity);
    for (const stroke of strokes) {
      for (let index = 0; index < stroke.length; index += 1) {
        put(stroke[index], place, this.start);
        put(stroke[index + 1] ?? stroke[index], place, this.end);
        approach(this.nearest, this.width, this.start, this.end, this.pen / 2 + 1);
      }
    }
    for (let cell = 0; cell < this.values.length; cell += 1) {
      const near = this.nearest[cell] < Infinity;
      this.values[cell] = near ? rounded(this.white * clipped(this.pen / 2 - Math.sqrt(this.nearest[cell]) + HALF, 0, 1)) : 0;
    }
  }
}

/**
 * Puts a point of the field where it stands on a sheet.
 * @param {number[]} point
 * @param {Place} place
 * @param {number[]} into
 */
function put(point, { low, side, cells, margin }, into) {
  into[0] = ((point[0] - low[0]) / side) * cells + margin;
  into[1] = ((point[1] - low[1]) / side) * cells + margin;
}

/**
 * The least x and y of strokes, and how far from them the greatest are, the farther of both.
 * @param {Stroke[]} strokes
 */
function extent(strokes) {
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  for (const stroke of strokes) {
    for (let index = 0; index < stroke.length; index += 1) {
      for (let axis = 0; axis < 2; axis += 1) {
        low[axis] = Math.min(low[axis], stroke[index][axis]);
        high[axis] = Math.max(high[axis], stroke[index][axis]);
      }
    }
  }
  return { low, side: Math.max(high[0] - low[0], high[1] - low[1]) };
}

/**
 * The rows and columns that hold ink, from the first to behind the last; null where none does.
 * @param {Picture} picture
 * @param {number} least
 */
function inked({ values, height, width }, least) {
  let [top, bottom, left, right] = [height, 0, width, 0];
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      if (values[row * width + column] > least) {
        top = Math.min(top, row);
        bottom = row + 1;
        left = Math.min(left, column);
        right = Math.max(right, column + 1);
      }
    }
  }
  return bottom ? { top, bottom, left, right } : null;
}

/** How much of each old cell a new one covers, along one side of a picture. */
class Overlaps {
  constructor() {
    this.cells = /** @type {number[]} */ ([]); // the first old one of each new
    this.starts = [0]; // where the shares of each new one begin, and the next one's
    this.shares = /** @type {number[]} */ ([]); // of the new one
  }

  /**
   * @param {number} first old cell
   * @param {number} old how many there are
   * @param {number} count of new ones
   */
  fit(first, old, count) {
    let place = 0;
    for (let index = 0; index < count; index += 1) {
      const start = (index * old) / count;
      const end = ((index + 1) * old) / count;
      this.cells[index] = first + Math.floor(start);
      for (let cell = Math.floor(start); cell < end; cell += 1) {
        this.shares[place] = ((Math.min(end, cell + 1) - Math.max(start, cell)) * count) / old;
        place += 1;
      }
      this.starts[index + 1] = place;
    }
  }
}

/**
 * The mean of what of a picture a new cell covers.
 * @param {Picture} picture
 * @param {Overlaps} rows
 * @param {Overlaps} columns
 * @param {number} row
 * @param {number} column
 */
function mean({ values, width }, rows, columns, row, column) {
  const [high, wide] = [rows.starts[row + 1] - rows.starts[row], columns.starts[column + 1] - columns.starts[column]];
  let sum = 0;
  for (let down = 0; down < high; down += 1) {
    const first = (rows.cells[row] + down) * width + columns.cells[column];
    let part = 0;
    for (let across = 0; across < wide; across += 1) {
      part += columns.shares[columns.starts[column] + across] * values[first + across];
    }
    sum += rows.shares[rows.starts[row] + down] * part;
  }
  return sum;
}

/**
 * The mean of 0, 1, 2 … weighted by the sums of lines of values.
 * @param {Float64Array} values
 * @param {{count: number, apart: number}} lines
 * @param {{count: number, apart: number}} along each line
 */
function middleOf(values, lines, along) {
  let [mass, moment] = [0, 0];
  for (let line = 0; line < lines.count; line += 1) {
    let weight = 0;
    for (let place = 0; place < along.count; place += 1) {
      weight += values[line * lines.apart + place * along.apart];
    }
    mass += weight;
    moment += weight * line;
  }
  return moment / mass;
}

/** The network, with all that was recorded of it. An image that it returns holds until it sees the next, and so does what it read. */
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
    this.sheet = new Sheet(this.box * this.fine + 2 * this.width, this.width, this.white);
    this.field = new Sheet(this.pixels * this.fine, this.width, this.white);
    this.rows = new Overlaps();
    this.columns = new Overlaps();
    const size = this.pixels * this.pixels;
    this.small = new Float64Array(size); // means, row by row
    this.seen = new Uint8Array(size);
    this.placed = new Uint8Array(size);
    this.lit = new Float32Array(size);
    this.spoke = new Float64Array(size);
    this.active = new Float64Array(arrays.hidden_scale.values.length);
    this.slope = new Float64Array(this.active.length);
  }

  /**
   * What the network sees of strokes: as large as the box, drawn, then placed by their centre of mass; null of none.
   * @param {Stroke[]} strokes
   */
  see(strokes) {
    const { low, side } = extent(strokes);
    this.sheet.draw(strokes, { low, side: Math.max(side, this.smallest), cells: this.box * this.fine, margin: this.width });
    return this.centred(this.sheet);
  }

  /**
   * The strokes where they stand on the field.
   * @param {Stroke[]} strokes
   */
  seePlain(strokes) {
    const { field, pixels, placed } = this;
    field.draw(strokes, { low: [0, 0], side: 1, cells: field.width, margin: 0 });
    this.resize(field, { top: 0, bottom: field.height, left: 0, right: field.width }, pixels, pixels);
    for (let pixel = 0; pixel < placed.length; pixel += 1) {
      placed[pixel] = rounded(this.small[pixel]);
    }
    return placed;
  }

  /**
   * Leaves in `small` the part of a picture in a box, made larger or smaller by taking means.
   * @param {Picture} picture
   * @param {{top: number, bottom: number, left: number, right: number}} box
   * @param {number} height
   * @param {number} width
   */
  resize(picture, box, height, width) {
    this.rows.fit(box.top, box.bottom - box.top, height);
    this.columns.fit(box.left, box.right - box.left, width);
    for (let row = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1) {
        this.small[row * width + column] = mean(picture, this.rows, this.columns, row, column);
      }
    }
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
    const [high, wide] = [box.bottom - box.top, box.right - box.left];
    const height = Math.max(1, rounded((high * this.box) / Math.max(high, wide)));
    const width = Math.max(1, rounded((wide * this.box) / Math.max(high, wide)));
    this.resize(picture, box, height, width);
    const [rows, columns] = [{ count: height, apart: width }, { count: width, apart: 1 }];
    const top = clipped(rounded(this.middle - middleOf(this.small, rows, columns)), 0, this.pixels - height);
    const left = clipped(rounded(this.middle - middleOf(this.small, columns, rows)), 0, this.pixels - width);
    this.seen.fill(0);
    for (let row = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1) {
        this.seen[(top + row) * this.pixels + left + column] = rounded(this.small[row * width + column]);
      }
    }
    return this.seen;
  }

  /**
   * The probability of each digit, and how much each pixel spoke for the most probable one: its value times the score's slope.
   * @param {Uint8Array} image
   */
  read(image) {
    const probabilities = this.judge(image);
    const answer = greatest(probabilities);
    this.weigh(answer);
    return { answer, probabilities, spoke: this.spoke };
  }

  /**
   * The most probable digit.
   * @param {Uint8Array} image
   */
  answer(image) {
    return greatest(this.judge(image));
  }

  /**
   * The probability of each digit; leaves behind how far each pixel is lit and each unit active.
   * @param {Uint8Array} image
   */
  judge(image) {
    const { output, output_scale: scale, output_bias: bias } = this.arrays;
    const { active } = this;
    const digits = scale.values.length;
    this.light(image);
    this.activate();
    return softmax(
      Array.from({ length: digits }, (_, digit) => {
        let sum = bias.values[digit];
        for (let unit = 0; unit < active.length; unit += 1) {
          sum += active[unit] * output.values[unit * digits + digit] * scale.values[digit];
        }
        return sum;
      }),
    );
  }

  /** @param {Uint8Array} image */
  light(image) {
    for (let pixel = 0; pixel < image.length; pixel += 1) {
      this.lit[pixel] = image[pixel] / this.white;
    }
  }

  /** How active the lit pixels make each hidden unit. */
  activate() {
    const { hidden, hidden_scale: scale, hidden_bias: bias } = this.arrays;
    const { lit, active } = this;
    active.fill(0);
    for (let pixel = 0; pixel < lit.length; pixel += 1) {
      for (let unit = 0; lit[pixel] && unit < active.length; unit += 1) {
        active[unit] += lit[pixel] * hidden.values[pixel * active.length + unit];
      }
    }
    for (let unit = 0; unit < active.length; unit += 1) {
      active[unit] = Math.max(0, active[unit] * scale.values[unit] + bias.values[unit]);
    }
  }

  /**
   * How much each lit pixel spoke for a digit, by the units that are active.
   * @param {number} digit
   */
  weigh(digit) {
    const { hidden, hidden_scale: scale, output, output_scale: last } = this.arrays;
    const { lit, active, slope } = this;
    const digits = last.values.length;
    for (let unit = 0; unit < active.length; unit += 1) {
      slope[unit] = active[unit] > 0 ? output.values[unit * digits + digit] * last.values[digit] * scale.values[unit] : 0;
    }
    for (let pixel = 0; pixel < lit.length; pixel += 1) {
      let sum = 0;
      for (let unit = 0; lit[pixel] && unit < slope.length; unit += 1) {
        sum += slope[unit] * hidden.values[pixel * slope.length + unit];
      }
      this.spoke[pixel] = lit[pixel] * sum;
    }
  }
}

/** @param {number[]} scores */
function softmax(scores) {
  const highest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/**
 * The place of the greatest of some values.
 * @param {number[]} values
 */
const greatest = (values) => values.indexOf(Math.max(...values));
