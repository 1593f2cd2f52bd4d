#!/usr/bin/env node
/** The former name of `front-contacts emulator`. */
const [node = "", script = "", ...args] = process.argv;
// A command that the emulator runs starts this program again, so the script must be the main one.
const main = script.replace(/front-emulator$/, "front-contacts").replace(/emulator(\.[jt]s)$/, "main$1");
process.argv = [node, main, "emulator", ...args];
await import("./main.ts");
