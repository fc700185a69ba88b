/**
 * Frames of this page for the board: one is on its way at a time, and the next is taken when it has been answered, so
 * that a slow board always sees the newest.
 */
import { byId } from "./dom.js";
import { me, on, say, send } from "./link.js";
import { SENSOR, toSensor } from "./scale.js";
import { state } from "./state.js";

const HEAD = 12;
/** Milliseconds after which a frame that nothing is heard of is given up. */
const PATIENCE = 5000;

/** @type {{name: string, grab: () => (ImageData | null)} | null} */
let presented = null;
let number = 0;
let sentAt = 0;
let onItsWay = false;
let missed = false;
/** @type {number[]} */
let latencies = [];

/**
 * Put something in front of the board.
 * @param {string} name - "camera", or a file's
 * @param {() => (ImageData | null)} grab - the picture of now, or null if there is none yet
 */
export function present(name, grab) {
  presented = { name, grab };
  [onItsWay, missed, latencies] = [false, false, []];
  say({ kind: "present", name });
}

/** Take it away. */
export function withdraw() {
  if (presented) say({ kind: "withdraw" });
  presented = null;
}

/** There is a new picture. */
export function step() {
  if (!presented) return;
  if (onItsWay && performance.now() - sentAt < PATIENCE) {
    missed = true;
    return;
  }
  const picture = presented.grab();
  if (!picture) return;
  const data = new ArrayBuffer(HEAD + SENSOR.width * SENSOR.height);
  const head = new DataView(data);
  sentAt = performance.now();
  number = (number + 1) >>> 0;
  head.setUint32(0, number, true);
  head.setUint32(4, Math.round(sentAt) >>> 0, true);
  head.setUint16(8, SENSOR.width, true);
  head.setUint16(10, SENSOR.height, true);
  new Uint8Array(data, HEAD).set(toSensor(picture));
  onItsWay = send(data);
  missed = false;
}

on("frame", (/** @type {import("./link.js").Frame} */ frame) => {
  if (!presented || !onItsWay || frame.sent !== number || state.source.viewer !== me) return;
  onItsWay = false;
  latencies = [...latencies.slice(-14), performance.now() - sentAt];
  const median = [...latencies].sort((a, b) => a - b)[latencies.length >> 1];
  byId("latency").textContent = `${median.toFixed(0)} ms`;
  if (missed) step();
});
// The server may have forgotten us.
on("open", () => {
  onItsWay = false;
  if (presented) say({ kind: "present", name: presented.name });
});
