/**
 * The small language model of `verse_lab`, read from what `verse_lab.verse` recorded: one character in, the next ones' logarithms
 * of probability out, keys and values of earlier places kept. Numbers in, numbers out; nothing here draws.
 */

/** @typedef {import("./parts.js").Tensor} Tensor */
/** @typedef {Record<string, Tensor>} Tensors */
/** @typedef {{shape: number[], values: Float32Array}} Matrix */
/** @typedef {{keys: Float64Array[], values: Float64Array[]}} Kept */
/**
 * What `verse_lab.verse` recorded as verse.json.
 * @typedef {object} Settings
 * @property {Record<string, string>} forms
 * @property {number} end
 * @property {number} unknown
 * @property {number} length
 * @property {number} head_width
 * @property {number} epsilon
 * @property {number} multiplier
 * @property {number} modulus
 * @property {number} skipped
 * @property {number} bits
 * @property {number} probes
 * @property {number} byte
 * @property {number} lines
 * @property {number} layers
 * @property {number} heads
 * @property {number[]} temperatures
 * @property {number} seeds
 * @property {number} shown
 * @property {[number, number]} head
 * @property {Choice & {poem: string}} first
 */
/** @typedef {{form: string, heads: string, temperature: number, seed: number}} Choice */
/** @typedef {{logs: Float64Array, attention: Float64Array[][], sign: number, fixed: boolean}} Step */

/**
 * Returns the matrices in float32: integers times the scale of their row (`token`, `place`) or of their column (all others).
 * @param {Tensors} tensors
 * @returns {Record<string, Matrix>}
 */
function restore(tensors) {
  /** @type {Record<string, Matrix>} */
  const found = {};
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    const scales = tensors[`${name}.scales`]?.values;
    if (scales) {
      const [rows, columns] = shape;
      const byRow = name === "token" || name === "place";
      const scaled = new Float32Array(values); // by a loop: `from` would make an object of every number
      for (let row = 0; row < rows; row += 1) {
        for (let column = 0; column < columns; column += 1) {
          scaled[row * columns + column] *= scales[byRow ? row : column];
        }
      }
      found[name] = { shape, values: scaled };
    } else {
      found[name] = { shape, values: new Float32Array(values) };
    }
  }
  return found;
}

/**
 * Returns a row vector times a matrix.
 * @param {Float64Array} vector
 * @param {Matrix} matrix
 */
function times(vector, { shape: [rows, columns], values }) {
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row += 1) {
    const factor = vector[row];
    if (factor !== 0) {
      const start = row * columns;
      for (let column = 0; column < columns; column += 1) {
        sums[column] += factor * values[start + column];
      }
    }
  }
  return sums;
}

/**
 * Returns the sum of the products of `count` numbers of each array.
 * @param {Float64Array | Float32Array} left
 * @param {Float64Array | Float32Array} right
 * @param {number} start where the numbers begin in `left`
 * @param {number} other where they begin in `right`
 * @param {number} count
 */
function inner(left, right, start, other, count) {
  let sum = 0;
  for (let index = 0; index < count; index += 1) {
    sum += left[start + index] * right[other + index];
  }
  return sum;
}

/**
 * Returns scores as probabilities.
 * @param {Float64Array} scores
 */
function softmax(scores) {
  const highest = scores.reduce((left, right) => Math.max(left, right));
  const powers = scores.map((score) => Math.exp(score - highest));
  const sum = powers.reduce((left, right) => left + right);
  return powers.map((power) => power / sum);
}

/** The model, with what it keeps of one poem. */
export class Model {
  /**
   * @param {Tensors} tensors
   * @param {Settings} settings
   */
  constructor(tensors, settings) {
    this.parameters = restore(tensors);
    this.settings = settings;
    this.signs = String.fromCharCode(...tensors.signs.values);
    this.width = this.parameters.token.shape[1];
    this.place = 0;
    this.kept = this.nothing();
  }

  /** @returns {Kept[]} */
  nothing() {
    return Array.from({ length: this.settings.layers }, () => ({ keys: [], values: [] }));
  }

  /** Forgets the poem. */
  begin() {
    this.place = 0;
    this.kept = this.nothing();
  }

  /**
   * Reads one character; returns the logarithms of probability of the next one, and per layer and head where it looked.
   * @param {number} sign
   */
  read(sign) {
    const { token, place } = this.parameters;
    let x = new Float64Array(this.width);
    for (let index = 0; index < this.width; index += 1) {
      x[index] = token.values[sign * this.width + index] + place.values[this.place * this.width + index];
    }
    const attention = [];
    for (let layer = 0; layer < this.settings.layers; layer += 1) {
      const { change, weights } = this.attend(this.normalise(x, `${layer}.norm_1`), layer);
      attention.push(weights);
      x = x.map((value, index) => value + change[index]);
      const wide = times(this.normalise(x, `${layer}.norm_2`), this.parameters[`${layer}.widen`]);
      const narrow = times(wide.map((value) => Math.max(value, 0)), this.parameters[`${layer}.narrow`]);
      x = x.map((value, index) => value + narrow[index]);
    }
    this.place += 1;
    return { logs: this.score(this.normalise(x, "norm")), attention };
  }

  /**
   * Layer normalisation.
   * @param {Float64Array} x
   * @param {string} name
   */
  normalise(x, name) {
    const gain = this.parameters[`${name}.gain`].values;
    const shift = this.parameters[`${name}.shift`].values;
    const mean = x.reduce((left, right) => left + right) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    const scale = 1 / Math.sqrt(variance + this.settings.epsilon);
    return x.map((value, index) => (value - mean) * scale * gain[index] + shift[index]);
  }

  /**
   * Attention of the newest place to itself and all before; returns what to add, and the weights of each head.
   * @param {Float64Array} x
   * @param {number} layer
   */
  attend(x, layer) {
    const { keys, values } = this.kept[layer];
    const joined = times(x, this.parameters[`${layer}.query_key_value`]);
    const query = joined.subarray(0, this.width);
    keys.push(joined.slice(this.width, 2 * this.width));
    values.push(joined.slice(2 * this.width));
    const mixed = new Float64Array(this.width);
    const weights = [];
    const size = this.settings.head_width;
    for (let start = 0; start < this.width; start += size) {
      const scores = Float64Array.from(keys, (key) => inner(query, key, start, start, size) / Math.sqrt(size));
      const shares = softmax(scores);
      shares.forEach((share, place) => {
        for (let index = start; index < start + size; index += 1) {
          mixed[index] += share * values[place][index];
        }
      });
      weights.push(shares);
    }
    return { change: times(mixed, this.parameters[`${layer}.mix`]), weights };
  }

  /**
   * Logarithms of probability of every character: products with their vectors, less the logarithm of the sum.
   * @param {Float64Array} x
   */
  score(x) {
    const { shape, values } = this.parameters.token;
    const logits = new Float64Array(shape[0]);
    for (let sign = 0; sign < shape[0]; sign += 1) {
      logits[sign] = inner(x, values, 0, sign * this.width, this.width);
    }
    const highest = logits.reduce((left, right) => Math.max(left, right));
    const sum = logits.reduce((total, logit) => total + Math.exp(logit - highest), 0);
    return logits.map((logit) => logit - highest - Math.log(sum));
  }
}

/**
 * The random numbers of a seed, one after another, each between 0 and 1: Park and Miller's generator, as in Python.
 * @param {number} seed
 * @param {Settings} settings
 * @returns {Generator<number, never, void>}
 */
export function* draws(seed, { multiplier, modulus, skipped }) {
  let state = seed;
  for (let number = 0; ; number += 1) {
    state = (state * multiplier) % modulus;
    if (number >= skipped) {
      yield state / modulus;
    }
  }
}

/**
 * Draws one of the characters with these logarithms of probability; at temperature 0 the likeliest.
 * @param {Float64Array} logs
 * @param {number} temperature
 * @param {number} point between 0 and 1
 */
function choose(logs, temperature, point) {
  if (temperature === 0) {
    return logs.reduce((best, log, sign) => (log > logs[best] ? sign : best), 0);
  }
  const chances = softmax(logs.map((log) => log / temperature));
  const limit = point * chances.reduce((left, right) => left + right);
  let sum = 0;
  let sign = 0;
  for (; sign < chances.length - 1; sign += 1) {
    sum += chances[sign];
    if (sum >= limit) {
      break;
    }
  }
  return sign;
}

/**
 * Which characters are fixed, by place: the form, and the first of each line.
 * @param {string} signs
 * @param {Choice} choice
 */
function given(signs, { form, heads }) {
  const size = Number(form) + 1;
  const found = new Map([[0, signs.indexOf(form)]]);
  [...heads].forEach((sign, line) => found.set(1 + line * size, signs.indexOf(sign)));
  return found;
}

/**
 * Writes a poem, a step a character; each step tells what was likely, where each head looked, and what was chosen.
 * @param {Model} model
 * @param {Choice} choice
 * @returns {Generator<Step, void, void>}
 */
export function* write(model, choice) {
  const { settings } = model;
  const fixed = given(model.signs, choice);
  const points = draws(choice.seed, settings);
  let sign = /** @type {number} */ (fixed.get(0));
  model.begin();
  for (let place = 1; place < settings.length; place += 1) {
    const { logs, attention } = model.read(sign);
    logs[settings.unknown] = -Infinity;
    const chosen = choose(logs, choice.temperature, points.next().value);
    sign = fixed.get(place) ?? chosen;
    yield { logs, attention, sign, fixed: fixed.has(place) };
    if (sign === settings.end) {
      return;
    }
  }
}

/**
 * Says whether a line may have stood in the training set: false is certain, true is not (a Bloom filter).
 * @param {number[]} line
 * @param {import("./parts.js").Values} bytes
 * @param {Settings} settings
 */
export function maybeSeen(line, bytes, { multiplier, modulus, probes, bits, byte }) {
  let key = 1;
  for (const sign of line) {
    key = (key * multiplier + sign) % modulus;
  }
  key = Math.max(key, 1);
  for (let probe = 0; probe < probes; probe += 1) {
    key = (key * multiplier) % modulus;
    const place = key % bits;
    if (!(bytes[Math.floor(place / byte)] & (1 << (place % byte)))) {
      return false;
    }
  }
  return true;
}
