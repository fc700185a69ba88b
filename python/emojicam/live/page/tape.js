/** Recording what the board sees and decides, and holding the last recording against the settings in force. */
import { byId } from "./dom.js";
import { on, say } from "./link.js";
import { state } from "./state.js";

let recording = false;
const question = byId("fired").textContent;

on("tape", ({ on: going, frames, file, fired }) => {
  recording = going;
  byId("record").textContent = going ? `Stop: ${frames} frames` : "Record";
  byId("record").setAttribute("aria-pressed", String(going));
  byId("record").title = file;
  byId("replay").disabled = going || !file;
  byId("fired").textContent = fired
    ? state.classes.slice(1).map(({ name, emoji }) => `${emoji} ${fired[name] ?? 0}`).join("   ") : question;
});
// What has been counted was for other settings.
on("settings", () => { byId("fired").textContent = question; });
byId("record").addEventListener("click", () => say({ kind: "record", on: !recording }));
byId("replay").addEventListener("click", () => say({ kind: "replay" }));
