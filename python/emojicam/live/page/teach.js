/** Gestures of one's own: a card each, with a button to hold, pictures, and what is missing. */
import { byId, colourOf, element } from "./dom.js";
import { on, say } from "./link.js";
import { editCard } from "./gesture.js";

/** @typedef {{name: string, emoji: string, led: number[], count: number, pictures: string[], hint: string}} Gesture */
/** @type {{gestures: Gesture[], holding: string, deleted: number, enough: number}} */
let told = { gestures: [], holding: "", deleted: 0, enough: 10 };
/** @type {Map<string, {card: any, count: any, meter: any, hint: any, pictures: any, hold: any, shown: string}>} */
let cards = new Map();
let layout = "";
/** The label that this page holds down, or "". */
let held = "";

/** @param {string} label */
function hold(label) {
  if (held || byId("controls").disabled) return;
  held = label;
  say({ kind: "hold", label });
}

function letGo() {
  if (held) say({ kind: "let go" });
  held = "";
}

/** @param {Gesture} gesture @param {number} index */
function makeCard(gesture, index) {
  const key = index < 9 ? String(index + 1) : "";
  const button = element("button", { type: "button", className: "hold", data: { label: gesture.name } },
    "Hold to record", ...(key ? [element("kbd", {}, key)] : []));
  button.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button) return;
    button.setPointerCapture(event.pointerId);
    hold(gesture.name);
  });
  for (const kind of ["pointerup", "pointercancel", "blur"]) button.addEventListener(kind, letGo);
  button.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if ([" ", "Enter"].includes(event.key) && !event.repeat) hold(gesture.name);
  });
  button.addEventListener("keyup", letGo);
  button.addEventListener("contextmenu", (/** @type {Event} */ event) => event.preventDefault());
  const change = element("button", { type: "button", className: "small", aria: { label: `Change ${gesture.name}` } }, "Change");
  const [count, meter, hint] = [element("span", { className: "number" }), element("i"), element("p", { className: "quiet hint" })];
  const pictures = element("div", { className: "pictures" });
  const card = element("article", { className: "card", aria: { label: gesture.name } },
    element("header", {}, element("span", { className: "big", ariaHidden: "true" }, gesture.emoji || "·"),
      element("h3", {}, gesture.name), count, ...(index ? [change] : [])),
    element("div", { className: "meter" }, meter), button, hint, pictures);
  card.style.setProperty("--class", colourOf(gesture.led));
  change.addEventListener("click", () => card.replaceWith(editCard(() => told.gestures, index, rebuild)));
  return { card, count, meter, hint, pictures, hold: button, shown: "" };
}

function addButton() {
  const add = element("button", { type: "button", className: "card add" }, "Add a gesture");
  add.addEventListener("click", () => {
    const form = editCard(() => told.gestures, null, () => { form.remove(); rebuild(); });
    form.id = "adding";
    add.replaceWith(form);
  });
  return add;
}

function rebuild() {
  cards = new Map(told.gestures.map((gesture, index) => [gesture.name, makeCard(gesture, index)]));
  // A gesture that is just being added stays, whatever becomes of the others.
  const [adding, focused] = [document.getElementById("adding"), /** @type {HTMLElement} */ (document.activeElement)];
  byId("gestures").replaceChildren(...[...cards.values()].map(({ card }) => card), adding ?? addButton());
  if (adding?.contains(focused)) focused.focus();
  fill();
}

function fill() {
  for (const { name, count, pictures, hint } of told.gestures) {
    const card = cards.get(name);
    if (!card) continue;
    card.count.textContent = String(count);
    card.meter.style.width = `${Math.min(100, (100 * count) / told.enough)}%`;
    card.hint.textContent = hint;
    card.hold.classList.toggle("recording", told.holding === name);
    if (card.shown === pictures.join()) continue;
    card.shown = pictures.join();
    const old = new Map([...card.pictures.children].map((one) => [one.dataset.name, one]));
    card.pictures.replaceChildren(...[...pictures].reverse().map((one) => old.get(one) ?? thumbnail(name, one)));
  }
  byId("undo").hidden = !told.deleted;
}

/** @param {string} label @param {string} name */
function thumbnail(label, name) {
  const address = `captures/${encodeURIComponent(label)}/${encodeURIComponent(name)}`;
  const button = element("button", { type: "button", title: "Delete", aria: { label: `Delete picture ${name} of ${label}` }, data: { name } },
    element("img", { src: address, alt: "", width: 64, height: 48, loading: "lazy" }));
  button.addEventListener("click", () => say({ kind: "delete", label, name }));
  return button;
}

on("teaching", (message) => {
  told = message;
  const now = JSON.stringify(told.gestures.map(({ name, emoji, led }) => [name, emoji, led]));
  if (now !== layout) {
    layout = now;
    rebuild();
  } else {
    fill();
  }
});
on("refused", () => { held = ""; });
on("closed", () => { held = ""; });
byId("undo").addEventListener("click", () => say({ kind: "undo" }));

/** Whether a key is not for us: somebody writes, or looks at something else. @param {KeyboardEvent} event */
const elsewhere = ({ target, ctrlKey, metaKey, altKey }) => ctrlKey || metaKey || altKey || byId("teach").hidden
  || /** @type {HTMLElement} */ (target).matches("input:not([type=checkbox]), select, textarea");

addEventListener("keydown", (event) => {
  if (event.repeat || elsewhere(event) || !/^[1-9]$/.test(event.key)) return;
  const gesture = told.gestures[Number(event.key) - 1];
  if (gesture) hold(gesture.name);
});
addEventListener("keyup", ({ key }) => { if (/^[1-9]$/.test(key)) letGo(); });
addEventListener("blur", letGo);
document.addEventListener("visibilitychange", () => { if (document.hidden) letGo(); });
