/** The page's parts, and what holds for all of them. */
import { byId, toast } from "./dom.js";
import { connect, on, say } from "./link.js";
import "./state.js";
import "./picture.js";
import "./bars.js";
import "./chart.js";
import "./log.js";
import "./tabs.js";
import "./tune.js";
import "./teach.js";
import "./train.js";
import "./tape.js";
import "./source.js";
import "./typed.js";

let armed = false;
let board = { name: "", model: "", here: true, building: "" };
let plugged = { there: true, why: "" };
let ended = "";
let connected = false;
let typesHere = false;

function show() {
  const usable = connected && plugged.there && !ended && !board.building;
  byId("controls").disabled = !connected || Boolean(ended);
  byId("arm").disabled = !usable || !board.name;
  byId("arm").textContent = armed ? "Disarm" : "Arm";
  byId("arm").setAttribute("aria-pressed", String(armed));
  const status = byId("status");
  status.classList.toggle("gone", !usable && !board.building);
  status.classList.toggle("armed", usable && armed);
  if (ended) status.textContent = ended;
  else if (!connected) status.textContent = "emojicam live has ended: start it again, and this page goes on";
  else if (!plugged.there) status.textContent = plugged.why;
  else if (board.building) status.textContent = `${board.building}: a minute or two…`;
  else if (!armed) status.textContent = "gestures type nothing yet";
  else status.textContent = typesHere ? "armed: gestures type, also into the window that has the focus" : "armed: gestures type";
}

on("open", () => { connected = true; ended = ""; show(); tellFocus(document.hasFocus()); });
on("closed", () => { connected = false; show(); });
on("gone", (message) => { ended = message.why; show(); });
on("plugged", (message) => { plugged = message; show(); });
on("armed", (message) => { armed = message.armed; show(); });
on("typing", (message) => { typesHere = message.here; show(); });
on("refused", (message) => toast(message.why));
on("board", (message) => {
  board = message;
  showBoard();
  show();
});
on("settings", showBoard);

let typing = "";
/** @param {any} [message] */
function showBoard(message) {
  if (message?.kind === "settings") typing = `${message.values.host}, ${message.values.layout} layout`;
  const where = board.name === "host" ? "the firmware on this computer" : board.name;
  byId("board").textContent = board.name
    ? [where, typing, `model ${board.model}`].filter(Boolean).join(" · ") : "waiting for the board…";
}

/** Nothing is typed into this page itself. @param {boolean} on */
const tellFocus = (on) => say({ kind: "focus", on });
addEventListener("focus", () => tellFocus(true));
addEventListener("blur", () => tellFocus(false));
byId("arm").addEventListener("click", () => say({ kind: "arm", armed: !armed }));
show();
connect();
