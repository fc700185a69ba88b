/** What the computer has received. */
import { byId, copy } from "./dom.js";
import { on } from "./link.js";

let text = "";
on("typed", (message) => {
  text = message.text;
  const place = byId("typed");
  place.textContent = text || "–";
  place.scrollTop = place.scrollHeight;
});
byId("copy-typed").addEventListener("click", (/** @type {any} */ event) => copy(text, event.currentTarget));
