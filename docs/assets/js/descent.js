/** 梯度下降: the reader chooses where to begin and how far a step goes, and sees squared error and cross-entropy descend. */

import { SIZES, banded, drawCurve, drawSurface } from "./descent-drawing.js";
import { begin, cross, square, surface, walk } from "./descent-model.js";
import { styled } from "./style.js";
import { announcer, make, recall, remember, rest, settings as recorded } from "./parts.js";

/** @typedef {import("./descent-model.js").Settings} Settings */
/** @typedef {import("./descent-model.js").Point} Point */
/** @typedef {import("./descent-model.js").Here} Here */
/** @typedef {{bias: number, slope: number, rate: number, t: number}} State */
/** @typedef {{field: HTMLInputElement, told: HTMLElement, value: () => number, put: (value: number) => void}} Slider */
/** @typedef {ReturnType<typeof view>} View */

const KEY = "descent";
const KINDS = /** @type {const} */ ([
  ["square", "均方误差", square],
  ["cross", "交叉熵", cross],
]);

/** @param {HTMLElement} widget */
export async function show(widget) {
  const [settings] = await Promise.all([/** @type {Promise<Settings>} */ (recorded(KEY)), styled(KEY)]);
  const [said, say] = announcer();
  const views = KINDS.map(([name, title, kind]) => view(name, title, kind, settings));
  const sliders = controls(settings);
  const play = make("button", { type: "button" }, "从头走");
  widget.append(make("div", { class: "descent-views" }, ...views.map(({ element }) => element)), below(sliders, play), said);
  turn(remembered(settings));
  for (const each of views) {
    pointed(each.surface, settings, (bias, slope) => changed({ bias, slope }));
  }
  widget.addEventListener("input", () => changed({}));
  player(play, settings, (t) => turn({ t }), () => changed({}));
  await grounded(views, () => turn({}));

  /** @param {Partial<State>} values */
  function turn(values) {
    put(sliders, values);
    follow(views, state(sliders), settings);
    draw(widget, views, state(sliders), settings, say);
    finish(views, state(sliders), settings);
  }

  /** @param {Partial<State>} values */
  function changed(values) {
    turn(values);
    remember({ [KEY]: Object.values(state(sliders)).join("_") });
  }
}

/**
 * Works out the surfaces and their colours, in tasks of their own: a slow processor scrolls on between them.
 * @param {View[]} views
 * @param {() => void} again draws them
 */
async function grounded(views, again) {
  for (const each of views) {
    await rest();
    each.survey();
  }
  await rest();
  recoloured(() => {
    views.forEach((each) => each.colour());
    again();
  });
}

/**
 * @param {Record<keyof State, Slider>} sliders
 * @param {HTMLElement} play
 */
function below(sliders, play) {
  const labels = Object.values(sliders).map(({ field, told }) => make("label", {}, told, field));
  return make("div", { class: "descent-controls" }, ...labels, play);
}

/**
 * @param {Record<keyof State, Slider>} sliders
 * @param {Partial<State>} values
 */
function put(sliders, values) {
  for (const [name, value] of Object.entries(values)) {
    sliders[/** @type {keyof State} */ (name)].put(value);
  }
}

/**
 * Returns what the address says, or what the lab begins with.
 * @param {Settings} settings
 * @returns {State}
 */
function remembered(settings) {
  const [bias, slope, rate, t] = recall(KEY).split("_").map(Number);
  const right = [bias, slope, rate, t].every(Number.isFinite) && recall(KEY) !== "";
  return right
    ? { bias, slope, rate, t }
    : { bias: settings.start[0], slope: settings.start[1], rate: settings.rate, t: settings.shown };
}

/**
 * Makes the picture of one loss: its surface, its curve, its numbers.
 * @param {string} name
 * @param {string} title
 * @param {import("./descent-model.js").Kind} kind
 * @param {Settings} settings
 */
function view(name, title, kind, settings) {
  const { side, curve } = SIZES;
  const plane = make("canvas", { width: String(side), height: String(side), role: "img", class: "descent-surface" });
  const along = make("canvas", { width: String(side), height: String(curve), role: "img", class: "descent-curve" });
  const numbers = make("div", { class: "descent-numbers" });
  const made = {
    name,
    title,
    kind,
    numbers,
    surface: plane,
    curve: along,
    values: /** @type {number[]} */ ([]), // of the surface
    ground: new ImageData(side, side),
    told: "",
    descent: begin(kind, [0, 0], settings),
    frame: 0,
    survey: () => {
      made.values = surface(kind, SIZES.cells, settings);
    },
    colour: () => {
      made.ground = banded(made.values, getComputedStyle(plane).color);
    },
    element: make("figure", {}, make("figcaption", {}, title, make("small", {}, "横 θ₀，纵 θ₁")), plane, along, numbers),
  };
  return made;
}

/**
 * Walks both descents as far as the reader wants to see, anew where they begin elsewhere or with other steps.
 * @param {View[]} views
 * @param {State} state
 * @param {Settings} settings
 */
function follow(views, { bias, slope, rate, t }, settings) {
  const told = [bias, slope, rate].join();
  for (const each of views) {
    if (each.told !== told) {
      each.told = told;
      each.descent = begin(each.kind, [bias, slope], settings);
    }
    walk(each.kind, each.descent, rate, t, settings);
  }
}

/**
 * Walks the descents to their end, a little in each frame, so that the reader's hand is never held up; then draws their curves.
 * @param {View[]} views
 * @param {State} state
 * @param {Settings} settings
 */
function finish(views, { rate, t }, settings) {
  for (const each of views) {
    cancelAnimationFrame(each.frame);
    const on = () => {
      const reached = Math.min(each.descent.path.length + SIZES.slice, settings.longest);
      walk(each.kind, each.descent, rate, reached, settings);
      if (reached < settings.longest) {
        each.frame = requestAnimationFrame(on);
      } else {
        drawCurve(each.curve, each.descent.places.map(({ loss }) => loss), t);
      }
    };
    each.frame = requestAnimationFrame(on);
  }
}

/**
 * Draws what stands at step t, tells it, and leaves it in data-answer.
 * @param {HTMLElement} widget
 * @param {View[]} views
 * @param {State} state
 * @param {Settings} settings
 * @param {(text: string) => void} say
 */
function draw(widget, views, { rate, t }, settings, say) {
  const fixed = (/** @type {number} */ value) => value.toFixed(settings.decimals).replace("-", "−");
  const told = [];
  for (const { title, descent, surface: plane, curve, ground, numbers } of views) {
    const { path, places } = descent;
    const { loss, right } = places[t];
    const line = `J = ${fixed(loss)}，认对 ${(right * settings.hundred).toFixed(1)}%`;
    drawSurface(plane, ground, path, t, settings.edge);
    numbers.replaceChildren(make("p", {}, line), ...formulas(path[t], places[t], rate, fixed));
    plane.setAttribute("aria-label", `${title}的等高线与走过的路：θ₀ = ${fixed(path[t][0])}，θ₁ = ${fixed(path[t][1])}`);
    curve.setAttribute("aria-label", `${title}随步数的变化：从 ${fixed(places[0].loss)} 到 ${fixed(loss)}`);
    told.push(`${title} ${line}`);
  }
  say(`第 ${t} 步：${told.join("；")}`);
  const answer = views.map(({ name, descent: { path, places } }) => [name, { theta: path[t], ...places[t] }]);
  widget.dataset.answer = JSON.stringify({ t, rate, ...Object.fromEntries(answer) });
}

/**
 * Returns the next step as the formula has it, with its numbers.
 * @param {Point} theta
 * @param {Here} place
 * @param {number} rate
 * @param {(value: number) => string} fixed
 */
function formulas(theta, { gradient }, rate, fixed) {
  return ["θ₀", "θ₁"].map((name, index) => {
    const [from, down] = [theta[index], gradient[index]];
    const slope = down < 0 ? `(${fixed(down)})` : fixed(down);
    return make("p", { class: "descent-formula" }, `${name} ← ${fixed(from)} − ${rate} × ${slope} = ${fixed(from - rate * down)}`);
  });
}

/**
 * Makes the sliders: θ₀, θ₁, the learning rate, the step.
 * @param {Settings} settings
 * @returns {Record<keyof State, Slider>}
 */
function controls({ edge, rates: [least, most], notches, longest }) {
  const same = (/** @type {number} */ value) => value;
  const grown = (/** @type {number} */ notch) => Number((least * (most / least) ** (notch / notches)).toPrecision(2));
  const notch = (/** @type {number} */ rate) => (Math.log(rate / least) / Math.log(most / least)) * notches;
  return {
    bias: slider("起点 θ₀", [-edge, edge, "0.1"], same, same),
    slope: slider("起点 θ₁", [-edge, edge, "0.1"], same, same),
    rate: slider("学习率 α", [0, notches, "1"], grown, notch),
    t: slider("步数 t", [0, longest, "1"], same, same),
  };
}

/**
 * @param {string} name
 * @param {[number, number, string]} range
 * @param {(at: number) => number} value of a place of the slider
 * @param {(value: number) => number} place of a value
 * @returns {Slider}
 */
function slider(name, [min, max, step], value, place) {
  const field = make("input", { type: "range", min: String(min), max: String(max), step, "aria-label": name });
  const told = make("span", {});
  const tell = () => {
    told.replaceChildren(`${name} = ${value(Number(field.value))}`);
    field.setAttribute("aria-valuetext", String(value(Number(field.value))));
  };
  field.addEventListener("input", tell);
  return {
    field,
    told,
    value: () => value(Number(field.value)),
    put: (wanted) => {
      field.value = String(place(wanted));
      tell();
    },
  };
}

/**
 * @param {Record<keyof State, Slider>} sliders
 * @returns {State}
 */
function state(sliders) {
  const { bias, slope, rate, t } = sliders;
  return { bias: bias.value(), slope: slope.value(), rate: rate.value(), t: t.value() };
}

/**
 * Lets the reader choose where to begin by touching a surface; a finger may still scroll the page up and down.
 * @param {HTMLCanvasElement} canvas
 * @param {Settings} settings
 * @param {(bias: number, slope: number) => void} chosen
 */
function pointed(canvas, { edge }, chosen) {
  let frame = 0;
  const choose = (/** @type {PointerEvent} */ event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    cancelAnimationFrame(frame); // of several moves in one frame the last counts
    frame = requestAnimationFrame(() => chosen((2 * x - 1) * edge, (1 - 2 * y) * edge));
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    choose(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) {
      choose(event);
    }
  });
}

/**
 * Walks from the first step to the last as one watches; at once where the reader wants no motion.
 * @param {HTMLButtonElement} button
 * @param {Settings} settings
 * @param {(t: number) => void} at
 * @param {() => void} ended
 */
function player(button, { longest }, at, ended) {
  let frame = 0;
  const stop = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    button.replaceChildren("从头走");
    ended();
  };
  const go = (/** @type {number} */ t) => {
    at(t);
    if (t === longest) {
      stop();
    } else {
      frame = requestAnimationFrame(() => go(t + 1));
    }
  };
  button.addEventListener("click", () => {
    if (frame) {
      stop();
    } else {
      button.replaceChildren("停");
      go(matchMedia("(prefers-reduced-motion: reduce)").matches ? longest : 0);
    }
  });
}

/** @param {() => void} again what to do now, and when the reader chooses another palette */
function recoloured(again) {
  again();
  new MutationObserver(again).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
}
