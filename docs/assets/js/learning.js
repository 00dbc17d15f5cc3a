/** 看它学: a handle along the training. What was recorded comes at the first touch or focus. */

import { make } from "./make.js";

/** @param {HTMLElement} element */
export function show(element) {
  const handle = make("input", { type: "range", min: "0", max: "1", step: "any", value: "1", "aria-label": "训练到哪里" });
  element.append(make("label", { class: "learning-handle" }, "拖动手柄", handle));
  /** @type {Promise<import("./learning-view.js").View> | null} */
  let awake = null;
  const wake = () => {
    awake ??= import("./learning-view.js").then((module) => module.start(element, handle));
    return awake;
  };
  for (const kind of ["pointerdown", "focus", "input"]) {
    handle.addEventListener(kind, () => wake().then((view) => view.show(view.at())));
  }
  if (new URL(location.href).searchParams.has("learning")) {
    wake().then((view) => view.recall());
  }
}
