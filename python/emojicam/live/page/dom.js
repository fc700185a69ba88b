/** The page's elements. */

/**
 * @param {string} id
 * @returns {any}
 */
export const byId = (id) => document.getElementById(id);

/**
 * A new element.
 * @param {string} tag
 * @param {Record<string, any>} [properties] - of the element; `data` and `aria` take objects
 * @param {(Node | string)[]} content
 * @returns {any}
 */
export function element(tag, properties = {}, ...content) {
  const { data = {}, aria = {}, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  Object.assign(made.dataset, data);
  for (const [name, value] of Object.entries(aria)) made.setAttribute(`aria-${name}`, String(value));
  made.append(...content);
  return made;
}

/** Whether animation is unwanted. */
export const calm = matchMedia("(prefers-reduced-motion: reduce)");

let hiding = 0;

/**
 * Say something that went wrong, for a while.
 * @param {string} text
 */
export function toast(text) {
  const place = byId("toast");
  place.textContent = text;
  place.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { place.hidden = true; }, 8000);
}

/**
 * A class's colour, after that of its light; readable on both grounds.
 * @param {number[]} led - red, green, blue, 0 to 255
 */
export function colourOf(led) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const [red, green, blue] = led.map((value) => value / 255);
  const most = Math.max(red, green, blue);
  const range = most - Math.min(red, green, blue);
  if (range === 0) return dark ? "hsl(210 8% 60%)" : "hsl(210 8% 55%)";
  const sixth = most === red ? ((green - blue) / range) % 6 : most === green ? (blue - red) / range + 2 : (red - green) / range + 4;
  return `hsl(${Math.round(60 * sixth + 360) % 360} 65% ${dark ? 62 : 40}%)`;
}

/**
 * Give the clipboard a text.
 * @param {string} text
 * @param {HTMLElement} button - says that it has been done
 */
export async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = before; }, 1200);
  } catch {
    toast("The browser does not let this page use the clipboard.");
  }
}
