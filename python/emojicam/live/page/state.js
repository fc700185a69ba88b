/** What several parts of the page need to know: the classes, the settings in force, whose frames the board sees. */
import { on } from "./link.js";

/**
 * @typedef {{name: string, emoji: string, led: number[]}} Class
 * @type {{classes: Class[], crop: number, board: string, settings: Record<string, any>, source: {what: string, name: string, viewer: number}}}
 */
export const state = {
  classes: [], crop: 1000, board: "", settings: {}, source: { what: "clip", name: "", viewer: 0 },
};

on("classes", (message) => { state.classes = message.classes; state.crop = message.crop; });
on("board", (message) => { state.board = message.name; });
on("settings", (message) => { state.settings = message.values; });
on("source", (message) => { state.source = message; });
