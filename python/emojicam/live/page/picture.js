/** The picture, the part of it that the classifier sees, and what there is to say about both. */
import { byId } from "./dom.js";
import { me, on } from "./link.js";
import { state } from "./state.js";

const canvas = byId("image");
const pen = canvas.getContext("2d");
const histogram = byId("histogram");
const BINS = 64;
/** As `emojicam.image.exposure`: levels, and the share that makes a picture one of these. */
const DARK = { level: 20, share: 0.98 };
const BLOWN = { level: 250, share: 0.9 };

/** @type {ImageData | null} */
let shown = null;
let latest = 0;

/**
 * The centred square that the model sees (`emojicam.image.centred_square`).
 * @param {number} width @param {number} height @param {number} permille of the shorter side
 */
export function cropOf(width, height, permille) {
  const shorter = Math.min(width, height);
  const side = Math.min(Math.max(Math.floor((shorter * permille + 500) / 1000), 1), shorter);
  return { left: (width - side) >> 1, top: (height - side) >> 1, side };
}

/** @param {import("./link.js").Picture} picture */
function showPicture({ width, height, grey, frame }) {
  if (!shown || shown.width !== width || shown.height !== height) {
    [canvas.width, canvas.height] = [width, height];
    shown = new ImageData(width, height);
  }
  const pixels = new Uint32Array(shown.data.buffer);
  for (let i = 0; i < grey.length; ++i) pixels[i] = 0xff000000 | (grey[i] * 0x010101);
  pen.putImageData(shown, 0, 0);
  canvas.dataset.frame = frame.number;
  const crop = cropOf(width, height, state.crop);
  placeCrop(width, height, crop);
  if (performance.now() - latest > 200) {
    latest = performance.now();
    showLight(width, grey, crop);
  }
}

/** @param {number} width @param {number} height @param {{left: number, top: number, side: number}} crop */
function placeCrop(width, height, { left, top, side }) {
  const place = byId("crop");
  place.hidden = false;
  // The picture is fitted into 4:3.
  const scale = Math.min(4 / width, 3 / height);
  const [right, down] = [(4 - width * scale) / 2, (3 - height * scale) / 2];
  place.style.left = `${(100 * (right + left * scale)) / 4}%`;
  place.style.top = `${(100 * (down + top * scale)) / 3}%`;
  place.style.width = `${(100 * side * scale) / 4}%`;
  place.style.height = `${(100 * side * scale) / 3}%`;
}

/** @param {number} width @param {Uint8Array} grey @param {{left: number, top: number, side: number}} crop */
function showLight(width, grey, { left, top, side }) {
  const bins = new Uint32Array(BINS);
  let dark = 0;
  let blown = 0;
  for (let y = top; y < top + side; ++y) {
    for (let i = y * width + left; i < y * width + left + side; ++i) {
      ++bins[grey[i] >> 2];
      if (grey[i] <= DARK.level) ++dark;
      else if (grey[i] >= BLOWN.level) ++blown;
    }
  }
  const all = side * side;
  byId("exposure").textContent = dark >= DARK.share * all ? "too dark" : blown >= BLOWN.share * all ? "too bright" : "fine";
  const draw = histogram.getContext("2d");
  draw.clearRect(0, 0, histogram.width, histogram.height);
  draw.fillStyle = getComputedStyle(histogram).getPropertyValue("--probability");
  const most = Math.max(1, ...bins);
  const [step, high] = [histogram.width / BINS, histogram.height];
  bins.forEach((count, bin) => {
    const tall = high * Math.sqrt(count / most);
    draw.fillRect(bin * step, high - tall, step - 0.4, tall);
  });
}

/** @param {number} nanoseconds */
const milliseconds = (nanoseconds) => `${(nanoseconds / 1e6).toFixed(1)} ms`;
/** @param {number} count */
const millions = (count) => `${(count / 1e6).toFixed(2)} M`;

let factsAt = 0;

/** @param {import("./link.js").Frame} frame */
function showFacts(frame) {
  if (performance.now() - factsAt < 250) return;
  factsAt = performance.now();
  byId("rate").textContent = frame.rate ? frame.rate.toFixed(1) : "–";
  if (state.source.viewer !== me || !me) {
    byId("latency").textContent = frame.took_ms === null ? "–" : `${frame.took_ms.toFixed(0)} ms`;
  }
  // This computer is a board that keeps up, unless it is busy with something else.
  const slower = state.board !== "host" && frame.rate && frame.speed < 0.8 ? 1 / frame.speed : 0;
  byId("note").textContent = [
    slower ? `The emulated board runs ${slower.toFixed(slower < 10 ? 1 : 0)} times slower than life.` : "", frame.error,
  ].filter(Boolean).join(" ");
  const stages = frame.stages.length > 0;
  byId("stages-row").hidden = !stages;
  if (stages) {
    byId("stages-name").textContent = frame.unit === "ns" ? "image stage, inference" : "instructions: image, inference";
    byId("stages").textContent = frame.stages.map(frame.unit === "ns" ? milliseconds : millions).join(", ");
  }
}

on("picture", showPicture);
on("frame", showFacts);
on("source", (source) => byId("view").classList.toggle("mirrored", source.viewer === me && source.name === "camera"));
