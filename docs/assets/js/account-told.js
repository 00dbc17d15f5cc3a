/** What the account tells: results as rows of words, from what the reader typed. */

import { grouped, shown, trained, ways } from "./account-sums.js";

/** @typedef {import("./account-sums.js").Settings} Settings */
/** @typedef {import("./account-sums.js").Training} Training */
/** @typedef {import("./account-sums.js").Use} Use */
/** @typedef {{name: string, value: string, how: string, wrong?: boolean}} Row */
/** @typedef {{name: string, once: string, monthly: string, total: string, share: number, least: boolean}} Way */

const WANTED = "填上请求、单价和月数，这里就有结果。";

/**
 * Returns the rows of a training's cost, and the numbers behind them.
 * @param {Training} training
 * @param {Settings} settings
 */
export function tellTraining(training, settings) {
  const numbers = trained(training, settings);
  const say = (/** @type {number} */ value) => shown(value, settings);
  const count = (/** @type {number} */ value) => (Number.isFinite(value) ? grouped(Number(value.toFixed(settings.digits))) : "—");
  const small = training.k < numbers.devices;
  const least = `参数总数 × ${settings.stateBytes} 字节；至少 ${count(numbers.devices)} 台才放得下`;
  /** @type {Row[]} */
  const rows = [
    {
      name: "运算",
      value: counted(numbers.operations, "次", settings),
      how: `${settings.operations} × N × D = ${settings.operations} × ${say(training.n)} × ${say(training.d)}`,
    },
    { name: "设备小时", value: say(numbers.hours), how: `运算 ÷（每秒 ${counted(training.peak, "次", settings)} × ${percent(training.u, settings)}）` },
    { name: "用时", value: counted(numbers.days, "天", settings), how: `设备小时 ÷ ${count(training.k)} 台 ÷ ${settings.day}` },
    {
      name: "内存",
      value: counted(numbers.bytes / settings.giga, "GB", settings),
      how: small ? `${least}，台数不够` : least,
      wrong: small,
    },
    {
      name: "钱",
      value: say(numbers.money),
      how: Number.isNaN(training.price) ? "填上每台每小时的价钱就算得出" : `设备小时 × ${say(training.price)}`,
    },
  ];
  return { rows, numbers, said: rows.map(({ name, value }) => `${name} ${value}`).join("，") };
}

/**
 * Returns what each way costs, in words, and the numbers behind them.
 * @param {Training} training
 * @param {Use} use
 * @param {Settings} settings
 */
export function tellWays(training, use, settings) {
  const numbers = ways(training, use, settings);
  const costs = [numbers.api, numbers.tuned, numbers.own];
  const totals = costs.map(({ total }) => total).filter(Number.isFinite);
  const say = (/** @type {number} */ value) => shown(value, settings);
  const least = totals.length > 1 ? Math.min(...totals) : NaN;
  /** @type {Way[]} */
  const rows = ["调用 API", "微调公开模型", "从头训练"].map((name, place) => ({
    name,
    once: say(costs[place].once),
    monthly: say(costs[place].monthly),
    total: say(costs[place].total),
    share: costs[place].total / Math.max(...totals) || 0,
    least: costs[place].total === least,
  }));
  const lines = Number.isNaN(numbers.least) ? [] : [`部署至少 ${say(numbers.least)} 台，高峰要另加。`];
  for (const [name, { even }] of /** @type {const} */ ([["微调", numbers.tuned], ["从头训练", numbers.own]])) {
    if (Number.isFinite(even)) {
      lines.push(`每月 ${counted(even, "次", settings)}请求以上，${name}才比 API 省。`);
    }
  }
  if (numbers.tuned.even === Infinity || numbers.own.even === Infinity) {
    lines.push(`设备全忙时，自己部署一次请求的租金是 ${say(numbers.busy)}，API 是 ${say(numbers.request)}：量再大也是 API 省。`);
  }
  const best = rows.find((row) => row.least);
  return { rows, lines, numbers, said: best ? `合计最少的是${best.name}，${best.total}` : WANTED };
}

/**
 * @param {number} share
 * @param {Settings} settings
 */
export function percent(share, settings) {
  return Number.isFinite(share) ? `${Number((share * settings.hundred).toFixed(1))}%` : "—";
}

/**
 * Returns a number with what it counts: 312 万亿次, 21.1 天.
 * @param {number} value
 * @param {string} unit
 * @param {Settings} settings
 */
function counted(value, unit, settings) {
  const text = shown(value, settings);
  const close = /[^\d⁰¹²³⁴⁵⁶⁷⁸⁹]$/.test(text) && !/^\w/.test(unit);
  return close ? `${text}${unit}` : `${text} ${unit}`;
}
