#!/usr/bin/env node
/** The former name of `front-contacts emulator`. */
const [node = "", script = "", ...words] = process.argv;
// A command that it runs starts the program itself again.
const main = script.replace(/front-emulator$/, "front-contacts").replace(/emulator(\.[jt]s)$/, "main$1");
process.argv = [node, main, "emulator", ...words];
await import("./main.ts");
