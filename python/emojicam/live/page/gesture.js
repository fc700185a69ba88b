/** The form of one gesture: name, emoji, colour. */
import { element } from "./dom.js";
import { say } from "./link.js";

/** @param {number[]} led */
const hex = (led) => `#${led.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
/** @param {string} text */
const rgb = (text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));

/** Colours for lights of new gestures. */
const COLOURS = [[0, 255, 255], [255, 0, 255], [255, 255, 0], [128, 255, 0], [255, 64, 128], [128, 0, 255]];

/**
 * @param {() => import("./teach.js").Gesture[]} gestures - all there are: others may change while this is filled in
 * @param {number | null} index - of the one to change; null to add one
 * @param {() => void} back - shows the cards again
 */
export function editCard(gestures, index, back) {
  const before = index === null ? undefined : gestures()[index];
  const name = element("input", { type: "text", required: true, maxLength: 40, value: before?.name ?? "", placeholder: "peace sign" });
  const emoji = element("input", { type: "text", required: true, maxLength: 40, value: before?.emoji ?? "", placeholder: "✌️" });
  const colour = element("input", { type: "color", value: hex(before?.led ?? COLOURS[gestures().length % COLOURS.length]) });
  const remove = element("button", { type: "button", className: "small" }, "Remove");
  const cancel = element("button", { type: "button", className: "small" }, "Cancel");
  const form = element("form", { className: "card edit", aria: { label: before ? `Change ${before.name}` : "Add a gesture" } },
    element("label", {}, "Name ", name), element("label", {}, "Emoji ", emoji), element("label", {}, "Light ", colour),
    element("div", { className: "row" }, element("button", { className: "small main" }, before ? "Change" : "Add"), cancel,
      ...(before ? [remove] : [])));
  /** @param {any[]} rows */
  const ask = (rows) => {
    say({ kind: "gestures", gestures: rows });
    back();
  };
  const kept = () => gestures().map(({ name: old, emoji: text, led }, was) => ({ was, name: old, emoji: text, led }));
  form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    const wanted = { was: before ? index : null, name: name.value.trim(), emoji: emoji.value.trim(), led: rgb(colour.value) };
    ask(before ? kept().map((one, i) => (i === index ? wanted : one)) : [...kept(), wanted]);
  });
  cancel.addEventListener("click", back);
  remove.addEventListener("click", () => ask(kept().filter((_, i) => i !== index)));
  form.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => { if (event.key === "Escape") back(); });
  queueMicrotask(() => name.focus());
  return form;
}
