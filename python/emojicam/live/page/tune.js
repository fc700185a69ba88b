/** Controls for the settings that a running board takes. */
import { byId, element } from "./dom.js";
import { on, say } from "./link.js";
import { state } from "./state.js";

/** @typedef {{show: (values: Record<string, any>, saved: Record<string, any>) => void, row: HTMLElement}} Knob */

let here = true;
let file = "emojicam.toml";
/** @type {Knob[]} */
let knobs = [];
/** @type {Record<string, any> | null} */
let waiting = null;

/** At most ten changes a second. @param {Record<string, any>} values */
function change(values) {
  if (waiting) {
    Object.assign(waiting, values);
    return;
  }
  waiting = values;
  setTimeout(() => {
    if (waiting) say({ kind: "tune", values: waiting });
    waiting = null;
  }, 100);
}

/**
 * A slider. A camera writes what it is sent to its flash: it is sent what the slider is left at.
 * @param {{label: string, title?: string, most: number, step: number, unit: string, get: (values: any) => number, set: (value: number) => Record<string, any>}} what
 * @returns {Knob}
 */
function slider({ label, title = "", most, step, unit, get, set }) {
  const input = element("input", { type: "range", min: step, max: most, step, aria: { label } });
  if (unit === "%") input.min = 0;
  const shown = element("output", { className: "number" });
  const row = element("label", { className: "knob", title }, element("span", {}, label), input, shown);
  const text = () => { shown.textContent = unit === "%" ? `${Math.round(100 * input.value)} %` : `${input.value} ${unit}`; };
  input.addEventListener("input", () => { text(); if (here) change(set(Number(input.value))); });
  input.addEventListener("change", () => change(set(Number(input.value))));
  return {
    row,
    show(values, saved) {
      if (document.activeElement !== input || !waiting) input.value = get(values);
      text();
      row.classList.toggle("changed", get(values) !== get(saved));
    },
  };
}

/** @param {string} label @param {string} key @param {string[]} options @returns {Knob} */
function choice(label, key, options) {
  const input = element("select", {}, ...options.map((one) => element("option", {}, one)));
  input.addEventListener("change", () => change({ [key]: input.value }));
  const row = element("label", { className: "knob" }, element("span", {}, label), input);
  return { row, show(values, saved) { input.value = values[key]; row.classList.toggle("changed", values[key] !== saved[key]); } };
}

/** @param {string} label @param {string} key @returns {Knob} */
function tick(label, key) {
  const input = element("input", { type: "checkbox" });
  input.addEventListener("change", () => change({ [key]: input.checked }));
  const row = element("label", { className: "knob" }, element("span", {}, label), input);
  return { row, show(values, saved) { input.checked = values[key]; row.classList.toggle("changed", values[key] !== saved[key]); } };
}

/** One value of a list. @param {string} key @param {number} index @param {number} value */
const one = (key, index, value) => ({
  [key]: (waiting?.[key] ?? state.settings[key]).map((/** @type {number} */ old, /** @type {number} */ i) => (i === index ? value : old)),
});

/** @param {string[]} hosts @param {string[]} layouts */
function build(hosts, layouts) {
  const each = state.classes.slice(1).flatMap(({ name, emoji }, i) => [
    slider({ label: `${emoji} threshold`, title: `${name}: the evidence at which it is held`, most: 1, step: 0.01, unit: "%",
      get: (values) => values.threshold[i + 1], set: (value) => one("threshold", i + 1, Math.max(value, 0.01)) }),
    slider({ label: `${emoji} counts from`, title: `${name}: the probability from which a frame counts`, most: 1, step: 0.01, unit: "%",
      get: (values) => values.activation[i + 1], set: (value) => one("activation", i + 1, value) }),
  ]);
  const general = [
    slider({ label: "Smoothing", title: "time constant: longer is calmer, and slower", most: 2000, step: 1, unit: "ms",
      get: (values) => values.time_constant_ms, set: (value) => ({ time_constant_ms: value }) }),
    slider({ label: "Lead", title: "by how much the best class must lead the second", most: 1, step: 0.01, unit: "%",
      get: (values) => values.margin, set: (value) => ({ margin: value }) }),
    slider({ label: "Rest after typing", title: "what fires sooner is dropped", most: 5000, step: 10, unit: "ms",
      get: (values) => values.min_interval_ms, set: (value) => ({ min_interval_ms: value }) }),
  ];
  const keyboard = [choice("System", "host", hosts), choice("Layout", "layout", layouts), tick("Armed at start", "armed_at_start")];
  knobs = [...each, ...general, ...keyboard];
  byId("knobs").replaceChildren(
    element("h2", {}, "Gestures"), ...each.map(({ row }) => row), element("h2", {}, "Decision"), ...general.map(({ row }) => row),
    element("h2", {}, "Keyboard"), ...keyboard.map(({ row }) => row),
  );
}

let built = "";
on("settings", (message) => {
  const key = JSON.stringify([state.classes, message.hosts, message.layouts]);
  if (key !== built && state.classes.length === message.values.threshold.length) {
    built = key;
    build(message.hosts, message.layouts);
  }
  file = message.file;
  for (const knob of knobs) knob.show(message.values, message.saved);
  byId("back").disabled = !message.undo;
  byId("save").textContent = `Save to ${file}`;
  about();
});
on("board", (message) => { here = message.here; about(); });

function about() {
  byId("tune-about").textContent = here
    ? "Every change acts at once. What differs from the file has a dot."
    : "Every change acts at once, and the camera keeps it. What differs from the file has a dot.";
}

byId("back").addEventListener("click", () => say({ kind: "back" }));
byId("save").addEventListener("click", () => say({ kind: "save" }));
