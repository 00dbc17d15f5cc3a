/** 算一笔账: what a training costs, and which way to a model costs less, from what the reader types. */

import { parsed, shown } from "./account-sums.js";
import { percent, tellTraining, tellWays } from "./account-told.js";
import { styled } from "./style.js";
import { announcer, make, recall, remember, settings as recorded } from "./parts.js";

/** @typedef {import("./account-sums.js").Settings} Settings */
/** @typedef {Map<string, HTMLInputElement | HTMLSelectElement>} Fields */

const KEY = "account";
const OTHER = "其他";
const PER = "per"; // so many tokens, which the lab says
// Of each field the name in the address, the label, the unit
const TRAINING = [
  ["n", "参数 N", ""],
  ["d", "词元 D", ""],
  ["g", "设备", ""],
  ["k", "台数", ""],
  ["x", "其他设备的峰值", "次每秒"],
  ["y", "其他设备的内存", "字节"],
  ["u", "利用率", "%"],
  ["p", "每台每小时的价钱", "货币自定"],
  ["a", "参数总数", "与 N 不同才填"],
];
const USE = [
  ["q", "每月请求", ""],
  ["m", "打算用多久", "月"],
  ["i", "每次读入", "词元"],
  ["o", "每次写出", "词元"],
  ["r", "API 读入的单价", PER],
  ["w", "API 写出的单价", PER],
  ["f", "微调用的词元", ""],
  ["e", "微调另付", "数据与人，一次"],
  ["h", "从头训练另付", "数据与人，一次"],
  ["s", "部署用几台", "不填按下限"],
];

/** @param {HTMLElement} widget */
export async function show(widget) {
  const [settings] = await Promise.all([/** @type {Promise<Settings>} */ (recorded(KEY)), styled(KEY)]);
  /** @type {Fields} */
  const fields = new Map();
  const panels = [TRAINING, USE].map((names) => make("div", { role: "tabpanel" }, form(names, fields, settings)));
  const results = panels.map((panel) => panel.appendChild(make("div", { class: "account-result" })));
  const [said, say] = announcer();
  const tabs = tablist(["训练一次", "选哪条路"], panels, changed);
  panels[0].append(published(settings, fields, changed));
  panels[1].prepend(make("p", {}, "模型、设备、利用率与每台每小时的价钱取自“训练一次”。"));
  widget.append(tabs.list, ...panels, said);
  tabs.choose(Number(fill(fields, settings).tab === "1"));
  widget.addEventListener("input", changed);
  update();

  function changed() {
    update();
    remember({ [KEY]: written(fields, tabs.chosen()) });
  }

  function update() {
    const { training, use } = values(fields, settings);
    const [told, compared] = [tellTraining(training, settings), tellWays(training, use, settings)];
    results[0].replaceChildren(sums(told.rows));
    results[1].replaceChildren(...table(compared));
    say([told, compared][tabs.chosen()].said);
    widget.dataset.answer = JSON.stringify({ training: told.numbers, ways: compared.numbers });
    mark(fields, settings);
  }
}

/**
 * Fills the fields with what the address says, or with what the lab fills in; returns that.
 * @param {Fields} fields
 * @param {Settings} settings
 */
function fill(fields, settings) {
  const typed = recall(KEY) ? read(recall(KEY)) : settings.filled;
  for (const [name, field] of fields) {
    field.value = typed[name] ?? "";
  }
  /** @type {HTMLSelectElement} */ (fields.get("g")).value ||= settings.filled.g;
  return typed;
}

/**
 * Returns what an address says of the fields: n_652亿*d_1.4万亿.
 * @param {string} address
 * @returns {Record<string, string>}
 */
function read(address) {
  const pairs = address.split("*").map((part) => [part.slice(0, part.indexOf("_")), part.slice(part.indexOf("_") + 1)]);
  return Object.fromEntries(pairs);
}

/**
 * @param {Fields} fields
 * @param {number} tab
 */
function written(fields, tab) {
  const pairs = [...fields].map(([name, field]) => [name, field.value.trim().replaceAll("*", "")]);
  return [...pairs, ["tab", tab ? "1" : ""]]
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}_${value}`)
    .join("*");
}

/**
 * Makes the fields of a tab.
 * @param {string[][]} names
 * @param {Fields} fields
 * @param {Settings} settings
 */
function form(names, fields, settings) {
  const rows = names.map(([name, label, unit]) => {
    const field = name === "g" ? choice(settings) : make("input", { type: "text", autocomplete: "off", spellcheck: "false" });
    fields.set(name, field);
    field.name = name;
    const told = unit === PER ? `每 ${shown(settings.priced, settings)}词元` : unit;
    return make("label", {}, make("span", {}, label, make("small", {}, told)), field);
  });
  return make("div", { class: "account-form" }, ...rows);
}

/** @param {Settings} settings */
function choice(settings) {
  const names = [...settings.devices.map(({ name }) => name), OTHER];
  return make("select", {}, ...names.map((name) => make("option", { value: name }, name)));
}

/**
 * Returns what the fields say, as numbers in basic units; NaN where a field says none.
 * @param {Fields} fields
 * @param {Settings} settings
 */
function values(fields, settings) {
  const number = (/** @type {string} */ name) => parsed(fields.get(name)?.value ?? "", settings);
  const other = { peak: number("x"), memory: number("y") };
  const { peak, memory } = settings.devices.find(({ name }) => name === fields.get("g")?.value) ?? other;
  const [n, all] = [number("n"), number("a")];
  return {
    training: {
      n,
      all: Number.isNaN(all) ? n : all,
      d: number("d"),
      peak,
      memory,
      k: number("k"),
      u: number("u") / settings.hundred,
      price: number("p"),
    },
    use: {
      requests: number("q"),
      read: number("i"),
      written: number("o"),
      months: number("m"),
      readPrice: number("r"),
      writtenPrice: number("w"),
      tuned: number("f"),
      tuning: number("e") || 0,
      making: number("h") || 0,
      serving: number("s"),
    },
  };
}

/**
 * Marks fields that say no number, and shows those of another device only where it is chosen.
 * @param {Fields} fields
 * @param {Settings} settings
 */
function mark(fields, settings) {
  const other = fields.get("g")?.value === OTHER;
  for (const [name, field] of fields) {
    const value = parsed(field.value, settings);
    const wrong = name !== "g" && field.value.trim() !== "" && (Number.isNaN(value) || (name === "u" && value > settings.hundred));
    field.setAttribute("aria-invalid", String(wrong));
    field.title = wrong ? `这里要一个数，写成 ${settings.filled.n} 这样也行；利用率不会超过 ${settings.hundred}` : "";
    if (name === "x" || name === "y") {
      /** @type {HTMLElement} */ (field.closest("label")).hidden = !other;
    }
  }
}

/** @param {import("./account-told.js").Row[]} rows */
function sums(rows) {
  const parts = rows.map(({ name, value, how, wrong }) =>
    make("div", wrong ? { class: "account-wrong" } : {}, make("dt", {}, name), make("dd", {}, make("b", {}, value), make("small", {}, how))),
  );
  return make("dl", { class: "account-sums" }, ...parts);
}

/** @param {ReturnType<typeof tellWays>} told */
function table({ rows, lines, said }) {
  const head = ["哪条路", "一次付清", "每月", "合计"].map((name) => make("th", { scope: "col" }, name));
  const body = rows.map(({ name, once, monthly, total, share, least }) => {
    const bar = make("progress", { max: "1", value: String(share), "aria-hidden": "true" });
    const cells = [once, monthly].map((cell) => make("td", {}, cell));
    const sum = make("td", {}, make("b", {}, total), bar);
    return make("tr", least ? { class: "account-least" } : {}, make("th", { scope: "row" }, name), ...cells, sum);
  });
  const whole = make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...body));
  return [whole, ...(lines.length ? lines : [said]).map((line) => make("p", {}, line))];
}

/**
 * Makes the published trainings, each with its utilisation worked out backwards and a button that fills it in.
 * @param {Settings} settings
 * @param {Fields} fields
 * @param {() => void} update
 */
function published(settings, fields, update) {
  const rows = settings.runs.map((run) => {
    const button = make("button", { type: "button" }, "填入");
    button.setAttribute("aria-label", `填入 ${run.name}`);
    button.addEventListener("click", () => {
      const filled = { n: typedAs(run.parameters, settings), d: typedAs(run.tokens, settings), g: settings.filled.g, a: "" };
      for (const [name, value] of Object.entries({ ...filled, u: percent(run.share, settings).replace("%", "") })) {
        /** @type {HTMLInputElement} */ (fields.get(name)).value = value;
      }
      update();
    });
    const bar = make("progress", { max: "1", value: String(run.share), "aria-hidden": "true" });
    return make("li", {}, make("span", {}, run.name), bar, make("span", {}, percent(run.share, settings)), button);
  });
  return make("div", { class: "account-runs" }, make("p", {}, "公布的训练，倒推的利用率："), make("ul", {}, ...rows));
}

/**
 * @param {number} value
 * @param {Settings} settings
 */
function typedAs(value, settings) {
  return shown(value, settings).replace(/[\s,]/g, "");
}

/**
 * Makes tabs as ARIA describes them: one in the tab order, the others by arrow keys.
 * @param {string[]} names
 * @param {HTMLElement[]} panels
 * @param {() => void} changed
 */
function tablist(names, panels, changed) {
  let chosen = 0;
  const buttons = names.map((name, place) => {
    const button = make("button", { type: "button", role: "tab" }, name);
    button.addEventListener("click", () => turn(place));
    button.addEventListener("keydown", (event) => {
      if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
        turn((place + 1) % names.length);
        buttons[chosen].focus();
      }
    });
    panels[place].setAttribute("aria-label", name);
    return button;
  });

  /** @param {number} place */
  function choose(place) {
    chosen = place;
    buttons.forEach((button, each) => {
      button.setAttribute("aria-selected", String(each === place));
      button.tabIndex = each === place ? 0 : -1;
      panels[each].hidden = each !== place;
    });
  }

  /** @param {number} place */
  function turn(place) {
    choose(place);
    changed();
  }

  return { list: make("div", { role: "tablist", class: "account-tabs" }, ...buttons), choose, chosen: () => chosen };
}
