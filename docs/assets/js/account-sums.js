/** The arithmetic of the account, numbers in, numbers out: what src/mnist_lab/account.py works out, with its constants. */

/** @typedef {{name: string, peak: number, memory: number}} Device */
/** @typedef {{name: string, parameters: number, tokens: number, hours: number, share: number}} Run */
/**
 * What the lab recorded for this widget; units are those of src/mnist_lab/account.py.
 * @typedef {Record<"operations" | "forward" | "stateBytes" | "weightBytes" | "hour" | "day" | "month" | "priced" | "hundred"
 *   | "ten" | "digits" | "giga", number>
 *   & {devices: Device[], runs: Run[], names: Record<string, number>, suffixes: Record<string, number>,
 *     filled: Record<string, string>}} Settings
 */
/** @typedef {{n: number, all: number, d: number, peak: number, memory: number, k: number, u: number, price: number}} Training */
/** @typedef {{requests: number, read: number, written: number, months: number, readPrice: number, writtenPrice: number,
 *   tuned: number, tuning: number, making: number, serving: number}} Use */

const SIZES = { exact: 17 }; // digits that tell a number from any other

/**
 * Returns the number that a reader typed: 65.2B, 652亿, 1,400,000, 6.52e10, 47%, ¥20; NaN where it is none.
 * @param {string} text
 * @param {Settings} settings
 */
export function parsed(text, settings) {
  const plain = text.normalize("NFKC").replace(/[\s,，%¥$€元]/g, "");
  const suffix = Object.keys(settings.suffixes).find((name) => plain.toUpperCase().endsWith(name)) ?? "";
  const digits = plain.slice(0, plain.length - suffix.length);
  const times = suffix ? settings.suffixes[suffix] : 1;
  return /^\d*\.?\d*(?:e\+?\d+)?$/i.test(digits) && /\d/.test(digits) ? Number(digits) * times : NaN;
}

/**
 * Returns what a training costs; NaN for what needs a number that is not there.
 * @param {Training} training
 * @param {Settings} settings
 */
export function trained({ n, all, d, peak, memory, k, u, price }, settings) {
  const operations = settings.operations * n * d;
  const hours = deviceHours(operations, peak, u, settings);
  const bytes = all * settings.stateBytes;
  return {
    operations,
    hours,
    days: hours / k / settings.day,
    bytes,
    devices: Math.ceil(bytes / memory),
    money: hours * price,
  };
}

/**
 * @param {number} work
 * @param {number} peak
 * @param {number} share
 * @param {Settings} settings
 */
function deviceHours(work, peak, share, settings) {
  return work / (peak * share) / settings.hour;
}

/**
 * Returns how many devices serve a month's tokens at least: fast enough, and holding all parameters.
 * @param {Training} training
 * @param {number} tokens
 * @param {Settings} settings
 */
function servers({ n, all, peak, memory, u }, tokens, settings) {
  const busy = deviceHours(settings.forward * n * tokens, peak, u, settings) / settings.month;
  return Math.max(Math.ceil(busy), Math.ceil((all * settings.weightBytes) / memory));
}

/**
 * Returns what each of the ways costs at once, by the month and in all, and from how many requests a month on it costs no
 * more than the API, Infinity where it always does; NaN for what needs a number that is not there.
 * @param {Training} training
 * @param {Use} use
 * @param {Settings} settings
 */
export function ways(training, use, settings) {
  const request = (use.read * use.readPrice + use.written * use.writtenPrice) / settings.priced;
  const tokens = use.read + use.written;
  const least = servers(training, use.requests * tokens, settings);
  const rent = settings.month * training.price;
  const busy = deviceHours(settings.forward * training.n * tokens, training.peak, training.u, settings) * training.price;
  const hired = (/** @type {number} */ devices) => (Number.isNaN(use.serving) ? devices : use.serving) * rent;
  const own = (/** @type {number} */ once) => ({
    once,
    monthly: hired(least),
    total: once + hired(least) * use.months,
    even: breakEven(once / use.months, request, hired(servers(training, 0, settings)), busy),
  });
  const api = request * use.requests;
  return {
    request,
    least,
    busy,
    api: { once: 0, monthly: api, total: api * use.months },
    tuned: own(trained({ ...training, d: use.tuned }, settings).money + use.tuning),
    own: own(trained(training, settings).money + use.making),
  };
}

/**
 * @param {number} once what is paid at once, by the month
 * @param {number} request what the API takes for a request
 * @param {number} idle what the least devices cost a month
 * @param {number} busy what a request costs where all devices are busy
 */
export function breakEven(once, request, idle, busy) {
  return request <= busy ? Infinity : Math.max((once + idle) / request, once / (request - busy));
}

/**
 * Returns a number as a reader says it: 652 亿, 21.1, 5.48 × 10²³; a dash where there is none.
 * @param {number} value
 * @param {Settings} settings
 */
export function shown(value, settings) {
  if (!Number.isFinite(value)) {
    return "—";
  }
  const [[, largest]] = Object.entries(settings.names);
  if (value >= largest * largest || value >= largest * settings.ten ** settings.digits) {
    return powered(value, settings);
  }
  const [name, times] = Object.entries(settings.names).find(([, least]) => value >= least) ?? ["", 1];
  const number = grouped(Number(up(value / times).toPrecision(settings.digits)));
  return name ? `${number} ${name}` : number;
}

/**
 * Returns a number in digits, a comma before each thousand. Intl would take 60 ms of a slow phone to start: only what is too large or
 * too small for plain digits is left to it.
 * @param {number} value
 */
export function grouped(value) {
  const [whole, part] = `${value}`.split(".");
  if (`${value}`.includes("e")) {
    return value.toLocaleString("zh-CN", { maximumSignificantDigits: SIZES.exact });
  }
  return [whole.replace(/\B(?=(?:\d{3})+$)/g, ","), part ?? []].flat().join(".");
}

/**
 * Returns the next greater number: what stands half way between two shown ones in digits, and a hair below in bits, is rounded up.
 * @param {number} value
 */
const up = (value) => value * (1 + Number.EPSILON);

/**
 * @param {number} value
 * @param {Settings} settings
 */
function powered(value, settings) {
  const [digits, power] = value.toExponential(settings.digits - 1).split("e+");
  return `${digits} × ${settings.ten}${[...power].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("")}`;
}
