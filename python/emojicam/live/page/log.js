/** The log: what has happened, in words, with times. */
import { byId, copy, element } from "./dom.js";
import { on } from "./link.js";

const MOST = 500;
const list = byId("log");
const filter = byId("log-filter");
/** @type {{at: number, about: string, text: string}[]} */
let entries = [];

/** @param {number} at - milliseconds of the epoch */
const clock = (at) => new Date(at).toLocaleTimeString([], { hour12: false });

/** @param {{at: number, about: string, text: string}} entry */
function row({ at, about, text }) {
  const className = about === "typed" ? "typed-entry" : about.replace(" ", "-");
  return element("li", { className, data: { about } },
    element("time", { dateTime: new Date(at).toISOString() }, clock(at)), element("span", {}, text));
}

/** @param {{about: string}} entry */
const shown = ({ about }) => !filter.value || about === filter.value;

function showAll() {
  list.replaceChildren(...entries.filter(shown).map(row));
  list.scrollTop = list.scrollHeight;
}

/** @param {{at: number, about: string, text: string}[]} more */
function add(more) {
  entries = [...entries, ...more].slice(-MOST);
  const atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 4;
  list.append(...more.filter(shown).map(row));
  while (list.children.length > MOST) list.firstChild.remove();
  if (atEnd) list.scrollTop = list.scrollHeight;
}

/**
 * Something that happened on this page alone.
 * @param {string} text
 * @param {string} about
 */
export function note(text, about = "page") {
  add([{ at: Date.now(), about, text }]);
}

const text = () => entries.filter(shown).map(({ at, about, text: line }) => `${new Date(at).toISOString()}\t${about}\t${line}\n`).join("");

on("open", () => { entries = []; showAll(); });
on("log", (message) => add(message.entries));
on("closed", () => note("emojicam live has ended", "problem"));
filter.addEventListener("change", showAll);
byId("log-copy").addEventListener("click", (/** @type {any} */ event) => copy(text(), event.currentTarget));
byId("log-download").addEventListener("click", () => {
  const address = URL.createObjectURL(new Blob([text()], { type: "text/plain" }));
  element("a", { href: address, download: "emojicam-log.txt" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
});
