// What the board sees, from the WebSocket beside this page: text messages are JSON objects with a `kind`, binary
// ones a frame (number u32, width u16, height u16, grey pixels; little-endian).
"use strict";

const byId = (id) => document.getElementById(id);
const canvas = byId("image");
const pen = canvas.getContext("2d");
let classes = [];
let thresholds = [];
let counts = {};
let socket = null;
let armed = false;
let gone = false;

function element(tag, text = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function showBoard(message) {
  thresholds = message.thresholds;
  byId("board").textContent = [message.name, message.typing, message.model && `model ${message.model}`]
    .filter(Boolean).join(" · ") || "waiting for the board…";
  byId("arm").disabled = gone || !message.name;
  if (JSON.stringify(classes) === JSON.stringify(message.classes)) {
    classes.forEach((_, index) => placeThreshold(index));
    return;
  }
  classes = message.classes;
  byId("classes").replaceChildren(...classes.map(({ name, emoji }) => {
    const row = element("tr");
    row.append(element("td", `${emoji} ${name}`.trim()), element("td", "–"));
    for (const kind of ["probability", "smoothed"]) {
      const bar = element("div", "", `bar ${kind}`);
      bar.append(element("i"));
      if (kind === "smoothed") bar.append(element("b"));
      const cell = element("td");
      cell.append(bar);
      row.append(cell);
    }
    return row;
  }));
  byId("captures").replaceChildren(...classes.map(({ name, emoji }) => {
    const button = element("button", `${emoji} ${name} `.trimStart());
    button.type = "button";
    button.dataset.label = name;
    button.append(element("span", "0", "count"));
    button.addEventListener("click", () => say({ capture: name }));
    return button;
  }));
  classes.forEach((_, index) => placeThreshold(index));
  showCounts();
}

function placeThreshold(index) {
  byId("classes").rows[index].querySelector("b").style.left = `${100 * (thresholds[index] ?? 0)}%`;
}

function showCounts() {
  for (const button of byId("captures").children) {
    button.querySelector(".count").textContent = counts[button.dataset.label] ?? 0;
  }
}

function showFrame(message) {
  byId("source").textContent = `frame ${message.number} · ${message.source}` + (message.error ? ` · ${message.error}` : "");
  const held = classes[message.decision] ?? { name: "–", emoji: "" };
  byId("emoji").textContent = held.emoji;
  byId("name").textContent = held.name;
  classes.forEach((_, index) => {
    const row = byId("classes").rows[index];
    row.classList.toggle("held", index === message.decision);
    row.cells[1].textContent = message.scores[index] ?? "–";
    for (const kind of ["probability", "smoothed"]) {
      const share = (kind === "smoothed" ? message.smoothed : message.probabilities)[index] ?? 0;
      const bar = row.querySelector(`.${kind}`);
      bar.firstChild.style.width = `${100 * share}%`;
      bar.title = share.toFixed(2);
    }
  });
}

function showImage(data) {
  const head = new DataView(data, 0, 8);
  const [width, height] = [head.getUint16(4, true), head.getUint16(6, true)];
  const grey = new Uint8Array(data, 8);
  const picture = new ImageData(width, height);
  for (let i = 0; i < grey.length; ++i) {
    picture.data.fill(grey[i], 4 * i, 4 * i + 3);
    picture.data[4 * i + 3] = 255;
  }
  [canvas.width, canvas.height] = [width, height];
  pen.putImageData(picture, 0, 0);
  canvas.dataset.frame = head.getUint32(0, true);
}

function showArmed(now) {
  armed = now;
  byId("arm").textContent = armed ? "Armed: disarm" : "Arm";
  byId("arm").setAttribute("aria-pressed", String(armed));
  if (!gone) setStatus(armed ? "gestures type" : "gestures type nothing");
}

function setStatus(text, bad = false) {
  byId("status").textContent = text;
  byId("status").classList.toggle("gone", bad);
}

function showLog(lines) {
  const log = byId("log");
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
  log.append(...lines.map((line) => element("li", line)));
  while (log.children.length > 200) log.firstChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

const show = {
  board: showBoard,
  frame: showFrame,
  armed: (message) => showArmed(message.armed),
  typed: (message) => { byId("typed").textContent = message.text || "–"; },
  log: (message) => showLog(message.lines),
  captured: (message) => {
    counts = message.counts;
    showCounts();
    if (message.path) byId("captured").textContent = `kept as ${message.path}`;
  },
  gone: (message) => {
    gone = true;
    setStatus(message.why, true);
    byId("arm").disabled = true;
  },
};

function say(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function connect() {
  socket = new WebSocket(`ws://${location.host}/ws`);
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => {
    gone = false;
    byId("log").replaceChildren();
  });
  socket.addEventListener("message", ({ data }) => {
    if (typeof data !== "string") return showImage(data);
    const message = JSON.parse(data);
    show[message.kind]?.(message);
  });
  socket.addEventListener("close", () => {
    byId("arm").disabled = true;
    if (!gone) setStatus("emojicam live has ended", true);
    setTimeout(connect, 2000);
  });
}

byId("arm").addEventListener("click", () => say({ arm: !armed }));
connect();
