/**
 * The palette: the system's, or light, or dark, as the reader chose. Runs where its switch stands, before anything is drawn, so
 * that no page begins light in a dark room. The theme's own palette comes late, and has the browser style a page three times more.
 */
{
  document.documentElement.classList.remove("no-js");
  const KEPT = "__palette"; // where the theme kept it: who chose before keeps the choice
  const inputs = [.../** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll(`[name="${KEPT}"]`))];
  const system = matchMedia("(prefers-color-scheme: dark)");
  const browser = document.createElement("meta");
  browser.name = "theme-color";

  /** What a choice looks like: the first, which follows the system, as the one for the system of now. @param {number} chosen */
  const meant = chosen => inputs[chosen] === inputs[0]
    ? inputs.slice(1).find(({ dataset }) => matchMedia(dataset.mdColorMedia ?? "").matches) ?? inputs[0]
    : inputs[chosen];

  /** @returns {number} */
  const remembered = () => {
    try {
      const { index } = /** @type {any} */ (globalThis).__md_get(KEPT) ?? {};
      return index in inputs ? index : 0;
    } catch { // storage forbidden, or not ours
      return 0;
    }
  };

  /** @param {number} chosen */
  const show = chosen => {
    const { mdColorMedia = "", ...colours } = meant(chosen).dataset;
    Object.assign(document.body.dataset, colours);
    document.documentElement.style.colorScheme = mdColorMedia.includes("dark") ? "dark" : "light";
    inputs.forEach((input, place) => {
      input.checked = place === chosen;
      input.nextElementSibling?.toggleAttribute("hidden", place !== chosen);
    });
  };

  // The bar of a phone's browser has the colour of the page's header, which is known when the page is styled
  const tint = () => {
    browser.content = getComputedStyle(document.querySelector("header") ?? document.body).backgroundColor;
    document.head.append(browser);
  };

  /** Shows another palette, at once: colours do not fade into it. @param {number} chosen */
  const change = chosen => {
    document.body.dataset.mdColorSwitching = "";
    show(chosen);
    tint();
    requestAnimationFrame(() => delete document.body.dataset.mdColorSwitching);
  };

  for (const [place, input] of inputs.entries()) {
    input.addEventListener("change", () => {
      change(place);
      /** @type {any} */ (globalThis).__md_set(KEPT, { index: place });
    });
    input.addEventListener("keydown", ({ key }) => key === "Enter" && inputs[(place + 1) % inputs.length].click());
  }
  system.addEventListener("change", () => change(remembered()));
  addEventListener("load", tint);
  show(remembered());
}
