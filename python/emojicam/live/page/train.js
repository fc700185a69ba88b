/** Training on what was recorded: progress, what it has brought, and using it. */
import { byId, element } from "./dom.js";
import { on, say } from "./link.js";
import { state } from "./state.js";

/** @typedef {{kept_aside: Record<string, number | null>, validation: Record<string, number | null>}} Figures */

const STEPS = ["read", "render", "train", "quantise", "measure"];
/** How much of the whole each step takes, about. @type {Record<string, number>} */
const SHARES = { read: 0.02, render: 0.13, train: 0.7, quantise: 0.1, measure: 0.05 };
const about = byId("training-line").textContent;

/** @param {string} step @param {number} done */
function share(step, done) {
  const before = STEPS.slice(0, Math.max(0, STEPS.indexOf(step))).reduce((sum, one) => sum + SHARES[one], 0);
  return before + (SHARES[step] ?? 0) * done;
}

/** @param {number | null | undefined} recall */
const ofTen = (recall) => (recall === null || recall === undefined ? "–" : (10 * recall).toFixed(1));

/** @param {{before: Figures, after: Figures, types?: Record<string, number | null>}} result */
function showOutcome({ before, after, types = {} }) {
  const names = [...new Set([...Object.keys(after.kept_aside), ...Object.keys(after.validation)])];
  byId("outcome").tBodies[0].replaceChildren(...names.map((name) => element("tr", {}, element("td", {}, name),
    ...pair(before.kept_aside[name], after.kept_aside[name]), element("td", { className: "number" }, ofTen(types[name])),
    ...pair(before.validation[name], after.validation[name]))));
}

/** Before, and now. @param {number | null | undefined} was @param {number | null | undefined} is */
const pair = (was, is) => [was, is].map((one, now) => element("td", {
  className: now && (is ?? 0) < (was ?? 0) - 0.05 ? "number worse" : "number" }, ofTen(one)));

on("training", ({ stage, step, done, line, result }) => {
  const running = stage === "running";
  byId("train").hidden = running;
  byId("cancel").hidden = !running;
  byId("use").hidden = stage !== "done";
  byId("training-done").hidden = !running;
  byId("training-done").value = share(step, done);
  byId("outcome").hidden = stage !== "done";
  const place = byId("training-line");
  place.classList.toggle("bad", stage === "failed");
  const silent = result?.silent?.length
    ? `. Recognised, and not surely enough to be typed: ${result.silent.join(", ")}. More pictures help, or a lower Lead under Tune.` : "";
  const forgotten = result?.losses?.length
    ? `. Forgotten: ${result.losses.join(". ")}. If that is your gesture too, let it be; else more pictures of it, as what it is.` : "";
  place.textContent = stage === "done" ? `Taught: ${result.model}${silent}${forgotten}` : line || about;
  byId("use").textContent = state.board === "" || state.here ? "Use it" : "How to flash it";
  if (result) showOutcome(result);
});

for (const kind of ["train", "cancel", "use"]) byId(kind).addEventListener("click", () => say({ kind }));
