/** A bar a class: its evidence, its threshold, and the numbers of the frame whose picture is shown. */
import { byId, element } from "./dom.js";
import { on } from "./link.js";
import { state } from "./state.js";

/** @type {{row: any, bar: any, probability: any, mark: any, numbers: any[]}[]} */
let rows = [];
let held = -1;
let pictured = -Infinity;

function build() {
  rows = state.classes.map(({ name, emoji }) => {
    const bar = element("i");
    const probability = element("u");
    const mark = element("b");
    const numbers = ["now", "score", "frame"].map(() => element("td", { className: "number" }, "–"));
    const row = element(
      "tr", {}, element("td", { title: name }, `${emoji} ${name}`.trim()),
      element("td", {}, element("div", { className: "bar" }, bar, probability, mark)), ...numbers,
    );
    return { row, bar, probability, mark, numbers };
  });
  byId("classes").replaceChildren(...rows.map(({ row }) => row));
  held = -1;
  placeMarks();
}

function placeMarks() {
  const thresholds = state.settings.threshold ?? [];
  rows.forEach(({ mark }, index) => { mark.style.left = `${100 * (thresholds[index] ?? 0)}%`; });
}

/** @param {number | undefined} share */
const percent = (share) => (share === undefined ? "–" : `${Math.round(100 * share)} %`);

/** @param {import("./link.js").Frame} frame */
function show(frame) {
  rows.forEach(({ bar, probability, numbers }, index) => {
    const [evidence, share] = [frame.smoothed[index], frame.probabilities[index]];
    bar.style.width = `${100 * (evidence ?? 0)}%`;
    probability.style.width = `${100 * (share ?? 0)}%`;
    numbers[0].textContent = percent(evidence);
    numbers[1].textContent = frame.scores[index] ?? "–";
    numbers[2].textContent = percent(share);
  });
  if (frame.decision === held) return;
  held = frame.decision;
  rows.forEach(({ row }, index) => row.classList.toggle("held", index === held));
  const { name, emoji } = state.classes[held] ?? { name: "–", emoji: "" };
  byId("emoji").textContent = emoji;
  byId("name").textContent = held === 0 ? "no gesture" : name;
  byId("held").classList.toggle("none", held === 0);
}

on("classes", build);
on("settings", placeMarks);
on("picture", ({ frame }) => { pictured = performance.now(); show(frame); });
// A frame alone only where there are no pictures: what stands beside a picture is about that picture.
on("frame", (frame) => { if (performance.now() - pictured > 1500) show(frame); });
