/**
 * Starts the widgets of a page. Each is an element with `data-widget="NAME"`; when the reader comes near it, and not before,
 * its module, NAME.js beside this file, is loaded, and its function `show` is given the element.
 */

// How far from the screen a widget begins to load: the screen's own height
const SIZES = { near: "100%" };

const FAILED = "这里的互动部分没有载入；它的程序应与本页在同一个网站上；请检查网络，再刷新本页。";

/** @param {HTMLElement} element */
async function start(element) {
  try {
    const { show } = await import(`./${element.dataset.widget}.js`);
    await show(element);
  } catch (error) {
    element.replaceChildren(FAILED);
    element.setAttribute("role", "alert");
    throw error;
  }
}

const near = new IntersectionObserver(
  (seen) => {
    for (const { isIntersecting, target } of seen) {
      if (isIntersecting) {
        near.unobserve(target);
        start(/** @type {HTMLElement} */ (target));
      }
    }
  },
  { rootMargin: SIZES.near },
);

for (const element of document.querySelectorAll("[data-widget]")) {
  near.observe(element);
}
