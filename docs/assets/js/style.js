/** The look of a widget, loaded with it: pages without the widget do without it. */

import { make } from "./parts.js";

/**
 * Loads docs/assets/css/NAME.css; settles when it is there, or when it will not come, for without it all still works.
 * @param {string} name
 * @returns {Promise<void>}
 */
export function styled(name) {
  const sheet = make("link", { rel: "stylesheet", href: new URL(`../css/${name}.css`, import.meta.url).href });
  return new Promise((settle) => {
    sheet.addEventListener("load", () => settle());
    sheet.addEventListener("error", () => settle());
    document.head.append(sheet);
  });
}
