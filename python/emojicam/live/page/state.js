/** What several parts of the page need to know: the classes, the settings in force, whose frames the board sees. */
import { on } from "./link.js";

/**
 * @typedef {{name: string, emoji: string, led: number[]}} Class
 * @type {{classes: Class[], crop: number, board: string, here: boolean, settings: Record<string, any>, source: {what: string, name: string, viewer: number}}}
 */
export const state = {
  classes: [], crop: 1000, board: "", here: true, settings: {}, source: { what: "clip", name: "", viewer: 0 },
};

on("classes", (message) => { state.classes = message.classes; state.crop = message.crop; });
on("board", (message) => { state.board = message.name; state.here = message.here; });
on("settings", (message) => { state.settings = message.values; });
on("source", (message) => { state.source = message; });
