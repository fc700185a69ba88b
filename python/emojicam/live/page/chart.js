/** The last 20 seconds: each class's evidence, its threshold, and what fired. */
import { byId, calm, colourOf } from "./dom.js";
import { on } from "./link.js";
import { state } from "./state.js";

const SECONDS = 20;
const canvas = byId("chart");
const pen = canvas.getContext("2d");
/** @type {{at: number, smoothed: number[], fired: number}[]} */
let points = [];
let wanted = false;
let drawn = 0;

/** @param {import("./link.js").Frame} frame */
function add(frame) {
  const now = performance.now() / 1000;
  points.push({ at: now, smoothed: frame.smoothed, fired: frame.fired ? frame.decision : 0 });
  const first = points.findIndex(({ at }) => now - at < SECONDS + 1);
  if (first > 0) points.splice(0, first);
  const gap = calm.matches ? 1000 : 40;
  if (!wanted && performance.now() - drawn > gap && !document.hidden) {
    wanted = true;
    requestAnimationFrame(draw);
  }
}

function draw() {
  wanted = false;
  drawn = performance.now();
  const scale = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  }
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  const now = drawn / 1000;
  const [top, bottom, left] = [24, height - 16, 26];
  /** @param {number} at */
  const x = (at) => width - ((now - at) / SECONDS) * (width - left);
  /** @param {number} share */
  const y = (share) => bottom - share * (bottom - top);
  const style = getComputedStyle(canvas);
  axes(style, width, left, x, y, now);
  state.classes.forEach(({ led }, index) => {
    if (index === 0) return;
    pen.strokeStyle = colourOf(led);
    pen.globalAlpha = 0.55;
    pen.setLineDash([2, 5]);
    line([[left, y(state.settings.threshold?.[index] ?? 0)], [width, y(state.settings.threshold?.[index] ?? 0)]]);
    pen.setLineDash([]);
    pen.globalAlpha = 1;
    pen.lineWidth = 1.75;
    line(points.map(({ at, smoothed }) => [Math.max(x(at), left), y(smoothed[index] ?? 0)]));
    pen.lineWidth = 1;
  });
  pen.textAlign = "center";
  pen.font = "17px system-ui, sans-serif";
  for (const { at, fired } of points) {
    if (!fired || x(at) < left) continue;
    pen.strokeStyle = colourOf(state.classes[fired]?.led ?? [0, 0, 0]);
    line([[x(at), top], [x(at), bottom]]);
    pen.fillStyle = style.color;
    pen.fillText(state.classes[fired]?.emoji ?? "", Math.min(x(at), width - 12), 17);
  }
}

/** @param {number[][]} places */
function line(places) {
  pen.beginPath();
  places.forEach(([right, down], index) => (index ? pen.lineTo(right, down) : pen.moveTo(right, down)));
  pen.stroke();
}

/** @param {CSSStyleDeclaration} style @param {number} width @param {number} left @param {(at: number) => number} x @param {(share: number) => number} y @param {number} now */
function axes(style, width, left, x, y, now) {
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = style.getPropertyValue("--quiet");
  pen.strokeStyle = style.getPropertyValue("--line");
  pen.textAlign = "right";
  for (const share of [0, 0.5, 1]) {
    line([[left, y(share)], [width, y(share)]]);
    pen.fillText(`${100 * share}`, left - 5, y(share) + 4);
  }
  pen.textAlign = "center";
  for (let back = 5; back < SECONDS; back += 5) pen.fillText(`−${back} s`, x(now - back), y(0) + 13);
}

on("frame", add);
on("classes", () => { points = []; });
on("closed", () => { points = []; });
addEventListener("resize", () => requestAnimationFrame(draw));
