/** What widgets share: what labs recorded for them, what they announce, what they keep in the address. */

import { make } from "./make.js";

export { make };

// How long, in milliseconds, a result must stand before it is read aloud
const SIZES = { quiet: 600 };

const ARRAYS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** @typedef {Uint8Array | Int8Array | Uint16Array | Int16Array | Int32Array | Float32Array | Float64Array} Values */
/** @typedef {{shape: number[], values: Values}} Tensor */
/** @typedef {{dtype: keyof typeof ARRAYS, shape: number[], start: number}} Place */

/**
 * Makes an element of a drawing.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function draw(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/**
 * Fetches a file of docs/assets/data; throws an Error that says which one did not come.
 * @param {string} name
 * @param {RequestCache} cache "reload" asks the site, whatever the browser kept
 */
async function fetched(name, cache = "default") {
  const response = await fetch(new URL(`../data/${name}`, import.meta.url), { cache });
  if (!response.ok) {
    throw new Error(`${name}: ${response.status}; expected a file of this site; load the page again`);
  }
  return response;
}

/**
 * Returns what a lab recorded as NAME.json.
 * @param {string} name
 */
export async function settings(name) {
  return (await fetched(`${name}.json`)).json();
}

/**
 * Returns the arrays that a lab recorded as NAME.npz, by name, row by row; throws an Error where they are not those.
 * @param {string} name
 * @returns {Promise<Record<string, Tensor>>}
 */
export async function tensors(name) {
  return (await told(name, "default")) ?? (await told(name, "reload")) ?? refuse(name);
}

/**
 * Returns the arrays of NAME.bin, undefined where it is not what NAME.shapes.json tells: cut off, or kept from an older edition.
 * @param {string} name
 * @param {RequestCache} cache
 * @returns {Promise<Record<string, Tensor> | undefined>}
 */
async function told(name, cache) {
  const [shapes, data] = await Promise.all([
    fetched(`${name}.shapes.json`, cache).then((response) => response.json()),
    fetched(`${name}.bin`, cache).then((response) => response.arrayBuffer()),
  ]);
  if (data.byteLength !== shapes.bytes || (await digest(data, shapes.digest)) !== shapes.digest) {
    return undefined;
  }
  /** @type {[string, Place][]} */
  const places = Object.entries(shapes.arrays);
  return Object.fromEntries(places.map(([key, place]) => [key, { shape: place.shape, values: view(data, place) }]));
}

/**
 * @param {string} name
 * @returns {never}
 */
function refuse(name) {
  throw new Error(`${name}.bin: not what ${name}.shapes.json tells; expected the file of this site; load the page again`);
}

/**
 * Returns the SHA-256 of some bytes in Base64; `untold` where the browser does not work it out, on a site without TLS.
 * @param {ArrayBuffer} data
 * @param {string} untold
 */
async function digest(data, untold) {
  if (!crypto.subtle) {
    return untold;
  }
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", data))));
}

/**
 * @param {ArrayBuffer} data
 * @param {Place} place
 * @returns {Values}
 */
function view(data, { dtype, shape, start }) {
  const kind = ARRAYS[dtype];
  const count = shape.reduce((product, side) => product * side, 1);
  return new kind(data.slice(start, start + count * kind.BYTES_PER_ELEMENT));
}

/** Ends the task: on a slow processor what waits, such as the reader's hand, comes first. */
export const rest = () => new Promise((done) => setTimeout(done));

/**
 * Returns a line that screen readers read aloud, and a function that sets it; what follows at once replaces what was to be read.
 * @returns {[HTMLElement, (text: string) => void]}
 */
export function announcer() {
  const line = make("p", { "aria-live": "polite", class: "verbatim-widget-said" });
  let timer = 0;
  return [
    line,
    (text) => {
      clearTimeout(timer);
      timer = setTimeout(() => line.replaceChildren(text), SIZES.quiet);
    },
  ];
}

/**
 * Returns what the address of the page says of a widget's setting, "" where it says nothing.
 * @param {string} key
 */
export function recall(key) {
  return new URL(location.href).searchParams.get(key) ?? "";
}

/**
 * Writes settings into the address of the page, so that a link shows the same again; those that are "" are taken out.
 * @param {Record<string, string>} values
 */
export function remember(values) {
  const address = new URL(location.href);
  for (const [key, value] of Object.entries(values)) {
    if (value) {
      address.searchParams.set(key, value);
    } else {
      address.searchParams.delete(key);
    }
  }
  history.replaceState(history.state, "", address);
}
