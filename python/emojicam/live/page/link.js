/**
 * The WebSocket beside this page. Text messages are JSON objects with a `kind`; binary ones a picture (number u32,
 * width u16, height u16, grey pixels; little-endian), which belongs to the `frame` message before it.
 *
 * @typedef {{kind: string, [key: string]: any}} Message
 * @typedef {{number: number, time_ms: number, source: string, sent: number, scores: number[],
 *   probabilities: number[], smoothed: number[], decision: number, fired: boolean, error: string, rate: number,
 *   speed: number, took_ms: number | null, stages: number[], unit: string, pictured: boolean, again?: boolean}} Frame
 * @typedef {{width: number, height: number, grey: Uint8Array, frame: Frame}} Picture
 */

/** @type {Map<string, ((message: any) => void)[]>} */
const handlers = new Map();
/** @type {WebSocket | null} */
let socket = null;
/** @type {Message | null} */
let awaited = null;
/** Our own number among all pages. */
export let me = 0;

const AGAIN_MS = 1500;

/**
 * Hear of a kind of message. `open` and `closed` are about the connection, `picture` is a frame with its picture.
 * @param {string} kind
 * @param {(message: any) => void} handler
 */
export function on(kind, handler) {
  handlers.set(kind, [...(handlers.get(kind) ?? []), handler]);
}

/** @param {string} kind @param {any} [message] */
function tell(kind, message) {
  for (const handler of handlers.get(kind) ?? []) handler(message);
}

/**
 * Ask for something.
 * @param {Message} message
 */
export function say(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

/**
 * Send a frame.
 * @param {ArrayBuffer} data
 * @returns {boolean} whether it could be
 */
export function send(data) {
  if (socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(data);
  return true;
}

/** @param {ArrayBuffer} data */
function receivePicture(data) {
  const head = new DataView(data, 0, 8);
  const frame = awaited;
  awaited = null;
  if (!frame || frame.number !== head.getUint32(0, true)) return;
  if (!frame.again) tell("frame", frame);
  tell("picture", {
    width: head.getUint16(4, true), height: head.getUint16(6, true), grey: new Uint8Array(data, 8), frame,
  });
}

/** Connect, and again whenever the connection ends. */
export function connect() {
  const query = new URLSearchParams(location.search).get("token");
  const wanted = new WebSocket(`ws://${location.host}/ws${query ? `?token=${encodeURIComponent(query)}` : ""}`);
  socket = wanted;
  wanted.binaryType = "arraybuffer";
  wanted.addEventListener("open", () => tell("open"));
  wanted.addEventListener("message", ({ data }) => {
    if (typeof data !== "string") return receivePicture(data);
    const message = JSON.parse(data);
    if (message.kind === "you") me = message.number;
    if (message.kind === "frame" && message.pictured) awaited = message;
    else tell(message.kind, message);
  });
  wanted.addEventListener("close", () => {
    tell("closed");
    setTimeout(connect, AGAIN_MS);
  });
}
